// Where the files are that tests read: the repository's own, and the collection of public ones.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

namespace sconectl::test {

/// The top of the repository.
[[nodiscard]] std::filesystem::path source_directory();

/// A part ("sessions", "manifests") of the collection of public files: SCONECTL_CORPUS, or
/// ../shared/corpus beside the repository.
[[nodiscard]] std::filesystem::path corpus(const std::filesystem::path& part);

/// Whether a test over public files may be left out: not where the collection is expected, which is
/// where SCONECTL_CORPUS or CI is set and where the directory `shared` is there.
[[nodiscard]] bool corpus_may_be_missing();

}  // namespace sconectl::test

/// First statement of a test that reads a part of the collection: leaves the test out where there
/// is none, and fails where there should be one.
#define NEEDS_CORPUS(part)                                                               \
  if (!std::filesystem::exists(::sconectl::test::corpus(part))) {                        \
    if (!::sconectl::test::corpus_may_be_missing())                                      \
      FAIL() << "there is no " << ::sconectl::test::corpus(part);                        \
    GTEST_SKIP() << "the public files are not beside the repository (" << (part) << ")"; \
  }
