#include "image/pod_security.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

/// A user that no image has, and nobody else is.
constexpr std::uint32_t ordinary_user = 65532;

/// What container engines mount themselves belongs to root, and is read-only where the root is.
bool injects_engine_files(const Facts& facts) {
  constexpr std::array<std::string_view, 3> mounted = {"/etc/hosts", "/etc/hostname",
                                                       "/etc/resolv.conf"};
  return std::any_of(facts.injection_files.begin(), facts.injection_files.end(),
                     [&](const InjectedFile& file) {
                       return std::find(mounted.begin(), mounted.end(), file.path) != mounted.end();
                     });
}

}  // namespace

void set_pod_security(render::Variables& variables, const Facts& facts, bool made_by_others) {
  const bool native = facts.runtime == Runtime::native;
  const std::string user(text::cut(facts.user, ':').before);
  const bool others = made_by_others || injects_engine_files(facts);
  const auto number = text::number<std::uint32_t>(user);
  const bool root = others ? user.empty() || user == "root" || number == 0U : false;
  std::string pod = "seccompProfile: {type: RuntimeDefault}";
  std::string container = "allowPrivilegeEscalation: false";
  if (!root) container += ", capabilities: {drop: [ALL]}";
  if (!others) {
    pod += fmt::format(", runAsNonRoot: true, runAsUser: {0}, runAsGroup: {0}, fsGroup: {0}",
                       ordinary_user);
    container += ", readOnlyRootFilesystem: true";
  } else if (number && !root) {  // Kubernetes can not tell whether a name is root
    pod += ", runAsNonRoot: true";
  }
  variables.set_yaml("pod_security_context", native ? "{" + pod + "}" : "{}");
  variables.set_yaml("security_context", native ? "{" + container + "}" : "{}");
  variables.set_yaml("memory_directories", native && !others ? "[/tmp]" : "[]");
}

}  // namespace sconectl::image
