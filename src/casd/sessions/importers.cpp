#include "casd/sessions/importers.hpp"

#include <algorithm>
#include <variant>

#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

constexpr std::size_t names_of_a_page = 1000;

void for_each_below(const Store& store, const std::string& parent,
                    const std::function<void(const std::string& name)>& act) {
  std::string after;
  for (bool more = true; more;) {
    const auto page = store.children(parent, after, names_of_a_page);
    for (const auto& name : page.names) {
      act(name);
      for_each_below(store, name, act);
    }
    more = page.more;
    if (more) after = page.names.back();
  }
}

bool imports_from(const session::Session& session, const std::string& name) {
  const auto is_meant = [&](const std::string& path) {
    return session::resolve(session.name, path) == name;
  };
  const bool a_secret =
      std::any_of(session.secrets.begin(), session.secrets.end(), [&](const auto& secret) {
        const auto* import = std::get_if<session::SecretImport>(&secret.body);
        return import != nullptr && !import->cas && is_meant(import->session);
      });
  return a_secret ||
         std::any_of(session.volumes.begin(), session.volumes.end(), [&](const auto& volume) {
           return volume.import && is_meant(volume.import->session);
         });
}

/// Paths are relative sometimes: its last part stands in every text that names it.
std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

std::vector<std::string> importers_of(const Store& store, const SessionCache& sessions,
                                      const std::string& name) {
  std::vector<std::string> result;
  for_each_below(store, "/", [&](const std::string& other) {
    if (store.known_as_locked(other)) return;
    const auto active = other == name ? nullptr : store.active(other);
    if (!active || active->text.find(last_part(name)) == std::string::npos) return;
    if (imports_from(sessions.parsed(active)->session, name)) result.push_back(other);
  });
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace sconectl::casd
