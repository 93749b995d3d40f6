#include "sconectl/text/image_reference.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::text {
namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_tag = 128;
constexpr std::size_t shortest_digest = 32;

bool is_lower(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z');
}

/// Lower case letters and digits with '.', '_', '__' or dashes between them.
bool is_path_component(std::string_view text) {
  if (text.empty() || !is_lower(text.front()) || !is_lower(text.back())) return false;
  for (std::size_t i = 0; i < text.size();) {
    if (is_lower(text[i])) {
      ++i;
      continue;
    }
    const auto end = text.find_first_not_of("._-", i);  // found: the last character is none
    const std::string_view separator = text.substr(i, end - i);
    const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
    const bool others = separator == "." || separator == "_" || separator == "__";
    if (separator.empty() || (!dashes && !others)) return false;
    i = end;
  }
  return true;
}

/// A first component with a '.', a ':' or upper case names a registry; so does "localhost".
bool is_host(std::string_view text) {
  return text == "localhost" || text.find_first_of(".:[") != std::string_view::npos ||
         std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_valid_host(std::string_view text) {
  std::string_view host = text;
  if (const auto colon = text.rfind(':');
      colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit))
      return false;
    host = text.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']'))
    return host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  const auto labels = split(host, '.');
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-'; });
  });
}

std::string tag_fault(std::string_view tag) {
  const bool fits = !tag.empty() && tag.size() <= longest_tag && tag.front() != '.' &&
                    tag.front() != '-' && std::all_of(tag.begin(), tag.end(), [](char c) {
                      return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
                    });
  if (fits) return "";
  return tag.empty() ? "ends in ':' without a tag"
                     : fmt::format(
                           "has the tag '{}': at most {} letters, digits, '_', '.' and '-', not "
                           "starting with '.' or '-'",
                           tag, longest_tag);
}

std::string digest_fault(std::string_view digest) {
  const auto [algorithm, hex] = cut(digest, ':');
  const bool fits = hex && !algorithm.empty() && hex->size() >= shortest_digest &&
                    std::all_of(hex->begin(), hex->end(),
                                [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
  return fits ? ""
              : fmt::format("has the digest '{}', which is not of the form sha256:HEX", digest);
}

std::string name_fault(std::string_view name) {
  auto components = split(name, '/');
  if (components.size() > 1 && is_host(components.front())) {
    if (!is_valid_host(components.front()))
      return fmt::format("names the registry '{}', which is no HOST or HOST:PORT",
                         components.front());
    components.erase(components.begin());
  }
  for (const std::string_view component : components) {
    if (component.empty()) return "has an empty part between slashes";
    if (is_path_component(component)) continue;
    const std::string lower = text::lower(component);
    if (component.find(':') != std::string_view::npos)
      return fmt::format("has two tags, or a ':' in the path ('{}'): write NAME:TAG", component);
    if (is_path_component(lower))
      return fmt::format("has upper case letters in '{}': write '{}'", component, lower);
    return fmt::format(
        "has the part '{}': lower case letters and digits, with '.', '_', '__' or "
        "'-' between them",
        component);
  }
  return name.size() > longest_name ? fmt::format("is longer than {} characters", longest_name)
                                    : "";
}

}  // namespace

std::string image_reference_fault(std::string_view reference) {
  if (std::any_of(reference.begin(), reference.end(),
                  [](char c) { return c == ' ' || is_control(c); }))
    return "holds a blank or a control character";
  if (const auto scheme = reference.find("://"); scheme != std::string_view::npos)
    return fmt::format("starts with '{}': write '{}'", reference.substr(0, scheme + 3),
                       reference.substr(scheme + 3));
  if (reference.starts_with('-')) return "starts with '-'";
  const auto [tagged, digest] = cut(reference, '@');
  if (digest)
    if (std::string fault = digest_fault(*digest); !fault.empty()) return fault;
  const auto slash = tagged.rfind('/');
  const auto colon = tagged.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon == std::string_view::npos) return name_fault(tagged);
  const std::string_view tag = tagged.substr(colon + 1);
  if (tag.find(':') != std::string_view::npos)
    return fmt::format("has two tags, '{}': write one", tag);
  std::string fault = name_fault(tagged.substr(0, colon));
  return fault.empty() ? tag_fault(tag) : fault;
}

}  // namespace sconectl::text
