// Instructions of a Dockerfile, one by one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sconectl::image {

/// One instruction a line: nothing that is put in begins another. Control characters throw
/// Error{invalid}.
class Dockerfile {
 public:
  /// `run_prefix` stands before every command that a shell runs.
  explicit Dockerfile(std::string run_prefix = {}) : run_prefix_(std::move(run_prefix)) {}

  void comment(std::string_view text) { line("#", text); }
  void from(std::string_view reference, std::string_view stage = {});
  void user(std::string_view name) { line("USER", name); }
  /// root, with its group: BuildKit of docker 20.10 looks for a user alone in /etc/passwd, which
  /// `scratch` has not.
  void root() { line("USER", "0:0"); }
  void copy_from(std::string_view stage, std::vector<std::string> from, const std::string& to);
  void run_words(const std::vector<std::string>& argv) { words("RUN", argv); }
  /// One instruction for all: an engine without BuildKit starts a container for each.
  void labels(const std::map<std::string, std::string>& values);
  void environment(std::string_view name, std::string_view value);
  void working_directory(std::string_view path) { line("WORKDIR", path); }
  void copy(std::vector<std::string> from, const std::string& to);
  void run(std::string_view command) { line("RUN", run_prefix_ + std::string(command)); }
  void entrypoint(const std::vector<std::string>& argv) { words("ENTRYPOINT", argv); }
  void command(const std::vector<std::string>& argv) { words("CMD", argv); }

  [[nodiscard]] std::string text() const { return text_; }

 private:
  void words(std::string_view instruction, const std::vector<std::string>& list);
  void line(std::string_view instruction, std::string_view argument);

  std::string run_prefix_;
  std::string text_;
};

/// The images that stages of a Dockerfile of ours start from, each once; none for other stages.
[[nodiscard]] std::vector<std::string> base_images(std::string_view dockerfile);

/// The image that the last stage starts from, through the stages that it names; "scratch" or "" for
/// none.
[[nodiscard]] std::string base_of_result(std::string_view dockerfile);

/// With a '/' at its end, once.
[[nodiscard]] std::string as_folder(const std::string& path);

}  // namespace sconectl::image
