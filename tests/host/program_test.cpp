// This process among the programs of a machine.
#include "sconectl/host/program.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "sconectl/host/environment.hpp"

namespace sconectl::host {
namespace {

/// Pages of this program's own file that are in memory and not ours alone, in kB.
std::size_t kilobytes_of_own_file() {
  const std::string file = system_environment()->executable().string();
  std::ifstream maps("/proc/self/smaps");
  std::size_t result = 0;
  bool own = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) own = line.ends_with(" " + file);
    if (own && line.starts_with("Rss:")) result += std::stoul(line.substr(4));
  }
  return result;
}

/// Any byte of the program's file, also between variables, where AddressSanitizer sees none.
[[gnu::no_sanitize_address]] std::size_t byte_at(std::size_t address) {
  return static_cast<std::size_t>(*reinterpret_cast<const volatile char*>(address));
}

/// Code of this size that is surely in memory.
void touch_own_file() {
  const std::string file = system_environment()->executable().string();
  std::ifstream maps("/proc/self/maps");
  std::size_t sum = 0;
  for (std::string line; std::getline(maps, line);) {
    const std::size_t dash = line.find('-');
    if (!line.ends_with(" " + file) || line.substr(line.find(' ') + 1, 1) != "r") continue;
    const std::size_t begin = std::stoul(line.substr(0, dash), nullptr, 16);
    const std::size_t end = std::stoul(line.substr(dash + 1), nullptr, 16);
    for (std::size_t at = begin; at < end; at += 4096) sum += byte_at(at);
  }
  EXPECT_NE(sum, 0U);
}

TEST(OwnMemory, is_given_back_and_comes_again) {
  touch_own_file();
  const std::size_t before = kilobytes_of_own_file();
  give_back_memory();
  const std::size_t after = kilobytes_of_own_file();
  EXPECT_GT(before, 1000U);
  EXPECT_LT(after, before / 2) << "of " << before << " kB";
  touch_own_file();
  EXPECT_GE(kilobytes_of_own_file(), before);
}

TEST(OwnMemory, keeps_what_was_written) {
  static std::vector<std::string> kept(1000, "written");
  static const std::string constant = "a constant that was made at the start of the program";
  give_back_memory();
  for (const std::string& text : kept) ASSERT_EQ(text, "written");
  EXPECT_EQ(constant, "a constant that was made at the start of the program");
}

}  // namespace
}  // namespace sconectl::host
