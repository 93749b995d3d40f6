// `cas doctor` and `cas sessions`.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "program.hpp"
#include "sconectl/action/cas_doctor.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/files.hpp"
#include "support/fixed_clock.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class DoctorOfCas : public testing::Test {
 protected:
  void attest() {
    ASSERT_EQ(program.run({"cas", "attest", "cas.example", "-c", service.key_hash()}), 0)
        << program.err;
  }
  std::string data_directory() const { return (directory.path() / "data").string(); }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "cas-doctor-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service, "cas.example"};
  test::Program program{http};
};

TEST_F(DoctorOfCas, of_one_that_is_well) {
  attest();
  ASSERT_EQ(program.run({"cas", "doctor"}), 0) << program.out << program.err;
  EXPECT_THAT(program.out,
              AllOf(StartsWith("ok       CAS: cas.example (https://cas.example:8081/), version "),
                    HasSubstr("ok       trust: by key pin, key " + service.key_hash()),
                    HasSubstr("ok       database: can be written"),
                    HasSubstr("ok       clock: +0 s"), testing::Not(HasSubstr("missing"))));
  ASSERT_EQ(program.run({"cas", "doctor", "--json"}), 0);
  const auto json = nlohmann::json::parse(program.out);
  EXPECT_EQ(json["ready"], true);
  EXPECT_EQ(json["checks"][0]["topic"], "CAS");
}

TEST_F(DoctorOfCas, trust_of_the_first_use_is_a_warning) {
  ASSERT_EQ(program.run({"cas", "attest", "cas.example", "--only_for_testing-trust-any",
                         "--only_for_testing-debug", "--only_for_testing-ignore-signer"}),
            0)
      << program.err;
  ASSERT_EQ(program.run({"cas", "doctor"}), 0) << program.out;
  EXPECT_THAT(program.out, AllOf(HasSubstr("warning  trust: it was trusted when it was first met"),
                                 HasSubstr("fix: attest it with the key hash")));
}

TEST_F(DoctorOfCas, one_that_we_do_not_know_is_named_with_the_command_to_attest_it) {
  EXPECT_EQ(program.run({"cas", "doctor"}), 4);
  EXPECT_THAT(program.out, StartsWith("missing  CAS: no default CAS, attest one first"));
  EXPECT_EQ(program.run({"cas", "doctor", "--cas", "cas.example"}), 4);
  EXPECT_THAT(program.out, HasSubstr("attest it first: sconectl cas attest cas.example"));
  EXPECT_EQ(program.run({"cas", "doctor", "cas.example"}), 4);
  EXPECT_THAT(program.out, HasSubstr("attest it first: sconectl cas attest cas.example"));
  EXPECT_EQ(program.run({"cas", "doctor", "cas.example", "--cas", "other.example"}), 2);
}

TEST_F(DoctorOfCas, one_that_does_not_answer_is_missing_with_what_helps) {
  EXPECT_EQ(
      program.run({"cas", "doctor", "--cas", "other.example", "--cas-key", service.key_hash()}), 4);
  EXPECT_THAT(program.out, AllOf(StartsWith("missing  connection: "), HasSubstr("is it running")));
}

TEST_F(DoctorOfCas, what_cas_status_calls_a_problem_it_names_with_its_topic) {
  attest();
  cas_clock.advance(std::chrono::hours(1));
  EXPECT_EQ(program.run({"cas", "doctor"}), 4);
  EXPECT_THAT(program.out, HasSubstr("missing  clock: its clock is 3600 s ahead of ours"));
}

TEST_F(DoctorOfCas, the_data_directory_is_looked_at) {
  attest();
  ASSERT_EQ(program.run({"cas", "doctor", "--data", data_directory()}), 0) << program.out;
  EXPECT_THAT(program.out, HasSubstr(" disk: "));
  std::filesystem::permissions(directory.path() / "data/cas.key-store",
                               std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(program.run({"cas", "doctor", "--data", data_directory()}), 4);
  EXPECT_THAT(program.out, HasSubstr("missing  key file: others may read the key"));
  EXPECT_EQ(program.run({"cas", "doctor", "--data", (directory.path() / "none").string()}), 4);
  EXPECT_THAT(program.out, HasSubstr("is not there"));
}

TEST(CasDoctor, little_space_is_a_warning) {
  action::CasDoctorFacts facts;
  facts.data = {.path = "/data",
                .exists = true,
                .has_database = true,
                .database_bytes = std::uint64_t{2} << 30U,
                .free_bytes = std::uint64_t{1} << 30U};
  const auto findings = action::diagnose(facts, {}, std::chrono::hours(1));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].health, action::Health::warning);
  EXPECT_THAT(findings[0].text, StartsWith("1024 MB free, and the database has 2048 MB"));
}

TEST_F(DoctorOfCas, sessions_of_a_cas_are_listed_parents_first) {
  attest();
  program.machine.files.put("a.yml", "name: a\nversion: '0.3'\n");
  program.machine.files.put("b.yml", "name: a/b\nversion: '0.3'\n");
  ASSERT_EQ(program.run({"session", "create", "a.yml"}), 0) << program.err;
  const auto hash = program.out.substr(0, 64);
  ASSERT_EQ(program.run({"session", "create", "b.yml"}), 0) << program.err;
  ASSERT_EQ(program.run({"cas", "sessions", "a"}), 0) << program.err;
  EXPECT_THAT(program.out, StartsWith(hash + " a\n"));
  EXPECT_THAT(program.out, HasSubstr(" a/b\n"));
  ASSERT_EQ(program.run({"cas", "sessions", "a", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(program.out)["sessions"].size(), 2U);
  ASSERT_EQ(program.run({"cas", "sessions"}), 0) << program.err;
  EXPECT_THAT(program.out, AllOf(HasSubstr(" /\n"), HasSubstr(" a/b\n")));
  EXPECT_EQ(program.run({"cas", "sessions", "none"}), 1);
  EXPECT_EQ(program.out, "");
}

}  // namespace
}  // namespace sconectl::cli
