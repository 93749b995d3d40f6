// Small texts that outlive the process: a ConfigMap.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "sconectl/kubernetes/api_server.hpp"

namespace sconectl::kubernetes {

/// Errors as those of Policies. Nothing secret belongs in here.
class Records {
 public:
  /// The ConfigMap `name` in `name_space`. `server` must outlive the object.
  Records(ApiServer& server, std::string name_space, std::string name);

  /// All entries; none if there is no ConfigMap yet.
  [[nodiscard]] std::map<std::string, std::string> load();
  /// Adds or replaces one entry and leaves the others; makes the ConfigMap if there is none. Keys
  /// are letters, digits, '-', '_' and '.'.
  void put(const std::string& key, const std::string& value);
  /// Replaces entries, and removes those without a value, all at once. Nothing happens if there is
  /// no ConfigMap.
  void change(const std::map<std::string, std::optional<std::string>>& entries);

 private:
  [[nodiscard]] std::string path() const;

  ApiServer& server_;
  std::string name_space_;
  std::string name_;
};

}  // namespace sconectl::kubernetes
