// The URL short form of references to sessions (SL-316, SL-318).
#include <fmt/core.h>

#include <map>

#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::session {
namespace {

const std::vector<std::string> keys{"cas_key",   "cas_software_key", "session", "session_hash",
                                    "namespace", "secret",           "volume"};

[[noreturn]] void fail(std::string_view text, std::string why) {
  throw diag::Error(diag::ErrorKind::invalid, fmt::format("reference '{}': {}", text, why));
}

std::map<std::string, std::string> pairs_of(std::string_view text, std::string_view list) {
  std::map<std::string, std::string> result;
  if (list.ends_with(',')) list.remove_suffix(1);
  if (list.empty()) return result;
  for (const std::string_view item : text::split(list, ',')) {
    const auto [name, value] = text::cut(item, '=');
    if (!value || value->empty())
      fail(text, fmt::format("'{}' must have the form key=value", item));
    const std::string key(name);
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      fail(text, fmt::format("unknown key '{}'{}", key, diag::did_you_mean(key, keys)));
    if (!result.emplace(key, *value).second)
      fail(text, fmt::format("the key '{}' occurs twice", key));
  }
  return result;
}

std::optional<std::string> taken(const std::map<std::string, std::string>& pairs, const char* key) {
  const auto found = pairs.find(key);
  return found == pairs.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

bool is_url_reference(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && text.find('=', slash) != std::string_view::npos;
}

UrlReference parse_url_reference(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("https://")) rest.remove_prefix(8);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos)
    fail(text,
         "expected [host[:port]]/[cas_key=…,]session=…; the part of this CAS starts with '/'");
  const auto pairs = pairs_of(text, rest.substr(slash + 1));
  UrlReference result;
  const auto key = taken(pairs, "cas_key");
  const auto software_key = taken(pairs, "cas_software_key");
  if (slash > 0) {
    if (key.has_value() == software_key.has_value())
      fail(text, "a CAS address needs exactly one of cas_key and cas_software_key");
    result.cas = RemoteCas{std::string(rest.substr(0, slash)), key ? *key : *software_key,
                           software_key.has_value()};
  } else if (key || software_key) {
    fail(text, "a CAS key needs the address of the CAS before the '/'");
  }
  const auto session = taken(pairs, "session");
  const auto space = taken(pairs, "namespace");
  if (session.has_value() == space.has_value())
    fail(text, "exactly one of session and namespace is needed");
  result.session = session ? *session : *space;
  result.whole_namespace = space.has_value();
  if (is_relative(result.session)) fail(text, "a relative path is not possible in this form");
  result.session_hash = taken(pairs, "session_hash");
  if (result.whole_namespace && result.session_hash)
    fail(text, "session_hash needs session, not namespace");
  result.secret = taken(pairs, "secret");
  result.volume = taken(pairs, "volume");
  return result;
}

}  // namespace sconectl::session
