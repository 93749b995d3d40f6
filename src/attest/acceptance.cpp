#include "sconectl/attest/acceptance.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace sconectl::attest {
namespace {

using session::Tolerance;

/// The words that a status needs; nothing if none helps.
std::optional<std::vector<Tolerance>> words_for(TcbStatus status) {
  using enum TcbStatus;
  switch (status) {
    case up_to_date:
      return std::vector<Tolerance>{};
    case sw_hardening_needed:
      return std::vector{Tolerance::software_hardening_needed};
    case configuration_needed:
      return std::vector{Tolerance::insecure_configuration};
    case configuration_and_sw_hardening_needed:
      return std::vector{Tolerance::insecure_configuration, Tolerance::software_hardening_needed};
    case out_of_date:
    case td_relaunch_advised:
      return std::vector{Tolerance::outdated_tcb};
    case out_of_date_configuration_needed:
    case td_relaunch_advised_configuration_needed:
      return std::vector{Tolerance::outdated_tcb, Tolerance::insecure_configuration};
    case not_supported:
    case revoked:
      return std::nullopt;
  }
  return std::nullopt;
}

std::vector<Tolerance> words_for(SnpStatus status) {
  using enum SnpStatus;
  switch (status) {
    case up_to_date:
      return {};
    case configuration_needed:
      return {Tolerance::insecure_configuration};
    case out_of_date:
    case unknown:
      return {Tolerance::outdated_tcb};
    case out_of_date_configuration_needed:
      break;
  }
  return {Tolerance::outdated_tcb, Tolerance::insecure_configuration};
}

/// The word that stands for a single advisory.
std::optional<Tolerance> word_for(const std::string& advisory) {
  if (advisory == "INTEL-SA-00233") return Tolerance::hyperthreading;
  if (advisory == "INTEL-SA-00219") return Tolerance::insecure_igpu;
  if (advisory == "INTEL-SA-00657") return Tolerance::aepic_leak;
  return std::nullopt;
}

class Judgement {
 public:
  Judgement(const Verdict& verdict, const Tolerances& tolerated)
      : verdict_(verdict), tolerated_(tolerated) {}

  std::vector<Objection> objections() {
    for (const std::string& what : verdict_.missing)
      object(fmt::format("{} was not at hand", what));
    for (const std::string& what : verdict_.not_current) object(what);
    if (verdict_.debug) need("it runs in debug mode", {Tolerance::debug_mode});
    judge_status();
    for (const std::string& advisory : verdict_.advisories) judge_advisory(advisory);
    return std::move(result_);
  }

 private:
  void judge_status() {
    auto words = words_for(verdict_.status);
    const std::string text = fmt::format("the platform is {}", text::word(verdict_.status));
    if (words)
      need(text, *std::move(words));
    else
      object(text);
  }

  void judge_advisory(const std::string& advisory) {
    const auto word = word_for(advisory);
    const bool all =
        tolerated_.advisories.contains("*") && tolerated_.words.contains(Tolerance::debug_mode);
    if (all || tolerated_.advisories.contains(advisory) ||
        (word && tolerated_.words.contains(*word)))
      return;
    Objection objection{fmt::format("{} applies", advisory), {}, {}};
    if (word)
      objection.words = {*word};
    else
      objection.advisories = {advisory};
    result_.push_back(std::move(objection));
  }

  void need(std::string text, std::vector<Tolerance> words) {
    std::erase_if(words, [&](Tolerance word) { return tolerated_.words.contains(word); });
    if (!words.empty()) result_.push_back({std::move(text), std::move(words), {}});
  }

  void object(std::string text) { result_.push_back({std::move(text), {}, {}}); }

  const Verdict& verdict_;
  const Tolerances& tolerated_;
  std::vector<Objection> result_;
};

}  // namespace

std::vector<Objection> objections(const Verdict& verdict, const Tolerances& tolerated) {
  return Judgement(verdict, tolerated).objections();
}

std::vector<Objection> objections(const SnpVerdict& verdict, const Tolerances& tolerated) {
  std::vector<Objection> result;
  const auto need = [&](std::string text, std::vector<Tolerance> words) {
    std::erase_if(words, [&](Tolerance word) { return tolerated.words.contains(word); });
    if (!words.empty()) result.push_back({std::move(text), std::move(words), {}});
  };
  if (verdict.debug)
    need("its policy allows debugging: the host may read and write its memory",
         {Tolerance::debug_mode});
  if (verdict.smt_allowed)
    need("its policy allows processors with hyperthreading (SMT)", {Tolerance::hyperthreading});
  need(fmt::format("the platform is {}", text::word(verdict.status)), words_for(verdict.status));
  return result;
}

}  // namespace sconectl::attest
