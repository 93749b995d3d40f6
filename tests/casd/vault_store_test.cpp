// Values that a key vault keeps for a session (`secret_config.store_in: !akv`, SL-193 to SL-195).
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <map>
#include <mutex>

#include "casd/service_fixture.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "support/fake_network.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

/// A vault with versions, as far as the CAS uses it.
class FakeVault {
 public:
  struct Version {
    std::string value;
    std::string id;
  };

  host::HttpResponse answer(const host::HttpRequest& request) {
    const std::scoped_lock lock(mutex_);
    const auto begin = request.url.find("/secrets/") + 9;
    const auto name = request.url.substr(begin, request.url.find('?') - begin);
    if (request.method == "PUT") return put(name, request.body);
    const auto found = secrets.find(name);
    if (found == secrets.end())
      return FakeNetwork::reply(404, R"({"error":{"code":"SecretNotFound","message":"m"}})");
    if (request.method == "DELETE") secrets.erase(found);
    const auto& newest = request.method == "DELETE" ? Version() : found->second.back();
    return FakeNetwork::reply(200, bundle(name, newest));
  }

  /// How often something was to be stored.
  [[nodiscard]] std::size_t puts() {
    const std::scoped_lock lock(mutex_);
    return puts_;
  }

  std::map<std::string, std::vector<Version>> secrets;  ///< oldest first
  std::optional<std::size_t> most;                      ///< more than so many are refused

 private:
  host::HttpResponse put(const std::string& name, const std::string& body) {
    ++puts_;
    if (most && secrets.size() >= *most)
      return FakeNetwork::reply(
          403, R"({"error":{"code":"Forbidden","innererror":{"code":"ForbiddenByRbac"}}})");
    const auto value = nlohmann::json::parse(body)["value"].get<std::string>();
    secrets[name].push_back({value, fmt::format("{:032x}", ++versions_)});
    return FakeNetwork::reply(200, bundle(name, secrets[name].back()));
  }
  static std::string bundle(const std::string& name, const Version& version) {
    return nlohmann::json{{"value", version.value},
                          {"contentType", "application/octet-stream"},
                          {"id", "https://v/secrets/" + name + "/" + version.id}}
        .dump();
  }

  std::mutex mutex_;
  int versions_ = 0;
  std::size_t puts_ = 0;
};

class VaultStoreTest : public ServiceClient {
 protected:
  VaultStoreTest() {
    network = &azure;
    azure.answer = [this](const host::HttpRequest& request) {
      if (request.url.starts_with("https://login."))
        return FakeNetwork::reply(
            200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"bearer-token"})");
      return (request.url.find("//other.") == std::string::npos ? vault : other).answer(request);
    };
    reopen();
  }

  ~VaultStoreTest() override { service.reset(); }  // its threads ask the network

  /// A session `a` whose service `s` has the secret as VALUE.
  [[nodiscard]] std::string keeping(const std::string& secrets, const std::string& predecessor = "",
                                    const std::string& store = in_vault,
                                    const std::string& placeholder = "$$SCONE::x$$") const {
    return session("a", none + "services: [{name: s, command: c, environment: {VALUE: '" +
                            placeholder + "'}}, {name: plain, command: c}]\nsecrets:\n" + aad +
                            secrets + store +
                            (predecessor.empty() ? "" : "predecessor: " + predecessor + "\n"));
  }
  std::string value() {
    const auto got = fetch("a/s");
    EXPECT_EQ(got.answer.status, 200) << got.answer.body;
    for (const auto& variable : got.configuration.environment)
      if (variable.name == "VALUE") return variable.value;
    return "";
  }
  std::string refusal() {
    clock.advance(std::chrono::seconds(31));
    const auto got = fetch("a/s");
    EXPECT_EQ(got.answer.status, 403) << got.answer.body;
    return got.answer.messages();
  }

  FakeNetwork azure;
  FakeVault vault;
  FakeVault other;
  const std::string aad =
      "- {name: t, kind: aad-token, tenant_id: e6c9c526-f1aa-4e0d-b207-50bad9a89d21, client_id: "
      "c1, application_secret: 's3cret~x'}\n";
  static constexpr const char* x = "- {name: x, kind: ascii, size: 24}\n";
  static constexpr const char* two =
      "- {name: x, kind: ascii, size: 24}\n- {name: y, kind: binary, size: 32}\n";
  static constexpr const char* in_vault =
      "secret_config:\n  store_in: !akv\n    token: $$SCONE::t$$\n    vault: "
      "https://mine.vault.azure.net/\n";
  static constexpr const char* in_other =
      "secret_config:\n  store_in: !akv\n    token: $$SCONE::t$$\n    vault: "
      "other.vault.azure.net\n";
  static constexpr const char* in_cas = "secret_config:\n  store_in: !cas\n";
};

TEST_F(VaultStoreTest, SL194_the_vault_has_the_values_encrypted_under_names_of_the_session) {
  const auto hash = created(keeping(two), alice.peer());
  ASSERT_EQ(vault.secrets.size(), 2U);
  const auto given = value();
  EXPECT_EQ(given.size(), 24U);
  for (const auto& [name, versions] : vault.secrets) {
    EXPECT_THAT(name, MatchesRegex("cas-" + hash + "-[0-9a-f]{32}"));
    ASSERT_EQ(versions.size(), 1U);
    EXPECT_THAT(crypto::unbase64(versions[0].value).value(),
                AllOf(testing::SizeIs(testing::Gt(24U)), Not(HasSubstr(given))));
  }
  EXPECT_EQ(value(), given);
  reopen();
  EXPECT_EQ(value(), given);
}

TEST_F(VaultStoreTest, SL194_a_value_that_is_missing_ends_every_use_of_the_session) {
  const auto hash = created(keeping(two), alice.peer());
  (void)value();
  const auto kept = vault.secrets;
  for (const auto& [name, versions] : kept) {  // that of y, which the service does not get, too
    vault.secrets.erase(name);
    EXPECT_THAT(refusal(), HasSubstr("can not be had from the session's key vault"));
    const auto update = upload(keeping(two, hash), alice.peer());
    EXPECT_EQ(update.status, 403) << update.body;
    vault.secrets = kept;
  }
  clock.advance(std::chrono::seconds(31));
  EXPECT_EQ(value().size(), 24U);
}

TEST_F(VaultStoreTest, SL194_a_value_that_was_changed_or_rolled_back_is_noticed) {
  created(keeping(two), alice.peer());
  (void)value();
  auto& versions = vault.secrets.begin()->second;
  const auto first = versions.front();
  versions.push_back({first.value, std::string(32, 'f')});  // the same again
  EXPECT_THAT(refusal(), HasSubstr("it was changed, or an older state of the vault was restored"));
  const auto* other_begin = first.value.front() == 'x' ? "y" : "x";
  versions = {{other_begin + first.value.substr(1), first.id}};
  EXPECT_THAT(refusal(), HasSubstr("is not what this CAS has stored there"));
  versions = vault.secrets.rbegin()->second;  // the value of the other secret
  EXPECT_THAT(refusal(), HasSubstr("is not what this CAS has stored there"));
  versions = {first};
  clock.advance(std::chrono::seconds(31));
  EXPECT_EQ(value().size(), 24U);
}

TEST_F(VaultStoreTest, a_service_that_gets_no_value_asks_no_vault) {
  created(keeping(x), alice.peer());
  vault.secrets.clear();
  const auto asked = azure.asked_of("");
  EXPECT_EQ(fetch("a/plain").answer.status, 200);
  EXPECT_EQ(azure.asked_of(""), asked);
}

TEST_F(VaultStoreTest, SL195_an_update_keeps_what_it_does_not_change_where_it_is) {
  const auto hash = created(keeping(x), alice.peer());
  const auto given = value();
  const auto kept = vault.secrets.begin()->first;
  const auto next = created(keeping(two, hash), alice.peer());
  EXPECT_EQ(value(), given);
  ASSERT_EQ(vault.secrets.size(), 2U);
  EXPECT_EQ(vault.secrets.count(kept), 1U);
  EXPECT_EQ(vault.secrets.at(kept).size(), 1U);
  EXPECT_THAT(vault.secrets, testing::Contains(testing::Key(HasSubstr(next))));
}

TEST_F(VaultStoreTest, SL195_values_move_between_cas_and_vaults) {
  auto hash = created(keeping(two, "", in_cas), alice.peer());
  const auto given = value();
  EXPECT_TRUE(vault.secrets.empty());
  hash = created(keeping(two, hash), alice.peer());
  EXPECT_EQ(vault.secrets.size(), 2U);
  EXPECT_EQ(value(), given);
  hash = created(keeping(two, hash, in_other), alice.peer());
  EXPECT_EQ(other.secrets.size(), 2U);
  EXPECT_EQ(value(), given);
  vault.secrets.clear();  // nobody needs it any more
  created(keeping(two, hash, in_cas), alice.peer());
  other.secrets.clear();
  EXPECT_EQ(value(), given);
}

TEST_F(VaultStoreTest, SL195_an_update_with_new_credentials_needs_the_old_ones_no_more) {
  const auto hash = created(keeping(x), alice.peer());
  const auto given = value();
  const auto answer = azure.answer;
  azure.answer = [answer](const host::HttpRequest& request) {
    if (request.body.find("s3cret~x") != std::string::npos)
      return FakeNetwork::reply(401, R"({"error":"invalid_client","error_codes":[7000222]})");
    return answer(request);
  };
  reopen();
  EXPECT_EQ(fetch("a/s").answer.status, 403);
  auto next = keeping(x, hash);
  next.replace(next.find("s3cret~x"), 8, "n3w~cred");
  created(next, alice.peer());
  EXPECT_EQ(value(), given);
  EXPECT_EQ(vault.secrets.size(), 1U);
}

TEST_F(VaultStoreTest, SL195_values_that_move_into_a_vault_leave_a_warning) {
  const auto hash = created(keeping(x, "", in_cas), alice.peer());
  const auto answer = upload(keeping(x, hash), alice.peer());
  EXPECT_EQ(answer.status, 201);
  EXPECT_THAT(answer.body, HasSubstr("keeps those of the versions before"));
}

TEST_F(VaultStoreTest, a_vault_that_takes_no_value_leaves_nothing_behind) {
  vault.most = 1;
  const auto answer = upload(keeping(two), alice.peer());
  EXPECT_EQ(answer.status, 403) << answer.body;
  EXPECT_THAT(answer.messages(), AllOf(HasSubstr("can not be put into the session's key vault"),
                                       HasSubstr("lacks the right 'set' on secrets"),
                                       HasSubstr("Key Vault Secrets Officer")));
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 404);
  service.reset();  // the deletion is in the background
  EXPECT_TRUE(vault.secrets.empty());
  open();
}

TEST_F(VaultStoreTest, a_version_that_is_not_stored_leaves_nothing_behind) {
  versions_per_creator = 1;
  reopen();
  const auto hash = created(keeping(x), alice.peer());
  const auto kept = vault.secrets.begin()->first;
  EXPECT_NE(upload(keeping(two, hash), alice.peer()).status, 201);
  service.reset();
  ASSERT_EQ(vault.secrets.size(), 1U);
  EXPECT_EQ(vault.secrets.begin()->first, kept);
  open();
}

TEST_F(VaultStoreTest, a_vault_that_can_not_be_asked_is_named) {
  created(keeping(x), alice.peer());
  azure.answer = [](const host::HttpRequest&) -> host::HttpResponse {
    throw diag::Error(diag::ErrorKind::unavailable, "connection refused");
  };
  reopen();
  const auto got = fetch("a/s");
  EXPECT_EQ(got.answer.status, 503) << got.answer.body;
  EXPECT_THAT(got.answer.messages(), AllOf(HasSubstr("secret 'x'"), HasSubstr("refused")));
}

TEST_F(VaultStoreTest, SL194_the_vault_may_stand_in_a_secret_with_a_value) {
  const std::string store =
      "secret_config:\n  store_in: !akv\n    token: $$SCONE::t$$\n    vault: $$SCONE::where$$\n";
  const std::string where = "- {name: where, kind: ascii, value: mine.vault.azure.net}\n";
  created(keeping(where + x, "", store), alice.peer());
  EXPECT_EQ(vault.secrets.size(), 1U);
  EXPECT_EQ(value().size(), 24U);
  const auto answer =
      upload(session("b", "secrets:\n" + aad + "- {name: where, kind: ascii, size: 12}\n" + store),
             alice.peer());
  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_THAT(answer.messages(), HasSubstr("has to be a host, or a secret of kind ascii"
                                           " with a value"));
}

TEST_F(VaultStoreTest, what_can_not_work_is_said_at_the_upload) {
  const auto answer = upload(keeping(x, "",
                                     "secret_config:\n  store_in: !akv\n    token: "
                                     "$$SCONE::t$$\n    vault: vault.example\n"),
                             alice.peer());
  EXPECT_GE(answer.status, 400);
  EXPECT_THAT(answer.messages(), HasSubstr("secret_config.store_in: "));
  std::string many;
  for (int i = 0; i < 101; ++i) many += fmt::format("- {{name: n{}, kind: ascii}}\n", i);
  EXPECT_THAT(upload(keeping(many + x), alice.peer()).messages(),
              HasSubstr("102 values for a key vault to keep; at most 100"));
  EXPECT_THAT(upload(keeping("- {name: x, kind: binary, size: 20000}\n"), alice.peer()).messages(),
              HasSubstr("a key vault takes at most 25600 bytes"));
  EXPECT_TRUE(azure.asked.empty());
}

TEST_F(VaultStoreTest, other_sessions_import_from_one_whose_values_are_in_a_vault) {
  created(keeping("- {name: x, kind: ascii, size: 24, export: {session: b}}\n"), alice.peer());
  created(session("b", none + "services: [{name: s, command: c, environment: {VALUE: "
                              "$$SCONE::y$$}}]\nsecrets: [{name: y, import: {session: a, secret: "
                              "x}}]\n"),
          alice.peer());
  const auto got = fetch("b/s");
  ASSERT_EQ(got.answer.status, 200) << got.answer.body;
  EXPECT_EQ(got.configuration.environment.at(0).value, value());
}

TEST_F(VaultStoreTest, SL146_a_certificate_is_renewed_in_the_vault) {
  created(keeping("- {name: k, kind: private-key, key_type: P-256}\n"
                  "- {name: x, kind: x509, private_key: k, valid_for: 10 days}\n",
                  "", in_vault, "$$SCONE::x:crt$$"),
          alice.peer());
  const auto first = value();
  EXPECT_EQ(vault.secrets.size(), 2U);
  clock.advance(std::chrono::days(9));
  const auto second = value();
  EXPECT_NE(second, first);
  EXPECT_EQ(vault.secrets.size(), 3U);
  EXPECT_EQ(value(), second);
  // One that is still good is given, and nobody tries again at once.
  vault.most = 0;
  clock.advance(std::chrono::days(9));
  EXPECT_EQ(value(), second);
  const auto puts = vault.puts();
  EXPECT_EQ(value(), second);
  EXPECT_EQ(vault.puts(), puts);
  EXPECT_THAT(log(), HasSubstr("a certificate can not be renewed"));
  // One that has ended is not given out if no new one can be kept.
  clock.advance(std::chrono::days(2));
  EXPECT_EQ(fetch("a/s").answer.status, 503);
}

TEST_F(VaultStoreTest, no_credential_key_or_value_is_in_the_log) {
  created(keeping(x), alice.peer());
  const auto given = value();
  vault.secrets.clear();
  (void)refusal();
  EXPECT_THAT(log(), AllOf(HasSubstr("service refused"), Not(HasSubstr(given)),
                           Not(HasSubstr("s3cret")), Not(HasSubstr("bearer-token"))));
}

}  // namespace
}  // namespace sconectl::test
