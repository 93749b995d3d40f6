// The audit log of a CAS, from its requests to the verifier's verdict.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "casd/audit/audit_event.hpp"
#include "casd/audit/audit_log.hpp"
#include "casd/provisioning/releases.hpp"
#include "casd/published_metrics.hpp"
#include "casd/service_fixture.hpp"
#include "casd/store/sqlite.hpp"
#include "sconectl/cas/audit_verifier.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "support/fake_network.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using cas::AuditFault;

/// The names of an object's members, each with a blank behind it.
std::string member_names(const nlohmann::json& object) {
  std::string result;
  for (const auto& [key, value] : object.items()) result += key + " ";
  return result;
}

class AuditedCas : public ServiceClient {
 protected:
  AuditedCas() : log_file(directory.path() / "audit.log") {
    audit.mode = casd::AuditMode::signed_entries;
    audit.files = {log_file};
    owner = alice.hash();
    reopen();
  }
  [[nodiscard]] std::vector<nlohmann::json> entries(const std::filesystem::path& path) const {
    std::vector<nlohmann::json> result;
    std::istringstream lines(files->read(path));
    for (std::string line; std::getline(lines, line);)
      result.push_back(nlohmann::json::parse(line));
    return result;
  }
  [[nodiscard]] std::vector<nlohmann::json> entries() const { return entries(log_file); }
  [[nodiscard]] std::vector<nlohmann::json> events(const std::string& type) const {
    std::vector<nlohmann::json> result;
    for (const auto& entry : entries())
      if (entry["event"]["type"] == type) result.push_back(entry["event"]);
    return result;
  }
  cas::AuditCheckpoints checkpoints() {
    const auto answer = get("/v1/audit_log/checkpoints", alice.peer());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return cas::decode_audit_checkpoints(answer.body);
  }
  cas::AuditVerdict verdict(const std::vector<std::filesystem::path>& paths) {
    cas::AuditVerifier verifier({.cas_key_hash = service->key_hash(),
                                 .checkpoints = checkpoints(),
                                 .every_signature = true});
    for (const auto& path : paths) {
      verifier.add(files->read(path));
      verifier.end_of_file();
    }
    return verifier.finish();
  }
  void expect_verdict(AuditFault fault) {
    const auto found = verdict({log_file});
    EXPECT_EQ(found.fault, fault) << fmt::format("{}", fmt::join(found.findings, "\n"));
  }
  /// A session with a secret that the service gets.
  void create_shop(const std::string& more = "") {
    created(session("shop", "secrets:\n  - {name: password, kind: ascii, value: geheim}\n" + none +
                                "services:\n  - name: web\n    image_name: image\n    command: "
                                "web --password $$SCONE::password$$\nimages:\n  - name: image\n" +
                                more),
            alice.peer());
  }

  const std::filesystem::path log_file;
};

TEST_F(AuditedCas, CC064_nothing_is_written_unless_it_is_asked_for) {
  EXPECT_EQ(casd::AuditOptions{}.mode, casd::AuditMode::disabled);
  audit = {};
  service.reset();
  files->remove_tree(log_file);
  open();
  created(session("a"), alice.peer());
  EXPECT_FALSE(files->exists(log_file));
}

TEST_F(AuditedCas, CC066_the_log_is_a_chain_of_the_cas_itself) {
  created(session("a"), alice.peer());
  const auto all = entries();
  ASSERT_GE(all.size(), 3U);
  EXPECT_EQ(all[0]["event"]["type"], "audit_log_enabled");
  EXPECT_EQ(all[1]["event"]["type"], "cas_started");
  EXPECT_TRUE(all[0]["predecessor"].is_null());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i]["sequence_number"], i + 1);
  for (std::size_t i = 1; i < all.size(); ++i)
    EXPECT_EQ(all[i]["predecessor"], all[i - 1]["signature"]);
  struct stat status {};
  ASSERT_EQ(stat(log_file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  expect_verdict(AuditFault::none);
  EXPECT_EQ(verdict({log_file}).cas_key_hash, service->key_hash());
}

TEST_F(AuditedCas, CC068_sessions_and_their_readers_are_named) {
  const auto hash = created(session("a"), alice.peer());
  created(session("a", "predecessor: " + hash + "\nsalt: 00112233445566778899aabbccddeeff\n"),
          alice.peer());
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 200);
  const auto made = events("session_created");
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0]["session"], "a");
  EXPECT_EQ(made[0]["identity"], alice.hash());
  const auto updated = events("session_updated");
  ASSERT_EQ(updated.size(), 1U);
  const auto read = events("session_read");
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0]["identity"], alice.hash());
}

/// Whoever reads the log could guess the text of a session without salt (SL-056).
TEST_F(AuditedCas, CC069_hashes_are_those_of_salted_sessions_only) {
  created(session("a"), alice.peer());
  const auto hash = created(session("b", "salt: 00112233445566778899aabbccddeeff\n"), alice.peer());
  const auto made = events("session_created");
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(member_names(made[0]), "identity session type ");
  EXPECT_EQ(made[1]["session_hash"], hash);
  const auto unsalted = get("/v1/sessions/a", alice.peer()).json()["hash"].get<std::string>();
  EXPECT_EQ(get("/v1/sessions/a?hash=" + unsalted, alice.peer()).status, 200);
  const auto read = events("session_read");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1]["request"], "GET /v1/sessions/a");
  EXPECT_THAT(files->read(log_file), HasButNot("session_read", unsalted));
}

TEST_F(AuditedCas, a_file_that_is_no_audit_log_is_left_alone) {
  service.reset();
  const auto notes = directory.path() / "notes.txt";
  files->write(notes, "no line end");
  audit.files = {notes};
  EXPECT_THROW(open(), diag::Error);
  EXPECT_EQ(files->read(notes), "no line end");
  audit.files = {log_file};
  open();
}

TEST_F(AuditedCas, CC068_refusals_say_who_and_what) {
  created(session("a"), alice.peer());
  EXPECT_EQ(get("/v1/sessions/a", bob.peer()).status, 403);
  EXPECT_EQ(upload(session("c"), bob.peer()).status, 403);
  EXPECT_EQ(get("/v1/sessions/a").status, 401);
  const auto refused = events("request_refused");
  ASSERT_EQ(refused.size(), 3U);
  EXPECT_EQ(refused[0]["identity"], bob.hash());
  EXPECT_EQ(refused[0]["session"], "a");
  EXPECT_EQ(refused[0]["status"], 403);
  EXPECT_EQ(refused[0]["request"], "GET /v1/sessions/a");
  EXPECT_EQ(refused[1]["session"], "c");
  EXPECT_EQ(member_names(refused[2]), "reason request session status type ");
  EXPECT_EQ(refused[2]["status"], 401);
}

TEST_F(AuditedCas, CC069_services_and_the_names_of_their_secrets_but_no_values) {
  create_shop();
  EXPECT_EQ(fetch("shop/web").answer.status, 200);
  const auto attested = events("service_attested");
  ASSERT_EQ(attested.size(), 1U);
  EXPECT_EQ(attested[0]["session"], "shop");
  EXPECT_EQ(attested[0]["service"], "web");
  const auto released = events("secrets_released");
  ASSERT_EQ(released.size(), 1U);
  EXPECT_EQ(released[0]["secrets"], nlohmann::json::array({"password"}));
  EXPECT_THAT(files->read(log_file), HasButNot("password", "geheim"));
}

/// For the owner of a session, who does not own the CAS.
class Receipts : public AuditedCas {
 protected:
  Receipts() {
    audit.receipts = true;
    reopen();
  }
  nlohmann::json releases() {
    const auto answer = get("/v1/session_releases/shop", alice.peer());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }
};

TEST_F(Receipts, RA090_an_owner_sees_when_which_service_got_which_secret) {
  create_shop();
  EXPECT_EQ(releases()["total"], 0);
  EXPECT_EQ(fetch("shop/web").answer.status, 200);
  refused(fetch("shop/none"), 404, "has no service");
  reopen();
  const auto list = releases();
  ASSERT_EQ(list["releases"].size(), 1U);
  const auto& release = list["releases"][0];
  EXPECT_EQ(release["service"], "web");
  EXPECT_EQ(release["secrets"], nlohmann::json::array({"password"}));
  EXPECT_EQ(release["time"], "2024-01-02T03:04:05Z");
  EXPECT_EQ(release["version"], get("/v1/session_hashes/shop", alice.peer()).json()["hash"]);
  EXPECT_EQ(get("/v1/session_releases/shop", bob.peer()).status, 403);
}

TEST_F(Receipts, are_kept_without_an_audit_log_too_and_by_threads_that_may_wait) {
  audit = {};
  audit.receipts = true;
  reopen();
  create_shop();
  const auto body = cas::encode(request("shop/web"));
  const casd::Request asked{"POST", "/v1/service/config", "", body, {}, casd::Port::enclave};
  EXPECT_FALSE(service->handle_at_once(asked));
  EXPECT_EQ(service->handle(asked).status, 200);
  EXPECT_EQ(releases()["total"], 1);
}

TEST_F(Receipts, the_newest_are_remembered_and_all_are_counted) {
  create_shop();
  for (std::size_t i = 0; i < casd::Releases::most + 5; ++i) {
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(fetch("shop/web").answer.status, 200);
  }
  const auto list = releases();
  EXPECT_EQ(list["total"], casd::Releases::most + 5);
  ASSERT_EQ(list["releases"].size(), casd::Releases::most);
  EXPECT_LT(list["releases"].front()["time"], list["releases"].back()["time"]);
}

TEST_F(AuditedCas, a_cas_that_keeps_no_receipts_says_so) {
  create_shop();
  const auto answer = get("/v1/session_releases/shop", alice.peer());
  EXPECT_EQ(answer.status, 501);
  EXPECT_NE(answer.messages().find("--receipts"), std::string::npos);
}

TEST_F(AuditedCas, CC068_refused_services_are_named_without_their_one_time_password) {
  create_shop();
  refused(fetch("shop/web@424242"), 403, "one-time password");
  refused(fetch("nothing/web@424242"), 403, "no such service");
  const auto all = events("request_refused");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["session"], "shop");
  EXPECT_EQ(all[0]["service"], "web");
  EXPECT_THAT(files->read(log_file), HasButNot("request_refused", "424242"));
}

TEST_F(AuditedCas, CC065_an_entry_is_in_the_log_before_the_answer) {
  for (int i = 0; i < 20; ++i) {
    created(session(fmt::format("s{}", i)), alice.peer());
    EXPECT_EQ(events("session_created").size(), static_cast<std::size_t>(i) + 1);
  }
}

TEST_F(AuditedCas, threads_that_serve_connections_do_not_wait_for_the_log) {
  created(session("a"), alice.peer());
  const casd::Request read{"GET", "/v1/sessions/a", "", "", alice.peer()};
  EXPECT_FALSE(service->handle_at_once(read));
  const casd::Request refused{"GET", "/v1/session_hashes/a", "", "", bob.peer()};
  const auto before = entries().size();
  EXPECT_FALSE(service->handle_at_once(refused));
  EXPECT_EQ(entries().size(), before);
  EXPECT_EQ(service->handle(refused).status, 403);
  EXPECT_EQ(entries().size(), before + 1);
  EXPECT_TRUE(service->handle_at_once({"GET", "/v1/version", "", "", {}}));
}

TEST_F(AuditedCas, many_clients_share_transactions_and_the_chain_holds) {
  std::vector<std::thread> clients;
  std::atomic<int> stored = 0;
  for (int client = 0; client < 8; ++client)
    clients.emplace_back([&, client] {
      for (int i = 0; i < 40; ++i) {
        const auto body = session(fmt::format("s{}-{}", client, i));
        stored += service->handle({"POST", "/session", "", body, alice.peer()}).status == 201;
      }
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(stored, 320);
  EXPECT_EQ(events("session_created").size(), 320U);
  expect_verdict(AuditFault::none);
}

TEST_F(AuditedCas, RA069_checkpoints_are_for_the_owner_and_paged) {
  for (int i = 0; i < 260; ++i) created(session(fmt::format("s{}", i)), alice.peer());
  EXPECT_EQ(get("/v1/audit_log/checkpoints", bob.peer()).status, 403);
  const auto all = checkpoints();
  ASSERT_GE(all.checkpoints.size(), 1U);
  EXPECT_EQ(all.checkpoints[0].sequence_number, 250U);
  const auto by_line = entries();
  EXPECT_EQ(crypto::hex(all.checkpoints[0].signature), by_line[249]["signature"]);
  const auto none_of =
      cas::decode_audit_checkpoints(
          get("/v1/audit_log/checkpoints?min_sequence_number=251&max_sequence_number=260",
              alice.peer())
              .body)
          .checkpoints;
  EXPECT_TRUE(none_of.empty());
  EXPECT_EQ(get("/v1/audit_log/checkpoints?min_sequence_number=x", alice.peer()).status, 400);
}

TEST_F(AuditedCas, CC025_a_restart_goes_on_with_the_chain) {
  created(session("a"), alice.peer());
  reopen();
  created(session("b"), alice.peer());
  EXPECT_EQ(events("cas_started").size(), 2U);
  EXPECT_EQ(events("cas_exited").size(), 1U);
  EXPECT_EQ(events("audit_log_enabled").size(), 1U);
  expect_verdict(AuditFault::none);
}

TEST_F(AuditedCas, a_time_without_a_log_is_told_when_it_is_on_again) {
  const auto before = audit;
  audit = {};
  reopen();
  created(session("secretly"), alice.peer());
  audit = before;
  reopen();
  const auto enabled = events("audit_log_enabled");
  ASSERT_EQ(enabled.size(), 2U);
  EXPECT_EQ(enabled[1]["disabled_since"], "2024-01-02T03:04:05.000Z");
  reopen();
  EXPECT_EQ(events("audit_log_enabled").size(), 2U);
  expect_verdict(AuditFault::none);
}

TEST_F(AuditedCas, a_clock_that_jumps_back_changes_nothing) {
  created(session("a"), alice.peer());
  clock.advance(std::chrono::hours(-1000));
  created(session("b"), alice.peer());
  expect_verdict(AuditFault::none);
}

TEST_F(AuditedCas, CC073_a_file_of_another_name_is_begun_anew_with_the_key) {
  created(session("a"), alice.peer());
  const auto first = directory.path() / "audit.1.log";
  files->move_file(log_file, first);
  service->begin_audit_files_anew();
  created(session("b"), alice.peer());
  const auto second = entries();
  EXPECT_EQ(second[0]["event"]["type"], "audit_log_enabled");
  EXPECT_EQ(second[0]["predecessor"], entries(first).back()["signature"]);
  EXPECT_EQ(verdict({first, log_file}).fault, AuditFault::none);
  EXPECT_EQ(verdict({log_file}).fault, AuditFault::older_entries_missing);
}

TEST_F(AuditedCas, CC072_a_database_of_an_earlier_time_is_seen) {
  created(session("a"), alice.peer());
  service.reset();
  const auto copy = directory.path() / "copy";
  std::filesystem::copy(data, copy);
  open();
  created(session("b"), alice.peer());
  created(session("c"), alice.peer());
  service.reset();
  files->remove_tree(data);
  files->move_file(copy, data);
  open();
  created(session("d"), alice.peer());
  expect_verdict(AuditFault::rolled_back);
}

TEST_F(AuditedCas, CC071_unsigned_entries_have_numbers_and_no_signature) {
  service.reset();
  files->remove_tree(data);
  files->remove_tree(log_file);
  audit.mode = casd::AuditMode::unsigned_entries;
  open();
  created(session("a"), alice.peer());
  for (const auto& entry : entries())
    EXPECT_EQ(member_names(entry),
              "event predecessor predecessor_digest sequence_number timestamp transaction ");
  EXPECT_EQ(entries().back()["event"]["type"], "session_created");
  EXPECT_EQ(verdict({log_file}).fault, AuditFault::integrity);
}

TEST_F(AuditedCas, a_torn_line_of_a_killed_cas_is_cut_off) {
  created(session("a"), alice.peer());
  service.reset();
  files->write(log_file, files->read(log_file) + "{\"event\":{\"type\":\"se", 0600);
  open();
  expect_verdict(AuditFault::none);
}

TEST_F(AuditedCas, refusals_that_a_stranger_causes_do_not_fill_the_disk) {
  created(session("a"), alice.peer());
  for (int i = 0; i < 150; ++i) EXPECT_EQ(get("/v1/sessions/a", bob.peer()).status, 403);
  EXPECT_EQ(events("request_refused").size(), casd::AuditLog::most_refusals);
  created(session("b"), alice.peer());
  const auto counted = events("refusals_not_listed");
  ASSERT_EQ(counted.size(), 1U);
  EXPECT_EQ(counted[0]["count"], 50);
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(get("/v1/sessions/a", bob.peer()).status, 403);
  EXPECT_EQ(events("request_refused").size(), casd::AuditLog::most_refusals + 1);
}

/// A server that takes entries, or not.
class AuditedByServer : public AuditedCas {
 protected:
  AuditedByServer() {
    service.reset();
    http.answer = [this](const host::HttpRequest& request) {
      const std::scoped_lock lock(mutex);
      if (down) throw diag::Error(diag::ErrorKind::unavailable, "can not reach log");
      received.push_back(request.body);
      return FakeNetwork::reply(204, "");
    };
    network = &http;
    audit.servers = {{.url = "https://log.example.com/entries", .ca_certificate = {}}};
  }
  ~AuditedByServer() override { service.reset(); }
  [[nodiscard]] std::size_t got() {
    const std::scoped_lock lock(mutex);
    return received.size();
  }
  void set_down(bool value) {
    const std::scoped_lock lock(mutex);
    down = value;
  }
  void wait_for(std::size_t number) {
    for (int i = 0; i < 500 && got() < number; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_GE(got(), number);
  }
  std::string all() {
    const std::scoped_lock lock(mutex);
    std::string text;
    for (const auto& line : received) text += line + "\n";
    return text;
  }

  FakeNetwork http;
  std::mutex mutex;
  std::vector<std::string> received;
  bool down = false;
};

TEST_F(AuditedByServer, CC064_a_server_gets_each_entry_as_a_post) {
  audit.files.clear();
  open();
  const auto before = got();
  EXPECT_GE(before, 1U);
  created(session("a"), alice.peer());
  EXPECT_EQ(got(), before + 1);
  EXPECT_EQ(http.asked.back().method, "POST");
  const auto entry = nlohmann::json::parse(received.back());
  EXPECT_EQ(entry["event"]["type"], "session_created");
}

TEST_F(AuditedByServer, one_sink_that_has_an_entry_is_enough) {
  down = true;
  const auto before = entries().size();
  open();
  for (int i = 0; i < 20; ++i) created(session(fmt::format("s{}", i)), alice.peer());
  EXPECT_EQ(events("session_created").size(), 20U);
  EXPECT_NE(log().find("THE AUDIT LOG CAN NOT BE WRITTEN"), std::string::npos);
  EXPECT_EQ(get("/v1/health").json()["audit_log"]["state"], "degraded");
  expect_verdict(AuditFault::none);
  set_down(false);
  wait_for(entries().size() - before);
  EXPECT_EQ(all(), files->read(log_file).substr(files->read(log_file).size() - all().size()));
}

TEST_F(AuditedByServer, a_sink_that_fails_stops_nothing_and_what_is_lost_is_told) {
  audit.files.clear();
  open();
  created(session("a"), alice.peer());
  wait_for(2);
  service.reset();
  audit.buffer_bytes = 4'000;
  open();
  set_down(true);
  for (int i = 0; i < 30; ++i) created(session(fmt::format("s{}", i)), alice.peer());
  set_down(false);
  const auto before = got();
  wait_for(before + 1);
  for (int i = 0; i < 200; ++i) {
    created(session(fmt::format("t{}", i)), alice.peer());
    if (all().find("audit_log_entries_lost") != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_NE(all().find("audit_log_entries_lost"), std::string::npos);
  cas::AuditVerifier verifier({.cas_key_hash = service->key_hash(), .checkpoints = checkpoints()});
  verifier.add(all());
  EXPECT_EQ(verifier.finish().fault, AuditFault::entries_missing);
}

/// Each entry is delivered, but only one in a while: the end is not as long as the queue.
TEST_F(AuditedByServer, a_slow_server_does_not_hold_up_the_end) {
  http.answer = [](const host::HttpRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    return FakeNetwork::reply(204, "");
  };
  open();
  for (int i = 0; i < 40; ++i) created(session(fmt::format("s{}", i)), alice.peer());
  const auto begin = std::chrono::steady_clock::now();
  service.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(AuditedByServer, CC064_where_entries_are_required_nothing_is_done_without_one) {
  audit.files.clear();
  audit.required = true;
  open();
  set_down(true);
  EXPECT_EQ(upload(session("a"), alice.peer()).status, 503);
  EXPECT_EQ(get("/v1/sessions/a", alice.peer()).status, 404);
  const auto failing = published_by(*service);
  EXPECT_GE(failing["store_commit_failures_total"], 1);
  EXPECT_EQ(failing["store_last_write_ok"], 0);
  EXPECT_EQ(failing["audit_log_sinks"], 1);
  EXPECT_EQ(failing["audit_log_sinks_failing"], 1);
  EXPECT_GE(failing["audit_log_sink_failures_total"], 1);
  EXPECT_EQ(failing["sessions_created_total"], 0);
  set_down(false);
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  created(session("a"), alice.peer());
  const auto working = published_by(*service);
  EXPECT_EQ(working["store_commit_failures_total"], failing["store_commit_failures_total"]);
  EXPECT_EQ(working["store_last_write_ok"], 1);
  EXPECT_EQ(working["audit_log_sinks_failing"], 0);
  EXPECT_EQ(working["audit_log_waiting_bytes"], 0);
  EXPECT_EQ(working["sessions_created_total"], 1);
  cas::AuditVerifier verifier({.cas_key_hash = service->key_hash(), .checkpoints = checkpoints()});
  verifier.add(all());
  // The server was not there from the beginning; but nothing is missing since, and no fork.
  EXPECT_EQ(verifier.finish().fault, AuditFault::older_entries_missing);
}

/// The database refuses after the entry was written: it stays, and the next one has its number.
TEST_F(AuditedCas, CC065_a_failed_commit_uses_the_number_again) {
  created(session("a"), alice.peer());
  const auto number = entries().back()["sequence_number"].get<int>();
  casd::SqliteConnection other(data / "cas.db", casd::SqliteConnection::Mode::read_write);
  other.execute(
      "CREATE TRIGGER refuse BEFORE INSERT ON facts BEGIN SELECT RAISE(ROLLBACK, 'full'); END");
  EXPECT_EQ(upload(session("b"), alice.peer()).status, 500);
  EXPECT_EQ(entries().back()["event"]["session"], "b");
  other.execute("DROP TRIGGER refuse");
  created(session("c"), alice.peer());
  const auto all = entries();
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(all.back()["event"]["session"], "c");
  EXPECT_EQ(all.back()["sequence_number"], number + 1);
  EXPECT_EQ(all[all.size() - 2]["sequence_number"], number + 1);
  EXPECT_EQ(all.back()["predecessor"], all[all.size() - 2]["predecessor"]);
  expect_verdict(AuditFault::failed_transaction);
}

TEST_F(AuditedCas, an_upload_that_loses_tells_nothing) {
  created(session("a"), alice.peer());
  const auto before = entries().size();
  EXPECT_EQ(upload(session("a"), alice.peer()).status, 409);
  EXPECT_EQ(entries().size(), before);
}

TEST(AuditEvent, CC070_texts_of_strangers_stay_values) {
  casd::AuditEvent event("request_refused");
  event.with("reason", "a\",\"type\":\"cas_started\"\n\x01\xff").with("empty", "");
  const auto parsed = nlohmann::json::parse(event.text());
  EXPECT_EQ(parsed["type"], "request_refused");
  EXPECT_EQ(member_names(parsed), "reason type ");
  EXPECT_FALSE(cas::names_signing_key(event.text()));
}

}  // namespace
}  // namespace sconectl::test
