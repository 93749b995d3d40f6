#include "sconectl/attest/collateral.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "attest/signed_json.hpp"

namespace sconectl::attest {
namespace {

constexpr int largest_svn = 65535;

std::array<int, 16> components(const JsonObject& tcb, const char* key) {
  const auto list = tcb.objects(key);
  if (list.size() != 16) tcb.fail(key, "a list of 16 components");
  std::array<int, 16> result{};
  for (std::size_t i = 0; i < list.size(); ++i) result.at(i) = list[i].number("svn", 255);
  return result;
}

/// Version 2: each component is a member of its own.
std::array<int, 16> named_components(const JsonObject& tcb) {
  std::array<int, 16> result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result.at(i) = tcb.number(fmt::format("sgxtcbcomp{:02}svn", i + 1).c_str(), 255);
  return result;
}

TcbLevel level(const JsonObject& object, int version, Tee tee) {
  const JsonObject tcb = object.object("tcb");
  TcbLevel result;
  result.sgx = version == 2 ? named_components(tcb) : components(tcb, "sgxtcbcomponents");
  if (tee == Tee::tdx) result.tdx = components(tcb, "tdxtcbcomponents");
  result.pce_svn = tcb.number("pcesvn", largest_svn);
  result.date = object.text("tcbDate");
  result.status = object.status("tcbStatus");
  result.advisories = object.texts_or_none("advisoryIDs");
  return result;
}

std::vector<SvnLevel> svn_levels(const JsonObject& object) {
  std::vector<SvnLevel> result;
  for (const JsonObject& each : object.objects("tcbLevels"))
    result.push_back({each.object("tcb").number("isvsvn", largest_svn), each.text("tcbDate"),
                      each.status("tcbStatus"), each.texts_or_none("advisoryIDs")});
  std::stable_sort(result.begin(), result.end(),
                   [](const SvnLevel& a, const SvnLevel& b) { return a.svn > b.svn; });
  return result;
}

TdxModule module_of(const JsonObject& object, bool named) {
  TdxModule result;
  if (named) result.id = object.text("id");
  result.mr_signer = object.bytes("mrsigner", 48);
  result.attributes = object.bytes("attributes", 8);
  result.attributes_mask = object.bytes("attributesMask", 8);
  if (named) result.levels = svn_levels(object);
  return result;
}

Tee tee_of(const JsonObject& info, int version) {
  if (version == 2 && !info.has("id")) return Tee::sgx;
  const std::string id = info.text("id");
  if (id != "SGX" && id != "TDX") info.fail("id", "SGX or TDX");
  return id == "SGX" ? Tee::sgx : Tee::tdx;
}

}  // namespace

TcbInfo parse_tcb_info(std::string_view text) {
  SignedJson document = read_signed_json(text, "tcbInfo", "TCB info");
  const JsonObject info(*document.value, "TCB info");
  const int version = info.number("version", 3);
  if (version < 2) info.fail("version", "2 or 3");
  TcbInfo result;
  result.tee = tee_of(info, version);
  if (version == 2 && result.tee == Tee::tdx) info.fail("version", "3 for TDX");
  result.issued = info.time("issueDate");
  result.next_update = info.time("nextUpdate");
  result.fmspc = info.bytes("fmspc", 6);
  result.pce_id = info.bytes("pceId", 2);
  if (info.number("tcbType", 255) != 0) info.fail("tcbType", "0");
  result.evaluation_number = info.number("tcbEvaluationDataNumber", 1'000'000);
  if (result.tee == Tee::tdx) {
    if (info.has("tdxModule")) result.module = module_of(info.object("tdxModule"), false);
    if (info.has("tdxModuleIdentities"))
      for (const JsonObject& each : info.objects("tdxModuleIdentities"))
        result.modules.push_back(module_of(each, true));
  }
  for (const JsonObject& each : info.objects("tcbLevels"))
    result.levels.push_back(level(each, version, result.tee));
  // Served in this order; the first that fits counts.
  std::stable_sort(result.levels.begin(), result.levels.end(),
                   [](const TcbLevel& a, const TcbLevel& b) {
                     return std::tie(a.sgx, a.pce_svn, a.tdx) > std::tie(b.sgx, b.pce_svn, b.tdx);
                   });
  result.signed_text = std::move(document.signed_text);
  result.signature = std::move(document.signature);
  return result;
}

QeIdentity parse_qe_identity(std::string_view text) {
  SignedJson document = read_signed_json(text, "enclaveIdentity", "QE identity");
  const JsonObject identity(*document.value, "QE identity");
  if (identity.number("version", 2) != 2) identity.fail("version", "2");
  QeIdentity result;
  result.id = identity.text("id");
  result.issued = identity.time("issueDate");
  result.next_update = identity.time("nextUpdate");
  result.evaluation_number = identity.number("tcbEvaluationDataNumber", 1'000'000);
  result.misc_select = identity.little_endian("miscselect");
  result.misc_select_mask = identity.little_endian("miscselectMask");
  result.attributes = identity.bytes("attributes", 16);
  result.attributes_mask = identity.bytes("attributesMask", 16);
  result.mr_signer = identity.bytes("mrsigner", 32);
  result.prod_id = identity.number("isvprodid", largest_svn);
  result.levels = svn_levels(identity);
  result.signed_text = std::move(document.signed_text);
  result.signature = std::move(document.signature);
  return result;
}

}  // namespace sconectl::attest
