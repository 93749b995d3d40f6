#include "sconectl/session/check.hpp"

#include <fmt/core.h>

#include <unordered_set>

#include "check_parts.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::session {
namespace {

/// Names inside one list differ (SL-028).
template <typename T>
void check_unique(const Checked& checked, const std::vector<T>& list, std::string_view what) {
  std::unordered_map<std::string_view, const T*> seen;
  seen.reserve(list.size());
  for (const T& item : list) {
    if (item.name.empty()) continue;
    const auto [first, fresh] = seen.emplace(item.name, &item);
    if (fresh) continue;
    const int line = first->second->place.at.line;
    checked.error(item.place, fmt::format("the {} '{}' is defined twice{}", what, item.name,
                                          line > 0 ? fmt::format(", first on line {}", line) : ""));
  }
}

void check_names(const Checked& checked) {
  const Session& session = checked.session;
  if (const auto wrong = path_fault(session.name, session.legacy()); !wrong.empty())
    checked.error(session.place, fmt::format("the name of the session {}", wrong));
  for (const Service& service : session.services)
    if (const auto wrong = component_fault(service.name); !wrong.empty())
      checked.error(service.place,
                    fmt::format("the name of the service '{}' {}", service.name, wrong));
  for (const Secret& secret : session.secrets) {
    if (const auto wrong = component_fault(secret.name); !wrong.empty())
      checked.error(secret.place,
                    fmt::format("the name of the secret '{}' {}", secret.name, wrong));
    if (secret.name == "self")
      checked.error(secret.place,
                    "a secret can not be named 'self': $$SCONE::self::…$$ is reserved");
  }
}

}  // namespace

std::string Checked::undefined(std::string_view name) const {
  std::vector<std::string_view> names;
  if (hints_left_-- > 0)
    for (const Secret& item : session.secrets)
      if (!item.name.empty()) names.emplace_back(item.name);  // one without a name was reported
  return fmt::format("no secret of this session is named '{}'{}", name,
                     diag::did_you_mean(name, std::span<const std::string_view>(names)));
}

bool is_first_dialect(const Session& session) {
  return session.version.empty() || session.version == "0.1";
}

void check(const Session& session, diag::Diagnostics& out) {
  const Checked checked(session, out);
  check_names(checked);
  if (session.predecessor && session.namespace_hash)
    checked.error(session.place, "'namespace_hash' excludes 'predecessor'");
  check_relations(session, out);
}

void check_relations(const Session& session, diag::Diagnostics& out) {
  const Checked checked(session, out);
  check_unique(checked, session.services, "service");
  check_unique(checked, session.secrets, "secret");
  check_unique(checked, session.volumes, "volume");
  check_unique(checked, session.images, "image");
  check_secrets(checked);
  check_services(checked);
  check_images(checked);
  check_volumes(checked);
  check_sections(checked);
}

}  // namespace sconectl::session
