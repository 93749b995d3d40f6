// Secrets for the files on a service's disk and for its program (SL-214, SL-247 ... SL-250).
#include "casd/service_fixture.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

struct ProvideSecrets : ServiceClient {
  /// A session with a template; `image` is more of its image.
  void make(const std::string& image = "") {
    created(session("a",
                    "services:\n  - {name: py, command: x, image_name: i, pwd: /app}\n"
                    "images:\n  - name: i\n    injection_files: [/etc/template, "
                    "{path: relative, permission: 0o400}]\n" +
                        image +
                        "secrets:\n  - {name: pw, kind: ascii, value: \"p w\"}\n"
                        "  - {name: bin, kind: binary, value: \"00ff\"}\n"
                        "  - {name: key, kind: private-key}\n"
                        "  - {name: crt, kind: x509, private_key: key}\n" +
                        none),
            alice.peer());
    const auto got = fetch("a/py");
    ASSERT_EQ(got.answer.status, 200) << got.answer.body;
    configuration = got.configuration;
    ASSERT_TRUE(configuration.lease);
  }
  cas::SecretsRequest wanting(std::vector<std::string> placeholders,
                              cas::SecretUse use = cas::SecretUse::file) const {
    return {{"a/py", configuration.lease->id}, use, std::move(placeholders), key.public_key};
  }
  Answer send(const cas::SecretsRequest& asked) {
    return post("/v1/service/secrets", cas::encode(asked, configuration.lease->key));
  }
  std::vector<std::string> values(const cas::SecretsRequest& asked) {
    const auto answer = send(asked);
    EXPECT_EQ(answer.status, 200) << answer.body;
    if (answer.status != 200) return {};
    const auto reply = cas::decode_secrets_reply(answer.body);
    const auto proof = cas::lease_proof(configuration.lease->key, asked);
    EXPECT_EQ(reply.proof, cas::secrets_reply_proof(configuration.lease->key, proof, reply.sealed));
    std::vector<std::string> result;
    for (const auto& value :
         cas::decode_values(crypto::hpke_open(key.private_key.view(), cas::secrets_seal_info(proof),
                                              "", reply.sealed)
                                .view()))
      result.emplace_back(value.view());
    return result;
  }

  cas::Configuration configuration;
};

TEST_F(ProvideSecrets, SL250_SL214_files_on_disk_may_use_every_secret) {
  make();
  EXPECT_EQ(configuration.templates, (std::vector<cas::ConfigurationTemplate>{
                                         {"/etc/template", 0700}, {"/app/relative", 0400}}));
  EXPECT_TRUE(configuration.files.empty());
  const auto got = values(wanting({"pw", "bin:hex", "bin", "key", "crt.key"}));
  ASSERT_EQ(got.size(), 5U);
  EXPECT_EQ(got[0], "p w");
  EXPECT_EQ(got[1], "00ff");
  EXPECT_EQ(got[2], std::string("\0\xff", 2));
  EXPECT_NE(got[3].find("BEGIN PRIVATE KEY"), std::string::npos);
  EXPECT_EQ(got[4], got[3]) << "SL-159";
  EXPECT_TRUE(values(wanting({})).empty());
  EXPECT_THAT(log(), HasButNot("secrets given to a service", "p w"));
}

TEST_F(ProvideSecrets, SL248_a_program_gets_none_unless_they_are_listed) {
  make();
  refused(send(wanting({"pw"}, cas::SecretUse::program)), 403, "not provided to service 'py'");
}

TEST_F(ProvideSecrets, SL247_SL248_only_what_is_listed) {
  make("    provide_secrets: [pw]\n");
  for (const auto use : {cas::SecretUse::file, cas::SecretUse::program}) {
    EXPECT_EQ(values(wanting({"pw"}, use)), std::vector<std::string>{"p w"});
    refused(send(wanting({"bin"}, use)), 403, "'bin' is not provided");
    refused(send(wanting({"pw", "bin"}, use)), 403, "'bin' is not provided");
    // A deprecated suffix is no way around the list (SL-106).
    refused(send(wanting({"crt.key"}, use)), 403, "'crt' is not provided");
    // Missing and not listed answer alike.
    refused(send(wanting({"unknown"}, use)), 403, "'unknown' is not provided");
  }
}

TEST_F(ProvideSecrets, SL249_an_empty_list_provides_nothing) {
  make("    provide_secrets: []\n");
  refused(send(wanting({"pw"})), 403, "not provided");
  EXPECT_TRUE(values(wanting({})).empty());
}

TEST_F(ProvideSecrets, SL248_commands_environment_and_contents_are_never_limited) {
  created(session("c",
                  "services:\n  - {name: py, command: x $$SCONE::pw$$, image_name: i, environment: "
                  "{E: $$SCONE::pw$$}}\n"
                  "images:\n  - name: i\n    provide_secrets: []\n    injection_files: [{path: /f, "
                  "content: $$SCONE::pw$$}]\n"
                  "secrets:\n  - {name: pw, kind: ascii, value: v}\n" +
                      none),
          alice.peer());
  const auto got = fetch("c/py").configuration;
  EXPECT_EQ(got.argv[1], "v");
  EXPECT_EQ(got.environment[0].value, "v");
  EXPECT_EQ(got.files[0].content, "v");
  EXPECT_FALSE(got.lease);
}

TEST_F(ProvideSecrets, RA084_errors_name_the_placeholder_and_no_value) {
  make();
  refused(send(wanting({"unknown"})), 404, "'unknown'");
  refused(send(wanting({"pw:hex"})), 403, "no format 'hex'");
  auto changed = nlohmann::json::parse(cas::encode(wanting({"pw"}), configuration.lease->key));
  changed["placeholders"] = {"bin"};
  refused(post("/v1/service/secrets", changed.dump()), 403, "lease");
  for (const auto* body : {"", "{", "[]", "{}", "\xff"})
    EXPECT_EQ(post("/v1/service/secrets", body).status, 400) << body;
}

TEST_F(ProvideSecrets, SL245_the_last_entry_of_a_path_counts) {
  created(session("d",
                  "services:\n  - {name: py, command: x, image_name: i}\n"
                  "images:\n  - name: i\n    injection_files: [/t, {path: /t, content: now}, "
                  "{path: /f, content: a}, /f]\n" +
                      none),
          alice.peer());
  const auto got = fetch("d/py").configuration;
  ASSERT_EQ(got.files.size(), 1U);
  EXPECT_EQ(got.files[0].path, "/t");
  ASSERT_EQ(got.templates.size(), 1U);
  EXPECT_EQ(got.templates[0].path, "/f");
}

}  // namespace
}  // namespace sconectl::test
