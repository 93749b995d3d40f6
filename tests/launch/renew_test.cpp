// Files that follow the CAS while the program runs (rows Z14, A30 of the tutorials).
#include "launch/renew.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launch/fake_cas.hpp"
#include "launch/place.hpp"
#include "sconectl/host/files.hpp"
#include "support/fixed_clock.hpp"

namespace sconectl::launch {
namespace {

using testing::HasSubstr;

struct Renewing : testing::Test {
  Renewing() {
    options.config_id = "a/s";
    options.address = {"cas", 18765};
    options.cas_key = cas.identity.key_hash();
    options.evidence = EvidenceChoice::none;
    cas.configuration.argv = {"python3"};
    cas.configuration.pwd = "/";
    file("cert", "first");
    file("other", "same");
    place_files(cas.configuration.files);
    renewal.emplace(std::move(options), std::nullopt, placed(cas.configuration.files), cas, clock);
  }
  void file(const std::string& name, const std::string& content, unsigned mode = 0600) {
    const auto path = (directory.path() / name).string();
    for (auto& each : cas.configuration.files)
      if (each.path == path) return void(each = {path, content, mode});
    cas.configuration.files.push_back({path, content, mode});
  }
  std::string content(const std::string& name) { return files->read(directory.path() / name); }

  std::unique_ptr<host::Files> files = host::system_files();
  host::TemporaryDirectory directory{*files, "sconectl-test-"};
  FakeCas cas;
  test::FixedClock clock;
  Options options;
  std::optional<Renewal> renewal;
};

TEST_F(Renewing, A30_a_file_that_differs_is_replaced_and_no_other) {
  EXPECT_FALSE(renewal->renew());
  const auto untouched = std::filesystem::read_symlink(directory.path() / "other");
  file("cert", "second");
  EXPECT_TRUE(renewal->renew());
  EXPECT_EQ(content("cert"), "second");
  EXPECT_EQ(std::filesystem::read_symlink(directory.path() / "other"), untouched);
  EXPECT_FALSE(renewal->renew());
  file("cert", "second", 0640);
  EXPECT_TRUE(renewal->renew()) << "only the mode";
  file("more", "new");
  EXPECT_TRUE(renewal->renew());
  EXPECT_EQ(content("more"), "new");
}

TEST_F(Renewing, A30_it_asks_for_no_lease) {
  (void)renewal->renew();
  EXPECT_TRUE(cas.evidence.back().runs_already);
}

TEST_F(Renewing, what_can_not_be_had_leaves_the_files_as_they_are) {
  cas.status = 403;
  cas.refusal = "no longer";
  EXPECT_THROW((void)renewal->renew(), diag::Error);
  EXPECT_EQ(content("cert"), "first");
  cas.status = 200;
  cas.unreachable = 1;
  EXPECT_THROW((void)renewal->renew(), diag::Error) << "the next turn tries again";
  file("cert", "second");
  EXPECT_TRUE(renewal->renew());
  EXPECT_EQ(content("cert"), "second");
}

TEST_F(Renewing, a_file_that_the_session_has_no_more_stays) {
  cas.configuration.files.clear();
  EXPECT_FALSE(renewal->renew());
  EXPECT_EQ(content("cert"), "first");
}

}  // namespace
}  // namespace sconectl::launch
