#include "support/repository.hpp"

#include <cstdlib>

namespace sconectl::test {

namespace fs = std::filesystem;

// The only file that knows the path, so that all others compile alike in every directory.
fs::path source_directory() {
  return SCONECTL_SOURCE_DIR;
}

fs::path corpus(const fs::path& part) {
  const char* given = std::getenv("SCONECTL_CORPUS");
  return (given != nullptr ? fs::path(given) : source_directory() / "../shared/corpus") / part;
}

bool corpus_may_be_missing() {
  return std::getenv("SCONECTL_CORPUS") == nullptr && std::getenv("CI") == nullptr &&
         !fs::exists(source_directory() / "../shared");
}

}  // namespace sconectl::test
