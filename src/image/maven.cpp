#include "image/maven.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

namespace sconectl::image {

bool copies_maven_project(const manifest::Build& build, const Sources& sources) {
  const auto found = sources.find(std::string(maven_project));
  if (found == sources.end() || found->second.kind != Source::Kind::file) return false;
  return std::any_of(build.copy.begin(), build.copy.end(), [](const manifest::Text& entry) {
    const auto path = std::filesystem::path(entry.text).lexically_normal();
    return path == maven_project || path == "." || path == "./";
  });
}

std::string maven_command(std::string_view directory) {
  // Sources stay out; without dependencies nobody makes the directory.
  // Maven before 3.9 reads no MAVEN_ARGS; to be told twice is to be told once.
  return fmt::format(
      "mkdir -p {0} && mvn ${{SCONECTL_MAVEN_SETTINGS:+--settings \"$SCONECTL_MAVEN_SETTINGS\"}} "
      "--batch-mode "
      "--no-transfer-progress -DskipTests package dependency:copy-dependencies "
      "-DincludeScope=runtime -DoutputDirectory={0} && for jar in target/*.jar; do case \"$jar\" "
      "in "
      "*-sources.jar|*-javadoc.jar|*-tests.jar|target/original-*) ;; "
      "*) cp \"$jar\" {0}/ || exit 1;; esac; done",
      directory);
}

}  // namespace sconectl::image
