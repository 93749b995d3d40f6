// Events of the YAML parser to Values.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/value.hpp"

namespace sconectl::yaml {

/// Builds one document from parser events; mistakes of structure (duplicate keys, merge keys,
/// recursive aliases) go to the Diagnostics.
class Composer : public YAML::EventHandler {
 public:
  Composer(std::shared_ptr<const diag::Source> source, diag::Diagnostics& out,
           const Limits& limits);

  [[nodiscard]] const Value& document() const { return document_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;

 private:
  /// A collection that is still open.
  struct Open {
    bool mapping = false;
    diag::Location at;
    std::string tag;
    YAML::anchor_t anchor = 0;
    std::vector<Value> items;
    std::vector<Entry> entries;
    std::unordered_map<std::string, int> lines;  // key -> line of its first use
    bool has_key = false;
    bool key_is_usable = false;
    std::string key;
    diag::Location key_location;
  };

  [[nodiscard]] diag::Location at(const YAML::Mark& mark) const;
  void open(bool mapping, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void close();
  void add(Value value, YAML::anchor_t anchor);
  void add_key(Open& top, const Value& key);

  std::shared_ptr<const diag::Source> source_;
  diag::Diagnostics& out_;
  const Limits& limits_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Value> anchors_;
  Value document_;
};

}  // namespace sconectl::yaml
