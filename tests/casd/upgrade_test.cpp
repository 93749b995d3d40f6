// Databases that earlier programs wrote (tests/casd/databases/SCHEMA) open as they are and keep
// everything.
#include "casd/permissions_for_tests.hpp"
#include "casd/service_fixture.hpp"
#include "casd/store/migrations.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "sconectl/diag/error.hpp"
#include "support/repository.hpp"

namespace sconectl::test {
namespace {

const std::filesystem::path databases = source_directory() / "tests/casd/databases";

struct Upgrade : ServiceClient {
  void take(const std::string& schema) {
    service.reset();
    files->remove_tree(data);
    files->make_directories(data, 0700);
    for (const auto* name : {"cas.db", "cas.key-store", "cas.counter"})
      if (const auto bytes = files->read_if_exists(databases / schema / name, 1U << 20U))
        files->write(data / name, *bytes, 0600);
    open();
  }
  nlohmann::json written(const std::string& schema, const std::string& name) const {
    return nlohmann::json::parse(files->read(databases / schema / name));
  }
};

/// The files of a directory that an earlier program would find.
std::map<std::string, std::string> contents(const host::Files& files,
                                            const std::filesystem::path& directory) {
  std::map<std::string, std::string> result;
  for (const auto* name : {"cas.db", "cas.counter"})
    if (auto bytes = files.read_if_exists(directory / name)) result[name] = *bytes;
  return result;
}

TEST_F(Upgrade, a_copy_of_before_is_kept_and_leads_back) {
  for (const auto* schema : {"1", "2"}) {
    take(schema);
    const auto kept = data / "before-schema-3";
    ASSERT_TRUE(files->is_directory(kept)) << schema;
    EXPECT_EQ(contents(*files, kept)["cas.db"], files->read(databases / schema / "cas.db"));
    EXPECT_EQ(files->exists(kept / "cas.counter"),
              files->exists(databases / schema / "cas.counter"));
    EXPECT_FALSE(files->exists(kept / "cas.key-store")) << "the key is kept apart";
    EXPECT_EQ(files->status(kept / "cas.db")->mode, 0600U);
    EXPECT_NE(log().find("a copy of before was kept"), std::string::npos);
    created(session("after-the-upgrade"), alice.peer());
    // The way back (docs/operating-the-cas.md): what the earlier program left, byte for byte.
    service.reset();
    for (const auto* name : {"cas.db", "cas.db-wal", "cas.db-shm", "cas.counter", "cas.index"})
      files->remove_tree(data / name);
    for (const auto& [name, bytes] : contents(*files, kept)) files->write(data / name, bytes, 0600);
    files->remove_tree(kept);
    {
      casd::SqliteConnection connection((data / "cas.db").string(),
                                        casd::SqliteConnection::Mode::read_only);
      EXPECT_EQ(casd::schema_of(connection), std::stoi(schema));
    }
    open();  // and forth again
    EXPECT_EQ(get("/v1/values/session=upgrade").json(), written(schema, "values.json"));
    EXPECT_EQ(get("/v1/sessions/after-the-upgrade", alice.peer()).status, 404);
    service.reset();
  }
}

TEST_F(Upgrade, a_copy_of_an_earlier_upgrade_is_replaced) {
  service.reset();
  files->remove_tree(data);
  files->make_directories(data / "before-schema-3", 0700);
  files->write(data / "before-schema-3" / "cas.db", "of months ago", 0600);
  for (const auto* name : {"cas.db", "cas.key-store", "cas.counter"})
    files->write(data / name, files->read(databases / "2" / name), 0600);
  open();
  EXPECT_EQ(files->read(data / "before-schema-3" / "cas.db"), files->read(databases / "2/cas.db"));
}

TEST_F(Upgrade, a_database_that_somebody_reads_is_not_copied_by_half) {
  service.reset();
  files->remove_tree(data);
  files->make_directories(data, 0700);
  for (const auto* name : {"cas.db", "cas.key-store", "cas.counter"})
    files->write(data / name, files->read(databases / "2" / name), 0600);
  const auto path = (data / "cas.db").string();
  casd::SqliteConnection reader(path, casd::SqliteConnection::Mode::read_only);
  casd::SqliteConnection writer(path, casd::SqliteConnection::Mode::read_write);
  reader.execute("BEGIN; SELECT * FROM facts");
  writer.execute("PRAGMA journal_mode = WAL; CREATE TABLE some (a INTEGER)");
  EXPECT_THROW(open(), diag::Error);
  EXPECT_FALSE(files->exists(data / "before-schema-3"));
}

TEST_F(Upgrade, nothing_is_kept_where_nothing_changes) {
  reopen();
  EXPECT_FALSE(files->exists(data / "before-schema-3"));
}

TEST_F(Upgrade, every_earlier_schema_is_tested) {
  EXPECT_EQ(files->list(databases).size(), casd::migrations().size() - 1);
}

TEST_F(Upgrade, everything_of_schema_1_is_there) {
  take("1");
  for (int round = 0; round < 2; ++round, reopen()) {
    // Generated values, keys and certificates are the same that the earlier program showed.
    EXPECT_EQ(get("/v1/values/session=upgrade").json(), written("1", "values.json"));
    EXPECT_EQ(get("/v1/values/session=upgrade/child").json(), written("1", "child.json"));
    EXPECT_EQ(get("/v1/session_history/upgrade").json().at("versions").size(), 2U);
    const auto old = "8548a897042fa345f5b53d949540e3db558035dca16c9832e165a651f670aed3";
    EXPECT_EQ(get(std::string("/v1/sessions/upgrade?hash=") + old).hash(), old);
    EXPECT_TRUE(get("/v1/session_hashes/upgrade/child").json().at("salted"));
    EXPECT_TRUE(get("/v1/health").json().at("database").at("writable"));
  }
  created(session("after"), alice.peer());
}

TEST_F(Upgrade, everything_of_schema_2_is_there) {
  take("2");
  for (int round = 0; round < 2; ++round, reopen()) {
    EXPECT_EQ(get("/v1/values/session=upgrade").json(), written("2", "values.json"));
    EXPECT_EQ(get("/v1/values/session=upgrade/child").json(), written("2", "child.json"));
    EXPECT_EQ(get("/v1/session_history/upgrade").json().at("versions").size(), 2U);
    EXPECT_TRUE(get("/v1/health").json().at("database").at("writable"));
  }
  service.reset();
  const casd::Store store(data);
  EXPECT_TRUE(store.state("upgrade", "volume:v"));
  EXPECT_TRUE(store.state("upgrade", "leases:py"));
}

TEST_F(Upgrade, a_database_of_schema_2_is_protected_from_its_first_start_on) {
  take("2");
  service.reset();
  const auto old = directory.path() / "old.db";
  files->write(old, files->read(databases / "2" / "cas.db"), 0600);
  {
    casd::Store store(data);
    store.change_state(casd::PermissionsForTests().state, "upgrade", "volume:v",
                       [](auto) { return std::optional(crypto::Secret("a newer state")); });
  }
  casd::SqliteConnection((data / "cas.db").string(), casd::SqliteConnection::Mode::read_write)
      .execute("ATTACH '" + old.string() +
               "' AS old; UPDATE session_states SET version = 1, sealed = (SELECT sealed FROM "
               "old.session_states AS o WHERE o.subject = session_states.subject) WHERE subject = "
               "'volume:v'");
  EXPECT_THROW(casd::Store store(data), diag::Error);
}

/// Schema 1 had no counter, every later one has.
TEST_F(Upgrade, a_counter_is_missed_from_schema_2_on) {
  take("1");
  EXPECT_NE(log().find("WARN cas.counter was missing at this start"), std::string::npos) << log();
  take("2");
  service.reset();
  files->remove_tree(data / "cas.counter");
  EXPECT_THROW(open(), diag::Error);
}

}  // namespace
}  // namespace sconectl::test
