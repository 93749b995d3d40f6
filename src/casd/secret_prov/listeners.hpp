// Which secret is for whom: the settings of secret_prov.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/session/placeholder.hpp"

namespace sconectl::casd {

/// `ADDRESS[/SERVER_NAME]=SESSION/SERVICE:SECRET[:FORMAT]`, as
/// "0.0.0.0:4433/ra.example.com=demo/client:wrap_key".
struct SecretListener {
  std::string address;      ///< IP:PORT
  std::string server_name;  ///< lower case; empty: for clients that name none of the others
  std::string config_id;    ///< session/service
  session::Placeholder secret;
};

/// Throws Error{usage} that shows the form.
[[nodiscard]] SecretListener parse_secret_listener(std::string_view text);

/// By address. Throws Error{usage} as above, and if two are for the same address and server name.
[[nodiscard]] std::map<std::string, std::vector<SecretListener>> parse_secret_listeners(
    const std::vector<std::string>& texts);

/// What one address gives to a client that asked for `server_name`; nothing if it has nothing for
/// it.
[[nodiscard]] const SecretListener* listener_for(const std::vector<SecretListener>& of_address,
                                                 std::string_view server_name);

}  // namespace sconectl::casd
