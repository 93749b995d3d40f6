// kill -9 leaves an audit log that is correct: nothing acknowledged is missing from it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>
#include <sstream>
#include <thread>

#include "casd/cas_fixture.hpp"
#include "casd/killed_child.hpp"
#include "casd/server_fixture.hpp"
#include "sconectl/cas/audit_verifier.hpp"

namespace sconectl::test {
namespace {

casd::ServiceOptions audited(const std::filesystem::path& data, const Client& owner) {
  casd::ServiceOptions options{.data = data, .owner = owner.hash()};
  options.audit.mode = casd::AuditMode::signed_entries;
  options.audit.files = {data.parent_path() / "audit.log"};
  return options;
}

/// Four clients create sessions; "name\n" goes to the pipe for each that was acknowledged.
[[noreturn]] void create_until_killed(const std::filesystem::path& data, const Client& owner,
                                      int round, int pipe) {
  const auto clock = host::system_clock();
  casd::Service service(audited(data, owner), *clock);
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client)
    clients.emplace_back([&, client] {
      for (int i = 0;; ++i) {
        const auto name = fmt::format("s{}-{}-{}", round, client, i);
        const auto body = session(name);
        if (service.handle({"POST", "/session", "", body, owner.peer(), casd::Port::api}).status !=
            201)
          _exit(3);
        const auto line = name + "\n";
        if (write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(4);
      }
    });
  for (auto& client : clients) client.join();
  _exit(5);
}

TEST(AuditCrash, CC065_the_log_of_a_killed_cas_holds_all_that_was_acknowledged) {
  const auto files = host::system_files();
  const host::TemporaryDirectory directory(*files, "audit-crash-");
  const auto data = directory.path() / "data";
  const Client alice("alice");
  std::mt19937 random(11);  // NOLINT: the same moments in every run
  std::size_t total = 0;
  for (int round = 0; round < 6; ++round) {
    const auto acknowledged =
        told_until_killed(std::chrono::milliseconds(100 + random() % 500),
                          [&](int pipe) { create_until_killed(data, alice, round, pipe); });
    // A slow machine may not have come to the log yet.
    const auto log = files->read_if_exists(directory.path() / "audit.log").value_or("");
    std::istringstream lines(acknowledged);
    for (std::string name; std::getline(lines, name); ++total)
      EXPECT_NE(log.find("\"session\":\"" + name + "\""), std::string::npos) << name;
  }
  EXPECT_GT(total, 10U);
  const auto clock = host::system_clock();
  casd::Service service(audited(data, alice), *clock);
  const auto checkpoints =
      service.handle({"GET", "/v1/audit_log/checkpoints", "", "", alice.peer(), casd::Port::api});
  cas::AuditVerifier verifier({.cas_key_hash = service.key_hash(),
                               .checkpoints = cas::decode_audit_checkpoints(checkpoints.body),
                               .every_signature = true});
  verifier.add(files->read(directory.path() / "audit.log"));
  const auto verdict = verifier.finish();
  // At most the entries of a transaction that was cut short.
  EXPECT_LE(verdict.fault, cas::AuditFault::failed_transaction)
      << fmt::format("{}", fmt::join(verdict.findings, "\n"));
}

TEST_F(ServerTest, CC064_the_log_of_requests_over_the_network) {
  const Client alice("alice");
  const Client bob("bob");
  options.owner = alice.hash();
  options.audit.mode = casd::AuditMode::signed_entries;
  options.audit.files = {directory.path() / "audit.log"};
  start();
  write_client("alice", alice);
  write_client("bob", bob);
  const auto trusted = " --cacert " + at + "/chain.pem ";
  files->write(at + "/a.yaml", session("a"));
  curl(trusted + with("alice") + "--data-binary @" + at + "/a.yaml " + url("/session"));
  curl(trusted + with("bob") + url("/v1/sessions/a"));
  curl(trusted + with("alice") + url("/v1/sessions/a"));
  const auto checkpoints = curl(trusted + with("alice") + url("/v1/audit_log/checkpoints"));
  cas::AuditVerifier verifier({.cas_key_hash = server->key_hash(),
                               .checkpoints = cas::decode_audit_checkpoints(checkpoints),
                               .every_signature = true});
  const auto log = files->read(directory.path() / "audit.log");
  verifier.add(log);
  EXPECT_EQ(verifier.finish().fault, cas::AuditFault::none);
  for (const auto* event : {"session_created", "request_refused", "session_read"})
    EXPECT_NE(log.find(event), std::string::npos) << event;
  EXPECT_NE(log.find(bob.hash()), std::string::npos);
  server.reset();
  EXPECT_NE(files->read(directory.path() / "audit.log").find("cas_exited"), std::string::npos);
}

}  // namespace
}  // namespace sconectl::test
