// Events of the YAML parser to Values.
#pragma once

#include <yaml.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::yaml {

/// Builds one document from parser events; mistakes of structure (duplicate keys, merge keys,
/// recursive aliases) go to the Diagnostics. After one that makes reading on dangerous (too deep,
/// too large) Stopped is thrown.
class Composer {
 public:
  struct Stopped {};

  Composer(std::shared_ptr<const diag::Source> source, diag::Diagnostics& out,
           const Limits& limits);

  /// Takes the next event between the start and the end of a document.
  void take(const yaml_event_t& event);

  [[nodiscard]] const Value& document() const { return document_; }

 private:
  /// A collection that is still open.
  struct Open {
    bool mapping = false;
    diag::Location at;
    std::string tag;
    std::string anchor;
    std::vector<Value> items;
    std::vector<Entry> entries;
    std::unordered_map<std::string, int> lines;  // key -> line of its first use
    bool has_key = false;
    bool key_is_usable = false;
    std::string key;
    diag::Location key_location;
  };

  [[nodiscard]] diag::Location at(const yaml_event_t& event) const;
  void take_alias(const yaml_event_t& event);
  void take_scalar(const yaml_event_t& event);
  void open(bool mapping, diag::Location at, std::string tag, std::string anchor);
  void close();
  void add(Value value, const std::string& anchor);
  void add_key(Open& top, const Value& key);
  [[noreturn]] void stop(const diag::Location& at, std::string text);

  std::shared_ptr<const diag::Source> source_;
  diag::Diagnostics& out_;
  const Limits& limits_;
  std::vector<Open> open_;
  std::unordered_map<std::string, Value> anchors_;
  Value document_;
};

}  // namespace sconectl::yaml
