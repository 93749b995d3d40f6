// Any bytes as a quote, as TCB info, as the identity of a quoting enclave, and as a list of revoked
// certificates.
#include <cstddef>
#include <cstdint>
#include <string>

#include "require.hpp"
#include "sconectl/attest/collateral.hpp"
#include "sconectl/attest/quote.hpp"
#include "sconectl/crypto/crl.hpp"
#include "sconectl/diag/error.hpp"

namespace {

template <typename Read>
void tried(Read read) {
  try {
    read();
  } catch (const sconectl::diag::Error& error) {
    sconectl::fuzz::require(error.kind() == sconectl::diag::ErrorKind::invalid,
                            "what can not be read is invalid");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sconectl;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  tried([&] {
    const attest::Quote quote = attest::parse_quote(bytes);
    fuzz::require(bytes.starts_with(quote.signed_bytes), "what is signed stands in front");
    fuzz::require(quote.trailing < bytes.size(), "a quote has bytes");
    (void)quote.debug();
  });
  tried([&] {
    const attest::TcbInfo info = attest::parse_tcb_info(bytes);
    fuzz::require(bytes.find(info.signed_text) != std::string::npos, "what is signed stands there");
  });
  tried([&] { (void)attest::parse_qe_identity(bytes); });
  tried([&] { (void)crypto::Crl::from_text(bytes); });
  return 0;
}
