// The option --data of commands that work on the files of a CAS.
#pragma once

#include <filesystem>
#include <string>

#include "cli/command.hpp"
#include "sconectl/action/embedded_cas.hpp"

namespace sconectl::cli {

class DataDirectoryOption {
 public:
  void add_to(CLI::App& parser) {
    parser
        .add_option("--data", data_,
                    "Data directory of the CAS (default: that of the embedded one)")
        ->type_name("DIR");
  }
  [[nodiscard]] std::filesystem::path path(const action::System& system) const {
    return data_.empty() ? action::embedded_cas_directory(system) : std::filesystem::path(data_);
  }

 private:
  std::string data_;
};

}  // namespace sconectl::cli
