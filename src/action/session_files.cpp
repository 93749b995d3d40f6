#include "action/session_files.hpp"

#include "sconectl/cas/seal.hpp"

namespace sconectl::action {

host::Tree session_files(const host::Files& files, const std::filesystem::path& directory) {
  host::Tree result;
  if (!files.is_directory(directory)) return result;
  for (const std::string& name : files.list(directory))
    if (!files.is_directory(directory / name))
      result[name] = {files.read(directory / name), secret_file_mode};
  return result;
}

std::string environment_file_name(const std::string& session) {
  return cas::file_name(session) + ".env";
}

}  // namespace sconectl::action
