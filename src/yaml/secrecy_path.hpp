// Follows the events of a document and knows where each scalar stands.
#pragma once

#include <yaml.h>

#include <string>
#include <string_view>
#include <vector>

#include "sconectl/yaml/sensitivity.hpp"

namespace sconectl::yaml {

class SecrecyPath {
 public:
  /// Of a scalar or collection.
  struct Place {
    bool is_key = false;
    bool secret = false;     ///< it may be a secret, or hold one
    bool described = false;  ///< the value of a word that only describes
  };

  /// Where the event's node stands; moves on behind it.
  Place take(const yaml_event_t& event);

 private:
  struct Open {
    bool mapping = false;
    bool has_key = false;            ///< the next node is the value of a key
    Secrecy values = Secrecy::none;  ///< of the list's items, or of the last key's value
    bool all = false;                ///< everything in here
    bool described = false;          ///< by the list's or the last key's name
  };

  [[nodiscard]] Place take_scalar(std::string_view text);
  [[nodiscard]] Secrecy of_next_value(bool is_mapping) const;
  void open(bool mapping);
  void value_done();

  std::vector<Open> open_;
};

}  // namespace sconectl::yaml
