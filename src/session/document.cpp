// What holds for every scalar of a session, wherever it stands (SL-003, SL-009).
#include <fmt/core.h>

#include <vector>

#include "sections.hpp"

namespace sconectl::session {
namespace {

/// Where the custom tags of a value are nobody's business.
enum class Zone { plain, secrets, secret, fragment, secret_config };

struct Visit {
  const yaml::Value* value;
  Zone zone;
};

bool is_fragment(const yaml::Value& secret) {
  const yaml::Value* kind = secret.find("kind");
  return kind != nullptr && kind->text() == text::word(SecretKind::config_fragment);
}

Zone zone_below(const Visit& visit, std::string_view key, bool root) {
  if (root && key == "secrets") return Zone::secrets;
  if (root && key == "secret_config") return Zone::secret_config;
  if (visit.zone == Zone::secret && key == "value" && is_fragment(*visit.value))
    return Zone::fragment;
  if (visit.zone == Zone::fragment || visit.zone == Zone::secret_config) return visit.zone;
  return Zone::plain;
}

void check_text(const std::string& text, const diag::Location& at, Context& context) {
  if (text.find('\0') != std::string::npos)
    context.out.error(at, "text can not hold the character U+0000");
}

}  // namespace

void check_scalars(const yaml::Value& document, Context& context) {
  std::vector<Visit> open{{&document, Zone::plain}};
  while (!open.empty()) {
    const Visit visit = open.back();
    open.pop_back();
    const yaml::Value& value = *visit.value;
    check_text(value.text(), value.location(), context);
    const std::string& tag = value.tag();
    const bool store = visit.zone == Zone::secret_config && (tag == "!cas" || tag == "!akv");
    if (!tag.empty() && visit.zone != Zone::fragment && !store)
      context.error(value,
                    fmt::format("the tag '{}' is not allowed here; only '!cas' and '!akv' at "
                                "secret_config.store_in are",
                                tag));
    for (const yaml::Value& item : value.items())
      open.push_back({&item, visit.zone == Zone::secrets ? Zone::secret : visit.zone});
    for (const yaml::Entry& entry : value.entries()) {
      check_text(entry.key, entry.key_location, context);
      open.push_back({&entry.value, zone_below(visit, entry.key, &value == &document)});
    }
  }
}

}  // namespace sconectl::session
