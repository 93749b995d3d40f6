// What surrounds the process: variables, directories, terminal, standard input.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sconectl::host {

class Environment {
 public:
  Environment() = default;
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  virtual ~Environment() = default;

  [[nodiscard]] virtual std::optional<std::string> get(const std::string& name) const = 0;
  /// All variables by name.
  [[nodiscard]] virtual std::map<std::string, std::string> all() const = 0;
  /// $HOME, or the home directory of the user; Error{unavailable} if there is none.
  [[nodiscard]] virtual std::filesystem::path home_directory() const = 0;
  /// The number of the user that this process runs as.
  [[nodiscard]] virtual unsigned user_id() const = 0;
  [[nodiscard]] virtual std::filesystem::path working_directory() const = 0;
  /// The file of the running program (the launcher that goes into native images).
  [[nodiscard]] virtual std::filesystem::path executable() const = 0;
  /// Whether a file descriptor (0, 1, 2) is a terminal.
  [[nodiscard]] virtual bool is_terminal(int descriptor) const = 0;
  /// All of stdin (`-f -`). More than `limit` bytes: Error{invalid}.
  [[nodiscard]] virtual std::string standard_input(std::size_t limit) = 0;
  /// A line that somebody types without its being shown, after `prompt`; nothing where no terminal
  /// is. The caller overwrites it. Error{interrupted} by SIGINT.
  [[nodiscard]] virtual std::optional<std::string> hidden_line(const std::string& prompt) = 0;

  /// The variable's value, or `otherwise` when it is not set or empty.
  [[nodiscard]] std::string get_or(const std::string& name, std::string otherwise) const;
};

[[nodiscard]] std::unique_ptr<Environment> system_environment();

}  // namespace sconectl::host
