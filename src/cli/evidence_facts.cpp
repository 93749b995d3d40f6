#include "cli/evidence_facts.hpp"

#include <fmt/chrono.h>
#include <fmt/ranges.h>
#include <set>

#include <algorithm>

#include "sconectl/crypto/encoding.hpp"

namespace sconectl::cli {
namespace {

void add(Facts& facts, const attest::EnclaveReport& report) {
  facts["mrenclave"] = crypto::hex(report.mr_enclave);
  facts["mrsigner"] = crypto::hex(report.mr_signer);
  facts["isvprodid"] = report.prod_id;
  facts["isvsvn"] = report.svn;
  facts["attributes"] = crypto::hex(report.attributes);
  facts["misc_select"] = report.misc_select;
  facts["config_id"] = crypto::hex(report.config_id);
  facts["config_svn"] = report.config_svn;
  facts["isv_family_id"] = crypto::hex(report.family_id);
  facts["isv_ext_prod_id"] = crypto::hex(report.ext_prod_id);
  facts["cpu_svn"] = crypto::hex(report.cpu_svn);
}

void add(Facts& facts, const attest::TdReport& report) {
  facts["mrtd"] = crypto::hex(report.mr_td);
  for (std::size_t i = 0; i < report.rtmr.size(); ++i)
    facts[fmt::format("rtmr{}", i)] = crypto::hex(report.rtmr.at(i));
  facts["mrconfigid"] = crypto::hex(report.mr_config_id);
  facts["mrowner"] = crypto::hex(report.mr_owner);
  facts["mrownerconfig"] = crypto::hex(report.mr_owner_config);
  facts["attributes"] = crypto::hex(report.attributes);
  facts["xfam"] = crypto::hex(report.xfam);
  facts["mrseam"] = crypto::hex(report.mr_seam);
  facts["tee_tcb_svn"] = crypto::hex(report.tee_tcb_svn);
  if (!report.tee_tcb_svn2.empty()) facts["tee_tcb_svn2"] = crypto::hex(report.tee_tcb_svn2);
  if (!report.mr_service_td.empty()) facts["mrservicetd"] = crypto::hex(report.mr_service_td);
}

void add_validity(Facts& facts, const std::vector<attest::Validity>& validity) {
  if (validity.empty()) return;
  facts["valid_until"] = fmt::format("{:%FT%TZ}", validity.front().until);
  facts["ends_first"] = validity.front().what;
}

std::string version_text(const session::SnpFirmware& firmware) {
  return fmt::format("{}", fmt::join(firmware, "."));
}

/// As an item of `min_tcb` has it.
std::string tcb_text(const attest::SnpTcb& tcb, attest::SnpProduct product) {
  const std::string fmc =
      product == attest::SnpProduct::turin ? fmt::format("fmc: {}, ", tcb.fmc) : "";
  return fmt::format("{}bootloader: {}, tee: {}, snp: {}, microcode: {}", fmc, tcb.bootloader,
                     tcb.tee, tcb.snp, tcb.microcode);
}

/// By the processor in the report; version 2, which names none, is older than Turin.
std::string tcb_text(const std::string& bytes, const attest::SnpReport& report) {
  const auto product = report.cpu ? attest::product_of(*report.cpu) : attest::SnpProduct::milan;
  const auto tcb = product ? attest::snp_tcb(bytes, *product) : std::nullopt;
  return tcb ? tcb_text(*tcb, *product) : crypto::hex(bytes);
}

attest::SnpTcb lower(const attest::SnpTcb& a, const attest::SnpTcb& b) {
  return {std::min(a.fmc, b.fmc), std::min(a.bootloader, b.bootloader), std::min(a.tee, b.tee),
          std::min(a.snp, b.snp), std::min(a.microcode, b.microcode)};
}

}  // namespace

Facts facts_of(const attest::Quote& quote) {
  Facts facts;
  facts["tee"] = quote.tee == attest::Tee::sgx ? "SGX" : "TDX";
  facts["quote_version"] = quote.version;
  std::visit([&](const auto& report) { add(facts, report); }, quote.body);
  facts["debug"] = quote.debug();
  facts["report_data"] = crypto::hex(quote.report_data());
  facts["platform_id"] = crypto::hex(quote.qe_id);
  facts["certification_data_type"] = quote.certification_type;
  return facts;
}

Facts facts_of(const attest::SnpReport& report) {
  Facts facts;
  facts["tee"] = "SEV-SNP";
  facts["report_version"] = report.version;
  facts["measurement"] = crypto::hex(report.measurement);
  facts["host_data"] = crypto::hex(report.host_data);
  facts["id_key"] = crypto::hex(report.id_key_digest);
  facts["author_key"] = crypto::hex(report.author_key_digest);
  facts["family_id"] = crypto::hex(report.family_id);
  facts["image_id"] = crypto::hex(report.image_id);
  facts["guest_svn"] = report.guest_svn;
  facts["vmpl"] = report.vmpl;
  facts["policy"] = fmt::format("{:#x}", report.policy);
  facts["debug"] = report.debug();
  facts["hyperthreading"] = report.smt_allowed();
  facts["report_data"] = crypto::hex(report.report_data);
  if (report.cpu)
    facts["processor"] = fmt::format("{:02x}h/{:02x}h/{}", report.cpu->family, report.cpu->model,
                                     report.cpu->stepping);
  facts["chip_id"] = crypto::hex(report.chip_id);
  facts["key"] = text::word(report.signing_key);
  facts["reported_tcb"] = tcb_text(report.reported_tcb, report);
  facts["committed_tcb"] = tcb_text(report.committed_tcb, report);
  facts["current_tcb"] = tcb_text(report.current_tcb, report);
  facts["launch_tcb"] = tcb_text(report.launch_tcb, report);
  facts["committed_firmware"] = version_text(report.committed_firmware);
  facts["current_firmware"] = version_text(report.current_firmware);
  facts["platform_info"] = fmt::format("{:#x}", report.platform_info);
  if (report.version > 4) {
    facts["launch_mitigations"] = crypto::hex(report.launch_mitigations);
    facts["current_mitigations"] = crypto::hex(report.current_mitigations);
  }
  return facts;
}

Facts facts_of(const attest::Verdict& verdict) {
  Facts facts;
  facts["status"] = text::word(verdict.status);
  facts["platform_status"] = text::word(verdict.platform_status);
  facts["quoting_enclave_status"] = text::word(verdict.qe_status);
  if (verdict.module_status) facts["tdx_module_status"] = text::word(*verdict.module_status);
  facts["tcb_date"] = verdict.tcb_date;
  facts["tcb_evaluation_data_number"] = verdict.evaluation_number;
  facts["advisories"] = verdict.advisories;
  facts["fmspc"] = crypto::hex(verdict.platform.fmspc);
  if (verdict.platform.smt) facts["hyperthreading"] = *verdict.platform.smt;
  facts["missing"] = verdict.missing;
  facts["not_current"] = verdict.not_current;
  add_validity(facts, verdict.validity);
  return facts;
}

Facts facts_of(const attest::SnpVerdict& verdict) {
  Facts facts;
  facts["status"] = text::word(verdict.status);
  facts["product"] = text::word(verdict.product);
  facts["cpu"] = verdict.line ? text::word(*verdict.line) : "";
  facts["platform_id"] = verdict.hw_id.empty()
                             ? ""
                             : std::string(session::amd_chip_prefix) + crypto::hex(verdict.hw_id);
  facts["csp_id"] = verdict.csp_id;
  facts["revocation_checked"] = verdict.crl_checked;
  add_validity(facts, verdict.validity);
  return facts;
}

Facts facts_of(const std::vector<attest::Objection>& objections) {
  Facts list = Facts::array();
  for (const attest::Objection& each : objections) {
    Facts words = Facts::array();
    for (const session::Tolerance word : each.words) words.push_back(text::word(word));
    list.push_back(
        {{"text", each.text}, {"tolerate", words}, {"ignore_advisories", each.advisories}});
  }
  return list;
}

std::string minimum_of(const attest::SnpReport& report, const attest::SnpVerdict& verdict) {
  if (!verdict.line) return "";
  const auto lowest = lower(lower(verdict.reported, verdict.committed), verdict.launch);
  return fmt::format("{{cpu: {}, {}, firmware: {}}}", text::word(*verdict.line),
                     tcb_text(lowest, verdict.product), version_text(report.committed_firmware));
}

std::string tolerance_section(const std::vector<attest::Objection>& objections,
                              const attest::Tolerances& given) {
  std::set<std::string_view> words;
  for (const session::Tolerance word : given.words) words.insert(text::word(word));
  std::set<std::string> advisories = given.advisories;
  for (const attest::Objection& each : objections) {
    for (const session::Tolerance word : each.words) words.insert(text::word(word));
    advisories.insert(each.advisories.begin(), each.advisories.end());
  }
  if (words.empty() && advisories.empty()) return "";
  std::string text = "security:\n  attestation:\n";
  text += fmt::format("    tolerate: [{}]\n", fmt::join(words, ", "));
  if (!advisories.empty())
    text += fmt::format("    ignore_advisories: [{}]\n", fmt::join(advisories, ", "));
  return text;
}

}  // namespace sconectl::cli
