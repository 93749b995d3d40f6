#include "action/launcher_file.hpp"

#include <fmt/format.h>

#include "sconectl/diag/error.hpp"

namespace sconectl::action {

namespace {

namespace fs = std::filesystem;

constexpr const char* launcher_file_name = "sconectl-launcher";

fs::path launcher_file(const System& system) {
  const fs::path program = system.environment.executable();
  const fs::path beside = program.parent_path() / launcher_file_name;
  const fs::path inside =
      program.parent_path().parent_path() / "libexec" / "sconectl" / launcher_file_name;
  for (const fs::path& place : {beside, inside})
    if (const auto found = system.files.status(place); found && found->kind == host::FileKind::file)
      return place;
  throw diag::Error(
      diag::ErrorKind::unavailable,
      fmt::format("native images need the launcher, and neither '{}' nor '{}' is there; install "
                  "sconectl whole (docs/packages.md), or copy {} of the same build beside {}",
                  beside.string(), inside.string(), launcher_file_name, program.string()));
}

}  // namespace

fs::path program_for_images(const System& system, manifest::Runtime runtime) {
  return runtime == manifest::Runtime::native ? launcher_file(system)
                                              : system.environment.executable();
}

}  // namespace sconectl::action
