#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"
#include "sconectl/session/command.hpp"

namespace sconectl::launch {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

namespace {

/// What a program gets, and where it is looked up, if the session says nothing about PATH: as in a
/// container. Without it many programs do not find their own files.
constexpr const char* default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::vector<std::string> arguments(const cas::Configuration& configuration,
                                   const Options& options) {
  if (!configuration.argv.empty()) {
    return session::with_host_arguments(configuration.argv, options.host_arguments);
  }
  // SL-073: without a command, the program starts with its own name only.
  if (!options.host_arguments.empty()) return {options.host_arguments.front()};
  throw Error(ErrorKind::invalid,
              fmt::format("the session has no command for '{}', and the container names no program",
                          options.config_id));
}

/// The words of the container that reach the program at no place of its command.
std::vector<std::size_t> left_over(const cas::Configuration& configuration,
                                   const Options& options) {
  std::set<std::size_t> taken;
  for (const std::string& element : configuration.argv)
    taken.insert(session::host_argument(element));
  std::vector<std::size_t> result;
  for (std::size_t i = 1; i < options.host_arguments.size(); ++i)
    if (!taken.contains(i)) result.push_back(i);
  return result;
}

/// SL-322: a host variable wins over an entry of the same name, and is empty if the host has none.
std::map<std::string, std::string> variables(const cas::Configuration& configuration,
                                             const Options& options) {
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : configuration.environment) {
    if (session::host_variable(name).empty()) result[name] = value;
  }
  for (const auto& [name, value] : configuration.environment) {
    const std::string host_name(session::host_variable(name));
    if (host_name.empty()) continue;
    const auto found = options.host_environment.find(host_name);
    result[host_name] = found == options.host_environment.end() ? "" : found->second;
  }
  return result;
}

/// SL-245: a relative path starts at the working directory. A path that climbs is refused: where it
/// ends would depend on links in the image.
std::string file_path(const std::string& path, const std::string& directory) {
  const fs::path whole = fs::path(directory) / path;
  bool plain = !path.empty() && whole.is_absolute() && whole.has_filename();
  for (const fs::path& part : whole) plain = plain && part != ".." && part != ".";
  if (!plain || path.find('\0') != std::string::npos) {
    throw Error(
        ErrorKind::invalid,
        fmt::format("the session injects a file at '{}', which is not a plain path of a file",
                    path.substr(0, path.find('\0'))));
  }
  return whole.string();
}

}  // namespace

Launch::~Launch() {
  wipe();
}

Launch& Launch::operator=(Launch&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  argv = std::move(other.argv);
  environment = std::move(other.environment);
  directory = std::move(other.directory);
  path = std::move(other.path);
  files = std::move(other.files);
  templates = std::move(other.templates);
  lease = std::move(other.lease);
  left_over = std::move(other.left_over);
  return *this;
}

void Launch::wipe() {
  for (std::string& argument : argv) crypto::wipe(argument);
  for (std::string& variable : environment) crypto::wipe(variable);
  for (cas::ConfigurationFile& file : files) crypto::wipe(file.content);
  if (lease) crypto::wipe(lease->key);
}

Launch plan(const cas::Configuration& configuration, const Options& options) {
  Launch launch;
  launch.argv = arguments(configuration, options);
  launch.left_over = left_over(configuration, options);
  auto all = variables(configuration, options);
  all.emplace("PATH", default_path);
  for (auto& [name, value] : all) {
    if (name == "PATH") launch.path = value;
    launch.environment.push_back(fmt::format("{}={}", name, value));
    crypto::wipe(value);
  }
  launch.directory = configuration.pwd.empty() ? "/" : configuration.pwd;
  if (launch.directory.front() != '/') {
    throw Error(
        ErrorKind::invalid,
        fmt::format("the working directory '{}' is not an absolute path", launch.directory));
  }
  std::map<std::string, const cas::ConfigurationFile*> files;  // the last one of a path wins
  for (const cas::ConfigurationFile& file : configuration.files) {
    files[file_path(file.path, launch.directory)] = &file;
  }
  for (const auto& [path, file] : files) {
    launch.files.push_back({path, file->content, file->mode & 0777U});
  }
  for (const cas::ConfigurationTemplate& file : configuration.templates)
    launch.templates.push_back({file_path(file.path, launch.directory), file.mode & 0777U});
  launch.lease = configuration.lease;
  return launch;
}

}  // namespace sconectl::launch
