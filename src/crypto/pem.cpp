#include "sconectl/crypto/pem.hpp"

#include "crypto/native.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";
constexpr std::size_t columns = 64;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Secret decode_body(std::string_view body, const std::string& label) {
  if (body.find(':') != std::string_view::npos) return {};  // "Proc-Type: 4,ENCRYPTED"
  std::string text;
  text.reserve(body.size());
  for (const char c : body) {
    if (!is_space(c)) text += c;
  }
  auto der = unbase64(text);
  wipe(text);
  if (!der) throw_invalid("the PEM block '" + label + "' is not valid base64");
  return Secret::adopt(std::move(*der));
}

}  // namespace

std::optional<PemBlock> next_pem_block(std::string_view& rest) {
  const std::size_t begin = rest.find(begin_mark);
  if (begin == std::string_view::npos) {
    rest = {};
    return std::nullopt;
  }
  rest.remove_prefix(begin + begin_mark.size());
  const std::size_t label_end = rest.find(dashes);
  const std::string_view label = rest.substr(0, label_end);
  constexpr std::size_t longest_label = 64;
  if (label_end == std::string_view::npos || label.size() > longest_label ||
      label.find('\n') != std::string_view::npos) {
    throw_invalid("a PEM block has no proper BEGIN line");
  }
  rest.remove_prefix(label_end + dashes.size());
  PemBlock block{std::string(label), {}};
  const std::string last_line = std::string(end_mark) + block.label + std::string(dashes);
  const std::size_t end = rest.find(last_line);
  if (end == std::string_view::npos) {
    throw_invalid("the PEM block '" + block.label + "' has no END line");
  }
  block.der = decode_body(rest.substr(0, end), block.label);
  rest.remove_prefix(end + last_line.size());
  return block;
}

PemBlock first_pem_block(std::string_view pem, std::string_view what) {
  auto block = next_pem_block(pem);
  if (!block) throw_invalid("expected a PEM block '" + std::string(what) + "', found none");
  return std::move(*block);
}

Secret pem_text(std::string_view label, std::string_view der) {
  std::string digits = base64(der);
  std::string text;
  text.reserve(digits.size() + digits.size() / columns + 2 * label.size() + 64);
  text.append(begin_mark).append(label).append(dashes).append("\n");
  for (std::size_t at = 0; at < digits.size(); at += columns) {
    text.append(digits, at, columns).append("\n");
  }
  text.append(end_mark).append(label).append(dashes).append("\n");
  wipe(digits);
  return Secret::adopt(std::move(text));
}

}  // namespace sconectl::crypto
