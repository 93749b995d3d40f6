#include "sconectl/oci/registry.hpp"

#include <gmock/gmock.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/fake_network.hpp"
#include "support/fake_registry.hpp"
#include "support/map_environment.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::oci {
namespace {

using ::testing::HasSubstr;

class RegistryTest : public testing::Test {
 protected:
  Registry registry(const std::string& name = "127.0.0.1:5000/a/web:1") {
    return {fake_, files_, credentials_, parse_image_name(name)};
  }
  static Registry::Read bytes(const std::string& text) {
    return [&text](const Sink& take) { take(text); };
  }
  static Descriptor blob_of(const std::string& text) {
    return {std::string(layer_type), digest_of(text), text.size()};
  }
  void log_in(const std::string& entry) {
    files_.put("/home/.docker/config.json", R"({"auths":{"127.0.0.1:5000":)" + entry + "}}");
  }
  static std::string error_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const diag::Error& error) {
      return error.text();
    }
    return "no error";
  }

  test::FakeRegistry fake_;
  test::MemoryFiles files_;
  test::ScriptedProcesses processes_;
  test::MapEnvironment environment_{{{"HOME", "/home"}}};
  Credentials credentials_{environment_, files_, processes_};
};

TEST_F(RegistryTest, what_is_pushed_is_read_back) {
  Registry to = registry();
  const std::string text = "layer";
  EXPECT_FALSE(to.has_blob(blob_of(text)));
  to.push_blob(blob_of(text), bytes(text));
  EXPECT_TRUE(to.has_blob(blob_of(text)));
  to.push_manifest("1", manifest_type, "{}");
  const auto found = to.manifest("1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, "{}");
  EXPECT_EQ(found->digest, digest_of("{}"));
  EXPECT_EQ(to.digest("1"), digest_of("{}"));
  EXPECT_EQ(small_blob(to, blob_of(text)), text);
  EXPECT_FALSE(to.manifest("2"));
  EXPECT_FALSE(to.digest("2"));
}

TEST_F(RegistryTest, large_blobs_go_in_parts) {
  Registry to = registry();
  const std::string text(20'000'000, 'b');  // NOLINT(bugprone-string-constructor)
  std::vector<std::uint64_t> parts;
  to.push_blob(blob_of(text), bytes(text), [&](std::uint64_t part) { parts.push_back(part); });
  EXPECT_EQ(parts, (std::vector<std::uint64_t>{8'388'608, 8'388'608, 3'222'784}));
  EXPECT_EQ(fake_.blobs.at(digest_of(text)).size(), text.size());
}

TEST_F(RegistryTest, a_blob_of_another_repository_is_not_sent_again) {
  fake_.blobs[digest_of("base")] = "base";
  EXPECT_TRUE(registry().mount(blob_of("base"), "library/python"));
  EXPECT_FALSE(registry().mount(blob_of("unknown"), "library/python"));
  EXPECT_EQ(fake_.uploaded, 0U);
}

TEST_F(RegistryTest, a_login_is_asked_for_once_and_its_token_kept) {
  fake_.user = "me";
  fake_.password = crypto::base64("me:pass word");
  log_in(R"({"auth":")" + fake_.password + "\"}");
  fake_.manifests["a/web:1"] = {"", "{}"};
  Registry from = registry();
  EXPECT_TRUE(from.manifest("1"));
  EXPECT_TRUE(from.manifest("1"));
  EXPECT_EQ(fake_.scopes, std::vector<std::string>{"/token?service=r&scope=repository%3Ax%3Apull"});
}

TEST_F(RegistryTest, refresh_tokens_and_helpers_are_logins_too) {
  fake_.user = "me";
  fake_.password = "refresh-me";
  fake_.manifests["a/web:1"] = {"", "{}"};
  log_in(R"({"identitytoken":"refresh-me"})");
  EXPECT_TRUE(registry().manifest("1"));

  files_.put("/home/.docker/config.json", R"({"credHelpers":{"127.0.0.1:5000":"vault"}})");
  processes_.expect({"docker-credential-vault", "get"},
                    {0, 0, R"({"Username":"<token>","Secret":"refresh-me"})", ""});
  EXPECT_TRUE(registry().manifest("1"));
  ASSERT_TRUE(processes_.finished());
  EXPECT_EQ(processes_.ran().front().input, "127.0.0.1:5000");
}

TEST_F(RegistryTest, without_a_login_or_with_a_wrong_one_it_is_said_what_to_do) {
  fake_.user = "me";
  fake_.password = crypto::base64("me:right");
  EXPECT_THAT(error_of([&] { (void)registry().manifest("1"); }),
              HasSubstr("run 'docker login 127.0.0.1:5000'"));
  log_in(R"({"auth":")" + crypto::base64("me:wrong") + "\"}");
  EXPECT_THAT(error_of([&] { (void)registry().manifest("1"); }),
              test::HasButNot("is the login for 127.0.0.1:5000 still right?", "wrong"));
}

TEST_F(RegistryTest, what_may_not_be_read_is_unavailable_and_what_may_not_be_pushed_fails) {
  const auto kind_of = [](const auto& act) {
    try {
      act();
    } catch (const diag::Error& error) {
      return error.kind();
    }
    return diag::ErrorKind::usage;
  };
  const auto read = [&] { (void)registry().manifest("1"); };
  const auto look = [&] { (void)registry().digest("1"); };
  const auto fetch = [&] { registry().blob(blob_of("x"), [](std::string_view) {}); };
  const auto push = [&] { registry().push_blob(blob_of("x"), bytes("x")); };
  fake_.refuses = "GET";
  EXPECT_EQ(kind_of(read), diag::ErrorKind::unavailable);
  EXPECT_EQ(kind_of(fetch), diag::ErrorKind::unavailable);
  EXPECT_THAT(error_of(read), AllOf(HasSubstr("the registry does not let us (not for you)"),
                                    HasSubstr("docker login 127.0.0.1:5000")));
  fake_.refuses = "HEAD";
  EXPECT_EQ(kind_of(look), diag::ErrorKind::unavailable);
  fake_.refuses = "POST";
  EXPECT_EQ(kind_of(push), diag::ErrorKind::failed);
  // The same where it is the one who gives tokens that refuses.
  fake_.refuses = "";
  fake_.user = "me";
  fake_.password = crypto::base64("me:right");
  EXPECT_EQ(kind_of(read), diag::ErrorKind::unavailable);
  EXPECT_EQ(kind_of(look), diag::ErrorKind::unavailable);
  EXPECT_EQ(kind_of(push), diag::ErrorKind::failed);
}

TEST_F(RegistryTest, a_refusal_is_shown_in_the_words_of_the_registry) {
  fake_.refuses = "PUT";
  const std::string text = "layer";
  EXPECT_EQ(
      error_of([&] { registry().push_blob(blob_of(text), bytes(text)); }),
      "can not push to 127.0.0.1:5000/a/web: the registry does not let us (not for you); log in "
      "as somebody who may: 'docker login 127.0.0.1:5000'");
}

TEST_F(RegistryTest, a_blob_that_may_not_be_pushed_is_not_looked_for) {
  fake_.refuses = "PUT";
  const std::string text = "layer";
  EXPECT_THROW(registry().push_blob(blob_of(text), bytes(text)), diag::Error);
  EXPECT_EQ(fake_.asked.size(), 2U) << fake_.asked.back();
}

TEST_F(RegistryTest, a_blob_that_somebody_pushes_at_the_same_moment_is_not_missing) {
  fake_.blind_for = 3;
  registry().push_manifest("1", manifest_type, "{}");
  EXPECT_TRUE(registry().manifest("1"));
  fake_.blind_for = 4;
  EXPECT_EQ(error_of([&] { registry().push_manifest("2", manifest_type, "{}"); }),
            "can not push to 127.0.0.1:5000/a/web: the registry answers: no blob");
  EXPECT_FALSE(registry().manifest("2"));
}

TEST_F(RegistryTest, one_that_trips_over_two_who_push_the_same_has_it_in_the_end) {
  const std::string text = "layer";
  fake_.trips = 3;
  EXPECT_FALSE(registry().has_blob(blob_of(text)));
  fake_.trips = 4;
  EXPECT_EQ(error_of([&] { (void)registry().has_blob(blob_of(text)); }),
            "can not look at a layer of 127.0.0.1:5000/a/web: the registry answers: status 500");
  fake_.races = true;
  registry().push_blob(blob_of(text), bytes(text));
  EXPECT_EQ(fake_.blobs.at(digest_of(text)), text);
  // Nobody else has pushed it: what the registry said is told.
  const std::string other = "other";
  EXPECT_EQ(error_of([&] { registry().push_blob(blob_of(other), bytes(text)); }),
            "can not push to 127.0.0.1:5000/a/web: the registry answers: other bytes");
}

TEST_F(RegistryTest, a_manifest_that_is_refused_is_sent_once) {
  for (const char* code : {"MANIFEST_INVALID", "DENIED", "UNSUPPORTED"}) {
    fake_.no_manifest = code;
    fake_.asked.clear();
    EXPECT_EQ(error_of([&] { registry().push_manifest("1", manifest_type, "{}"); }),
              "can not push to 127.0.0.1:5000/a/web: the registry answers: never");
    EXPECT_EQ(fake_.asked.size(), 1U);
  }
}

TEST_F(RegistryTest, bytes_other_than_asked_for_are_refused) {
  const std::string digest = digest_of("{}");
  fake_.manifests["a/web:" + digest] = {"", "{ }"};
  EXPECT_THAT(error_of([&] { (void)registry().manifest(digest); }), HasSubstr("another manifest"));
  fake_.blobs[digest_of("x")] = "y";
  Registry from = registry();
  EXPECT_THAT(error_of([&] { (void)small_blob(from, blob_of("x")); }), HasSubstr("other bytes"));
  fake_.blobs[digest_of("x")] = std::string(largest_document + 1, 'y');
  EXPECT_THAT(error_of([&] { (void)small_blob(from, blob_of("x")); }), HasSubstr("longer"));
}

TEST(registry_redirection, credentials_go_to_no_other_host) {
  test::FakeNetwork network;
  network.answer = [](const host::HttpRequest& request) {
    if (request.url.starts_with("https://cdn.example/"))
      return test::FakeNetwork::reply(200, "bytes");
    for (const auto& [name, value] : request.headers)
      if (name == "Authorization")
        return test::FakeNetwork::reply(307, "", {{"Location", "https://cdn.example/b"}});
    return test::FakeNetwork::reply(401, "", {{"WWW-Authenticate", "Basic realm=\"x\""}});
  };
  test::MemoryFiles files;
  files.put("/home/.docker/config.json",
            R"({"auths":{"r.example":{"auth":")" + crypto::base64("me:secret") + "\"}}}");
  test::ScriptedProcesses processes;
  const test::MapEnvironment environment(std::map<std::string, std::string>{{"HOME", "/home"}});
  Credentials credentials(environment, files, processes);
  Registry from(network, files, credentials, parse_image_name("r.example/a"));
  const Descriptor blob{"", digest_of("bytes"), 5};
  EXPECT_EQ(small_blob(from, blob), "bytes");
  ASSERT_EQ(network.asked.size(), 3U);
  EXPECT_EQ(network.asked.back().url, "https://cdn.example/b");
  EXPECT_TRUE(network.asked.back().headers.empty());
}

TEST(registry_trust, the_authorities_of_the_machine_for_one_registry_count_for_it) {
  test::FakeNetwork network;
  network.answer = [](const host::HttpRequest&) { return test::FakeNetwork::reply(404, ""); };
  test::MemoryFiles files;
  files.put("/etc/docker/certs.d/r.example:5000/ca.crt", "PEM");
  test::ScriptedProcesses processes;
  const test::MapEnvironment environment(std::map<std::string, std::string>{});
  Credentials credentials(environment, files, processes);
  (void)Registry(network, files, credentials, parse_image_name("r.example:5000/a")).manifest("1");
  (void)Registry(network, files, credentials, parse_image_name("other.example/a")).manifest("1");
  const auto* own = std::get_if<host::ChainTo>(&network.trusts.at(0));
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(own->roots, std::vector<std::string>{"PEM"});
  EXPECT_EQ(own->host_name, host::HostName::compared);
  EXPECT_TRUE(std::holds_alternative<host::SystemTrust>(network.trusts.at(1)));
}

class CredentialsTest : public testing::Test {
 protected:
  std::string user(const std::string& registry, const std::string& repository) {
    const auto login = Credentials(environment_, files_, processes_).login(registry, repository);
    return login ? login->user + "/" + std::string(login->password.view()) : "none";
  }
  static std::string entry(const std::string& pair) {
    return R"({"auth":")" + crypto::base64(pair) + "\"}";
  }
  test::MapEnvironment environment_{{{"HOME", "/home"}}};
  test::MemoryFiles files_;
  test::ScriptedProcesses processes_;
};

TEST_F(CredentialsTest, the_entry_nearest_to_the_repository_counts) {
  environment_.variables["XDG_RUNTIME_DIR"] = "/run";
  files_.put("/run/containers/auth.json",
             R"({"auths":{"r.io/team":)" + entry("team:1") + R"(,"r.io":)" + entry("all:2") + "}}");
  EXPECT_EQ(user("r.io", "team/app"), "team/1");
  EXPECT_EQ(user("r.io", "other/app"), "all/2");
  EXPECT_EQ(user("r.io", "teamwork/app"), "all/2");
  EXPECT_EQ(user("s.io", "app"), "none");
}

TEST_F(CredentialsTest, docker_io_has_a_key_of_its_own) {
  files_.put("/home/.docker/config.json",
             R"({"auths":{"https://index.docker.io/v1/":)" + entry("hub:pw") + "}}");
  EXPECT_EQ(user("docker.io", "library/python"), "hub/pw");
}

TEST_F(CredentialsTest, DOCKER_CONFIG_and_REGISTRY_AUTH_FILE_say_where) {
  environment_.variables = {{"DOCKER_CONFIG", "/dc"}, {"REGISTRY_AUTH_FILE", "/auth.json"}};
  files_.put("/dc/config.json", R"({"auths":{"r.io":)" + entry("docker:1") + "}}");
  EXPECT_EQ(user("r.io", "a"), "docker/1");
  files_.put("/auth.json", R"({"auths":{"r.io":)" + entry("file:2") + "}}");
  EXPECT_EQ(user("r.io", "a"), "file/2");
}

TEST_F(CredentialsTest, a_helper_that_has_nothing_leaves_it_to_the_entries) {
  files_.put("/home/.docker/config.json",
             R"({"credHelpers":{"r.io":"x"},"credsStore":"y","auths":{"s.io":{}}})");
  processes_.expect({"docker-credential-x", "get"}, {1, 0, "credentials not found", ""});
  processes_.expect({"docker-credential-y", "get"}, {0, 0, R"({"Username":"u","Secret":"s"})", ""});
  EXPECT_EQ(user("r.io", "a"), "u/s");
  EXPECT_TRUE(processes_.finished());
}

TEST_F(CredentialsTest, a_configuration_that_is_no_json_does_not_decide_by_accident) {
  files_.put("/home/.docker/config.json", "{");
  EXPECT_THROW((void)user("r.io", "a"), diag::Error);
}

}  // namespace
}  // namespace sconectl::oci
