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

Time time_of(const ASN1_TIME* time, std::string_view what) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) throw_invalid(std::string(what) + " has no proper dates");
  using namespace std::chrono;
  const auto day = sys_days{year{parts.tm_year + 1900} / (parts.tm_mon + 1) / parts.tm_mday};
  return day + hours{parts.tm_hour} + minutes{parts.tm_min} + seconds{parts.tm_sec};
}

ErrorQueueGuard::~ErrorQueueGuard() {
  ERR_clear_error();
}

}  // namespace sconectl::crypto
