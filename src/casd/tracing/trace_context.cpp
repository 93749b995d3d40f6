#include "casd/tracing/trace_context.hpp"

#include <algorithm>

namespace sconectl::casd {

namespace {

/// VERSION-TRACE_ID-PARENT_ID-FLAGS
constexpr std::size_t trace_at = 3, parent_at = 36, flags_at = 53, length_of_version_0 = 55;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Digits, and not all of them zero.
bool is_trace_id(std::string_view text) {
  return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view header) {
  if (header.size() < length_of_version_0) return std::nullopt;
  const auto version = header.substr(0, 2);
  if (!is_lower_hex(version) || version == "ff") return std::nullopt;
  // Later versions may say more behind what this one says.
  const bool longer = header.size() > length_of_version_0;
  if (longer && (version == "00" || header[length_of_version_0] != '-')) return std::nullopt;
  if (header[trace_at - 1] != '-' || header[parent_at - 1] != '-' || header[flags_at - 1] != '-')
    return std::nullopt;
  const auto trace = header.substr(trace_at, parent_at - trace_at - 1);
  const auto parent = header.substr(parent_at, flags_at - parent_at - 1);
  const auto flags = header.substr(flags_at, 2);
  if (!is_trace_id(trace) || !is_trace_id(parent) || !is_lower_hex(flags)) return std::nullopt;
  constexpr std::string_view odd_digits = "13579bdf";
  return TraceContext{std::string(trace), std::string(parent),
                      odd_digits.find(flags[1]) != std::string_view::npos};
}

}  // namespace sconectl::casd
