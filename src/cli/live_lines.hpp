// What is happening now, on a terminal: a line for each thing, written over again.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sconectl::cli {

class LiveLines {
 public:
  /// How many are shown; of more the number is.
  static constexpr std::size_t most_lines = 12;

  explicit LiveLines(std::function<void(std::string_view text)> write) : write_(std::move(write)) {}

  /// The line of `about` says this from now on; "" takes it away. In the order of their first
  /// words.
  void show(std::string_view about, std::string_view state);
  /// Nothing of them is on the terminal any more, until the next show(): for what is written there
  /// to stay.
  void hide();

 private:
  void draw();

  std::function<void(std::string_view)> write_;
  std::vector<std::pair<std::string, std::string>> lines_;
  std::size_t drawn_ = 0;  ///< lines above the cursor that are ours
};

}  // namespace sconectl::cli
