// kill -9 loses nothing that was acknowledged (docs/cas.md).
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "casd/cas_fixture.hpp"
#include "casd/killed_child.hpp"

namespace sconectl::test {
namespace {

/// What the child does until it is killed: four clients create and update sessions and write
/// "name hash\n" to the pipe for each version, after the CAS has acknowledged it.
[[noreturn]] void work(const std::filesystem::path& data, const casd::Peer& peer, int round,
                       int pipe) {
  const auto clock = host::system_clock();
  casd::Service service({.data = data}, *clock);
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int client = 0; client < 4; ++client)
    clients.emplace_back([&, client] {
      for (int i = 0;; ++i) {
        const auto name =
            "s" + std::to_string(round) + "-" + std::to_string(client) + "-" + std::to_string(i);
        std::string before;
        for (int version = 0; version < 3; ++version) {
          const auto body = session(name, before + "secrets:\n  - {name: p, kind: ascii}\n");
          const auto response =
              service.handle({"POST", "/session", "", body, peer, casd::Port::api});
          if (response.status != 201) _exit(3);
          const auto hash = nlohmann::json::parse(response.body)["hash"].get<std::string>();
          before = "predecessor: " + hash + "\n";
          const auto line = fmt::format("{} {}\n", name, hash);
          if (write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(4);
        }
      }
    });
  for (auto& client : clients) client.join();
  _exit(5);
}

TEST(Crash, acknowledged_versions_survive_kill_9) {
  const auto files = host::system_files();
  const host::TemporaryDirectory directory(*files, "crash-test-");
  const auto data = directory.path() / "data";
  const Client alice("alice");
  std::mt19937 random(7);  // NOLINT: the same moments in every run
  std::size_t total = 0;
  const char* rounds = std::getenv("SCONECTL_CRASH_ROUNDS");
  for (int round = 0; round < (rounds == nullptr ? 6 : std::stoi(rounds)); ++round) {
    const auto acknowledged =
        told_until_killed(std::chrono::milliseconds(20 + random() % 700),
                          [&](int pipe) { work(data, alice.peer(), round, pipe); });

    const auto clock = host::system_clock();
    casd::Service service({.data = data}, *clock);
    std::istringstream lines(acknowledged);
    for (std::string name, hash; lines >> name >> hash; ++total) {
      const auto response =
          service.handle({"GET", fmt::format("/v1/sessions/{}?hash={}", name, hash), "", "",
                          alice.peer(), casd::Port::api});
      EXPECT_EQ(response.status, 200) << name << " " << response.body;
    }
  }
  EXPECT_GT(total, 10U);
}

/// What the first start made is in the database file itself; only later versions can go with the
/// log.
TEST(Crash, a_lost_write_ahead_log_does_not_make_another_cas) {
  const auto files = host::system_files();
  const host::TemporaryDirectory directory(*files, "casd-wal-");
  const Client alice("alice");
  const auto clock = host::system_clock();
  const auto copy = directory.path() / "copy";
  std::string key_hash;
  {
    casd::Service service({.data = directory.path() / "data"}, *clock);
    key_hash = service.key_hash();
    EXPECT_EQ(service.handle({"POST", "/session", "", session("a"), alice.peer(), casd::Port::api})
                  .status,
              201);
    std::filesystem::create_directory(copy);
    std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
    for (const char* name : {"cas.db", "cas.key-store"})
      std::filesystem::copy_file(directory.path() / "data" / name, copy / name);
  }
  casd::Service service({.data = copy, .accept_missing_counter = true}, *clock);
  EXPECT_EQ(service.key_hash(), key_hash);
}

}  // namespace
}  // namespace sconectl::test
