#include "action/build_files.hpp"

#include <fmt/format.h>

#include <array>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/java_trust_store.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/similar_file.hpp"

namespace sconectl::action {

using diag::Error;
using diag::ErrorKind;
using image::BuildFileKind;

namespace {

constexpr std::size_t largest_file = std::size_t{16} << 20U;
/// Of Debian's package ca-certificates.
constexpr const char* usual_authorities = "/etc/ssl/certs/ca-certificates.crt";
/// Those that builders know without being told: they stand in no history.
constexpr std::array proxy_variables = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
                                        "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy",
                                        "ALL_PROXY",  "all_proxy"};

/// With those of this machine: programs that are told about authorities trust no others.
std::string all_authorities(const System& system, const std::string& path,
                            const std::string& given) {
  try {
    if (crypto::certificates_from_pem(given).empty())
      throw Error(ErrorKind::invalid, "there is none in it");
  } catch (const Error& error) {
    throw Error(ErrorKind::invalid,
                fmt::format("'{}' holds no certificates (PEM): {}", path, error.text()));
  }
  const auto usual = system.files.read_if_exists(usual_authorities, largest_file);
  return usual ? *usual + "\n" + given : given;
}

}  // namespace

BuildFiles::BuildFiles(System& system, const ServiceOptions& options) {
  add(system, BuildFileKind::authorities, options.build_ca, "SCONECTL_BUILD_CA");
  add(system, BuildFileKind::pip, options.pip_config, "SCONECTL_PIP_CONFIG");
  add(system, BuildFileKind::npm, options.npm_config, "SCONECTL_NPM_CONFIG");
  add(system, BuildFileKind::maven, options.maven_settings, "SCONECTL_MAVEN_SETTINGS");
  for (const char* name : proxy_variables)
    if (!system.environment.get_or(name, "").empty()) configuration_.proxies.emplace_back(name);
}

void BuildFiles::add(System& system, BuildFileKind kind, const std::optional<std::string>& option,
                     const char* variable) {
  const std::string path = option ? *option : system.environment.get_or(variable, "");
  if (path.empty()) return;
  auto text = system.files.read_if_exists(path, largest_file);
  if (!text)
    throw Error(ErrorKind::unavailable, fmt::format("there is no file '{}' for builds{}", path,
                                                    host::did_you_mean_file(system.files, path)));
  // A copy: its name can mean nothing to the engine, and it stays as it is while something is
  // built.
  if (kind == BuildFileKind::authorities) text = all_authorities(system, path, *text);
  keep(system, kind, *text);
  if (kind == BuildFileKind::authorities)
    keep(system, BuildFileKind::java,
         crypto::java_trust_store(crypto::certificates_from_pem(*text)));
  crypto::wipe(*text);
}

void BuildFiles::keep(System& system, BuildFileKind kind, const std::string& bytes) {
  if (!place_) place_.emplace(system.files);
  const auto copy = place_->path() / std::string(image::secret_id(kind));
  system.files.write(copy, bytes, 0600);
  configuration_.files.push_back({kind, copy, crypto::hex(crypto::view(crypto::sha256(bytes)))});
}

}  // namespace sconectl::action
