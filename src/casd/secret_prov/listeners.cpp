#include "casd/secret_prov/listeners.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

SecretListener parse_secret_listener(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Error(ErrorKind::usage, fmt::format("'{}' is no secret for secret_prov: {}; the form is "
                                               "IP:PORT[/SERVER_NAME]=SESSION/SERVICE:SECRET, as "
                                               "0.0.0.0:4433=demo/client:wrap_key",
                                               text, why));
  };
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) throw wrong("it has no '='");
  const std::string_view where = text.substr(0, equals);
  const std::string_view target = text.substr(equals + 1);
  const auto slash = where.find('/');
  const auto colon = target.find(':');
  if (colon == std::string_view::npos) throw wrong("it names no secret");
  SecretListener result;
  result.address = where.substr(0, slash);
  if (slash != std::string_view::npos) result.server_name = text::lower(where.substr(slash + 1));
  if (slash != std::string_view::npos && result.server_name.empty())
    throw wrong("the server name is empty");
  result.config_id = target.substr(0, colon);
  const std::string_view secret = target.substr(colon + 1);
  const auto format = secret.find(':');
  result.secret = session::Placeholder(
      std::string(secret.substr(0, format)),
      format == std::string_view::npos ? "" : std::string(secret.substr(format + 1)));
  if (result.address.empty() || result.secret.name.empty()) throw wrong("a part of it is empty");
  try {
    const auto id = session::parse_config_id(result.config_id);
    if (id.otp) throw wrong("there is no one-time password here");
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) throw;
    throw wrong(error.text());
  }
  return result;
}

std::map<std::string, std::vector<SecretListener>> parse_secret_listeners(
    const std::vector<std::string>& texts) {
  std::map<std::string, std::vector<SecretListener>> result;
  for (const auto& text : texts) {
    auto listener = parse_secret_listener(text);
    auto& of_address = result[listener.address];
    for (const auto& other : of_address)
      if (other.server_name == listener.server_name)
        throw Error(ErrorKind::usage,
                    fmt::format("'{}': there is another secret for this address and server name: "
                                "give them names, as IP:PORT/SERVER_NAME=…",
                                text));
    of_address.push_back(std::move(listener));
  }
  return result;
}

const SecretListener* listener_for(const std::vector<SecretListener>& of_address,
                                   std::string_view server_name) {
  const std::string name = text::lower(server_name);
  const auto named = [&](const std::string& wanted) {
    const auto found =
        std::find_if(of_address.begin(), of_address.end(),
                     [&](const SecretListener& each) { return each.server_name == wanted; });
    return found == of_address.end() ? nullptr : &*found;
  };
  if (const auto* exact = name.empty() ? nullptr : named(name)) return exact;
  return named("");
}

}  // namespace sconectl::casd
