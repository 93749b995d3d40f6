// What the manufacturer publishes about its platforms: needed to judge a quote.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/attest/quote.hpp"
#include "sconectl/attest/tcb_status.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::attest {

/// Texts as Intel's PCS serves them (EV-005). An empty one is not at hand.
struct Collateral {
  std::string tcb_info;       ///< {"tcbInfo":…,"signature":…}
  std::string qe_identity;    ///< {"enclaveIdentity":…,"signature":…}
  std::string signing_chain;  ///< PEM: TCB signing certificate and root, in any order
  std::string root_crl;       ///< DER, PEM or hex
  std::string pck_crl;        ///< of the CA that issued the PCK certificate
  std::string pck_chain;      ///< PEM, for quotes that do not hold it
  bool operator==(const Collateral&) const = default;
};

/// A level of a list: whoever has at least these versions has this status.
struct TcbLevel {
  std::array<int, 16> sgx{};
  std::array<int, 16> tdx{};  ///< TDX lists only
  int pce_svn = 0;
  std::string date;  ///< RFC 3339
  TcbStatus status = TcbStatus::not_supported;
  std::vector<std::string> advisories;
};

/// A level of an enclave or module, by its own security version.
struct SvnLevel {
  int svn = 0;
  std::string date;
  TcbStatus status = TcbStatus::not_supported;
  std::vector<std::string> advisories;
};

struct TdxModule {
  std::string id;               ///< "TDX_03"; empty for the module of version 0
  std::string mr_signer;        ///< 48 raw bytes
  std::string attributes;       ///< 8
  std::string attributes_mask;  ///< 8
  std::vector<SvnLevel> levels;
};

/// TCB info of version 2 or 3, signature not judged.
struct TcbInfo {
  Tee tee = Tee::sgx;
  crypto::Time issued;
  crypto::Time next_update;
  std::string fmspc;   ///< 6 raw bytes
  std::string pce_id;  ///< 2
  int evaluation_number = 0;
  std::optional<TdxModule> module;
  std::vector<TdxModule> modules;
  std::vector<TcbLevel> levels;  ///< the newest first
  std::string signed_text;       ///< the bytes that `signature` is over
  std::string signature;         ///< r ‖ s
};

/// The identity of the quoting enclave that signs for a platform, signature not judged.
struct QeIdentity {
  std::string id;  ///< "QE" or "TD_QE"
  crypto::Time issued;
  crypto::Time next_update;
  int evaluation_number = 0;
  std::uint32_t misc_select = 0;
  std::uint32_t misc_select_mask = 0;
  std::string attributes;       ///< 16
  std::string attributes_mask;  ///< 16
  std::string mr_signer;        ///< 32
  int prod_id = 0;
  std::vector<SvnLevel> levels;
  std::string signed_text;
  std::string signature;
};

/// Both throw Error{invalid} that names the member: what is not JSON, repeats a member, lacks one,
/// or has a value that can not be.
[[nodiscard]] TcbInfo parse_tcb_info(std::string_view text);
[[nodiscard]] QeIdentity parse_qe_identity(std::string_view text);

}  // namespace sconectl::attest
