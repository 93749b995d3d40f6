// Runs the real command-line tools that judge our output: by argument vector, with bytes on stdin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sconectl::test {

struct ToolResult {
  int status = -1;  // exit status, or -1 if it did not start or was killed
  std::string out;
  std::string err;
};

[[nodiscard]] ToolResult run_tool(const std::vector<std::string>& arguments,
                                  std::string_view input = {});

/// A directory of its own, removed with everything in it at the end.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Writes a file and says where it is.
  std::string file(const std::string& name, std::string_view content) const;
  [[nodiscard]] std::string read(const std::string& name) const;

 private:
  std::string path_;
};

}  // namespace sconectl::test
