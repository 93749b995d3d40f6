// YAML to a Session.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/session.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::session {

/// Where a text comes from. A CAS accepted a stored one before, perhaps a former version of it: the
/// rules for names in certificates (SL-138, SL-141) were not as strict then, and it stays readable.
enum class Origin { given, stored };

/// Reads every section and reports everything that the form of the document decides: unknown keys,
/// wrong types, bad hex, unknown words, what excludes each other inside one entry. What could not
/// be read is left out of the result; check() judges the rest. Versions 0.1, 0.2 and none accept
/// the legacy dialect too (SL-324 to SL-333), with warnings.
[[nodiscard]] Session parse(const yaml::Value& document, diag::Diagnostics& out,
                            Origin origin = Origin::given);

/// The secrets of a list as manifests and images carry it, by the rules for those of a session.
[[nodiscard]] std::vector<Secret> parse_secrets(const yaml::Value& list, diag::Diagnostics& out);

/// parse() and, if that found no error, check(). The one call for client and server.
[[nodiscard]] Session parse_and_check(const yaml::Value& document, diag::Diagnostics& out,
                                      Origin origin = Origin::given);

/// An item of `min_tcb` as it stands in a session: "{cpu: milan, bootloader: 4, tee: 0, snp: 24,
/// microcode: 219, firmware: 1.55.29}". Throws Error{invalid} with all mistakes (XA-013).
[[nodiscard]] MinTcb parse_min_tcb(std::string_view text);

/// The largest text of a session, as it is given and as a CAS stores it (SL-002).
inline constexpr std::size_t most_text_bytes = yaml::Limits{}.bytes;

/// YAML text as a server or `session read` delivers it, without substitution of variables.
/// Throws Error{invalid} with all errors; warnings are dropped unless `out` is given.
[[nodiscard]] Session parse_text(const std::string& source_name, std::string text,
                                 diag::Diagnostics* out = nullptr);
/// The same for what a CAS has stored; it may be larger than most_text_bytes, because CASes of
/// former versions judged only the size of what was sent.
[[nodiscard]] Session parse_stored(const std::string& source_name, std::string text);

}  // namespace sconectl::session
