// An environment made of a map.
#pragma once

#include <utility>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/environment.hpp"

namespace sconectl::test {

class MapEnvironment final : public host::Environment {
 public:
  explicit MapEnvironment(std::map<std::string, std::string> values = {})
      : variables(std::move(values)) {}

  std::map<std::string, std::string> variables;
  std::string input;
  bool terminal = false;
  std::optional<std::string> typed;  ///< what is answered to hidden_line()
  std::string asked;                 ///< its prompts

  [[nodiscard]] std::optional<std::string> get(const std::string& name) const override {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] std::map<std::string, std::string> all() const override { return variables; }
  [[nodiscard]] std::filesystem::path home_directory() const override {
    return get("HOME").value_or("/home/user");
  }
  [[nodiscard]] unsigned user_id() const override { return 1000; }
  [[nodiscard]] std::filesystem::path working_directory() const override { return "/cwd"; }
  [[nodiscard]] std::filesystem::path executable() const override { return "/usr/bin/sconectl"; }
  [[nodiscard]] bool is_terminal(int /*descriptor*/) const override { return terminal; }
  std::string standard_input(std::size_t limit) override {
    if (input.size() > limit) throw diag::Error(diag::ErrorKind::invalid, "stdin is too long");
    return input;
  }
  std::optional<std::string> hidden_line(const std::string& prompt) override {
    asked += prompt;
    return typed;
  }
};

}  // namespace sconectl::test
