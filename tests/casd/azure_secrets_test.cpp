// Values that live in Azure, given to services (SL-163, SL-164, SL-190 to SL-192).
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <condition_variable>
#include <map>
#include <thread>

#include "casd/service_fixture.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/seal.hpp"
#include "support/fake_network.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

class AzureSecretsTest : public ServiceClient {
 protected:
  AzureSecretsTest() {
    network = &azure;
    azure.answer = [this](const host::HttpRequest& request) {
      return request.url.starts_with("https://login.") ? token_answer() : vault_answer(request);
    };
    reopen();
  }

  host::HttpResponse token_answer() const {
    if (wrong_credential)
      return FakeNetwork::reply(401, R"({"error":"invalid_client","error_codes":[7000215]})");
    return FakeNetwork::reply(
        200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"bearer-token"})");
  }
  host::HttpResponse vault_answer(const host::HttpRequest& request) const {
    const auto begin = request.url.find("/secrets/") + 9;
    const auto found = vault.find(request.url.substr(begin, request.url.find('?') - begin));
    if (found == vault.end())
      return FakeNetwork::reply(404, R"({"error":{"code":"SecretNotFound","message":"m"}})");
    return FakeNetwork::reply(200, nlohmann::json{{"value", found->second.first},
                                                  {"contentType", found->second.second},
                                                  {"id", "https://v/secrets/n/0123"}}
                                       .dump());
  }

  /// A session `a` whose service `s` has the secret as VALUE.
  [[nodiscard]] std::string importer(const std::string& secrets,
                                     const std::string& placeholder = "$$SCONE::x$$") const {
    return session("a", none + "services: [{name: s, command: c, environment: {VALUE: '" +
                            placeholder + "', OWN: $$SCONE::own$$}}]\nsecrets:\n" + aad +
                            "- {name: own, kind: ascii, value: from the CAS}\n" + secrets);
  }
  std::string value(const std::string& name = "VALUE") {
    const auto got = fetch("a/s");
    EXPECT_EQ(got.answer.status, 200) << got.answer.body;
    for (const auto& variable : got.configuration.environment)
      if (variable.name == name) return variable.value;
    return "";
  }

  FakeNetwork azure;
  std::map<std::string, std::pair<std::string, std::string>> vault{
      {"api-secret", {"a13f688c3a95", ""}}};
  bool wrong_credential = false;
  const std::string aad =
      "- {name: t, kind: aad-token, tenant_id: e6c9c526-f1aa-4e0d-b207-50bad9a89d21, client_id: "
      "c1, application_secret: 's3cret~x'}\n";
  const std::string in_vault =
      "{vault: 'https://scone-sample.vault.azure.net/', secret_name: api-secret, token: "
      "$$SCONE::t$$}";
};

TEST_F(AzureSecretsTest, A01_A04_one_start_gives_secrets_of_vault_and_cas) {
  created(importer("- {name: x, import_akv: " + in_vault + "}\n"), alice.peer());
  EXPECT_EQ(azure.asked.size(), 0U);
  EXPECT_EQ(value(), "a13f688c3a95");
  EXPECT_EQ(value("OWN"), "from the CAS");
  ASSERT_EQ(azure.asked.size(), 2U);
  EXPECT_THAT(azure.asked[1].url,
              testing::StartsWith("https://scone-sample.vault.azure.net:443/secrets/api-secret?"));
  EXPECT_THAT(log(), HasButNot("", "a13f688c3a95"));
}

TEST_F(AzureSecretsTest, A30_a_value_and_a_token_are_renewed_while_the_cas_runs) {
  created(importer("- {name: x, import_akv: " + in_vault + "}\n"), alice.peer());
  EXPECT_EQ(value(), "a13f688c3a95");
  vault["api-secret"].first = "newer";
  EXPECT_EQ(value(), "a13f688c3a95");
  EXPECT_EQ(azure.asked_of("/secrets/"), 1U);
  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(value(), "newer");
  EXPECT_EQ(azure.asked_of("login."), 1U);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(value(), "newer");
  EXPECT_EQ(azure.asked_of("login."), 2U);
}

TEST_F(AzureSecretsTest, A30_SL248_a_service_that_runs_can_ask_for_the_newest_value) {
  created(session("a", none +
                           "services: [{name: s, command: c, image_name: i}]\n"
                           "images: [{name: i, injection_files: [/etc/template], "
                           "provide_secrets: [x]}]\nsecrets:\n" +
                           aad + "- {name: x, import_akv: " + in_vault + "}\n"),
          alice.peer());
  const auto got = fetch("a/s");
  ASSERT_EQ(got.answer.status, 200) << got.answer.body;
  const auto lease = got.configuration.lease.value();
  const auto ask_again = [&] {
    const cas::SecretsRequest asked{
        {"a/s", lease.id}, cas::SecretUse::program, {"x"}, key.public_key};
    const auto answer = post("/v1/service/secrets", cas::encode(asked, lease.key));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto info = cas::secrets_seal_info(cas::lease_proof(lease.key, asked));
    const auto opened = crypto::hpke_open(key.private_key.view(), info, "",
                                          cas::decode_secrets_reply(answer.body).sealed);
    return std::string(cas::decode_values(opened.view()).at(0).view());
  };
  EXPECT_EQ(ask_again(), "a13f688c3a95");
  vault["api-secret"].first = "newer";
  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(ask_again(), "newer");
}

TEST_F(AzureSecretsTest, SL190_the_own_name_and_the_only_token_are_the_defaults) {
  vault["x"] = {"by its own name", ""};
  created(importer("- {name: x, import_akv: {vault: v.vault.azure.net}}\n"), alice.peer());
  EXPECT_EQ(value(), "by its own name");
}

TEST_F(AzureSecretsTest, SL164_a_token_is_a_value) {
  created(importer("", "Bearer $$SCONE::t$$"), alice.peer());
  EXPECT_EQ(value(), "Bearer bearer-token");
  EXPECT_THAT(azure.asked.at(0).url, testing::StartsWith("https://login.microsoftonline.com/e6c9"));
}

TEST_F(AzureSecretsTest, SL164_a_token_is_for_the_cloud_of_the_vault_that_it_opens) {
  const std::string other =
      "- {name: gov, kind: aad-token, tenant_id: e6c9, client_id: c2, application_secret: "
      "'s3cret'}\n"
      "- {name: a, import_akv: {vault: v.vault.azure.net, token: $$SCONE::t$$}}\n"
      "- {name: b, import_akv: {vault: v.vault.usgovcloudapi.net, token: $$SCONE::gov$$}}\n";
  created(importer(other, "$$SCONE::gov$$"), alice.peer());
  EXPECT_EQ(value(), "bearer-token");
  EXPECT_EQ(azure.asked.at(0).url, "https://login.microsoftonline.us/e6c9/oauth2/v2.0/token");
}

TEST_F(AzureSecretsTest, SL164_the_only_token_is_for_the_cloud_of_the_only_vault) {
  created(importer("- {name: b, import_akv: {vault: v.vault.usgovcloudapi.net}}\n", "$$SCONE::t$$"),
          alice.peer());
  EXPECT_EQ(value(), "bearer-token");
  EXPECT_THAT(azure.asked.at(0).url, testing::StartsWith("https://login.microsoftonline.us/"));
}

TEST_F(AzureSecretsTest, SL192_A05_a_certificate_of_the_vault_has_all_its_forms) {
  const Client server("rest-api.scone.sample", crypto::KeyType::rsa2048);
  const std::string key_pem(server.key.pkcs8_pem().view());
  vault["cert"] = {key_pem + server.certificate.pem(), "application/x-pem-file"};
  const std::string import =
      "- {name: x, import_akv: {vault: v.vault.azure.net, secret_name: cert}}\n";
  auto hash = created(importer(import, "$$SCONE::x.crt$$"), alice.peer());
  EXPECT_EQ(value(), server.certificate.pem());
  for (const auto& [placeholder, wanted] : {std::pair{"$$SCONE::x:privatekey$$", key_pem},
                                            {"$$SCONE::x.key$$", key_pem},
                                            {"$$SCONE::x$$", server.certificate.pem()}}) {
    hash = created(importer(import, placeholder) + "predecessor: " + hash + "\n", alice.peer());
    EXPECT_EQ(value(), wanted) << placeholder;
  }
}

TEST_F(AzureSecretsTest, SL191_an_envelope_is_opened_with_a_secret_of_the_session) {
  const std::string aes_key(32, '\x04');
  const auto sealed = crypto::seal(aes_key, "plain", "");
  vault["sealed"] = {crypto::base64(std::string("\x00\xa1\x00\x02\x00\x05", 6) + sealed), ""};
  const std::string master = "- {name: k, kind: binary, value: " + crypto::hex(aes_key) + "}\n";
  created(importer(master + "- {name: x, kind: ascii, import_akv: {vault: v.vault.azure.net, "
                            "secret_name: sealed, decryption_key: $$SCONE::k$$}}\n"),
          alice.peer());
  EXPECT_EQ(value(), "plain");
}

TEST_F(AzureSecretsTest, SL190_what_a_vault_gave_can_be_exported) {
  created(importer("- {name: x, import_akv: " + in_vault + ", export: {session: /b}}\n"),
          alice.peer());
  created(session("b", none + "secrets: [{name: y, import: {session: /a, secret: x}}]\nservices: "
                              "[{name: s, command: c, environment: {VALUE: $$SCONE::y$$}}]\n"),
          alice.peer());
  const auto got = fetch("b/s");
  ASSERT_EQ(got.answer.status, 200) << got.answer.body;
  EXPECT_EQ(got.configuration.environment.at(0).value, "a13f688c3a95");
}

TEST_F(AzureSecretsTest, A03_A07_what_azure_refuses_is_told_with_its_reason) {
  created(importer("- {name: x, import_akv: " + in_vault + "}\n"), alice.peer());
  wrong_credential = true;
  auto answer = fetch("a/s").answer;
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.messages(), HasButNot("AADSTS7000215: the client secret is wrong", "s3cret"));
  wrong_credential = false;
  vault.clear();
  clock.advance(std::chrono::seconds(4));
  answer = fetch("a/s").answer;
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.messages(), HasSubstr("secret 'api-secret' of the vault "
                                           "scone-sample.vault.azure.net is not given"));
  vault["api-secret"] = {"hunter2", ""};
  clock.advance(std::chrono::seconds(4));
  EXPECT_EQ(value(), "hunter2");
}

TEST_F(AzureSecretsTest, SL190_what_can_never_work_is_refused_at_the_upload) {
  const auto refusal = [&](const std::string& secrets) {
    const auto answer = upload(importer(secrets), alice.peer());
    EXPECT_EQ(answer.status, 400) << answer.body;
    return answer.messages();
  };
  const auto both = refusal(
      "- {name: x, import_akv: {vault: vault.example.com}}\n"
      "- {name: a_b, import_akv: {vault: v.vault.azure.net}}\n");
  EXPECT_THAT(both, HasSubstr("secret 'x': 'vault.example.com' is no vault of a cloud"));
  EXPECT_THAT(both, HasSubstr("secret 'a_b': a key vault has no secrets called 'a_b'"));
  EXPECT_THAT(refusal("- {name: x, import_akv: {vault: 'http://v.vault.azure.net'}}\n"),
              HasSubstr("vault"));
  EXPECT_EQ(azure.asked.size(), 0U);
}

TEST_F(AzureSecretsTest, more_than_one_start_could_ask_for_is_refused_at_the_upload) {
  const auto imports = [&](int count) {
    std::string secrets;
    for (int i = 0; i < count; ++i)
      secrets += fmt::format("- {{name: x{}, import_akv: {{vault: v.vault.azure.net}}}}\n", i);
    return importer(secrets, "$$SCONE::own$$");
  };
  EXPECT_EQ(upload(imports(33), alice.peer()).status, 400);
  created(imports(32), alice.peer());
}

TEST_F(AzureSecretsTest, an_operator_can_forbid_it) {
  created(importer("- {name: x, import_akv: " + in_vault + "}\n"), alice.peer());
  import_from = std::vector<std::string>{"other.vault.azure.net"};
  reopen();
  refused(fetch("a/s"), 403, "its operator does not allow it (--import-from)");
  EXPECT_EQ(azure.asked.size(), 0U);
  import_from = std::vector<std::string>{"scone-sample.vault.azure.net"};
  reopen();
  EXPECT_EQ(value(), "a13f688c3a95");
}

TEST_F(AzureSecretsTest, a_vault_that_hangs_holds_up_only_who_needs_it) {
  std::mutex mutex;
  std::condition_variable changed;
  bool goes_on = false;
  azure.answer = [&](const host::HttpRequest& request) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return goes_on; });
    return request.url.starts_with("https://login.") ? token_answer() : vault_answer(request);
  };
  created(importer("- {name: x, import_akv: " + in_vault + "}\n"), alice.peer());
  created(session("plain", none + "services: [{name: s, command: c}]\n"), alice.peer());
  const auto waiting = request("a/s");
  const auto without = request("plain/s");
  const auto asked = [&](const cas::ConfigRequest& what) {
    return casd::Request{"POST", "/v1/service/config", "", cas::encode(what),
                         {},     casd::Port::enclave};
  };
  EXPECT_FALSE(service->handle_at_once(asked(waiting)));
  const auto begin = std::chrono::steady_clock::now();
  Answer late;
  std::thread needs_it([&] { late = fetch(waiting).answer; });
  EXPECT_EQ(service->handle_at_once(asked(without)).value().status, 200);
  needs_it.join();
  EXPECT_EQ(late.status, 503) << late.body;
  EXPECT_THAT(late.messages(), HasSubstr("did not come in time"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  {
    const std::scoped_lock lock(mutex);
    goes_on = true;
  }
  changed.notify_all();
  EXPECT_EQ(value(), "a13f688c3a95");
}

}  // namespace
}  // namespace sconectl::test
