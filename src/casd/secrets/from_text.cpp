#include "casd/secrets/secret_errors.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/secrets/x509.hpp"
#include "sconectl/crypto/encoding.hpp"

namespace sconectl::casd::secrets {
namespace {

using session::SecretKind;

/// The fallback catches what the language gives no value; is_explicit() is false for it.
struct Reader {
  const session::Secret& secret;
  const SiblingLookup& siblings;

  SecretMaterial operator()(const session::Ascii& body) const {
    SecretMaterial material = of_kind(SecretKind::ascii);
    material.bytes = crypto::Secret(value(body.value));
    return material;
  }

  SecretMaterial operator()(const session::Binary& body) const {
    SecretMaterial material = of_kind(SecretKind::binary);
    auto bytes = crypto::unhex(value(body.value));
    if (!bytes) refuse(secret, "'value' is not an even number of hex digits");
    material.bytes = crypto::Secret::adopt(std::move(*bytes));
    return material;
  }

  SecretMaterial operator()(const session::PrivateKey& body) const {
    SecretMaterial material = of_kind(SecretKind::private_key);
    material.private_key =
        with_secret_name(secret, [&] { return crypto::PrivateKey::from_pem(value(body.value)); });
    const auto type = material.private_key->type();
    if (body.key_type && type != *body.key_type) {
      refuse(secret, "'key_type' is " + std::string(crypto::key_type_name(*body.key_type)) +
                         ", but 'value' holds a key of type " +
                         std::string(crypto::key_type_name(type)));
    }
    return material;
  }

  SecretMaterial operator()(const session::PublicKey& body) const {
    SecretMaterial material = of_kind(SecretKind::public_key);
    material.public_key =
        with_secret_name(secret, [&] { return crypto::PublicKey::from_pem(value(body.value)); });
    return material;
  }

  SecretMaterial operator()(const session::X509& body) const {
    static_cast<void>(value(body.value));
    return explicit_x509(secret, body, siblings);
  }

  SecretMaterial operator()(const session::ConfigFragment& body) const {
    SecretMaterial material = of_kind(SecretKind::config_fragment);
    material.fragment = body.value;
    return material;
  }

  template <typename NeverExplicit>
  SecretMaterial operator()(const NeverExplicit&) const {
    refuse(secret, "its value does not stand in the session's text");
  }

  [[nodiscard]] const std::string& value(const std::optional<std::string>& text) const {
    if (!text) refuse(secret, "it has no 'value'");
    return *text;
  }
};

}  // namespace

SecretMaterial from_text(const session::Secret& secret, const SiblingLookup& siblings) {
  return std::visit(Reader{secret, siblings}, secret.body);
}

}  // namespace sconectl::casd::secrets
