// Matchers for what a text must not say.
#pragma once

#include <gmock/gmock.h>

#include <string>

namespace sconectl::test {

/// A text that says `present` and nowhere `absent`. The first proves that it is the text that was
/// meant: an empty one, or one of another kind, says nothing that is absent either.
inline auto HasButNot(const std::string& present, const std::string& absent) {
  return ::testing::AllOf(::testing::HasSubstr(present),
                          ::testing::Not(::testing::HasSubstr(absent)));
}

}  // namespace sconectl::test
