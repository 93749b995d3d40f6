// TOML with places in messages.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "enclave/toml_ascii.hpp"
#include "enclave/toml_library.hpp"
#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::enclave {

/// A document, its name, and its mistakes so far.
class TomlReading {
 public:
  /// Throws Error{invalid} for what is no TOML.
  TomlReading(const std::string& name, std::string_view text)
      : source_(std::make_shared<diag::Source>(name, "")) {
    text = text::without_byte_order_mark(text);
    if (const auto odd = non_ascii_outside_texts(text)) {
      const auto before = text.substr(0, *odd);
      const auto line = std::count(before.begin(), before.end(), '\n');
      out_.error({source_, static_cast<int>(line) + 1,
                  static_cast<int>(before.size() - (before.rfind('\n') + 1)) + 1},
                 "this is no TOML: letters that are not ASCII stand only in texts and comments");
      out_.throw_if_errors();
    }
    try {
      table_ = toml::parse(text, name);
    } catch (const toml::parse_error& error) {
      const auto begin = error.source().begin;
      out_.error({source_, static_cast<int>(begin.line), static_cast<int>(begin.column)},
                 fmt::format("this is no TOML: {}", error.description()));
      out_.throw_if_errors();
    } catch (const BrokenTomlDocument&) {
      out_.error({source_, 0, 0}, "this is no TOML");
      out_.throw_if_errors();
    }
  }

  [[nodiscard]] toml::table& table() { return table_; }
  [[nodiscard]] const toml::table& table() const { return table_; }
  [[nodiscard]] diag::Diagnostics& out() { return out_; }

  /// Where a node stands; the whole file for one that was not read.
  [[nodiscard]] diag::Location at(const toml::node* node) const {
    if (node == nullptr || !node->source().begin) return {source_, 0, 0};
    const auto begin = node->source().begin;
    return {source_, static_cast<int>(begin.line), static_cast<int>(begin.column)};
  }
  void error(const toml::node* node, std::string text) { out_.error(at(node), std::move(text)); }

  /// The node at a dotted path, or null.
  [[nodiscard]] const toml::node* find(std::string_view path) const {
    return table_.at_path(path).node();
  }
  /// A value of one type, or what the manifest does not say.
  template <typename T>
  [[nodiscard]] T value(std::string_view path, T otherwise, std::string_view type) {
    const toml::node* node = find(path);
    if (node == nullptr) return otherwise;
    if (const auto exact = node->value_exact<T>()) return *exact;
    error(node, fmt::format("'{}' has to be {}", path, type));
    return otherwise;
  }

 private:
  std::shared_ptr<diag::Source> source_;
  toml::table table_;
  diag::Diagnostics out_;
};

}  // namespace sconectl::enclave
