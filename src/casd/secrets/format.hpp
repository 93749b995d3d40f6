// Values as placeholders ask for them: by suffix (SL-117 ... SL-168).
#pragma once

#include "casd/secrets/secret_material.hpp"

namespace sconectl::casd::secrets {

/// The value in the format of a suffix ("crt:pem", ".crt", "" for none). Throws Error{invalid} that
/// names the secret, and for a suffix that its kind has not got, the allowed ones (SL-205).
[[nodiscard]] crypto::Secret format_as(const SecretMaterial& material, const std::string& name,
                                       std::string_view suffix);

/// "a secret of kind ascii has no format ':hex'; allowed: none"
[[nodiscard]] std::string suffix_fault(session::SecretKind kind, std::string_view suffix);

}  // namespace sconectl::casd::secrets
