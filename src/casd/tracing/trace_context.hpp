// What W3C Trace Context says of the caller of a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sconectl::casd {

/// The trace that a request belongs to.
struct TraceContext {
  std::string trace_id;   ///< 32 hex digits, not all zero
  std::string parent_id;  ///< 16 hex digits, not all zero
  bool sampled = false;
};

/// Of the value of a header `traceparent`; nothing if it is none, to the last letter (W3C Trace
/// Context, 3.2): whoever sends something else begins no trace, and joins none.
[[nodiscard]] std::optional<TraceContext> parse_traceparent(std::string_view header);

}  // namespace sconectl::casd
