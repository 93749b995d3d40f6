#include "crypto/native.hpp"

#include <openssl/err.h>

namespace sconectl::crypto {

void throw_failure(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = "the crypto library could not " + std::string(what);
  if (reason != nullptr) text += std::string(": ") + reason;
  ERR_clear_error();
  throw diag::Error(diag::ErrorKind::failed, std::move(text));
}

void throw_invalid(std::string text) {
  ERR_clear_error();
  throw diag::Error(diag::ErrorKind::invalid, std::move(text));
}

ErrorQueueGuard::~ErrorQueueGuard() {
  ERR_clear_error();
}

}  // namespace sconectl::crypto
