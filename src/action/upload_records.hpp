// What the controller has uploaded, by the digest of its content: an object that is made again with
// the same content is no conflict (docs/controller.md).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "sconectl/action/system.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/kubernetes/records.hpp"

namespace sconectl::action {

/// What has to be written so that nothing is kept forever for objects that are gone: an entry that
/// no object has is marked with the day, and removed 30 days later, unless an object has it again
/// by then. Nothing as a value removes an entry. Entries of others stay.
[[nodiscard]] std::map<std::string, std::optional<std::string>> pruned(
    const std::map<std::string, std::string>& entries, const std::set<std::string>& in_use,
    std::chrono::sys_days today);

class UploadRecords {
 public:
  /// Both must outlive the object. Without `records` nothing outlives the process.
  UploadRecords(System& system, kubernetes::Records* records)
      : system_(system), records_(records) {}

  /// Reads what earlier processes have left, once. Throws Error{unavailable} while the server is
  /// away; what can not be kept for another reason holds up nothing.
  void load();
  /// The hash of the session that was uploaded from this content.
  [[nodiscard]] std::optional<std::string> find(const std::string& digest) const;
  void put(const std::string& digest, const std::string& hash);
  /// At most once an hour: see pruned(). `in_use` are the digests of all objects.
  void prune(const std::set<std::string>& in_use);

 private:
  void go_on_without(const diag::Error& error);

  System& system_;
  kubernetes::Records* records_;
  bool loaded_ = false;
  std::map<std::string, std::string> uploaded_;
  std::optional<std::chrono::steady_clock::time_point> last_pruned_;
};

}  // namespace sconectl::action
