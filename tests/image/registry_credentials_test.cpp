#include "sconectl/image/registry_credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sconectl/diag/error.hpp"
#include "support/map_environment.hpp"
#include "support/matchers.hpp"
#include "support/memory_files.hpp"

namespace sconectl::image {
namespace {

constexpr const char* repository = "registry.scontain.com/sconectl";
constexpr const char* docker_file = "/home/user/.docker/config.json";

struct Machine {
  test::MemoryFiles files;
  test::MapEnvironment environment{{{"HOME", "/home/user"}}};

  std::string file_for(const std::string& engine, const std::string& wanted = repository) {
    return credentials_file(engine, wanted, environment, files).value_or("").string();
  }
};

struct Row {
  const char* what;
  const char* config;
  bool found;
};

class DockerCredentials : public testing::TestWithParam<Row> {};

TEST_P(DockerCredentials, are_found_where_docker_would_use_them) {
  Machine machine;
  machine.files.put(docker_file, GetParam().config);
  EXPECT_EQ(machine.file_for("docker"), GetParam().found ? docker_file : "") << GetParam().config;
}

INSTANTIATE_TEST_SUITE_P(
    Table, DockerCredentials,
    testing::Values(
        Row{"nothing", "{}", false}, Row{"empty_file", "\n", false},
        Row{"auth", R"({"auths":{"registry.scontain.com":{"auth":"dTpw"}}})", true},
        Row{"token", R"({"auths":{"registry.scontain.com":{"identitytoken":"t"}}})", true},
        Row{"url_of_old", R"({"auths":{"https://registry.scontain.com/v2/":{"auth":"dTpw"}}})",
            true},
        Row{"other_host", R"({"auths":{"registry.scontain.com.evil.example":{"auth":"dTpw"}}})",
            false},
        Row{"other_port", R"({"auths":{"registry.scontain.com:5050":{"auth":"dTpw"}}})", false},
        Row{"suffix", R"({"auths":{"scontain.com":{"auth":"dTpw"}}})", false},
        Row{"logged_out", R"({"auths":{"registry.scontain.com":{}}})", false},
        Row{"empty_auth", R"({"auths":{"registry.scontain.com":{"auth":""}}})", false},
        Row{"helper_of_the_host", R"({"credHelpers":{"registry.scontain.com":"pass"}})", true},
        Row{"helper_of_another", R"({"credHelpers":{"gcr.io":"gcloud"}})", false},
        Row{"helper_without_name", R"({"credHelpers":{"registry.scontain.com":""}})", false},
        Row{"store_alone", R"({"credsStore":"desktop"})", false},
        Row{"store_with_login", R"({"credsStore":"desktop","auths":{"registry.scontain.com":{}}})",
            true},
        Row{"store_with_other_login", R"({"credsStore":"desktop","auths":{"ghcr.io":{}}})", false},
        Row{"empty_store", R"({"credsStore":"","auths":{"registry.scontain.com":{}}})", false},
        Row{"odd_types", R"({"auths":[1],"credHelpers":"x","credsStore":7})", false},
        Row{"odd_entry", R"({"auths":{"registry.scontain.com":"dTpw"}})", false},
        Row{"odd_auth", R"({"auths":{"registry.scontain.com":{"auth":{"a":1}}}})", false}),
    [](const auto& row) { return row.param.what; });

TEST(RegistryCredentials, docker_config_names_the_directory) {
  Machine machine;
  machine.files.put(docker_file, R"({"auths":{"registry.scontain.com":{"auth":"dTpw"}}})");
  machine.environment.variables["DOCKER_CONFIG"] = "/etc/ci";
  EXPECT_EQ(machine.file_for("docker"), "");
  machine.files.put("/etc/ci/config.json",
                    R"({"auths":{"registry.scontain.com":{"auth":"dTpw"}}})");
  EXPECT_EQ(machine.file_for("docker"), "/etc/ci/config.json");
}

TEST(RegistryCredentials, podman_looks_in_its_own_places_and_then_in_dockers) {
  constexpr const char* login = R"({"auths":{"registry.scontain.com":{"auth":"dTpw"}}})";
  for (const char* engine : {"podman", "buildah"}) {
    for (const char* place : {"/run/containers/1000/auth.json",
                              "/home/user/.config/containers/auth.json", docker_file}) {
      Machine machine;
      machine.files.put(place, login);
      EXPECT_EQ(machine.file_for(engine), place);
      EXPECT_EQ(machine.file_for("docker"), place == std::string(docker_file) ? place : "");
    }
    Machine machine;
    machine.environment.variables["XDG_RUNTIME_DIR"] = "/run/user/1000";
    machine.environment.variables["XDG_CONFIG_HOME"] = "/home/user/conf";
    machine.files.put("/home/user/conf/containers/auth.json", login);
    EXPECT_EQ(machine.file_for(engine), "/home/user/conf/containers/auth.json");
    machine.files.put("/run/user/1000/containers/auth.json", login);
    EXPECT_EQ(machine.file_for(engine), "/run/user/1000/containers/auth.json");
  }
}

TEST(RegistryCredentials, registry_auth_file_is_the_only_one_of_podman) {
  Machine machine;
  machine.files.put("/home/user/.config/containers/auth.json",
                    R"({"auths":{"registry.scontain.com":{"auth":"dTpw"}}})");
  machine.environment.variables["REGISTRY_AUTH_FILE"] = "/ci/auth.json";
  EXPECT_EQ(machine.file_for("podman"), "");
  machine.files.put("/ci/auth.json", R"({"auths":{"registry.scontain.com":{"auth":"dTpw"}}})");
  EXPECT_EQ(machine.file_for("podman"), "/ci/auth.json");
}

TEST(RegistryCredentials, podman_has_credentials_for_a_namespace) {
  Machine machine;
  machine.environment.variables["REGISTRY_AUTH_FILE"] = "/auth.json";
  const auto found = [&](const std::string& key, const std::string& wanted) {
    machine.files.put("/auth.json", R"({"auths":{")" + key + R"(":{"auth":"dTpw"}}})");
    return !machine.file_for("podman", wanted).empty();
  };
  EXPECT_TRUE(found("registry.scontain.com/sconectl", repository));
  EXPECT_TRUE(found("registry.scontain.com", "registry.scontain.com/a/b"));
  EXPECT_TRUE(found("registry.scontain.com/a", "registry.scontain.com/a/b"));
  EXPECT_TRUE(found("https://registry.scontain.com/v2/", repository));
  EXPECT_FALSE(found("registry.scontain.com/scone", repository));
  EXPECT_FALSE(found("registry.scontain.com/other", repository));
}

TEST(RegistryCredentials, podman_does_not_use_a_store_of_docker) {
  Machine machine;
  machine.files.put(docker_file,
                    R"({"credsStore":"desktop","auths":{"registry.scontain.com":{}}})");
  EXPECT_EQ(machine.file_for("docker"), docker_file);
  EXPECT_EQ(machine.file_for("podman"), "");
}

TEST(RegistryCredentials, a_file_that_can_not_be_understood_decides_nothing) {
  for (const char* text : {"{", "[]", "null", "{\"auths\":{\"a\":{\"auth\":\"c2VjcmV0\"}}"}) {
    Machine machine;
    machine.files.put(docker_file, text);
    try {
      (void)machine.file_for("docker");
      FAIL() << text;
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
      EXPECT_THAT(error.text(), testing::HasSubstr("--runtime"));
      EXPECT_THAT(error.text(), test::HasButNot(docker_file, "c2VjcmV0"));
    }
  }
}

}  // namespace
}  // namespace sconectl::image
