// `cas status`.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "program.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/files.hpp"
#include "support/fixed_clock.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class StatusOfCas : public testing::Test {
 protected:
  StatusOfCas() { program.machine.files.put("owner.toml", ""); }
  void provision() {
    ASSERT_EQ(program.run({"cas", "provision", "-c", service.key_hash(), "--config-file",
                           "owner.toml", "--token", service.provisioning_token(), "cas.example"}),
              0)
        << program.err;
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "cas-status-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data", .demand_owner = true}, cas_clock};
  test::LoopbackHttp http{service, "cas.example"};
  test::Program program{http};
};

TEST_F(StatusOfCas, of_one_that_is_well) {
  provision();
  ASSERT_EQ(program.run({"cas", "status"}), 0) << program.out << program.err;
  EXPECT_THAT(program.out, AllOf(HasSubstr("cas.example (https://cas.example:8081/)"),
                                 HasSubstr(service.key_hash()), HasSubstr("writable"),
                                 HasSubstr("certificate  cas-instance until "),
                                 testing::Not(HasSubstr("PROBLEM"))));
  ASSERT_EQ(program.run({"cas", "status", "--json"}), 0);
  const auto json = nlohmann::json::parse(program.out);
  EXPECT_EQ(json["cas_key_hash"], service.key_hash());
  EXPECT_TRUE(json["owner"].is_string());
  EXPECT_EQ(json["certificates"].size(), 3U);
  EXPECT_TRUE(json["problems"].empty());
}

TEST_F(StatusOfCas, a_problem_is_said_and_is_the_status) {
  provision();
  cas_clock.advance(std::chrono::hours(1));
  EXPECT_EQ(program.run({"cas", "status"}), 1);
  EXPECT_THAT(program.out, HasSubstr("PROBLEM      its clock is 3600 s ahead of ours"));
  EXPECT_EQ(program.run({"cas", "status", "--certificates-left", "900000d"}), 1);
  EXPECT_THAT(program.out, HasSubstr("its certificate 'server' expires on"));
}

TEST_F(StatusOfCas, without_an_owner_it_serves_nobody) {
  EXPECT_EQ(program.run({"cas", "status", "cas.example", "--cas-key", service.key_hash()}), 1);
  EXPECT_EQ(program.run({"cas", "status", "-c", "cas.example", "--cas-key", service.key_hash()}),
            1);
  EXPECT_THAT(program.out, AllOf(HasSubstr("owner        nobody"), HasSubstr("it has no owner")));
}

TEST_F(StatusOfCas, one_that_is_not_reached_is_no_status) {
  EXPECT_EQ(program.run({"cas", "status", "-c", "other.example", "--cas-key", service.key_hash()}),
            4);
  EXPECT_EQ(program.out, "");
}

}  // namespace
}  // namespace sconectl::cli
