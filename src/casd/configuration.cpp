#include "casd/configuration.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/command.hpp"
#include "sconectl/session/placeholder.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// Replaces placeholders in the texts of one session.
class Substitution {
 public:
  Substitution(const LoadedSession& session, SecretReader& secrets)
      : session_(session), secrets_(secrets) {}

  /// Any bytes: the content of a file.
  [[nodiscard]] std::string bytes(const std::string& text) const {
    return session::substitute(text, [this](const session::Placeholder& placeholder) {
      return std::string(secrets_.text(session_, placeholder).view());
    });
  }

  /// What execve gets can not hold a NUL byte (SL-119).
  [[nodiscard]] std::string text(const std::string& text, const std::string& what) const {
    auto result = bytes(text);
    if (result.find('\0') == std::string::npos) return result;
    crypto::wipe(result);
    throw Error(ErrorKind::refused,
                what + " would hold a NUL byte; use a text format such as :hex or :base64");
  }

 private:
  const LoadedSession& session_;
  SecretReader& secrets_;
};

void refuse_enclave_features(const session::Service& service, const session::Image* image) {
  if (service.fspf)
    throw Error(ErrorKind::unsupported,
                "service '" + service.name +
                    "' has a file system protection file (fspf_key): only an enclave can use it");
  if (image != nullptr && !image->volumes.empty())
    throw Error(ErrorKind::unsupported,
                "image '" + image->name + "' has encrypted volumes: only an enclave can use them");
}

std::string absolute(const std::string& path, const std::string& pwd) {
  if (path.starts_with('/')) return path;
  return pwd + (pwd.ends_with('/') ? "" : "/") + path;
}

/// The same path twice: the last entry counts (SL-245).
void add_files(const session::Image& image, const std::string& pwd,
               const Substitution& substitution, std::vector<cas::ConfigurationFile>& files) {
  for (const auto& entry : image.injection_files) {
    if (!entry.content)
      throw Error(ErrorKind::unsupported,
                  "injection file '" + entry.path +
                      "' has no content: templates on the service's disk need an enclave");
    cas::ConfigurationFile file{absolute(entry.path, pwd), substitution.bytes(*entry.content),
                                entry.permission};
    const auto same = std::find_if(files.begin(), files.end(),
                                   [&file](const auto& other) { return other.path == file.path; });
    if (same == files.end())
      files.push_back(std::move(file));
    else
      *same = std::move(file);
  }
}

}  // namespace

cas::Configuration native_configuration(const LoadedSession& session,
                                        const session::Service& service, SecretReader& secrets) {
  const auto* image =
      service.image_name ? session.session.find_image(*service.image_name) : nullptr;
  refuse_enclave_features(service, image);
  const Substitution substitution(session, secrets);
  cas::Configuration configuration;
  configuration.pwd = service.pwd;
  if (service.command)
    for (const auto& argument : session::arguments(*service.command))
      configuration.argv.push_back(substitution.text(argument, "an argument of the command"));
  for (const auto& variable : service.environment)
    configuration.environment.emplace_back(
        variable.name,
        substitution.text(variable.value, "environment variable '" + variable.name + "'"));
  if (image != nullptr) add_files(*image, service.pwd, substitution, configuration.files);
  return configuration;
}

}  // namespace sconectl::casd
