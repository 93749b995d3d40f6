#include "sconectl/attest/acceptance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconectl::attest {
namespace {

using session::Tolerance;
using testing::ElementsAre;
using testing::IsEmpty;

Verdict verdict(TcbStatus status, std::vector<std::string> advisories = {}) {
  Verdict result;
  result.status = status;
  result.advisories = std::move(advisories);
  return result;
}

/// The words that a verdict still needs.
std::vector<Tolerance> needed(const Verdict& verdict, const Tolerances& tolerated = {}) {
  std::vector<Tolerance> result;
  for (const Objection& each : objections(verdict, tolerated))
    result.insert(result.end(), each.words.begin(), each.words.end());
  return result;
}

TEST(Acceptance, SL298_EV013_each_status_needs_its_words) {
  using enum TcbStatus;
  EXPECT_THAT(objections(verdict(up_to_date), {}), IsEmpty());
  EXPECT_THAT(needed(verdict(sw_hardening_needed)),
              ElementsAre(Tolerance::software_hardening_needed));
  EXPECT_THAT(needed(verdict(configuration_needed)),
              ElementsAre(Tolerance::insecure_configuration));
  EXPECT_THAT(needed(verdict(configuration_and_sw_hardening_needed)),
              ElementsAre(Tolerance::insecure_configuration, Tolerance::software_hardening_needed));
  EXPECT_THAT(needed(verdict(out_of_date)), ElementsAre(Tolerance::outdated_tcb));
  EXPECT_THAT(needed(verdict(td_relaunch_advised)), ElementsAre(Tolerance::outdated_tcb));
  EXPECT_THAT(needed(verdict(out_of_date_configuration_needed)),
              ElementsAre(Tolerance::outdated_tcb, Tolerance::insecure_configuration));
  const Tolerances half{.words = {Tolerance::outdated_tcb}, .advisories = {}};
  EXPECT_THAT(needed(verdict(out_of_date_configuration_needed), half),
              ElementsAre(Tolerance::insecure_configuration));
  EXPECT_THAT(objections(verdict(out_of_date), half), IsEmpty());
}

Tolerances everything() {
  Tolerances result;
  for (const std::string_view word : text::all_words<Tolerance>())
    result.words.insert(*text::from_word<Tolerance>(word));
  result.advisories = {"*"};
  return result;
}

TEST(Acceptance, EV012_EV013_what_is_revoked_unknown_old_or_half_judged_is_never_accepted) {
  Verdict old = verdict(TcbStatus::up_to_date);
  old.not_current = {"TCB info ended at 2025-07-19T10:56:11Z"};
  Verdict half = verdict(TcbStatus::up_to_date);
  half.missing = {"root CRL"};
  for (const Verdict& each :
       {verdict(TcbStatus::revoked), verdict(TcbStatus::not_supported), old, half}) {
    const auto found = objections(each, everything());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_FALSE(found[0].can_be_tolerated()) << found[0].text;
  }
  EXPECT_THAT(objections(verdict(TcbStatus::out_of_date, {"INTEL-SA-00001"}), everything()),
              IsEmpty());
}

TEST(Acceptance, SL299_SL300_each_advisory_needs_its_own_word_or_its_id) {
  const Verdict both =
      verdict(TcbStatus::sw_hardening_needed, {"INTEL-SA-00615", "INTEL-SA-00657"});
  Tolerances tolerated{.words = {Tolerance::software_hardening_needed}, .advisories = {}};
  auto found = objections(both, tolerated);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].advisories, ElementsAre("INTEL-SA-00615"));
  EXPECT_THAT(found[1].words, ElementsAre(Tolerance::aepic_leak));
  tolerated.words.insert(Tolerance::aepic_leak);
  tolerated.advisories.insert("INTEL-SA-00615");
  EXPECT_THAT(objections(both, tolerated), IsEmpty());
}

TEST(Acceptance, a_star_counts_only_in_debug_mode) {
  const Verdict some = verdict(TcbStatus::up_to_date, {"INTEL-SA-00001"});
  EXPECT_EQ(objections(some, {.words = {}, .advisories = {"*"}}).size(), 1U);
  EXPECT_THAT(objections(some, {.words = {Tolerance::debug_mode}, .advisories = {"*"}}), IsEmpty());
  Verdict debug = verdict(TcbStatus::up_to_date);
  debug.debug = true;
  EXPECT_THAT(needed(debug), ElementsAre(Tolerance::debug_mode));
}

TEST(TcbStatus, EV009_merged_as_intel_does) {
  using enum TcbStatus;
  EXPECT_EQ(merged(up_to_date, up_to_date), up_to_date);
  EXPECT_EQ(merged(sw_hardening_needed, out_of_date), out_of_date);
  EXPECT_EQ(merged(configuration_needed, out_of_date), out_of_date_configuration_needed);
  EXPECT_EQ(merged(configuration_and_sw_hardening_needed, out_of_date),
            out_of_date_configuration_needed);
  EXPECT_EQ(merged(configuration_needed, up_to_date), configuration_needed);
  EXPECT_EQ(merged(out_of_date, up_to_date), out_of_date);
  EXPECT_EQ(merged(up_to_date, revoked), revoked);
  EXPECT_EQ(merged(revoked, not_supported), revoked);
  EXPECT_EQ(merged(up_to_date, not_supported), not_supported);
}

}  // namespace
}  // namespace sconectl::attest
