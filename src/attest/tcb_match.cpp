#include "attest/tcb_match.hpp"

#include <algorithm>

#include "attest/refuse.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::attest {
namespace {

int byte(const std::string& bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

bool masked_equal(const std::string& value, const std::string& mask, const std::string& expected) {
  for (std::size_t i = 0; i < value.size(); ++i)
    if ((byte(value, i) & byte(mask, i)) != byte(expected, i)) return false;
  return true;
}

bool reaches(const Platform& platform, const TcbLevel& level) {
  return platform.pce_svn >= level.pce_svn &&
         std::equal(platform.components.begin(), platform.components.end(), level.sgx.begin(),
                    std::greater_equal<>());
}

/// The first two components are the module's own where it has a version.
bool reaches(const std::string& tee_tcb_svn, const TcbLevel& level) {
  for (std::size_t i = byte(tee_tcb_svn, 1) > 0 ? 2 : 0; i < level.tdx.size(); ++i)
    if (byte(tee_tcb_svn, i) < level.tdx.at(i)) return false;
  return true;
}

const SvnLevel* level_of(const std::vector<SvnLevel>& levels, int svn) {
  const auto found = std::find_if(levels.begin(), levels.end(),
                                  [&](const SvnLevel& level) { return svn >= level.svn; });
  return found == levels.end() ? nullptr : &*found;
}

const TdxModule* module_of(const TcbInfo& info, int version) {
  if (version == 0) return info.module ? &*info.module : nullptr;
  const std::string id = fmt::format("TDX_{:02X}", version);
  const auto found = std::find_if(info.modules.begin(), info.modules.end(),
                                  [&](const TdxModule& each) { return each.id == id; });
  return found == info.modules.end() ? nullptr : &*found;
}

void match_module(TcbMatch& result, const TcbInfo& info, const TdReport& report) {
  const int version = byte(report.tee_tcb_svn, 1);
  const TdxModule* const module = module_of(info, version);
  if (module == nullptr)
    not_genuine("TDX module", fmt::format("TCB info has none of version {}", version));
  if (report.mr_signer_seam != module->mr_signer)
    not_genuine("TDX module",
                fmt::format("its signer is {}, not {}", crypto::hex(report.mr_signer_seam),
                            crypto::hex(module->mr_signer)));
  if (!masked_equal(report.seam_attributes, module->attributes_mask, module->attributes) ||
      report.seam_attributes != std::string(8, '\0'))
    not_genuine("TDX module",
                fmt::format("its attributes are {}", crypto::hex(report.seam_attributes)));
  if (version == 0) return;
  const SvnLevel* const level = level_of(module->levels, byte(report.tee_tcb_svn, 0));
  result.module = level == nullptr ? TcbStatus::not_supported : level->status;
  if (level != nullptr)
    result.advisories.insert(result.advisories.end(), level->advisories.begin(),
                             level->advisories.end());
}

/// What would be reached after a new start under the present module.
bool newest_after_start(const TcbInfo& info, const TdReport& report) {
  const std::string& svn = report.tee_tcb_svn2;
  if (svn.empty() || info.levels.empty() || !reaches(svn, info.levels.front())) return false;
  if (byte(svn, 1) == 0) return true;
  const TdxModule* const module = module_of(info, byte(svn, 1));
  return module != nullptr && !module->levels.empty() && byte(svn, 0) >= module->levels.front().svn;
}

bool is_out_of_date(TcbStatus status) {
  return status == TcbStatus::out_of_date || status == TcbStatus::out_of_date_configuration_needed;
}

void match_domain(TcbMatch& result, const TcbInfo& info, const TdReport& report,
                  std::vector<TcbLevel>::const_iterator level) {
  const TcbStatus of_processor = level->status;
  level = std::find_if(level, info.levels.end(),
                       [&](const TcbLevel& each) { return reaches(report.tee_tcb_svn, each); });
  if (level == info.levels.end()) return;
  result.platform = level->status;
  result.date = level->date;
  result.advisories = level->advisories;
  match_module(result, info, report);
  const TcbStatus all = result.module ? merged(result.platform, *result.module) : result.platform;
  result.relaunch = !is_out_of_date(of_processor) && of_processor != TcbStatus::revoked &&
                    is_out_of_date(all) && newest_after_start(info, report);
}

}  // namespace

TcbMatch match(const TcbInfo& info, const Quote& quote, const Platform& platform) {
  if (info.tee != quote.tee)
    not_genuine("TCB info", fmt::format("it is for {}, the quote is of {}",
                                        info.tee == Tee::sgx ? "SGX" : "TDX",
                                        quote.tee == Tee::sgx ? "SGX" : "TDX"));
  if (info.fmspc != platform.fmspc || info.pce_id != platform.pce_id)
    not_genuine("TCB info",
                fmt::format("it is for platforms with FMSPC {} and PCE {}, not for {} and {}",
                            crypto::hex(info.fmspc), crypto::hex(info.pce_id),
                            crypto::hex(platform.fmspc), crypto::hex(platform.pce_id)));
  TcbMatch result;
  const auto level = std::find_if(info.levels.begin(), info.levels.end(),
                                  [&](const TcbLevel& each) { return reaches(platform, each); });
  if (level == info.levels.end()) return result;
  if (const auto* report = std::get_if<TdReport>(&quote.body)) {
    match_domain(result, info, *report, level);
    return result;
  }
  result.platform = level->status;
  result.date = level->date;
  result.advisories = level->advisories;
  return result;
}

TcbStatus match(const QeIdentity& identity, const EnclaveReport& report, Tee tee) {
  const std::string id = tee == Tee::sgx ? "QE" : "TD_QE";
  if (identity.id != id)
    not_genuine("QE identity", fmt::format("it is of '{}', not of '{}'", identity.id, id));
  if (report.mr_signer != identity.mr_signer)
    not_genuine("quoting enclave",
                fmt::format("its signer is {}, not {}", crypto::hex(report.mr_signer),
                            crypto::hex(identity.mr_signer)));
  if (report.prod_id != identity.prod_id)
    not_genuine("quoting enclave",
                fmt::format("it is product {}, not {}", report.prod_id, identity.prod_id));
  if ((report.misc_select & identity.misc_select_mask) != identity.misc_select)
    not_genuine("quoting enclave", fmt::format("its MISCSELECT is {:#x}", report.misc_select));
  if (!masked_equal(report.attributes, identity.attributes_mask, identity.attributes))
    not_genuine("quoting enclave",
                fmt::format("its attributes are {}", crypto::hex(report.attributes)));
  const SvnLevel* const level = level_of(identity.levels, report.svn);
  return level == nullptr ? TcbStatus::not_supported : level->status;
}

}  // namespace sconectl::attest
