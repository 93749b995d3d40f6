#include "casd/provisioning/configuration.hpp"

#include <map>

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
  Substitution(const LoadedSession& session, SecretReader& secrets, std::set<std::string>& released)
      : session_(session), secrets_(secrets), released_(released) {}

  /// Any bytes: the content of a file.
  [[nodiscard]] std::string bytes(const std::string& text) const {
    return session::substitute(text, [this](const session::Placeholder& placeholder) {
      released_.insert(session::target(placeholder, [this](std::string_view name) {
                         return session_.secret(name) != nullptr;
                       }).secret);
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
  std::set<std::string>& released_;
};

void refuse_file_systems(const session::Service& service, const session::Image* image) {
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

/// The same path twice: the last entry counts (SL-245), in the place of the first.
void add_files(const session::Image& image, const std::string& pwd,
               const Substitution& substitution, cas::Configuration& configuration) {
  std::map<std::string, const session::InjectionFile*> last;
  for (const auto& entry : image.injection_files) last[absolute(entry.path, pwd)] = &entry;
  for (const auto& entry : image.injection_files) {
    const auto node = last.extract(absolute(entry.path, pwd));
    if (node.empty()) continue;
    const auto& file = *node.mapped();
    if (file.content)
      configuration.files.push_back(
          {node.key(), substitution.bytes(*file.content), file.permission});
    else
      configuration.templates.push_back({node.key(), file.permission});
  }
}

}  // namespace

cas::Configuration service_configuration(const LoadedSession& session,
                                         const session::Service& service, bool protects_files,
                                         SecretReader& secrets, FileSystems& file_systems,
                                         std::set<std::string>& released) {
  const auto* image =
      service.image_name ? session.session.find_image(*service.image_name) : nullptr;
  if (!protects_files) refuse_file_systems(service, image);
  const Substitution substitution(session, secrets, released);
  cas::Configuration configuration;
  configuration.pwd = service.pwd;
  if (service.command)
    for (const auto& argument : session::arguments(*service.command))
      configuration.argv.push_back(substitution.text(argument, "an argument of the command"));
  for (const auto& variable : service.environment)
    configuration.environment.push_back(
        {variable.name,
         substitution.text(variable.value, "environment variable '" + variable.name + "'")});
  if (image != nullptr) {
    add_files(*image, service.pwd, substitution, configuration);
    configuration.volumes = file_systems.volumes(session, *image);
  }
  if (service.fspf) configuration.fspf = file_systems.own(session, service, *service.fspf);
  return configuration;
}

}  // namespace sconectl::casd
