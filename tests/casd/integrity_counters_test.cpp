// What is sealed about the rows of a database and the number of its commits.
#include "casd/store/integrity_counters.hpp"

#include <gtest/gtest.h>

#include "casd/store/migrations.hpp"
#include "casd/store/sqlite.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {
namespace {

using MissingFile = IntegrityCounters::MissingFile;

struct Counters : testing::Test {
  Counters()
      : files(host::system_files()),
        directory(*files, "counters-test-"),
        connection(directory.path() / "a.db", SqliteConnection::Mode::read_write) {
    migrate(connection);
  }
  std::filesystem::path path() const { return directory.path() / "cas.counter"; }
  /// What is read when this text is sealed in the database.
  IntegrityCounters::Sealed sealed(const std::string& text) {
    connection.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)")
        .bind(IntegrityCounters::fact)
        .bind(Blob{seal.seal(text, fact_place(IntegrityCounters::fact))})
        .run();
    return IntegrityCounters(seal, path()).sealed(connection);
  }
  /// The text of what a check throws, "" if nothing.
  std::string fault(MissingFile missing = MissingFile::refused) {
    IntegrityCounters counters(seal, path());
    try {
      (void)counters.check(connection, missing);
      return "";
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::failed);
      return error.text() + (error.causes().empty() ? "" : ": " + error.causes().front());
    }
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  RowSeal seal{crypto::Secret(std::string(32, 'k'))};
  std::unique_ptr<host::Files> files;
  host::TemporaryDirectory directory;
  SqliteConnection connection;
};

TEST_F(Counters, are_read_as_they_were_sealed) {
  const auto read = sealed("facts=3 secret_values=0 commits=17 set=0a=b");
  EXPECT_EQ(read.rows, (RowCounts{{"facts", 3}, {"secret_values", 0}}));
  EXPECT_EQ(read.commits, 17);
  EXPECT_EQ(read.row_set, "0a=b");
  const auto first_schema = sealed("facts=3 ");
  EXPECT_EQ(first_schema.rows, (RowCounts{{"facts", 3}}));
  EXPECT_FALSE(first_schema.commits);
  EXPECT_FALSE(first_schema.row_set);
}

TEST_F(Counters, of_another_form_are_no_numbers) {
  for (const auto* text : {"facts=x ", "facts= ", "facts ", "facts=-1 ", "facts=1x ", "commits=-1",
                           "commits=99999999999999999999", "=", "facts=1  commits=2"})
    EXPECT_THROW((void)sealed(text), diag::Error) << text;
}

TEST_F(Counters, go_on_with_every_commit) {
  IntegrityCounters counters(seal, path());
  counters.begin(connection);
  EXPECT_EQ(counters.sealed(connection).commits, 0);
  counters.open_file();
  for (int i = 1; i <= 3; ++i) {
    counters.seal(connection, RowSet());
    EXPECT_EQ(counters.sealed(connection).commits, i);
    EXPECT_TRUE(counters.committed());
    EXPECT_EQ(fault(), "");
  }
  connection.execute("DELETE FROM row_counts");
  EXPECT_TRUE(has(fault(), "entries are missing or were added"));
}

/// The file says how many were acknowledged: the database may be ahead, never behind.
TEST_F(Counters, of_a_database_that_lacks_commits_are_refused) {
  IntegrityCounters counters(seal, path());
  counters.begin(connection);
  counters.open_file();
  EXPECT_TRUE(counters.committed());
  EXPECT_TRUE(has(fault(), "1 acknowledged commits are missing"));
  counters.seal(connection, RowSet());  // the second commit, the file at the first
  EXPECT_EQ(fault(), "");
}

TEST_F(Counters, miss_their_file_unless_that_is_accepted) {
  IntegrityCounters counters(seal, path());
  counters.begin(connection);
  EXPECT_TRUE(has(fault(), "cas.counter is missing"));
  EXPECT_EQ(fault(MissingFile::accepted), "");
  files->write(path(), "garbage", 0600);
  EXPECT_TRUE(has(fault(MissingFile::accepted), "is damaged or of another CAS"));
  // Schema 1 had none.
  std::filesystem::remove(path());
  (void)sealed("facts=0 secret_values=0 session_states=0 session_versions=0 ");
  EXPECT_EQ(fault(MissingFile::refused), "");
}

TEST_F(Counters, that_can_not_be_written_start_nothing) {
  IntegrityCounters full(seal, "/dev/full");
  try {
    full.open_file();
    ADD_FAILURE() << "opened";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::unavailable);
    EXPECT_EQ(error.text(), "can not write /dev/full");
  }
}

TEST_F(Counters, that_could_not_follow_are_told) {
  IntegrityCounters counters(seal, "/dev/full");
  EXPECT_THROW(counters.open_file(), diag::Error);
  EXPECT_FALSE(counters.committed());
}

}  // namespace
}  // namespace sconectl::casd
