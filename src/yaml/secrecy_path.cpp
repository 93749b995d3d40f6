#include "yaml/secrecy_path.hpp"

namespace sconectl::yaml {

/// In a list below `env` a scalar may be "A=secret", and a mapping says with its keys what is one.
Secrecy SecrecyPath::of_next_value(bool is_mapping) const {
  if (open_.empty()) return Secrecy::none;
  const Open& top = open_.back();
  if (top.all) return Secrecy::all;
  if (top.values == Secrecy::scalars && is_mapping)
    return top.mapping ? Secrecy::all : Secrecy::none;
  return top.values;
}

SecrecyPath::Place SecrecyPath::take_scalar(std::string_view text) {
  if (!open_.empty() && open_.back().mapping && !open_.back().has_key) {
    Open& top = open_.back();
    top.has_key = true;
    top.values = secrecy_below(text);
    top.described = is_description(text);
    return {.is_key = true, .secret = false, .described = false};
  }
  const bool secret = of_next_value(false) != Secrecy::none;
  const bool described = !open_.empty() && open_.back().described && !secret;
  value_done();
  return {.is_key = false, .secret = secret, .described = described};
}

void SecrecyPath::open(bool mapping) {
  const Secrecy values = of_next_value(mapping);
  const bool described = !mapping && !open_.empty() && open_.back().described;
  open_.push_back({.mapping = mapping,
                   .has_key = false,
                   .values = values,
                   .all = values == Secrecy::all,
                   .described = described});
}

void SecrecyPath::value_done() {
  if (open_.empty() || !open_.back().mapping) return;
  Open& top = open_.back();
  // A key that is no scalar names nothing: what stands behind it is hidden.
  if (!top.has_key) top.values = Secrecy::all;
  top.has_key = !top.has_key;
}

SecrecyPath::Place SecrecyPath::take(const yaml_event_t& event) {
  switch (event.type) {
    case YAML_SCALAR_EVENT:
      return take_scalar(
          {reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length});
    case YAML_ALIAS_EVENT: {
      const bool secret = of_next_value(false) != Secrecy::none;
      value_done();
      return {.is_key = false, .secret = secret, .described = false};
    }
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: {
      const bool mapping = event.type == YAML_MAPPING_START_EVENT;
      const bool secret = of_next_value(mapping) == Secrecy::all;
      open(mapping);
      return {.is_key = false, .secret = secret, .described = false};
    }
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
      open_.pop_back();
      value_done();
      return {};
    default:
      return {};
  }
}

}  // namespace sconectl::yaml
