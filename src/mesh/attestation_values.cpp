#include "mesh/attestation_values.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/session/name.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::mesh {
namespace {

using session::ConfigFragment;
using session::Secret;
using session::Session;

constexpr std::size_t measurement_digits = 64;
constexpr int most_imports = 8;

bool is_variant(const yaml::Value& value) {
  return value.is_mapping() && !value.entries().empty() &&
         std::all_of(value.entries().begin(), value.entries().end(), [](const yaml::Entry& entry) {
           return entry.key == "mrenclave" || entry.key == "signer";
         });
}

bool is_measurement(const yaml::Value& value) {
  return value.is_scalar() && text::is_hex(value.text(), measurement_digits);
}

/// The items of a list, or the one that the value is.
std::vector<yaml::Value> items_of(const yaml::Value& value) {
  return value.is_sequence() ? value.items() : std::vector<yaml::Value>{value};
}

bool are_all(const std::vector<yaml::Value>& items, bool (*test)(const yaml::Value&)) {
  return !items.empty() && std::all_of(items.begin(), items.end(), test);
}

MeasurementValue unknown(const std::string& secret, const std::string& session) {
  return {{}, fmt::format("secret {} of session {}", secret, session)};
}

}  // namespace

std::optional<yaml::Value> joined_measurements(const yaml::Value& now, const yaml::Value& before) {
  std::vector<yaml::Value> items = items_of(now);
  const std::vector<yaml::Value> more = items_of(before);
  const bool variants = are_all(items, is_variant) && are_all(more, is_variant);
  if (!variants && !(are_all(items, is_measurement) && are_all(more, is_measurement)))
    return std::nullopt;
  for (const yaml::Value& item : more) {
    const bool is_there = std::any_of(items.begin(), items.end(), [&](const yaml::Value& known) {
      return ConfigFragment{known} == ConfigFragment{item};
    });
    if (!is_there) items.push_back(item);
  }
  return yaml::Value::sequence(std::move(items), now.location());
}

MeasurementValue measurement_value(const Session& session, const std::string& secret,
                                   const SessionByName& others) {
  const Session* in = &session;
  std::string name = secret;
  std::string place = session.name;
  for (int i = 0; in != nullptr && i < most_imports; ++i) {
    const auto found = std::find_if(in->secrets.begin(), in->secrets.end(),
                                    [&](const Secret& one) { return one.name == name; });
    if (found == in->secrets.end()) break;
    if (const auto* fragment = std::get_if<ConfigFragment>(&found->body))
      return {fragment->value, ""};
    if (const auto* ascii = std::get_if<session::Ascii>(&found->body); ascii && ascii->value)
      return {yaml::Value::scalar(*ascii->value, false, {}), ""};
    const auto* import = std::get_if<session::SecretImport>(&found->body);
    if (import == nullptr || import->cas) break;
    place = session::resolve(in->name, import->session);
    name = import->secret;
    in = others(place);
  }
  return unknown(name, place);
}

}  // namespace sconectl::mesh
