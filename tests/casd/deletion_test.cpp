// The end of sessions (RA-091).
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

#include "casd/cas_fixture.hpp"
#include "casd/permissions_for_tests.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

class Deletion : public Cas {
 protected:
  Answer remove(const std::string& name, const Client& who, const std::string& query = "") {
    return ask("DELETE", "/v1/sessions/" + name + query, "", who.peer());
  }
  Answer read(const std::string& name) { return get("/v1/sessions/" + name, alice.peer()); }
  static std::string exporter() {
    return session("exporter",
                   "secrets: [{name: s, kind: ascii, value: v, export: {session: importer}}]\n");
  }
  static std::string importer() {
    return session("importer", "secrets: [{name: s, import: {session: exporter, secret: s}}]\n");
  }
};

TEST_F(Deletion, RA091_a_session_is_gone_with_all_its_versions_and_its_name_is_free) {
  const auto text = session("a", "secrets: [{name: s, kind: binary, size: 16}]\n");
  const auto first = created(text, alice.peer());
  const auto second = created(session("a", "predecessor: " + first + "\n"), alice.peer());
  const auto answer = remove("a", alice);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["hash"], second);
  EXPECT_EQ(read("a").status, 404);
  EXPECT_EQ(get("/v1/sessions/a?hash=" + first, alice.peer()).status, 404);
  EXPECT_EQ(get("/v1/session_history/a", alice.peer()).status, 404);
  EXPECT_EQ(remove("a", alice).status, 404);
  reopen();
  EXPECT_EQ(read("a").status, 404);
  EXPECT_EQ(created(text, alice.peer()), first) << "the same text again";
  EXPECT_EQ(created(session("a", "predecessor: " + first + "\n"), alice.peer()), second);
  reopen();
  EXPECT_EQ(read("a").status, 200);
}

TEST_F(Deletion, RA091_only_who_may_update_it_may_delete_it) {
  created(session("a", "access_policy: {read: ANY}\n"), alice.peer());
  EXPECT_EQ(remove("a", bob).status, 403);
  EXPECT_EQ(ask("DELETE", "/v1/sessions/a").status, 401);
  EXPECT_EQ(read("a").status, 200);
}

TEST_F(Deletion, RA091_of_another_version_than_the_named_one_is_a_conflict) {
  const auto first = created(session("a"), alice.peer());
  created(session("a", "predecessor: " + first + "\nsecurity: {}\n"), alice.peer());
  EXPECT_EQ(remove("a", alice, "?hash=" + first).status, 409);
  EXPECT_EQ(read("a").status, 200);
}

TEST_F(Deletion, RA091_the_root_and_namespaces_of_others_stay) {
  created(session("a", "access_policy: {create_sessions: ANY, read: CREATOR, update: CREATOR}\n"),
          alice.peer());
  created(session("a/b"), alice.peer());
  const auto answer = remove("a", alice);
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.messages(), HasSubstr("'a/b'"));
  EXPECT_EQ(remove("a/b", alice).status, 200);
  EXPECT_EQ(remove("a", alice).status, 200);
  EXPECT_NE(remove("", alice).status, 200);
}

TEST_F(Deletion, RA091_what_others_import_stays_unless_it_is_forced) {
  created(exporter(), alice.peer());
  created(importer(), alice.peer());
  const auto refused = remove("exporter", alice);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.messages(), HasSubstr("importer"));
  EXPECT_EQ(remove("exporter", alice, "?force=maybe").status, 400);
  const auto forced = remove("exporter", alice, "?force=true");
  ASSERT_EQ(forced.status, 200);
  EXPECT_EQ(forced.json()["importers"], nlohmann::json::array({"importer"}));
}

TEST_F(Deletion, nothing_of_it_is_in_the_database_file) {
  constexpr const char* name = "a-name-that-stands-nowhere-else";
  created(session(name), alice.peer());
  ASSERT_EQ(remove(name, alice).status, 200);
  service.reset();
  EXPECT_THAT(files->read(data / "cas.db"), HasButNot("SQLite format 3", name));
}

TEST_F(Deletion, a_deleted_row_that_is_put_back_stops_the_next_start) {
  created(session("a"), alice.peer());
  service.reset();
  files->copy_file(data / "cas.db", directory.path() / "before.db");
  open();
  ASSERT_EQ(remove("a", alice).status, 200);
  service.reset();
  casd::SqliteConnection((data / "cas.db").string(), casd::SqliteConnection::Mode::read_write)
      .execute("ATTACH '" + (directory.path() / "before.db").string() +
               "' AS before; INSERT INTO session_versions SELECT * FROM before.session_versions "
               "WHERE name = 'a'; UPDATE row_counts SET rows = rows - 1 WHERE subject = "
               "'session_versions'");
  EXPECT_THROW(open(), diag::Error);
}

TEST_F(Deletion, while_others_read_and_write_it_no_damage_is_seen) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!stop) {
        const auto status = read("a").status;
        EXPECT_TRUE(status == 200 || status == 404) << status;
      }
    });
  std::string text = session("a", "secrets: [{name: s, kind: binary, size: 16}]\n");
  for (int i = 0; i < 60; ++i) {
    const auto first = created(text, alice.peer());
    created(session("a", "predecessor: " + first + "\n"), alice.peer());
    EXPECT_EQ(remove("a", alice).status, 200);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(get("/v1/health/ready").status, 200);
}

struct RemovedSession : testing::Test {
  static casd::NewSession session(char digit) {
    casd::NewSession fresh;
    fresh.session.name = "s";
    fresh.session.hash = std::string(64, digit);
    fresh.session.text = "text";
    fresh.based_on["s"] = std::nullopt;
    return fresh;
  }
  void remember(const casd::SessionVersion& version, const std::string& value) {
    store.change_state(may.state, version, "otp",
                       [&](auto) { return std::optional(crypto::Secret(value)); });
  }

  casd::PermissionsForTests may;
  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files, "removed-session-"};
  casd::Store store{directory.path() / "d"};
  casd::SessionWritePermission permission = casd::PermissionsForTests::write("s");
};

TEST_F(RemovedSession, what_one_transaction_writes_removes_and_stores_again_is_no_damage) {
  ASSERT_TRUE(store.add(permission, session('a')));
  remember({"s", std::string(64, 'a')}, "1");
  std::promise<void> go;
  const auto begin = go.get_future().share();
  std::atomic<bool> begun = false;
  // The writer waits in the first transaction; the others become the second one, in their order.
  std::thread first([&] {
    store.change_state(may.state, "/", "x", [&](auto) {
      begun = true;
      begin.wait();
      return std::optional<crypto::Secret>();
    });
  });
  while (!begun) std::this_thread::yield();
  std::vector<std::thread> others;
  const auto next = [&](const auto& act) {
    others.emplace_back(act);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // it is queued then
  };
  next([&] { remember({"s", std::string(64, 'a')}, "2"); });
  next([&] { EXPECT_TRUE(store.remove(permission, std::string(64, 'a'), {})); });
  next([&] { EXPECT_TRUE(store.add(permission, session('b'))); });
  go.set_value();
  first.join();
  for (auto& each : others) each.join();
  EXPECT_FALSE(store.state("s", "otp"));
  remember({"s", std::string(64, 'b')}, "3");
  EXPECT_EQ(store.state("s", "otp")->view(), "3");
  EXPECT_TRUE(store.writable());
}

TEST_F(RemovedSession, who_saw_the_deleted_version_changes_nothing_of_the_new_one) {
  ASSERT_TRUE(store.add(permission, session('a')));
  ASSERT_TRUE(store.remove(permission, std::string(64, 'a'), {}));
  EXPECT_THROW(remember({"s", std::string(64, 'a')}, "1"), diag::Error);
  ASSERT_TRUE(store.add(permission, session('b')));
  EXPECT_THROW(remember({"s", std::string(64, 'a')}, "1"), diag::Error);
  EXPECT_FALSE(store.state("s", "otp"));
  EXPECT_FALSE(store.remove(permission, std::string(64, 'a'), {}));
}

TEST_F(Deletion, CC068_one_that_was_none_is_not_in_the_audit_log) {
  audit.mode = casd::AuditMode::signed_entries;
  audit.files = {directory.path() / "audit.log"};
  reopen();
  const auto first = created(session("a"), alice.peer());
  created(session("a", "predecessor: " + first + "\nsecurity: {}\n"), alice.peer());
  EXPECT_EQ(remove("a", alice, "?hash=" + first).status, 409);
  EXPECT_THAT(files->read(audit.files.front()), HasButNot("session_updated", "session_deleted"));
}

TEST_F(Deletion, CC068_is_in_the_audit_log) {
  audit.mode = casd::AuditMode::signed_entries;
  audit.files = {directory.path() / "audit.log"};
  reopen();
  created(session("a"), alice.peer());
  ASSERT_EQ(remove("a", alice).status, 200);
  EXPECT_THAT(files->read(audit.files.front()), HasSubstr("session_deleted"));
}

}  // namespace
}  // namespace sconectl::test
