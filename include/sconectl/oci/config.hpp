// The configuration of an image: how it is started, and which layers it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sconectl::oci {

/// What stands in a configuration about its layers and its beginning; how a container is started is
/// image::parse_base_image's business.
struct ConfigFacts {
  std::vector<std::string> diff_ids;          ///< digests of the uncompressed layers, lowest first
  std::map<std::string, std::string> labels;  ///< of `config`
  std::string created;                        ///< RFC 3339, or ""
  std::string start;                          ///< the object `config` as JSON
  std::string architecture;                   ///< "amd64", or ""
  bool has_triggers = false;                  ///< OnBuild is not empty
};

/// Error{invalid} for what is no configuration of an image for Linux.
[[nodiscard]] ConfigFacts parse_config(std::string_view json, const std::string& from);

/// How many layers an image has from its base. Error{invalid} if its lowest are not the base's, all
/// of them.
[[nodiscard]] std::size_t layers_of_base(const std::vector<std::string>& image,
                                         const std::vector<std::string>& base,
                                         const std::string& from);

/// A layer that is added on top.
struct AddedLayer {
  std::string diff_id;     ///< digest of the uncompressed archive
  std::string created_by;  ///< for the history
};

/// What an image says that the one below it does not. What is empty stays as it was.
struct ConfigChanges {
  std::vector<AddedLayer> layers;
  std::map<std::string, std::string> labels;
  std::string directory;  ///< WorkingDir
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> command;
  std::string created;  ///< RFC 3339
};

/// The configuration of an image on top of another, or of one of its own without `base`. Everything
/// else that the base says stays: environment, user, ports, volumes, stop signal, health check. The
/// same arguments give the same bytes.
[[nodiscard]] std::string derive_config(const std::optional<std::string>& base,
                                        const ConfigChanges& changes, const std::string& from);

/// The same configuration at another time, with other layers above the first `kept`. What a builder
/// notes about itself is left out; what the base says of its own history stays.
[[nodiscard]] std::string retimed_config(const std::string& config,
                                         const std::vector<std::string>& diff_ids, std::size_t kept,
                                         std::uint64_t time, const std::string& from);

/// The configuration of an image whose layers above those of `old_base` lie on `new_base` instead.
/// What it says as its old base does, it says as the new one: members and variables of the
/// environment one by one. All else stays, its time and the history of its own layers, too.
/// Error{invalid} unless its lowest layers are those of the old base.
[[nodiscard]] std::string rebased_config(const std::string& image, const std::string& old_base,
                                         const std::string& new_base, const std::string& from);

/// Seconds since 1970 as RFC 3339 in UTC.
[[nodiscard]] std::string rfc3339(std::uint64_t seconds);

}  // namespace sconectl::oci
