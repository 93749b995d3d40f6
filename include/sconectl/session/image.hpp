// Volumes and images of a session (SL-230 to SL-253).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/session/setting.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::session {

enum class VolumeFiles { encrypted, authenticated_only };
[[nodiscard]] constexpr auto words_of(VolumeFiles) {
  return text::words<VolumeFiles::authenticated_only>("encrypted", "authenticated-only");
}
enum class UpdatePolicy { rollback_protected, ephemeral, no_rollback_protection };
[[nodiscard]] constexpr auto words_of(UpdatePolicy) {
  return text::words<UpdatePolicy::no_rollback_protection>("rollback_protected", "ephemeral",
                                                           "no_rollback_protection");
}

struct VolumeExport {
  std::string session{};
  std::optional<std::string> session_hash{};
  std::optional<UpdatePolicy> update_policy{};
  std::optional<std::string> volume_alias{};
  bool operator==(const VolumeExport&) const = default;
};
struct VolumeImport {
  std::string session{};
  std::string volume{};
  std::optional<std::string> session_hash{};
  bool operator==(const VolumeImport&) const = default;
};
struct Volume {
  std::string name{};
  std::optional<Setting<std::string>> fspf_key{};  ///< absent with fspf_tag: auto-initialised
  std::optional<std::string> fspf_tag{};
  std::optional<VolumeFiles> files{};
  std::vector<VolumeExport> exports{};
  std::optional<VolumeImport> import{};
  Place place{};
  bool operator==(const Volume&) const = default;
};

struct ImageVolume {
  std::string name{};
  std::string path{};
  UpdatePolicy update_policy = UpdatePolicy::rollback_protected;
  Place place{};
  bool operator==(const ImageVolume&) const = default;
};
/// `0o640`, `0640`, or `416` as a decimal number; nothing if it is no mode from 0 to 0o777
/// (SL-246).
[[nodiscard]] std::optional<std::uint32_t> file_mode(std::string_view text);

struct InjectionFile {
  std::string path{};
  std::optional<std::string> content{};  ///< absent: a template in the service's file system
  std::uint32_t permission = 0700;
  Place place{};
  bool operator==(const InjectionFile&) const = default;
};
struct Image {
  std::string name{};
  std::vector<ImageVolume> volumes{};
  std::vector<InjectionFile> injection_files{};
  std::optional<std::vector<std::string>>
      provide_secrets{};  ///< absent is not empty (SL-248, SL-249)
  Place place{};
  bool operator==(const Image&) const = default;
};

}  // namespace sconectl::session
