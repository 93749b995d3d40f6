// libyaml's parser and scanner, with their memory.
#pragma once

#include <yaml.h>

#include <new>
#include <string_view>

namespace sconectl::yaml {

inline void read_from(yaml_parser_t& parser, std::string_view text) {
  if (yaml_parser_initialize(&parser) == 0) throw std::bad_alloc();
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
  yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
}

class Parser {
 public:
  explicit Parser(std::string_view text) { read_from(parser_, text); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }

  /// The next event, which lives until the next call; nullptr after a mistake.
  const yaml_event_t* next() {
    yaml_event_delete(&event_);
    return yaml_parser_parse(&parser_, &event_) == 0 ? nullptr : &event_;
  }
  [[nodiscard]] const yaml_parser_t& state() const { return parser_; }

 private:
  yaml_parser_t parser_{};
  yaml_event_t event_{};
};

/// Tokens instead of events: a scalar's place is without its anchor and tag.
class Scanner {
 public:
  explicit Scanner(std::string_view text) { read_from(parser_, text); }
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;
  ~Scanner() {
    yaml_token_delete(&token_);
    yaml_parser_delete(&parser_);
  }

  /// The next token, which lives until the next call; nullptr after a mistake.
  const yaml_token_t* next() {
    yaml_token_delete(&token_);
    return yaml_parser_scan(&parser_, &token_) == 0 ? nullptr : &token_;
  }

 private:
  yaml_parser_t parser_{};
  yaml_token_t token_{};
};

}  // namespace sconectl::yaml
