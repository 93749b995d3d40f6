// The permission to store a session, as a value that only the decision can make.
#pragma once

#include <string>

namespace sconectl::casd {

/// Somebody may write the session `name`. Store::add demands one, so that no path to the store can
/// forget to ask.
class SessionWritePermission {
 public:
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  friend class Authorization;
  explicit SessionWritePermission(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

}  // namespace sconectl::casd
