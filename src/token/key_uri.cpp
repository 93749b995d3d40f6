#include "token/key_uri.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/host/file_access.hpp"
#include "sconectl/text/percent.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::token {

using diag::Error;
using diag::ErrorKind;

KeyUri::KeyUri(std::string_view uri, const std::vector<std::string>& known) {
  const auto [path, query] = text::cut(*text::cut(uri, ':').after, '?');
  auto parts = text::split(path, ';');
  if (query)
    for (const auto part : text::split(*query, '&')) parts.push_back(part);
  for (const auto part : parts) {
    if (part.empty()) continue;
    const auto [name_text, written] = text::cut(part, '=');
    const std::string name(name_text);
    if (name == "pin-value")
      throw Error(
          ErrorKind::invalid,
          "'pin-value' in the URI of a key can be read by too many: write the PIN to a file "
          "(mode 0600) and name that with 'pin-source=file:/...'");
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(ErrorKind::invalid, "'" + name + "' in the URI of a key is not known here" +
                                          diag::did_you_mean(name, known));
    const auto value = written ? text::percent_decoded(*written) : std::nullopt;
    if (!value || value->empty() || value->find('\0') != std::string::npos)
      throw Error(ErrorKind::invalid, "'" + name + "' in the URI of a key has no value");
    if (!values_.emplace(name, *value).second)
      throw Error(ErrorKind::invalid, "'" + name + "' is there twice in the URI of a key");
  }
}

std::optional<std::string> KeyUri::value(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string KeyUri::needed(const std::string& name, std::string_view example) const {
  if (auto found = value(name)) return *found;
  throw Error(ErrorKind::invalid,
              "the URI of a key needs '" + name + "', as in '" + std::string(example) + "'");
}

std::optional<std::filesystem::path> KeyUri::secret_file(const std::string& name) const {
  constexpr std::string_view scheme = "file:";
  auto place = value(name);
  if (!place) return std::nullopt;
  if (place->starts_with(scheme)) place->erase(0, scheme.size());
  if (place->starts_with("///")) place->erase(0, 2);
  if (!place->starts_with('/') || place->starts_with("//"))
    throw Error(ErrorKind::invalid,
                "'" + name + "' in the URI of a key names a file with its whole path: '" + name +
                    "=file:/etc/cas/pin'");
  if (host::file_access(*place) == host::FileAccess::others)
    throw Error(ErrorKind::invalid, *place + " is open to others; make it yours with chmod 600");
  return *place;
}

}  // namespace sconectl::token
