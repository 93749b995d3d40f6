#include "sconectl/attest/snp_verdict.hpp"

#include <fmt/chrono.h>

#include <algorithm>

#include "attest/byte_reader.hpp"
#include "attest/snp_chain.hpp"
#include "sconectl/crypto/crl.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::attest {
namespace {

using session::CpuLine;
using session::MinTcb;

std::string parts_of(const SnpTcb& tcb, SnpProduct product) {
  const std::string front = product == SnpProduct::turin ? fmt::format("fmc {}, ", tcb.fmc) : "";
  return fmt::format("{}bootloader {}, tee {}, snp {}, microcode {}", front, tcb.bootloader,
                     tcb.tee, tcb.snp, tcb.microcode);
}

SnpTcb tcb_in(const std::string& bytes, SnpProduct product) {
  const auto tcb = snp_tcb(bytes, product);
  if (!tcb) not_genuine("S05 report", "reserved bytes of a TCB version are not zero");
  return *tcb;
}

SnpTcb tcb_of(const MinTcb& minimum) {
  return {.fmc = static_cast<int>(minimum.fmc),
          .bootloader = static_cast<int>(minimum.bootloader),
          .tee = static_cast<int>(minimum.tee),
          .snp = static_cast<int>(minimum.snp),
          .microcode = static_cast<int>(minimum.microcode)};
}

class SnpVerification {
 public:
  SnpVerification(const SnpReport& report, const SnpCertificates& certificates,
                  std::span<const MinTcb> minimums, const SnpOptions& options)
      : report_(report), certificates_(certificates), minimums_(minimums), options_(options) {}

  SnpVerdict verdict() {
    const SnpChain chain = trusted_snp_chain(report_, certificates_, options_);
    result_.product = chain.product;
    judge_crl(chain);
    judge_dates(chain);
    judge_endorsement(chain);
    if (!chain.leaf.public_key().verify_raw_ecdsa(report_.signed_bytes, report_.signature))
      not_genuine("S16 signature", "the certificate's key did not sign the report");
    judge_order();
    judge_policy();
    result_.line = line();
    result_.status = status();
    result_.debug = report_.debug();
    result_.smt_allowed = report_.smt_allowed();
    return std::move(result_);
  }

 private:
  void judge_crl(const SnpChain& chain) {
    constexpr std::string_view check = "S09 list of revoked certificates";
    if (certificates_.crl.empty()) {
      if (options_.require_crl) not_genuine(check, "it is not at hand");
      return;
    }
    const auto list = [&] {
      try {
        auto parsed = crypto::Crl::from_text(certificates_.crl);
        result_.validity.push_back(
            {"list of revoked certificates", parsed.this_update(), parsed.next_update()});
        return parsed;
      } catch (const diag::Error& error) {
        not_genuine(check, error.text());
      }
    }();
    if (!list.issued_by(chain.ark)) not_genuine(check, "it is not from the root");
    judge_date(check, result_.validity.back());
    if (list.revokes(chain.ask))
      not_genuine(check, fmt::format("'{}' is revoked", chain.ask.common_name()));
    result_.crl_checked = true;
  }

  void judge_dates(const SnpChain& chain) {
    const auto add = [&](const crypto::Certificate& certificate) {
      result_.validity.push_back({fmt::format("certificate '{}'", certificate.common_name()),
                                  certificate.not_before(), certificate.not_after()});
      judge_date("S11 dates", result_.validity.back());
    };
    add(chain.leaf);
    add(chain.ask);
    add(chain.ark);
    std::stable_sort(result_.validity.begin(), result_.validity.end(),
                     [](const Validity& a, const Validity& b) { return a.until < b.until; });
  }

  void judge_date(std::string_view check, const Validity& each) const {
    if (options_.at < each.from)
      not_genuine(check, fmt::format("{} begins at {:%FT%TZ}", each.what, each.from));
    if (options_.at > each.until)
      not_genuine(check, fmt::format("{} ended at {:%FT%TZ}", each.what, each.until));
  }

  /// The certificate is that of this chip, or of this provider, in this state.
  void judge_endorsement(const SnpChain& chain) {
    const auto endorsed = endorsement_of(chain.leaf, chain.product, report_.signing_key);
    result_.reported = tcb_in(report_.reported_tcb, chain.product);
    result_.committed = tcb_in(report_.committed_tcb, chain.product);
    result_.current = tcb_in(report_.current_tcb, chain.product);
    result_.launch = tcb_in(report_.launch_tcb, chain.product);
    if (endorsed.tcb != result_.reported)
      not_genuine("S14 versions", fmt::format("the certificate is for {}, the report says {}",
                                              parts_of(endorsed.tcb, chain.product),
                                              parts_of(result_.reported, chain.product)));
    result_.key = report_.signing_key;
    result_.csp_id = endorsed.csp_id;
    result_.hw_id = endorsed.hw_id;
    if (report_.signing_key == session::SnpKey::vlek || all_zero(report_.chip_id)) return;
    std::string chip = endorsed.hw_id;
    chip.resize(report_.chip_id.size(), '\0');
    if (!crypto::constant_time_equal(chip, report_.chip_id))
      not_genuine("S15 chip", "the certificate belongs to another chip");
  }

  void judge_order() const {
    if (!reaches(result_.committed, result_.reported) ||
        !reaches(result_.current, result_.committed))
      not_genuine("S17 versions",
                  fmt::format("reported ({}) must not be above committed ({}), nor that above "
                              "current ({})",
                              parts_of(result_.reported, result_.product),
                              parts_of(result_.committed, result_.product),
                              parts_of(result_.current, result_.product)));
  }

  /// What weakens a guest and has no word in `tolerate`.
  void judge_policy() const {
    constexpr std::string_view check = "S20 policy";
    if (report_.policy_bit(18)) not_genuine(check, "a migration agent may move the guest");
    if (report_.migration_agent != std::string(report_.migration_agent.size(), '\xFF'))
      not_genuine(check, "the guest has a migration agent");
    if (report_.policy_bit(21)) not_genuine(check, "the guest's memory may lie on CXL devices");
  }

  /// Version 2 does not say; the lines with the highest numbers are taken.
  [[nodiscard]] std::optional<CpuLine> line() const {
    if (report_.cpu) return line_of(*report_.cpu);
    return result_.product == SnpProduct::milan ? CpuLine::milan : CpuLine::genoa;
  }

  [[nodiscard]] SnpStatus status() const {
    using enum SnpStatus;
    const bool configured = report_.alias_check_complete();
    const auto minimum = std::find_if(minimums_.begin(), minimums_.end(),
                                      [&](const MinTcb& each) { return result_.line == each.cpu; });
    if (minimum == minimums_.end()) return configured ? unknown : out_of_date_configuration_needed;
    const SnpTcb wanted = tcb_of(*minimum);
    const bool current = reaches(result_.reported, wanted) && reaches(result_.committed, wanted) &&
                         reaches(result_.launch, wanted) &&
                         (!minimum->firmware || report_.committed_firmware >= *minimum->firmware);
    if (current) return configured ? up_to_date : configuration_needed;
    return configured ? out_of_date : out_of_date_configuration_needed;
  }

  const SnpReport& report_;
  const SnpCertificates& certificates_;
  std::span<const MinTcb> minimums_;
  const SnpOptions& options_;
  SnpVerdict result_;
};

}  // namespace

SnpVerdict verify_snp(const SnpReport& report, const SnpCertificates& certificates,
                      std::span<const session::MinTcb> minimums, const SnpOptions& options) {
  return SnpVerification(report, certificates, minimums, options).verdict();
}

}  // namespace sconectl::attest
