// Expecting a diag::Error of a kind whose text (or a cause) contains some words.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sconectl/diag/error.hpp"

namespace sconectl::test {

/// The text and all causes, one per line.
inline std::string whole_text(const diag::Error& error) {
  std::string text = error.text();
  for (const auto& cause : error.causes()) text += "\n" + cause;
  return text;
}

template <typename Call>
std::string error_of(diag::ErrorKind kind, Call call) {
  try {
    (void)call();
  } catch (const diag::Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << whole_text(error);
    return whole_text(error);
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace sconectl::test
