// The parameters of each kind of secret (SL-115 to SL-174).
#pragma once

#include "reader.hpp"

namespace sconectl::session {

std::optional<SecretBody> read_ascii(Reader& map);
std::optional<SecretBody> read_binary(Reader& map);
std::optional<SecretBody> read_private_key(Reader& map);
std::optional<SecretBody> read_public_key(Reader& map);
std::optional<SecretBody> read_x509(Reader& map, bool ca);
std::optional<SecretBody> read_aad_token(Reader& map);
std::optional<SecretBody> read_config_fragment(Reader& map);
std::optional<SecretBody> read_jwt(Reader& map);

}  // namespace sconectl::session
