// Expected outputs in files, refreshed by SCONECTL_UPDATE_GOLDEN=1.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sconectl::test {

inline std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

inline void expect_golden(const std::filesystem::path& file, const std::string& text) {
  if (std::getenv("SCONECTL_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << text;
  EXPECT_EQ(text, text_of(file)) << file;
}

}  // namespace sconectl::test
