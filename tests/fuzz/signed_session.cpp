// Any bytes as the JSON of a signed or encrypted session: refused with an Error or read, never
// more.
#include <cstddef>
#include <cstdint>

#include "require.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/signed_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sconectl;
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)session::form_of(text);
  try {
    const auto read = session::parse_signed_session(text);
    const auto again = session::parse_signed_session(session::json(read));
    fuzz::require(again.session == read.session, "a signed session survives its JSON");
  } catch (const diag::Error&) {
  }
  try {
    const auto read = session::parse_encrypted_session(text);
    const auto again = session::parse_encrypted_session(session::json(read));
    fuzz::require(again.sealed == read.sealed, "an encrypted session survives its JSON");
  } catch (const diag::Error&) {
  }
  return 0;
}
