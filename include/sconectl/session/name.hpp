// Names of sessions and how they point at each other (SL-036 to SL-056, SL-314 to SL-319).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sconectl/session/session.hpp"

namespace sconectl::session {

/// "" if the text is a component or secret name, `[A-Za-z0-9_\-.~]{1,128}` (SL-036, SL-037), else
/// what is wrong with it, as the end of a sentence.
[[nodiscard]] std::string component_fault(std::string_view text);
/// "" for a session path: `/` or components joined by `/`, at most 512 bytes (SL-037 ... SL-040).
/// `legacy` allows ':' too (SL-332).
[[nodiscard]] std::string path_fault(std::string_view path, bool legacy = false);

/// The namespace of a session: "a/b" for "a/b/c", "/" for "a"; nothing for "/" (SL-039, SL-040).
[[nodiscard]] std::optional<std::string> parent(std::string_view path);
/// `path` is `space` itself or below it (SL-177); everything is below "/".
[[nodiscard]] bool within(std::string_view path, std::string_view space);
/// The path as it is stored: without a leading `/`, except the root (RA-051, SL-319).
[[nodiscard]] std::string normalised(std::string_view path);

[[nodiscard]] bool is_relative(std::string_view reference);
/// A reference as an absolute path, seen from the session `base`, which counts as a directory
/// (SL-314, SL-315, SL-319). Throws Error{invalid} for a path above the root (SL-047).
[[nodiscard]] std::string resolve(std::string_view base, std::string_view reference);

/// `[host[:port]]/[cas_key=K,]session=S[,session_hash=H][,namespace=N][,secret=X|volume=X]`
/// (SL-318).
struct UrlReference {
  std::optional<RemoteCas> cas;
  std::string session;
  bool whole_namespace = false;
  std::optional<std::string> session_hash;
  std::optional<std::string> secret;
  std::optional<std::string> volume;
};
/// Throws Error{invalid}: unknown or repeated key, a key without host, a relative path (SL-316).
[[nodiscard]] UrlReference parse_url_reference(std::string_view text);
/// The text has the shape of the URL short form (`=` after a `/`), not of a plain path.
[[nodiscard]] bool is_url_reference(std::string_view text);

/// `<session path>/<service>[@<otp>]` (SL-081).
struct ConfigId {
  std::string session;
  std::string service;
  std::optional<std::string> otp;
};
/// Throws Error{invalid}.
[[nodiscard]] ConfigId parse_config_id(std::string_view text);

}  // namespace sconectl::session
