// From the embedded database to PostgreSQL and back, also when it is cut short.
#include "sconectl/casd/migration.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "casd/cas_fixture.hpp"
#include "casd/postgres_fixture.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::test {
namespace {

using diag::Error;

class Migration : public Cas {
 protected:
  void SetUp() override {
    hash = created(session("a", "access_policy: {read: ANY}\n"), alice.peer());
    key_hash = service->key_hash();
    service.reset();
  }
  /// The session as the CAS that is started here has it.
  void serves(const std::string& database_url) {
    casd::ServiceOptions options;
    options.data = data;
    options.database_url = database_url;
    casd::Service other(options, clock);
    EXPECT_EQ(other.key_hash(), key_hash);
    const auto answer =
        other.handle({.method = "GET", .target = "/v1/session_hashes/a", .peer = alice.peer()});
    EXPECT_THAT(answer.body, testing::HasSubstr(hash));
  }
  void execute(const std::string& sql) const {
    casd::postgres_database(url)->connect(casd::Database::Mode::write)->execute(sql);
  }
  std::string refusal(const std::function<void()>& action) const {
    try {
      action();
      return "done";
    } catch (const Error& error) {
      return error.text() + (error.causes().empty() ? "" : ": " + error.causes().front());
    }
  }
  std::filesystem::path unfinished() const { return data / "cas.move-unfinished"; }

  const std::string url = casd::PostgresServer::get().new_url();
  std::string hash, key_hash;
};

TEST_F(Migration, there_and_back_it_is_the_same_cas) {
  const auto there = casd::move_to_postgres(data, url);
  EXPECT_EQ(there.cas_key_hash, key_hash);
  EXPECT_FALSE(files->exists(data / "cas.db"));
  serves(url);
  const auto back = casd::move_from_postgres(url, data);
  EXPECT_EQ(back.cas_key_hash, key_hash);
  EXPECT_EQ(back.versions, there.versions);
  EXPECT_FALSE(files->exists(unfinished()));
  serves("");
  // Nobody goes on with what was left.
  EXPECT_THAT(refusal([&] { serves(url); }), testing::HasSubstr("was moved out of that database"));
  EXPECT_THAT(refusal([&] { (void)casd::move_from_postgres(url, data); }),
              testing::HasSubstr("is there already"));
}

// The server ends a connection some time after its CAS has closed it.
TEST_F(Migration, who_ends_just_now_is_waited_for) {
  (void)casd::move_to_postgres(data, url);
  serves(url);
  auto use = casd::postgres_database(url)->connect(casd::Database::Mode::write);
  std::jthread end([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    use.reset();
  });
  EXPECT_EQ(casd::move_from_postgres(url, data).cas_key_hash, key_hash);
  serves("");
}

TEST_F(Migration, a_database_in_use_stays_where_it_is) {
  (void)casd::move_to_postgres(data, url);
  serves(url);
  const auto use = casd::postgres_database(url)->connect(casd::Database::Mode::write);
  EXPECT_THAT(refusal([&] { (void)casd::move_from_postgres(url, data); }),
              testing::HasSubstr("a CAS uses that database"));
  EXPECT_FALSE(files->exists(data / "cas.db"));
  serves(url);
}

TEST_F(Migration, one_that_was_cut_short_before_the_database_was_marked_is_begun_again) {
  (void)casd::move_to_postgres(data, url);
  serves(url);
  files->write(unfinished(), "", 0600);
  files->write(data / "cas.db", "half of it", 0600);
  EXPECT_THAT(refusal([&] { serves(""); }), testing::HasSubstr("was cut short"));
  serves(url);
  (void)casd::move_from_postgres(url, data);
  serves("");
}

TEST_F(Migration, one_that_was_cut_short_after_it_is_finished) {
  (void)casd::move_to_postgres(data, url);
  (void)casd::move_from_postgres(url, data);
  files->write(unfinished(), "", 0600);
  EXPECT_THAT(refusal([&] { serves(""); }), testing::HasSubstr("was cut short"));
  EXPECT_EQ(casd::move_from_postgres(url, data).cas_key_hash, key_hash);
  serves("");
}

TEST_F(Migration, a_database_that_went_back_or_another_way_is_not_taken) {
  (void)casd::move_to_postgres(data, url);
  serves(url);
  {
    casd::ServiceOptions options;
    options.data = data;
    options.database_url = url;
    casd::Service other(options, clock);
    EXPECT_EQ(other
                  .handle({.method = "POST",
                           .target = "/session",
                           .content_type = "application/x-yaml",
                           .body = session("b"),
                           .peer = alice.peer()})
                  .status,
              201);
  }
  execute(
      "UPDATE commits SET sealed = sealed || '\\x00'::bytea WHERE number = "
      "(SELECT max(number) FROM commits)");
  EXPECT_THAT(refusal([&] { (void)casd::move_from_postgres(url, data); }),
              testing::HasSubstr("commits that were there are missing"));
  EXPECT_FALSE(files->exists(data / "cas.db"));
  EXPECT_FALSE(files->exists(unfinished()));
}

TEST_F(Migration, nothing_is_taken_whose_newest_state_nobody_knows) {
  const auto counter = files->read(data / "cas.counter");
  files->remove_tree(data / "cas.counter");
  EXPECT_THAT(refusal([&] { (void)casd::move_to_postgres(data, url); }),
              testing::HasSubstr("is missing"));
  files->write(data / "cas.counter", counter, 0600);
  (void)casd::move_to_postgres(data, url);
  EXPECT_THAT(refusal([&] { (void)casd::move_to_postgres(data, url); }),
              testing::HasSubstr("there is no"));
}

}  // namespace
}  // namespace sconectl::test
