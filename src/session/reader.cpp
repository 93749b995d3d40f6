#include "reader.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::session {

std::string Context::shown(std::string_view text) const {
  constexpr std::size_t longest = 80;
  if (hide_values) return "this value";
  if (text.size() > longest) return fmt::format("'{}…'", text.substr(0, longest));
  return fmt::format("'{}'", text);
}

void Context::since(int patch_needed, const yaml::Value& at, std::string_view path) const {
  if (patch < 0 || patch >= patch_needed) return;
  warning(at, fmt::format("'{}' needs version 0.3.{}, this session says 0.3.{}", path, patch_needed,
                          patch));
}

bool Reader::has(std::string_view key) const {
  const yaml::Value* found = value().find(key);
  return found != nullptr && !found->is_null();
}

std::optional<std::string> Reader::hex(std::string_view key, std::size_t bytes) {
  const yaml::Value* found = find(key);
  return found == nullptr ? std::nullopt : hex_of(*found, path(key), bytes, context_);
}

void Reader::since(int patch, std::string_view key) {
  if (has(key)) context_.since(patch, *value().find(key), path(key));
}

std::vector<std::string> Reader::one_or_more(std::string_view key) {
  const yaml::Value* found = find(key);
  if (found == nullptr) return {};
  if (found->is_scalar()) return {found->text()};
  return texts(key);
}

std::vector<yaml::Value> Reader::one_or_more_values(std::string_view key) {
  const yaml::Value* found = find(key);
  if (found == nullptr) return {};
  if (found->is_sequence()) return found->items();
  return {*found};
}

void Reader::legacy_key(std::string_view key) {
  if (!has(key)) return ignore(key);
  if (!context_.legacy)
    return refuse(key,
                  "belongs to the versions 0.1 and 0.2 of the language and has no meaning in 0.3");
  without_effect(key, "it has no meaning any more");
}

void Reader::without_effect(std::string_view key, std::string_view why) {
  const yaml::Value* found = find(key);
  if (found == nullptr) return;
  context_.warning(*found, fmt::format("'{}' has no effect: {}", path(key), why));
}

void Reader::refuse(std::string_view key, std::string why) {
  const yaml::Value* found = find(key);
  if (found == nullptr) return;
  error(*found, fmt::format("'{}' {}", path(key), why));
}

std::optional<std::string> text_of(const yaml::Value& value, const std::string& path,
                                   Context& context) {
  if (value.is_scalar()) return value.text();
  context.error(value, fmt::format("'{}' must be text, this is {}", path, kind_name(value)));
  return std::nullopt;
}

std::optional<std::string> hex_of(const yaml::Value& value, const std::string& path,
                                  std::size_t bytes, Context& context) {
  auto text = text_of(value, path, context);
  if (!text) return std::nullopt;
  if (text::is_hex(*text, 2 * bytes)) return text::lower(*text);
  const std::string why = text->empty() ? "; this is empty, and '~' stands for no value"
                          : text::is_hex(*text, text->size())
                              ? fmt::format(", this has {}", text->size())
                          : text::lower(*text).starts_with("0x") ? " without '0x'"
                                                                 : ", this holds other characters";
  context.error(value, fmt::format("'{}' must be {} hex digits{}", path, 2 * bytes, why));
  return std::nullopt;
}

std::optional<std::uint32_t> number_of(const yaml::Value& value, const std::string& path,
                                       std::uint32_t low, std::uint32_t high, Context& context) {
  const auto number = value.is_scalar() ? yaml::integer(value) : std::nullopt;
  if (number && *number >= low && *number <= high) return static_cast<std::uint32_t>(*number);
  context.error(value, fmt::format("'{}' must be an integer from {} to {}", path, low, high));
  return std::nullopt;
}

std::optional<bool> boolean_of(const yaml::Value& value, const std::string& path,
                               Context& context) {
  if (const auto result = yaml::boolean(value)) return result;
  context.error(value, fmt::format("'{}' must be 'true' or 'false'", path));
  return std::nullopt;
}

std::optional<std::size_t> word_of(const yaml::Value& value, const std::string& path,
                                   std::span<const std::string_view> words, Context& context) {
  const auto text = text_of(value, path, context);
  if (!text) return std::nullopt;
  const auto match = std::find(words.begin(), words.end(), *text);
  if (match != words.end()) return static_cast<std::size_t>(match - words.begin());
  context.error(value, fmt::format("'{}' can not be {}, only {}{}", path, context.shown(*text),
                                   text::quoted_list(words),
                                   context.hide_values ? "" : diag::did_you_mean(*text, words)));
  return std::nullopt;
}

bool whole_or_none(const yaml::Value& value, const std::string& path, Context& context) {
  if (value.text().find("$$SCONE::") == std::string::npos) return true;
  for (const Piece& piece : pieces(value.text())) {
    if (!piece.placeholder || piece.text.size() == value.text().size()) continue;
    context.error(value, fmt::format("'{}' must be a value or exactly one placeholder, not a "
                                     "placeholder with text around it",
                                     path));
    return false;
  }
  return true;
}

std::string normal_pem(std::string_view text) {
  std::string result(text::trimmed(text));
  std::erase(result, '\r');
  return result + "\n";
}

std::string certificate_fault(const std::string& pem) {
  try {
    (void)crypto::Certificate::from_pem(pem);
    return "";
  } catch (const diag::Error& error) {
    return error.text();
  }
}

std::string single_certificate_fault(const std::string& pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  if (!pem.starts_with(begin)) return "a certificate must start with '-----BEGIN CERTIFICATE-----'";
  const std::size_t last = pem.find(end);
  if (last == std::string::npos) return "the certificate has no '-----END CERTIFICATE-----'";
  if (pem.size() > last + end.size() + 1) return "there is more text after the first certificate";
  return certificate_fault(pem);
}

}  // namespace sconectl::session
