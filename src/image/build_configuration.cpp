#include "sconectl/image/build_configuration.hpp"

#include <fmt/format.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::image {
namespace {

/// /dev is in memory while something is built: no empty file stays behind where a file was mounted.
std::string mounted_at(BuildFileKind kind) {
  return fmt::format("/dev/sconectl-build/{}", secret_id(kind));
}

std::vector<std::string_view> variables(BuildFileKind kind) {
  switch (kind) {
    case BuildFileKind::authorities:
      return {"SSL_CERT_FILE",       "PIP_CERT",       "REQUESTS_CA_BUNDLE",
              "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"};
    case BuildFileKind::pip:
      return {"PIP_CONFIG_FILE"};
    case BuildFileKind::npm:
      return {"NPM_CONFIG_USERCONFIG"};
    case BuildFileKind::java:
    case BuildFileKind::maven:
      break;
  }
  return {};
}

/// Enough to tell files apart. It stands in the history of an image: who guesses a whole file can
/// rule out nearly all wrong guesses by it, so what is secret in it has to be hard to guess.
std::string digest_of(const BuildConfiguration& configuration) {
  constexpr std::size_t digits = 8;
  std::string all;
  for (const BuildFile& file : configuration.files)
    all += fmt::format("{} {}\n", secret_id(file.kind), file.digest);
  return crypto::hex(crypto::view(crypto::sha256(all))).substr(0, digits);
}

}  // namespace

std::string_view secret_id(BuildFileKind kind) {
  switch (kind) {
    case BuildFileKind::authorities:
      return "ca";
    case BuildFileKind::java:
      return "java-ca";
    case BuildFileKind::pip:
      return "pip";
    case BuildFileKind::npm:
      return "npm";
    case BuildFileKind::maven:
      break;
  }
  return "maven";
}

std::string run_prefix(const BuildConfiguration& configuration) {
  if (configuration.files.empty()) return "";
  std::string mounts;
  std::string exports = "export SCONECTL_BUILD_CONFIGURATION=" + digest_of(configuration);
  for (const BuildFile& file : configuration.files) {
    const std::string path = mounted_at(file.kind);
    mounts +=
        fmt::format("--mount=type=secret,id={},target={},mode=0444 ", secret_id(file.kind), path);
    for (const auto name : variables(file.kind)) exports += fmt::format(" {}={}", name, path);
    // What the image says to Maven stays.
    if (file.kind == BuildFileKind::java)
      exports +=
          fmt::format(" MAVEN_OPTS=\"${{MAVEN_OPTS:-}} -Djavax.net.ssl.trustStore={}\"", path);
    if (file.kind == BuildFileKind::maven)
      exports += fmt::format(" MAVEN_ARGS=\"--settings {0}\" SCONECTL_MAVEN_SETTINGS={0}", path);
  }
  return mounts + exports + "; ";
}

}  // namespace sconectl::image
