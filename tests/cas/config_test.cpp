#include "sconectl/cas/config.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "chains.hpp"
#include "expect_error.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "support/map_environment.hpp"
#include "support/matchers.hpp"

namespace sconectl::cas {
namespace {

using diag::ErrorKind;
using test::CasChain;
using test::contains;
using test::error_of;
using Json = nlohmann::json;

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

std::string text_of(const Config& config) {
  return std::string(config_text(config).view());
}

class StateFile : public testing::Test {
 protected:
  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files};
  std::filesystem::path path = directory.path() / "new" / ".cas" / "config.json";
  ConfigFile file{*files, path};

  void put(const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
};

TEST_F(StateFile, CL019_created_on_first_need_with_tight_modes) {
  EXPECT_FALSE(file.load().identity.has_value());
  EXPECT_FALSE(files->exists(path));  // loading needs nothing
  const Identity identity = file.identity();
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(path.parent_path()), 0700U);
  EXPECT_EQ(file.identity().key_hash(), identity.key_hash());
  EXPECT_EQ(ConfigFile(*files, path).identity().key_hash(), identity.key_hash());
}

TEST_F(StateFile, CL019_a_file_that_is_open_to_others_is_refused) {
  file.update([](Config& config) { config.default_cas = "x"; });
  const auto load_with = [&](std::filesystem::perms more) {
    using std::filesystem::perms;
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write | more);
    return ConfigFile(*files, path).load();
  };
  using std::filesystem::perms;
  const auto refused = [&](perms more) {
    EXPECT_TRUE(contains(error_of(ErrorKind::refused, [&] { return load_with(more); }),
                         "chmod 600 " + path.string()));
  };
  // Without keys it is no secret whom we trust; but others must not decide it.
  EXPECT_EQ(load_with(perms::others_read | perms::group_read).default_cas, "x");
  refused(perms::others_write);
  refused(perms::group_write);
  (void)load_with(perms::none);
  (void)file.session_signing_key();
  for (const auto more : {perms::others_read, perms::group_read, perms::others_write})
    refused(more);
  EXPECT_TRUE(load_with(perms::none).session_signing_key);
  (void)load_with(perms::none);
  std::filesystem::permissions(path, perms::others_read, std::filesystem::perm_options::add);
  EXPECT_THROW((void)file.identity(), diag::Error) << "what was read before does not count";
}

TEST_F(StateFile, CL020_CL022_fields_as_scripts_read_them) {
  const Identity identity = file.identity();
  (void)file.session_signing_key();
  const Json json = Json::parse(file_text(path));
  EXPECT_EQ(json.at("version"), 1);
  EXPECT_TRUE(json.at("cas_db").is_object());
  const std::string pem = json.at("identity");
  EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));  // PKCS#8 first (RA-080)
  EXPECT_TRUE(contains(pem, "-----BEGIN CERTIFICATE-----\n"));
  EXPECT_EQ(parse_identity(pem).key_hash(), identity.key_hash());
  EXPECT_EQ(json.at("session_signing_keypair_ed25519_seed").get<std::string>().size(), 64U);
}

TEST_F(StateFile, CL026_shape_of_the_identity) {
  const Identity identity = file.identity();
  EXPECT_EQ(identity.key.type(), crypto::KeyType::p256);
  EXPECT_TRUE(identity.certificate.self_signed());
  EXPECT_EQ(identity.certificate.not_before(),
            crypto::Time(std::chrono::sys_days{std::chrono::year{1975} / 1 / 1}));
  EXPECT_EQ(identity.certificate.not_after(), crypto::never_expires);
  EXPECT_NE(make_identity().certificate.serial(), identity.certificate.serial());
}

TEST_F(StateFile, CL027_signing_key_is_ed25519_and_not_the_tls_key) {
  const auto key = file.session_signing_key();
  EXPECT_EQ(key.type(), crypto::KeyType::ed25519);
  EXPECT_TRUE(file.session_signing_key().public_key() == key.public_key());
}

TEST_F(StateFile, generations_of_access_tokens_survive) {
  file.update([](Config& config) { config.token_generations["KEY/ns"] = 3; });
  EXPECT_EQ(file.load().token_generations.at("KEY/ns"), 3U);
  file.update([](Config& config) { config.default_cas = "x"; });
  EXPECT_EQ(file.load().token_generations.size(), 1U);
  EXPECT_EQ(file.load().other, "");
  for (const char* wrong :
       {R"({"access_token_generations":{"a":-1}})", R"({"access_token_generations":[]})"})
    error_of(ErrorKind::invalid, [&] { return parse_config(wrong); });
}

TEST_F(StateFile, CL027_seed_of_other_tools_as_numbers) {
  const std::string seed(32, '\x07');
  Json numbers = Json::array();
  for (int i = 0; i < 32; ++i) numbers.push_back(7);
  const Config config =
      parse_config(Json{{"session_signing_keypair_ed25519_seed", numbers}}.dump());
  EXPECT_TRUE(config.session_signing_key->public_key() ==
              crypto::PrivateKey::from_ed25519_seed(seed).public_key());
  numbers[3] = 256;
  error_of(ErrorKind::invalid, [&] {
    return parse_config(Json{{"session_signing_keypair_ed25519_seed", numbers}}.dump());
  });
}

TEST_F(StateFile, CL021_entries_survive_with_members_of_others) {
  put(R"({"cas_db":{"scone-cas.cf":{"url":"https://scone-cas.cf:8081/","chain":"C",)"
      R"("ias_report":{"body":"b","advisory_ids":[1,2]}}},"plugin":{"x":null},"default_cas":"d"})");
  file.update([](Config& config) {
    config.cas_db["mycas"] = CasChain().known();
    config.default_cas = "mycas";
  });
  const Json json = Json::parse(file_text(path));
  EXPECT_EQ(json.at("cas_db").at("scone-cas.cf").at("ias_report").at("advisory_ids"), Json({1, 2}));
  EXPECT_EQ(json.at("cas_db").at("scone-cas.cf").at("chain"), "C");
  EXPECT_EQ(json.at("plugin"), (Json{{"x", nullptr}}));
  EXPECT_EQ(json.at("default_cas"), "mycas");
  EXPECT_EQ(json.at("cas_db").size(), 2U);
}

TEST_F(StateFile, CL021_key_hashes_of_a_chain_without_them) {
  const CasChain chain;
  const Config config = parse_config(
      Json{{"cas_db", {{"x", {{"url", "https://x:8081/"}, {"chain", chain.reported()}}}}}}.dump());
  EXPECT_EQ(config.cas_db.at("x").cas_key_hash, chain.key_hash());
  EXPECT_EQ(config.cas_db.at("x").cas_software_key_hash, chain.software_key_hash());
}

TEST_F(StateFile, CL022_scripts_may_delete_members) {
  (void)file.identity();
  Json json = Json::parse(file_text(path));
  json.erase("cas_db");
  json.erase("default_cas");
  json.erase("version");
  put(json.dump());
  EXPECT_TRUE(file.load().identity.has_value());
  EXPECT_TRUE(file.load().cas_db.empty());
}

TEST_F(StateFile, CL023_a_newer_file_is_refused_and_never_rewritten) {
  for (const char* text : {R"({"version":2,"identity":{"new":"form"}})", R"({"version":"2"})",
                           R"({"version":-1})", R"({"version":1.5})"}) {
    put(text);
    error_of(ErrorKind::unsupported, [&] { return file.identity(); });
    error_of(ErrorKind::unsupported,
             [&] { return file.update([](Config& config) { config.default_cas = "x"; }); });
    EXPECT_EQ(file_text(path), text);
  }
}

TEST_F(StateFile, CL024_a_broken_file_is_refused_by_name_and_never_rewritten) {
  put("{\"identity\": ");
  const auto text = error_of(ErrorKind::invalid, [&] { return file.identity(); });
  EXPECT_TRUE(contains(text, path.string())) << text;
  EXPECT_EQ(file_text(path), "{\"identity\": ");
}

TEST_F(StateFile, CL024_nothing_is_written_when_the_change_throws_or_changes_nothing) {
  (void)file.identity();
  struct stat first {};
  ASSERT_EQ(::stat(path.c_str(), &first), 0);
  EXPECT_THROW(file.update([](Config& config) {
    config.default_cas = "x";
    throw std::runtime_error("stop");
  }),
               std::runtime_error);
  file.update([](Config&) {});
  struct stat second {};
  ASSERT_EQ(::stat(path.c_str(), &second), 0);
  EXPECT_EQ(first.st_ino, second.st_ino);
  EXPECT_EQ(file.load().default_cas, std::nullopt);
}

TEST_F(StateFile, CL025_an_empty_file_is_a_missing_one) {
  for (const char* text : {"", "\n", "  \t\n"}) {
    put(text);
    EXPECT_FALSE(file.load().identity.has_value());
  }
  (void)file.identity();
  EXPECT_TRUE(file.load().identity.has_value());
}

TEST_F(StateFile, CL024_processes_at_the_same_time_lose_nothing) {
  constexpr int processes = 8;
  constexpr int changes = 12;
  std::vector<pid_t> children;
  for (int child = 0; child < processes; ++child) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid != 0) {
      children.push_back(pid);
      continue;
    }
    int failed = 0;
    try {
      for (int i = 0; i < changes; ++i) {
        ConfigFile own(*files, path);
        (void)own.identity();
        own.update([&](Config& config) {
          config.cas_db[std::to_string(child) + "-" + std::to_string(i)].url = "u";
        });
      }
    } catch (...) {
      failed = 1;
    }
    ::_exit(failed);
  }
  for (const pid_t pid : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  const Config config = file.load();
  EXPECT_EQ(config.cas_db.size(), static_cast<std::size_t>(processes * changes));
  EXPECT_TRUE(config.identity.has_value());
}

TEST_F(StateFile, CL024_two_processes_agree_on_one_new_identity) {
  int ends[2] = {};
  ASSERT_EQ(::pipe(ends), 0);
  for (int child = 0; child < 4; ++child) {
    if (::fork() != 0) continue;
    const std::string hash = ConfigFile(*files, path).identity().key_hash();
    const bool written =
        ::write(ends[1], hash.data(), hash.size()) == static_cast<ssize_t>(hash.size());
    ::_exit(written ? 0 : 1);
  }
  for (int child = 0; child < 4; ++child) {
    int status = -1;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  const std::string expected = file.identity().key_hash();
  std::string seen(4 * expected.size(), '\0');
  ASSERT_EQ(::read(ends[0], seen.data(), seen.size()), static_cast<ssize_t>(seen.size()));
  EXPECT_EQ(seen, expected + expected + expected + expected);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Config, CL028_text_round_trip_and_determinism) {
  Config config;
  config.identity = make_identity();
  config.session_signing_key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  config.default_cas = "mycas";
  config.cas_db["mycas"] = CasChain().known();
  config.cas_db["mycas"].attestation = R"({"evidence":"none"})";
  config.other = R"({"a":1})";
  const std::string text = text_of(config);
  EXPECT_EQ(text_of(parse_config(text)), text);
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(Config, CL014_lookup_by_text_then_by_url) {
  Config config;
  config.cas_db["MYCAS"].url = "https://mycas:8081/";
  config.cas_db["https://other"].url = "https://other:8081/";
  EXPECT_EQ(find_cas(config, "MYCAS"), &config.cas_db.at("MYCAS"));
  EXPECT_EQ(find_cas(config, "https://mycas:8081"), &config.cas_db.at("MYCAS"));
  EXPECT_EQ(find_cas(config, "other:8081"), &config.cas_db.at("https://other"));
  EXPECT_EQ(find_cas(config, "other:9000"), nullptr);
  EXPECT_EQ(find_cas(config, "not an address"), nullptr);
}

TEST(Config, CL014_CL015_default_and_unknown_cas) {
  Config config;
  EXPECT_TRUE(contains(error_of(ErrorKind::unavailable, [&] { return chosen_cas(config); }),
                       "no default CAS, attest one first"));
  EXPECT_TRUE(contains(error_of(ErrorKind::refused, [&] { return chosen_cas(config, "mycas"); }),
                       "sconectl cas attest mycas"));
  config.cas_db["mycas"].url = "https://mycas:8081/";
  config.default_cas = "mycas";
  EXPECT_EQ(chosen_cas(config).address, "mycas");
  EXPECT_EQ(chosen_cas(config, "mycas:8081").known.url, "https://mycas:8081/");
  config.cas_db.clear();  // default_cas points nowhere now
  error_of(ErrorKind::refused, [&] { return chosen_cas(config); });
}

TEST(Config, CL001_path_of_the_file) {
  test::MapEnvironment environment;
  environment.variables["HOME"] = "/home/x";
  EXPECT_EQ(config_path(environment), "/home/x/.cas/config.json");
  environment.variables["SCONE_CLI_CONFIG"] = "/tmp/c";
  EXPECT_EQ(config_path(environment), "/tmp/c");
  EXPECT_EQ(config_path(environment, "/tmp/o"), "/tmp/o");
  environment.variables["SCONE_CLI_CONFIG"] = "~/.cas/x.json";
  EXPECT_EQ(config_path(environment), "/home/x/.cas/x.json");
  EXPECT_EQ(config_path(environment, "~/y.json"), "/home/x/y.json");
  EXPECT_EQ(config_path(environment, "a/~/y.json"), "a/~/y.json");
}

TEST(IdentityPem, CL017_key_and_certificate_belong_together) {
  const Identity one = make_identity();
  const Identity two = make_identity();
  const std::string key(one.key.pkcs8_pem().view());
  EXPECT_EQ(parse_identity(key + one.certificate.pem()).key_hash(), one.key_hash());
  EXPECT_EQ(parse_identity(one.certificate.pem() + key).key_hash(), one.key_hash());
  EXPECT_TRUE(contains(
      error_of(ErrorKind::invalid, [&] { return parse_identity(key + two.certificate.pem()); }),
      "another key"));
  for (const std::string& bad : {std::string(), key, one.certificate.pem(), std::string("x")}) {
    const auto text = error_of(ErrorKind::invalid, [&] { return parse_identity(bad); });
    EXPECT_THAT(text, test::HasButNot("identity", key.substr(30, 40)));
  }
}

}  // namespace
}  // namespace sconectl::cas
