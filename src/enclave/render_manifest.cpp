#include <fmt/core.h>

#include "enclave/merge.hpp"
#include "enclave/toml_reading.hpp"
#include "enclave/toml_writing.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::enclave {
namespace {

constexpr std::string_view usual_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string base_name(const std::string& program) {
  return program.substr(program.find_last_of('/') + 1);
}

/// What is executed, and its arguments: the command only adds to the entry point.
std::vector<std::string> words_of(const ImageStart& start) {
  std::vector<std::string> words = start.entrypoint;
  words.insert(words.end(), start.command.begin(), start.command.end());
  if (words.empty() || base_name(words.front()).empty())
    throw diag::Error(diag::ErrorKind::invalid,
                      "the image starts no program: it has neither an entry point nor a command");
  return words;
}

/// Relative paths count from the working directory; a name without '/' is looked up later.
std::string program_of(const std::string& word, const std::string& directory) {
  if (word.find('/') == std::string::npos || word.front() == '/') return word;
  return directory + (directory.ends_with('/') ? "" : "/") + word;
}

std::string arguments_file(const std::string& link, const std::vector<std::string>& words) {
  std::string bytes = link;
  bytes += '\0';
  for (std::size_t i = 1; i < words.size(); ++i) {
    bytes += words[i];
    bytes += '\0';
  }
  return bytes;
}

toml::table our_layer(const ManifestRequest& request, const std::string& link,
                      const std::string& directory) {
  const std::string& libraries = request.library_directory;
  toml::table loader{
      {"entrypoint", toml::table{{"uri", fmt::format("file:{}/libsysdb.so", libraries)}}},
      {"log_level", request.debug ? "all" : "error"},
      {"env",
       toml::table{{"LD_LIBRARY_PATH", fmt::format("{}/runtime/glibc:/usr/lib/x86_64-linux-gnu:"
                                                   "{{{{library_paths}}}}",
                                                   libraries)}}}};
  toml::table sgx{{"debug", request.debug}, {"allowed_files", toml::array{"file:/etc/hosts"}}};
  if (request.insecure_arguments) {
    loader.insert("insecure__use_cmdline_argv", true);
  } else {
    const std::string file = fmt::format("file:{}/trusted_argv", application_directory);
    loader.insert("argv_src_file", file);
    sgx.insert("trusted_files", toml::array{file});
  }
  return toml::table{
      {"libos", toml::table{{"entrypoint", link}}},
      {"loader", std::move(loader)},
      {"fs", toml::table{{"root", toml::table{{"type", "chroot"}, {"uri", "file:/"}}},
                         {"start_dir", directory}}},
      {"sgx", std::move(sgx)},
      // Gramine makes resolv.conf and the host's name itself: what engines mount there differs
      // between two builds, and between build and start.
      {"sys", toml::table{{"enable_extra_runtime_domain_names_conf", true}}}};
}

toml::table image_layer(const ImageStart& start, TomlReading& reading) {
  toml::table variables{{"PATH", usual_path}};
  for (const text::Variable& variable : start.environment) {
    if (!text::is_utf8(variable.name) || !text::is_utf8(variable.value)) {
      reading.out().warning({}, fmt::format("a variable of the image is left out, because it is "
                                            "not UTF-8"));
      continue;
    }
    variables.insert_or_assign(variable.name, variable.value);
  }
  for (const std::string& name : start.passed_through)
    variables.insert_or_assign(name, toml::table{{"passthrough", true}});
  return toml::table{{"loader", toml::table{{"env", std::move(variables)}}}};
}

}  // namespace

RenderedManifest render_manifest(const ManifestRequest& request, diag::Diagnostics& out) {
  const std::vector<std::string> words = words_of(request.start);
  const std::string directory = request.start.directory.empty() ? "/" : request.start.directory;
  RenderedManifest result;
  result.program = program_of(words.front(), directory);
  result.link = fmt::format("{}/{}", application_directory, base_name(words.front()));
  result.arguments = arguments_file(result.link, words);
  TomlReading reading(request.user_manifest_name, request.user_manifest);
  merge(reading.table(), our_layer(request, result.link, directory), reading);
  merge(reading.table(), image_layer(request.start, reading), reading);
  result.manifest = write_toml(reading.table());
  out.add(reading.out());
  return result;
}

}  // namespace sconectl::enclave
