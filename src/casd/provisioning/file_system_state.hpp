// What the CAS remembers of one protected file system: a volume, or that of a service (SL-079,
// SL-228, SL-236, SL-252). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/secret.hpp"

namespace sconectl::casd {

/// How new tags are judged.
enum class TagRule {
  linear,           ///< only the next state of the newest one (rollback_protected)
  reinitializable,  ///< the same, and every instance may start from the session's tag again
                    ///< (SL-079)
  any,              ///< no check (no_rollback_protection)
  fixed,            ///< new tags are ignored (ephemeral)
};

/// The newest state that one instance of a service reported. A volume has at most one of them, a
/// service's own file system one for each copy of it.
struct ReportedTag {
  std::string instance;  ///< id of its lease
  std::string tag;       ///< 16 raw bytes
  bool operator==(const ReportedTag&) const = default;
};

struct FileSystemState {
  std::string source;  ///< what the session says of it: a state of another source is none
  crypto::Secret key;  ///< 32 bytes if the CAS made it (SL-236), else empty
  std::vector<ReportedTag> reported;  ///< newest first
};

[[nodiscard]] crypto::Secret encode(const FileSystemState& state);
/// A state that was never used if nothing is stored, or what is stored has another source: a report
/// that an update of the session overtook.
[[nodiscard]] FileSystemState decode_file_system_state(std::optional<std::string_view> stored,
                                                       const std::string& source);

/// The tags that an instance may start from; `initial` is that of the session. Empty: the file
/// system was not made yet.
[[nodiscard]] std::vector<std::string> acceptable_tags(const FileSystemState& state, TagRule rule,
                                                       const std::optional<std::string>& initial);

struct NewTag {
  std::string instance;
  std::optional<std::string> previous;  ///< nothing: the file system was made just now
  std::string tag;
};
/// Takes the tag over; false if it changes nothing: a fixed state, or a report that comes twice
/// because its answer was lost. Throws Error{refused} with the text of RA-086 for a state that does
/// not follow the newest one: the file system was rolled back, copied, or made a second time.
[[nodiscard]] bool update(FileSystemState& state, TagRule rule,
                          const std::optional<std::string>& initial, const NewTag& fresh);

}  // namespace sconectl::casd
