// A secret on its way to another CAS: all that the importer may have of it, with its kind.
#pragma once

#include "casd/secrets/secret_material.hpp"

namespace sconectl::casd::secrets {

[[nodiscard]] crypto::Secret encode_exported(const SecretMaterial& material);
/// Throws Error{failed} for bytes that encode_exported() did not make.
[[nodiscard]] SecretMaterial decode_exported(std::string_view bytes);

}  // namespace sconectl::casd::secrets
