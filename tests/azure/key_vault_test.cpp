// Secrets of a key vault (SL-190; azure.md 2).
#include "sconectl/azure/key_vault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "sconectl/diag/error.hpp"
#include "support/fake_network.hpp"
#include "support/fixed_clock.hpp"
#include "support/matchers.hpp"

namespace sconectl::azure {
namespace {

using diag::ErrorKind;
using test::FakeNetwork;
using testing::HasSubstr;

struct KeyVaultTest : testing::Test {
  KeyVaultTest() {
    network.answer = [this](const host::HttpRequest& request) {
      if (request.url.starts_with("https://login."))
        return FakeNetwork::reply(
            200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"tok)" +
                     std::to_string(++tokens) + "\"}");
      return vault_answers(request);
    };
    vault_answers = [](const host::HttpRequest&) { return bundle("hunter2"); };
  }
  static host::HttpResponse bundle(const std::string& value) {
    return FakeNetwork::reply(
        200,
        R"({"value":")" + value +
            R"(","contentType":"text/plain","id":"https://v.vault.azure.net/secrets/n/0123456789abcdef0123456789abcdef","attributes":{"enabled":true,"exp":1}})");
  }
  static host::HttpResponse error(int status, const std::string& code,
                                  const std::string& inner = "", host::HttpHeaders headers = {}) {
    return FakeNetwork::reply(status,
                              R"({"error":{"code":")" + code +
                                  R"(","message":"hunter2 tok1","innererror":{"code":")" + inner +
                                  "\"}}}",
                              std::move(headers));
  }
  VaultSecretPtr read(const std::string& name = "n", const std::string& secret = "s3cret") {
    const auto application =
        std::make_shared<const Application>(Application{tenant, "client", crypto::Secret(secret)});
    return vaults
        .secret(Clouds().vault("v.vault.azure.net"), name, application,
                [](const std::function<void()>& work) { work(); })
        .get();
  }
  std::string refusal(ErrorKind kind) {
    clock.advance(std::chrono::minutes(2));  // a failure is remembered for a moment
    try {
      (void)read();
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.causes().back();
      EXPECT_EQ(error.text(), "secret 'n' of the vault v.vault.azure.net is not given");
      for (const char* secret : {"hunter2", "tok1", "s3cret"})
        EXPECT_THAT(error.causes().back(), test::HasButNot(" ", secret));
      return error.causes().back();
    }
    ADD_FAILURE() << "a secret was given";
    return "";
  }

  FakeNetwork network;
  test::FixedClock clock;
  KeyVaults vaults{network, clock, {}};
  FakeNetwork::Answer vault_answers;
  int tokens = 0;
  std::string tenant = "tenant";
};

struct KeyVaultWriting : KeyVaultTest {
  std::string store() {
    return vaults.store(Clouds().vault("v.vault.azure.net"), "n", {"text", "application/x"},
                        application, clock.steady() + std::chrono::seconds(5));
  }
  void remove() {
    vaults.remove(Clouds().vault("v.vault.azure.net"), "n", application,
                  clock.steady() + std::chrono::seconds(5));
  }
  Application application{tenant, "client", crypto::Secret("s3cret")};
};

TEST_F(KeyVaultWriting, SL194_a_value_is_stored_as_a_version_and_deleted) {
  EXPECT_EQ(store(), "0123456789abcdef0123456789abcdef");
  remove();
  ASSERT_EQ(network.asked.size(), 3U);
  const auto& put = network.asked[1];
  EXPECT_EQ(put.method, "PUT");
  EXPECT_THAT(put.url, testing::StartsWith("https://v.vault.azure.net:443/secrets/n?api-version="));
  EXPECT_EQ(put.body, R"({"contentType":"application/x","value":"text"})");
  EXPECT_EQ(network.asked[2].method, "DELETE");
}

TEST_F(KeyVaultWriting, SL194_what_is_missing_is_said_without_a_secret) {
  vault_answers = [](const host::HttpRequest&) { return error(403, "Forbidden", "AccessDenied"); };
  const auto says = [&](auto act, const std::string& what, const std::string& why) {
    try {
      act();
      ADD_FAILURE() << what;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::refused);
      EXPECT_EQ(error.text(), "secret 'n' of the vault v.vault.azure.net is not " + what);
      EXPECT_THAT(error.causes().back(), test::HasButNot(why, "tok1"));
    }
  };
  says([&] { (void)store(); }, "stored", "lacks the right 'set' on secrets (AccessDenied)");
  says([&] { remove(); }, "deleted", "lacks the right 'delete' on secrets (AccessDenied)");
  vault_answers = [](const host::HttpRequest&) {
    return error(409, "Conflict", "ObjectIsDeletedButRecoverable");
  };
  says([&] { (void)store(); }, "stored", "it answers with status 409 (Conflict)");
}

TEST_F(KeyVaultWriting, a_vault_that_names_no_version_has_stored_nothing_that_can_be_found_again) {
  vault_answers = [](const host::HttpRequest&) { return FakeNetwork::reply(200, "{}"); };
  EXPECT_THROW((void)store(), diag::Error);
}

TEST_F(KeyVaultWriting, a_token_that_has_ended_is_replaced_once) {
  int refused = 1;
  vault_answers = [&](const host::HttpRequest&) {
    return refused-- > 0 ? error(401, "Unauthorized") : bundle("x");
  };
  (void)store();
  EXPECT_EQ(tokens, 2);
  refused = 2;
  EXPECT_THROW((void)store(), diag::Error);
}

TEST_F(KeyVaultTest, SL190_a_secret_is_read_with_a_token_of_the_application) {
  const auto secret = read();
  EXPECT_EQ(secret->value.view(), "hunter2");
  EXPECT_EQ(secret->content_type, "text/plain");
  EXPECT_EQ(secret->version, "0123456789abcdef0123456789abcdef");
  ASSERT_EQ(network.asked.size(), 2U);
  EXPECT_TRUE(network.verified);
  EXPECT_EQ(network.asked[1].url, "https://v.vault.azure.net:443/secrets/n?api-version=7.4");
  EXPECT_EQ(network.asked[1].headers.front().second, "Bearer tok1");
  EXPECT_EQ(network.asked[1].way, host::Way::outside);
}

TEST_F(KeyVaultTest, values_are_fresh_for_a_while_for_the_same_credentials) {
  const auto first = read();
  EXPECT_EQ(read(), first);
  EXPECT_EQ(read("N"), first);
  EXPECT_EQ(network.asked_of("/secrets/"), 1U);
  (void)read("n", "another secret of the same application");
  EXPECT_EQ(network.asked_of("/secrets/"), 2U);
  clock.advance(std::chrono::seconds(30));
  vault_answers = [](const host::HttpRequest&) { return bundle("changed"); };
  EXPECT_EQ(read()->value.view(), "changed");
}

TEST_F(KeyVaultTest, services_that_start_at_once_cost_one_request) {
  vault_answers = [](const host::HttpRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return bundle("x");
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i) threads.emplace_back([&] { EXPECT_EQ(read()->value.view(), "x"); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(network.asked.size(), 2U);
}

TEST_F(KeyVaultTest, A07_a_missing_right_is_named) {
  vault_answers = [](const host::HttpRequest&) {
    return error(403, "Forbidden", "ForbiddenByRbac");
  };
  EXPECT_EQ(refusal(ErrorKind::refused),
            "the application lacks the right 'get' on secrets (ForbiddenByRbac): give it the role "
            "'Key Vault Secrets User', or an access policy with 'get'");
  vault_answers = [](const host::HttpRequest&) {
    return error(403, "Forbidden", "SecretDisabled");
  };
  EXPECT_EQ(refusal(ErrorKind::refused), "the secret is disabled");
  vault_answers = [](const host::HttpRequest&) {
    return error(403, "Forbidden", "ForbiddenByFirewall");
  };
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("firewall"));
  vault_answers = [](const host::HttpRequest&) { return error(404, "SecretNotFound"); };
  EXPECT_THAT(refusal(ErrorKind::not_found), HasSubstr("no such secret"));
  vault_answers = [](const host::HttpRequest&) { return error(400, "BadParameter"); };
  EXPECT_EQ(refusal(ErrorKind::refused), "it answers with status 400 (BadParameter)");
  for (const int status : {500, 503}) {
    vault_answers = [status](const host::HttpRequest&) { return error(status, "Broken"); };
    EXPECT_THAT(refusal(ErrorKind::unavailable), HasSubstr(std::to_string(status)));
  }
}

TEST_F(KeyVaultTest, a_token_that_ended_on_the_way_is_replaced_once) {
  vault_answers = [](const host::HttpRequest& request) {
    return request.headers.front().second == "Bearer tok1" ? error(401, "Unauthorized")
                                                           : bundle("hunter2");
  };
  EXPECT_EQ(read()->value.view(), "hunter2");
  vault_answers = [](const host::HttpRequest&) {
    return error(401, "Unauthorized", "",
                 {{"WWW-Authenticate",
                   "Bearer authorization=\"https://login.microsoftonline.com/"
                   "other\", resource=\"https://vault.azure.net\""}});
  };
  EXPECT_EQ(refusal(ErrorKind::refused),
            "it takes tokens of tenant 'other', and the session names 'tenant'");
  vault_answers = [](const host::HttpRequest&) { return error(401, "Unauthorized"); };
  EXPECT_EQ(refusal(ErrorKind::refused), "it does not take the token of the application (401)");
  EXPECT_EQ(tokens, 5);
  tenant = "contoso.example";
  vault_answers = [](const host::HttpRequest&) {
    return error(401, "Unauthorized", "",
                 {{"WWW-Authenticate",
                   "Bearer authorization=\"https://login.microsoftonline.com/its-guid\""}});
  };
  EXPECT_EQ(refusal(ErrorKind::refused), "it does not take the token of the application (401)");
}

TEST_F(KeyVaultTest, throttling_is_waited_for_within_bounds) {
  int left = 3;
  vault_answers = [&](const host::HttpRequest&) {
    return left-- > 0 ? error(429, "Throttled") : bundle("late");
  };
  EXPECT_EQ(read()->value.view(), "late");
  EXPECT_EQ(clock.slept(), std::chrono::seconds(1 + 2 + 4));
  vault_answers = [](const host::HttpRequest&) {
    return error(429, "Throttled", "", {{"Retry-After", "600"}});
  };
  EXPECT_THAT(refusal(ErrorKind::unavailable), HasSubstr("too many requests (429)"));
}

TEST_F(KeyVaultTest, answers_that_are_none_are_refused) {
  for (const char* body :
       {"", "<html>hunter2", "{}", R"({"value":7})", R"({"value":"a","value":"hunter2"})"}) {
    vault_answers = [body](const host::HttpRequest&) { return FakeNetwork::reply(200, body); };
    (void)refusal(ErrorKind::unavailable);
  }
  vault_answers = [](const host::HttpRequest&) {
    return FakeNetwork::reply(302, "", {{"Location", "https://evil.example/"}});
  };
  EXPECT_THAT(refusal(ErrorKind::refused), HasSubstr("status 302"));
  EXPECT_EQ(network.asked_of("evil"), 0U);
  vault_answers = [](const host::HttpRequest& request) -> host::HttpResponse {
    EXPECT_LE(request.response_limit, std::size_t{1} << 20U);
    throw diag::Error(ErrorKind::failed, "the reply is longer than 262144 bytes");
  };
  EXPECT_THAT(refusal(ErrorKind::unavailable), HasSubstr("longer"));
}

TEST_F(KeyVaultTest, names_are_what_vaults_can_have) {
  for (const char* name : {"a", "A-9", "0"}) EXPECT_TRUE(is_secret_name(name));
  for (const std::string name : {"", "a_b", "a/b", "a b", "a.b", "ä"})
    EXPECT_FALSE(is_secret_name(name));
  EXPECT_TRUE(is_secret_name(std::string(127, 'a')));
  EXPECT_FALSE(is_secret_name(std::string(128, 'a')));
}

}  // namespace
}  // namespace sconectl::azure
