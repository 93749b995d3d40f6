// Why a service was refused, as whoever may read its session sees it. Like wire.hpp, which has the
// rules for encoders and decoders.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::cas {

/// One thing that was not as it has to be.
struct DenialReason {
  std::string text;
  /// The smallest change that makes it right, as a sentence; "" if there is none.
  std::string change;
  /// What the session would accept besides, if it was changed so; "" if it would be as strict.
  std::string weakens;
};

inline constexpr std::size_t denial_id_bytes = 8;

/// The record of one decision.
struct DenialInfo {
  std::string id;       ///< 16 lower-case hex digits
  std::string time;     ///< RFC 3339
  std::string session;  ///< its name
  std::string version;  ///< hash of the version that was judged by
  std::string service;  ///< that the request named; the session may have none of this name
  std::string source;   ///< the address that the request came from, "" if unknown
  std::string step;     ///< what was judged: challenge, token, evidence, one_time_password, other
  std::vector<DenialReason> reasons;
};
[[nodiscard]] std::string encode(const DenialInfo& denial);
[[nodiscard]] DenialInfo decode_denial(std::string_view json);

}  // namespace sconectl::cas
