#include "action/session_files.hpp"

#include "sconectl/cas/seal.hpp"

namespace sconectl::action {

host::Tree session_files(const System& system, const std::filesystem::path& directory) {
  host::Tree result;
  if (!system.files.is_directory(directory)) return result;
  for (const std::string& name : system.files.list(directory))
    if (!system.files.is_directory(directory / name))
      result[name] = {system.files.read(directory / name), secret_file_mode};
  return result;
}

std::string environment_file_name(const std::string& session) {
  return cas::file_name(session) + ".env";
}

}  // namespace sconectl::action
