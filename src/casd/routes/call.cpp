#include "casd/routes/call.hpp"

#include <algorithm>

#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/percent.hpp"

namespace sconectl::casd {

namespace {

diag::Error invalid(std::string text) {
  return {diag::ErrorKind::invalid, std::move(text)};
}

/// Well-formed UTF-8 without control characters; overlong forms and surrogates are refused.
bool clean_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i++]);
    if (first < 0x80) {
      if (first < 0x20 || first == 0x7f) return false;
      continue;
    }
    const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || i + more > text.size()) return false;
    std::uint32_t point = first & (0x3fU >> more);
    for (std::size_t end = i + more; i < end; ++i) {
      const auto next = static_cast<unsigned char>(text[i]);
      if ((next & 0xc0U) != 0x80U) return false;
      point = (point << 6U) | (next & 0x3fU);
    }
    if ((more == 2 && point < 0x800) || (more == 3 && point < 0x10000) || point > 0x10ffff ||
        (point >= 0xd800 && point <= 0xdfff))
      return false;
  }
  return true;
}

std::string decoded(std::string_view text) {
  auto result = text::percent_decoded(text);
  if (!result) throw invalid("the path holds a '%' without two hex digits behind it");
  if (!clean_utf8(*result)) throw invalid("the request path is not clean UTF-8 text");
  return *std::move(result);
}

}  // namespace

Target parse_target(std::string_view target) {
  Target result;
  const auto mark = target.find('?');
  for (const char c : decoded(target.substr(0, mark)))
    if (c != '/' || result.path.empty() || result.path.back() != '/') result.path.push_back(c);
  if (mark == std::string_view::npos) return result;
  std::string_view query = target.substr(mark + 1);
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = decoded(pair.substr(0, equals));
    const auto value =
        equals == std::string_view::npos ? std::string() : decoded(pair.substr(equals + 1));
    if (!result.query.emplace(name, value).second)
      throw invalid("the query parameter '" + name + "' is given twice");
  }
  return result;
}

std::optional<std::string> Call::parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Call::hash_parameter(const std::string& name) const {
  const auto text = parameter(name);
  return text ? std::optional(lower_hash(*text, name)) : std::nullopt;
}

std::string lower_hash(std::string_view text, std::string_view name) {
  const auto bytes = crypto::unhex(text);
  if (!bytes || bytes->size() != 32)
    throw invalid("'" + std::string(name) + "' is not a hash of 64 hex digits");
  return crypto::hex(*bytes);
}

}  // namespace sconectl::casd
