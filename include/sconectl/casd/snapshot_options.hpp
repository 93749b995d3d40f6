// Where a CAS puts backups that it makes by itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sconectl::casd {

struct SnapshotOptions {
  std::filesystem::path directory = {};               ///< empty: none are made
  std::vector<std::string> recipients = {};           ///< raw X25519 keys, at least one
  std::optional<std::chrono::seconds> interval = {};  ///< nothing: only when asked (SIGUSR1)
  std::size_t kept = 48;                              ///< older ones are removed
};

}  // namespace sconectl::casd
