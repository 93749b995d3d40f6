// The start of the embedded CAS, on a machine made of fakes.
#include "sconectl/action/embedded_cas.hpp"

#include <gtest/gtest.h>

#include "action/mesh_cas.hpp"
#include "sconectl/diag/error.hpp"
#include "support/fake_system.hpp"
#include "support/matchers.hpp"

namespace sconectl::action {
namespace {

/// CASes by address ("127.0.0.1:8081"); what else is asked is not reachable.
struct Network final : host::Http {
  std::set<std::string> ready;
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& /*tls*/) override {
    if (!ready.contains(host::parse_url(request.url).server.authority()))
      throw diag::Error(diag::ErrorKind::unavailable, "connection refused");
    return {200, {}, "", {}};
  }
};

class EmbeddedCasStart : public testing::Test {
 protected:
  /// What a CAS leaves in its data directory.
  void record(const std::string& file, const std::string& api, const std::string& enclave) {
    machine.files.put(directory + file, R"({"api":[")" + api + R"("],"enclave":[")" + enclave +
                                            R"("],"pid":4242})" + "\n");
    machine.files.put(directory + "cas-key-hash", "KEY\n");
  }
  /// The next start serves there after a while.
  void will_serve(const std::string& api, const std::string& enclave) {
    machine.processes.on_spawn = [this, api, enclave](const auto&) {
      record("endpoint.json", api, enclave);
      network.ready.insert(api);
      return std::nullopt;
    };
  }
  diag::Error failure() {
    try {
      (void)running_embedded_cas(machine.system, identity);
    } catch (const diag::Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {diag::ErrorKind::usage, ""};
  }

  const std::string directory = "/home/user/.sconectl/cas/";
  const std::string log = "/home/user/.sconectl/cas.log";
  const cas::Identity identity = cas::make_identity();
  Network network;
  test::FakeSystem machine{network};
};

TEST_F(EmbeddedCasStart, one_that_runs_is_used_where_it_is) {
  record("endpoint.json", "127.0.0.1:8082", "127.0.0.1:18766");
  network.ready = {"127.0.0.1:8082"};
  EXPECT_EQ(running_embedded_cas(machine.system, identity).enclave, "127.0.0.1:18766");
  EXPECT_TRUE(machine.processes.spawned().empty());
  EXPECT_EQ(machine.told, "");
}

TEST_F(EmbeddedCasStart, on_the_usual_ports_is_told_in_one_line) {
  will_serve("127.0.0.1:8081", "127.0.0.1:18765");
  EXPECT_EQ(running_embedded_cas(machine.system, identity).api, "127.0.0.1:8081");
  EXPECT_EQ(machine.processes.spawned(),
            (std::vector<std::vector<std::string>>{
                {"/usr/bin/sconectl", "cas", "serve", "--data", "/home/user/.sconectl/cas",
                 "--service-socket", "/home/user/.sconectl/containers/cas.sock", "--log",
                 "/home/user/.sconectl/cas.log", "--lock-timeout", "0"}}));
  EXPECT_EQ(machine.told,
            "started the embedded CAS at 127.0.0.1:8081 (process 4242, data in "
            "/home/user/.sconectl/cas, log /home/user/.sconectl/cas.log); 'kill 4242' stops it\n");
}

TEST_F(EmbeddedCasStart, other_ports_are_told_and_then_expected) {
  will_serve("127.0.0.1:8083", "127.0.0.1:18766");
  EXPECT_EQ(running_embedded_cas(machine.system, identity).api, "127.0.0.1:8083");
  EXPECT_NE(
      machine.told.find(
          "another program has 127.0.0.1:8081: the embedded CAS uses 127.0.0.1:8083 from now on\n"
          "another program has 127.0.0.1:18765: the embedded CAS uses 127.0.0.1:18766 from now "
          "on\n"),
      std::string::npos)
      << machine.told;

  // A clean stop leaves the second file; the same ports again are nothing to talk about.
  machine.files.remove_tree(directory + "endpoint.json");
  record("last-endpoint.json", "127.0.0.1:8083", "127.0.0.1:18766");
  network.ready.clear();
  EXPECT_EQ(expected_embedded_cas(machine.system).api, "127.0.0.1:8083");
  machine.told.clear();
  EXPECT_EQ(running_embedded_cas(machine.system, identity).api, "127.0.0.1:8083");
  EXPECT_THAT(machine.told,
              test::HasButNot("started the embedded CAS at 127.0.0.1:8083", "another program"));
}

TEST_F(EmbeddedCasStart, one_that_ends_fails_at_once_with_what_it_wrote) {
  machine.files.put(log, "what an earlier start wrote\n");
  machine.processes.on_spawn = [this](const std::filesystem::path& path) {
    machine.files.put(path, machine.system.files.read(path) + "Error: the key file is missing\n");
    return host::Exit{4, 0, "", ""};
  };
  const diag::Error error = failure();
  EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
  EXPECT_EQ(error.text(),
            "the embedded CAS ended at its start with status 4 (log: "
            "/home/user/.sconectl/cas.log)");
  EXPECT_EQ(error.causes(), (std::vector<std::string>{"Error: the key file is missing"}));
  EXPECT_EQ(machine.clock.slept(), std::chrono::milliseconds(0));
}

TEST_F(EmbeddedCasStart, one_that_ends_because_another_came_first_does_not_matter) {
  machine.processes.on_spawn = [this](const auto&) {
    record("endpoint.json", "127.0.0.1:9000", "127.0.0.1:9001");
    network.ready.insert("127.0.0.1:9000");
    return host::Exit{4, 0, "", ""};
  };
  EXPECT_EQ(running_embedded_cas(machine.system, identity).api, "127.0.0.1:9000");
}

TEST_F(EmbeddedCasStart, one_that_never_answers_is_given_up) {
  const diag::Error error = failure();
  EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
  EXPECT_NE(error.text().find("did not get ready within 15 seconds"), std::string::npos);
  EXPECT_EQ(machine.clock.slept(), std::chrono::seconds(15));
}

// Commands without --cas talk to the default CAS, which is this one.
TEST_F(EmbeddedCasStart, the_default_cas_moves_with_it_and_no_other_does) {
  record("endpoint.json", "127.0.0.1:8082", "127.0.0.1:18766");
  network.ready = {"127.0.0.1:8082"};
  cas::ConfigFile config(machine.files, "/home/user/.cas/config.json");
  const auto known = [](const std::string& address, const std::string& key) {
    cas::KnownCas result;
    result.url = "https://" + address + "/";
    result.cas_key_hash = key;
    return result;
  };
  config.update([&](cas::Config& state) {
    state.cas_db = {{"127.0.0.1", known("127.0.0.1:8081", "KEY")},
                    {"127.0.0.1:8082", known("127.0.0.1:8082", "KEY")},
                    {"cas.example", known("cas.example:8081", "OTHER")}};
    state.default_cas = "127.0.0.1";
  });
  manifest::Cas given;
  given.cas_url.text = "embedded";
  EXPECT_EQ(trusted_cas(machine.system, config, given, {}).address, "127.0.0.1:8082");
  EXPECT_EQ(config.load().default_cas, "127.0.0.1:8082");
  EXPECT_EQ(machine.told, "the default CAS, until now 127.0.0.1, is 127.0.0.1:8082\n");
  config.update([](cas::Config& state) { state.default_cas = "cas.example"; });
  machine.told.clear();
  (void)trusted_cas(machine.system, config, given, {});
  EXPECT_EQ(config.load().default_cas, "cas.example");
  EXPECT_EQ(machine.told, "");
}

TEST_F(EmbeddedCasStart, a_damaged_record_is_none) {
  for (const char* text : {"", "[]", "{", R"({"api":[],"enclave":[]})", R"({"api":7})"}) {
    machine.files.put(directory + "endpoint.json", text);
    machine.files.put(directory + "cas-key-hash", "KEY\n");
    EXPECT_FALSE(recorded_embedded_cas(machine.system)) << text;
    EXPECT_EQ(expected_embedded_cas(machine.system).api, "127.0.0.1:8081") << text;
  }
}

}  // namespace
}  // namespace sconectl::action
