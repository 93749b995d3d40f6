// A database in a directory, looked at as a whole.
#pragma once

#include <filesystem>
#include <string>

#include "casd/store/database.hpp"
#include "sconectl/cas/backup_facts.hpp"
#include "sconectl/casd/key_sealing.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

inline constexpr const char* database_file_name = "cas.db";
inline constexpr unsigned backup_mode = 0600;

struct WholeDatabase {
  std::string created;
  KeyIdentities identities = {};
  std::shared_ptr<const Database> database = {};  ///< where the rows are, if not in `cas.db`
};
/// What a CAS would find that started in this directory. Every row is verified. Throws
/// Error{failed} if it could not start.
[[nodiscard]] cas::BackupFacts facts_of(const std::filesystem::path& directory,
                                        const WholeDatabase& whole);

/// The key file of a directory in another directory, sealed as it is.
void copy_key(host::Files& files, const std::filesystem::path& from,
              const std::filesystem::path& to);

/// It is still as it was copied.
[[nodiscard]] bool is_copy_of_key(host::Files& files, const std::filesystem::path& from,
                                  const std::filesystem::path& to);

/// All that is in a shared database at one moment, as a new `cas.db`.
void copy_to_file(const Database& from, const std::filesystem::path& to);

}  // namespace sconectl::casd
