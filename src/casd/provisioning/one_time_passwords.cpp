#include "casd/provisioning/one_time_passwords.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/totp.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::uint64_t tolerance = 1;  // steps before and after the present one

std::optional<std::uint64_t> matching_step(std::string_view key, std::string_view password,
                                           std::uint64_t present) {
  std::optional<std::uint64_t> match;
  const auto first = present > tolerance ? present - tolerance : 0;
  for (auto step = first; step <= present + tolerance; ++step)
    if (crypto::constant_time_equal(crypto::totp(key, step), password)) match = step;
  return match;
}

/// "55 57 ": the used steps that could still match.
std::vector<std::uint64_t> parse_steps(std::string_view text, std::uint64_t oldest) {
  std::vector<std::uint64_t> steps;
  while (!text.empty()) {
    const auto end = text.find(' ');
    const auto step = std::stoull(std::string(text.substr(0, end)));
    if (step >= oldest) steps.push_back(step);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return steps;
}

}  // namespace

void OneTimePasswords::use(const StatePermission& permission, const SessionVersion& session,
                           const std::string& service, std::string_view key,
                           std::string_view password, const std::string& source) {
  const auto subject = session.name + "/" + service;
  attempts_.attempt(subject, source, clock_.steady());
  const auto present =
      crypto::totp_step(std::chrono::time_point_cast<std::chrono::seconds>(clock_.now()));
  const auto step = matching_step(key, password, present);
  if (!step) throw Error(ErrorKind::refused, std::string(cas::message::otp_invalid));
  attempts_.succeeded(subject, source);
  // Another secret is another row: its passwords were not used yet.
  const auto secret = crypto::hex(crypto::view(crypto::sha256(key)).substr(0, 8));
  store_.change_state(permission, session, "otp:" + service + ":" + secret,
                      [&](std::optional<std::string_view> stored) {
                        // A clock that went back must not forget a used step, so more is kept than
                        // could match now.
                        auto used =
                            parse_steps(stored.value_or(""), present > 100 ? present - 100 : 0);
                        if (std::find(used.begin(), used.end(), *step) != used.end())
                          throw Error(ErrorKind::refused, std::string(cas::message::otp_used));
                        used.push_back(*step);
                        std::string text;
                        for (const auto each : used) text += std::to_string(each) + " ";
                        return std::optional(crypto::Secret(text));
                      });
}

}  // namespace sconectl::casd
