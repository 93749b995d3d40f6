// The files and proxies by which a build reaches package indexes.
#pragma once

#include "sconectl/action/apply_service.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/image/build_configuration.hpp"

namespace sconectl::action {

/// Looks them up; what has to be made for it is there as long as the object lives.
class BuildFiles {
 public:
  /// Throws Error{unavailable} for a file that is not there, Error{invalid} for authorities that
  /// are no certificates.
  BuildFiles(System& system, const ServiceOptions& options);

  [[nodiscard]] const image::BuildConfiguration& configuration() const { return configuration_; }

 private:
  void add(System& system, image::BuildFileKind kind, const std::optional<std::string>& option,
           const char* variable);
  void keep(System& system, image::BuildFileKind kind, const std::string& bytes);

  std::optional<host::TemporaryDirectory> place_;  ///< if there is a file
  image::BuildConfiguration configuration_;
};

}  // namespace sconectl::action
