#include "sconectl/host/environment.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "hidden_line.hpp"
#include "posix.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::host {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

class SystemEnvironment final : public Environment {
 public:
  std::optional<std::string> get(const std::string& name) const override {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  }

  std::map<std::string, std::string> all() const override {
    std::map<std::string, std::string> variables;
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      const auto [name, value] = text::cut(text, '=');
      if (value) variables.emplace(name, *value);
    }
    return variables;
  }

  fs::path home_directory() const override {
    if (const auto home = get("HOME"); home && !home->empty()) return *home;
    const passwd* user = ::getpwuid(::getuid());
    if (user == nullptr || user->pw_dir == nullptr || *user->pw_dir == '\0') {
      throw Error(ErrorKind::unavailable, "there is no home directory; set HOME");
    }
    return user->pw_dir;
  }

  unsigned user_id() const override { return ::getuid(); }

  fs::path working_directory() const override {
    std::error_code error;
    fs::path directory = fs::current_path(error);
    if (error) throw system_error("find the working directory", error.value());
    return directory;
  }

  fs::path executable() const override {
    std::error_code error;
    fs::path path = fs::read_symlink("/proc/self/exe", error);
    if (error) throw system_error("find the file of this program", error.value());
    return path;
  }

  bool is_terminal(int descriptor) const override { return ::isatty(descriptor) == 1; }

  std::string standard_input(std::size_t limit) override {
    std::string bytes;
    if (const int error = read_all(STDIN_FILENO, bytes, limit); error != 0) {
      throw system_error("read stdin", error);
    }
    if (bytes.size() > limit) {
      throw Error(ErrorKind::invalid,
                  fmt::format("stdin is longer than the {} bytes allowed here", limit));
    }
    return bytes;
  }

  std::optional<std::string> hidden_line(const std::string& prompt) override {
    return read_hidden_line(prompt);
  }
};

}  // namespace

std::string Environment::get_or(const std::string& name, std::string otherwise) const {
  auto value = get(name);
  if (value && !value->empty()) return *std::move(value);
  return otherwise;
}

std::unique_ptr<Environment> system_environment() {
  return std::make_unique<SystemEnvironment>();
}

}  // namespace sconectl::host
