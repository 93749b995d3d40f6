#include "sconectl/attest/quote.hpp"

#include "attest/byte_reader.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::attest {
namespace {

constexpr std::string_view intel =
    "\x93\x9a\x72\x33\xf7\x9c\x4c\xa9\x94\x0a\x0d\xb3\x95\x7f\x06\x07";
constexpr std::uint32_t sgx_type = 0;
constexpr std::uint32_t tdx_type = 0x81;
constexpr std::size_t smallest = 1020;
constexpr std::uint32_t enclave_report_size = 384;
constexpr std::uint32_t td_report_size = 584;
constexpr std::uint32_t td_report_15_size = 648;

EnclaveReport enclave_report(std::string_view bytes) {
  ByteReader reader(bytes, "enclave report");
  EnclaveReport report;
  report.cpu_svn = reader.text(16, "CPUSVN");
  report.misc_select = reader.number(4, "MISCSELECT");
  reader.skip(12);
  report.ext_prod_id = reader.text(16, "ISVEXTPRODID");
  report.attributes = reader.text(16, "ATTRIBUTES");
  report.mr_enclave = reader.text(32, "MRENCLAVE");
  reader.skip(32);
  report.mr_signer = reader.text(32, "MRSIGNER");
  reader.skip(32);
  report.config_id = reader.text(64, "CONFIGID");
  report.prod_id = static_cast<std::uint16_t>(reader.number(2, "ISVPRODID"));
  report.svn = static_cast<std::uint16_t>(reader.number(2, "ISVSVN"));
  report.config_svn = static_cast<std::uint16_t>(reader.number(2, "CONFIGSVN"));
  reader.skip(42);
  report.family_id = reader.text(16, "ISVFAMILYID");
  report.report_data = reader.text(64, "REPORTDATA");
  return report;
}

TdReport td_report(std::string_view bytes) {
  ByteReader reader(bytes, "TD report");
  TdReport report;
  report.tee_tcb_svn = reader.text(16, "TEE_TCB_SVN");
  report.mr_seam = reader.text(48, "MRSEAM");
  report.mr_signer_seam = reader.text(48, "MRSIGNERSEAM");
  report.seam_attributes = reader.text(8, "SEAMATTRIBUTES");
  report.attributes = reader.text(8, "TDATTRIBUTES");
  report.xfam = reader.text(8, "XFAM");
  report.mr_td = reader.text(48, "MRTD");
  report.mr_config_id = reader.text(48, "MRCONFIGID");
  report.mr_owner = reader.text(48, "MROWNER");
  report.mr_owner_config = reader.text(48, "MROWNERCONFIG");
  for (std::string& rtmr : report.rtmr) rtmr = reader.text(48, "RTMR");
  report.report_data = reader.text(64, "REPORTDATA");
  if (reader.rest() > 0) {
    report.tee_tcb_svn2 = reader.text(16, "TEE_TCB_SVN2");
    report.mr_service_td = reader.text(48, "MRSERVICETD");
  }
  return report;
}

/// The body's size, from the header and, in version 5, from type and size before it.
std::size_t body_size(const Quote& quote, ByteReader& reader) {
  if (quote.version < 5) return quote.tee == Tee::sgx ? enclave_report_size : td_report_size;
  const std::uint32_t type = reader.number(2, "the body's type");
  const std::uint32_t size = reader.number(4, "the body's size");
  const bool fits = quote.tee == Tee::sgx ? type == 1 && size == enclave_report_size
                                          : (type == 2 && size == td_report_size) ||
                                                (type == 3 && size == td_report_15_size);
  if (!fits) reader.fail(fmt::format("a body of type {} and size {} is not known", type, size));
  return size;
}

void read_header(Quote& quote, ByteReader& reader) {
  quote.version = static_cast<int>(reader.number(2, "the version"));
  if (quote.version < 3 || quote.version > 5)
    reader.fail(fmt::format("version {} is not known, only 3, 4 and 5", quote.version));
  const std::uint32_t key_type = reader.number(2, "the type of the attestation key");
  if (key_type != 2)
    reader.fail(fmt::format("attestation key of type {}: only 2, ECDSA P-256, is known", key_type));
  const std::uint32_t tee = reader.number(4, "the type of the TEE");
  if (tee != sgx_type && (tee != tdx_type || quote.version == 3))
    reader.fail(fmt::format("TEE of type {:#x} in a quote of version {}", tee, quote.version));
  quote.tee = tee == sgx_type ? Tee::sgx : Tee::tdx;
  reader.skip(4);
  const std::string_view vendor = reader.take(16, "the vendor of the quoting enclave");
  if (vendor != intel)
    reader.fail(fmt::format("the vendor of the quoting enclave is {}, not Intel ({})",
                            crypto::hex(vendor), crypto::hex(intel)));
  quote.qe_id = reader.text(16, "the platform's id");
  reader.skip(4);
}

void read_certification(Quote& quote, ByteReader& reader) {
  quote.qe_report_bytes = reader.text(enclave_report_size, "the quoting enclave's report");
  quote.qe_report = enclave_report(quote.qe_report_bytes);
  quote.qe_report_signature = reader.text(64, "the signature of the quoting enclave's report");
  quote.qe_auth_data = reader.text(reader.number(2, "the size of the quoting enclave's data"),
                                   "the quoting enclave's data");
  quote.certification_type = static_cast<int>(reader.number(2, "the type of certification data"));
  if (quote.certification_type < 1 || quote.certification_type > 5)
    reader.fail(fmt::format("certification data of type {}: only 1 to 5 are known",
                            quote.certification_type));
  quote.certification_data =
      reader.text(reader.number(4, "the size of certification data"), "certification data");
  if (reader.rest() != 0)
    reader.fail(fmt::format("{} bytes follow the certification data", reader.rest()));
}

}  // namespace

bool Quote::debug() const {
  return std::visit([](const auto& report) { return report.debug(); }, body);
}

const std::string& Quote::report_data() const {
  return std::visit([](const auto& report) -> const std::string& { return report.report_data; },
                    body);
}

Quote parse_quote(std::string_view bytes) {
  ByteReader reader(bytes, "quote");
  if (bytes.size() < smallest)
    reader.fail(
        fmt::format("{} bytes are too few, the smallest one has {}", bytes.size(), smallest));
  Quote quote;
  read_header(quote, reader);
  const std::string_view body = reader.take(body_size(quote, reader), "the report");
  if (quote.tee == Tee::sgx)
    quote.body = enclave_report(body);
  else
    quote.body = td_report(body);
  quote.signed_bytes = bytes.substr(0, reader.at());

  const std::uint32_t size = reader.number(4, "the size of the signature data");
  ByteReader auth(reader.take(size, "the signature data"), "signature data of a quote");
  quote.signature = auth.text(64, "the signature");
  quote.attestation_key = auth.text(64, "the attestation key");
  if (quote.version > 3) {
    const std::uint32_t type = auth.number(2, "the type of certification data");
    if (type != 6)
      auth.fail(
          fmt::format("certification data of type {}: only 6, the quoting enclave's report, "
                      "can stand there",
                      type));
    if (auth.number(4, "the size of certification data") != auth.rest())
      auth.fail("the size of the certification data is not that of the rest");
  }
  read_certification(quote, auth);
  quote.trailing = reader.rest();
  return quote;
}

}  // namespace sconectl::attest
