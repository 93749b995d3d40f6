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
  /// Whether files have changed; nothing fails.
  bool renew() {
    const auto result = renewal->renew();
    EXPECT_FALSE(result.failed) << result.failed->text();
    return result.changed;
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
  EXPECT_FALSE(renew());
  const auto untouched = std::filesystem::read_symlink(directory.path() / "other");
  file("cert", "second");
  EXPECT_TRUE(renew());
  EXPECT_EQ(content("cert"), "second");
  EXPECT_EQ(std::filesystem::read_symlink(directory.path() / "other"), untouched);
  EXPECT_FALSE(renew());
  file("cert", "second", 0640);
  EXPECT_TRUE(renew()) << "only the mode";
  file("more", "new");
  EXPECT_TRUE(renew());
  EXPECT_EQ(content("more"), "new");
}

TEST_F(Renewing, A30_it_asks_for_no_lease) {
  (void)renewal->renew();
  EXPECT_TRUE(cas.evidence.back().runs_already);
}

TEST_F(Renewing, what_can_not_be_had_leaves_the_files_as_they_are) {
  cas.status = 403;
  cas.refusal = "no longer";
  EXPECT_TRUE(renewal->renew().failed);
  EXPECT_EQ(content("cert"), "first");
  cas.status = 200;
  cas.unreachable = 1;
  EXPECT_TRUE(renewal->renew().failed) << "the next turn tries again";
  file("cert", "second");
  EXPECT_TRUE(renew());
  EXPECT_EQ(content("cert"), "second");
}

TEST_F(Renewing, a_file_that_can_not_be_replaced_holds_up_no_other) {
  std::filesystem::remove(directory.path() / "cert");
  files->make_directories(directory.path() / "cert");
  file("cert", "second");
  file("other", "second");
  const auto result = renewal->renew();
  EXPECT_TRUE(result.changed);
  ASSERT_TRUE(result.failed);
  EXPECT_THAT(result.failed->text(), HasSubstr("cert"));
  EXPECT_EQ(content("other"), "second");
  EXPECT_FALSE(renewal->renew().changed) << "it is not written again and again";
}

TEST_F(Renewing, A30_templates_without_a_good_lease_get_another) {
  files->write(directory.path() / "conf", "x=$$SCONE::x$$");
  cas.configuration.templates = {{(directory.path() / "conf").string(), 0600}};
  file("cert", "second");
  const auto result = renewal->renew();  // this CAS has no values to give
  EXPECT_TRUE(result.failed);
  EXPECT_EQ(content("cert"), "second") << "files that need no lease come first";
  ASSERT_EQ(cas.evidence.size(), 2U);
  EXPECT_TRUE(cas.evidence[0].runs_already);
  EXPECT_FALSE(cas.evidence[1].runs_already);
}

TEST_F(Renewing, a_file_that_the_session_has_no_more_stays) {
  cas.configuration.files.clear();
  EXPECT_FALSE(renew());
  EXPECT_EQ(content("cert"), "first");
}

}  // namespace
}  // namespace sconectl::launch
