#include "sconectl/session/migration.hpp"

#include <fmt/core.h>

#include "sconectl/session/secret_index.hpp"

namespace sconectl::session {
namespace {

Migration keep() {
  return {true, "kept"};
}
Migration renew(std::string reason) {
  return {false, std::move(reason)};
}

template <typename Sized>
Migration same_size(const Sized& before, const Sized& after) {
  if (before.size == after.size) return keep();
  return renew(fmt::format("the size changed from {} to {}", before.size, after.size));
}

Migration same_key(const PrivateKey& before, const PrivateKey& after) {
  if (!before.migrate || !after.migrate)
    return renew("a private key is kept only with 'migrate: true' in both versions");
  if (before.type() != after.type())
    return renew(fmt::format("the key type changed from {} to {}",
                             crypto::key_type_name(before.type()),
                             crypto::key_type_name(after.type())));
  return keep();
}

}  // namespace

Migration migration(const Secret* before, const Secret& after) {
  if (!after.generated()) return renew("the value is not generated");
  if (before == nullptr) return renew("new in this version");
  if (!before->generated()) return renew("the former value was not generated");
  if (before->kind() != after.kind())
    return renew(fmt::format("the kind changed from {} to {}", text::word(*before->kind()),
                             text::word(*after.kind())));
  switch (*after.kind()) {
    case SecretKind::ascii:
      return same_size(std::get<Ascii>(before->body), std::get<Ascii>(after.body));
    case SecretKind::binary:
      return same_size(std::get<Binary>(before->body), std::get<Binary>(after.body));
    case SecretKind::private_key:
      return same_key(std::get<PrivateKey>(before->body), std::get<PrivateKey>(after.body));
    case SecretKind::public_key:
      return renew("a public key follows its private key");
    case SecretKind::x509_ca:
      if (before->body == after.body) return keep();
      return renew("the session describes this CA differently");
    case SecretKind::x509:
      return renew("certificates are always issued anew");
    case SecretKind::pgp_key:
    case SecretKind::session_ca:
      return keep();
    case SecretKind::aad_token:
    case SecretKind::config_fragment:
    case SecretKind::jwt:
      break;
  }
  return renew("the value is not generated");
}

std::vector<std::string> replaced_keys(const Session& before, const Session& after) {
  std::vector<std::string> result;
  const SecretIndex old_secrets(before);
  for (const Secret& secret : after.secrets) {
    const Secret* old = old_secrets.find(secret.name);
    if (old == nullptr || !old->generated() || secret.kind() != SecretKind::private_key) continue;
    if (const Migration found = migration(old, secret); !found.keep)
      result.push_back(
          fmt::format("secret '{}': this update replaces its private key, and the "
                      "certificates made for it: {}",
                      secret.name, found.reason));
  }
  return result;
}

Migration migration(const Volume* before, const Volume& after) {
  if (before == nullptr) return renew("new in this version");
  if (before->import || after.import) return renew("the volume is imported");
  if (before->fspf_key != after.fspf_key) return renew("the source of the key changed");
  if (before->fspf_tag != after.fspf_tag) return renew("the tag in the session changed");
  return keep();
}

Migration migration(const Service* before, const Service& after) {
  if (before == nullptr) return renew("new in this version");
  if (!before->fspf || !after.fspf) return renew("the service has no protected file system");
  if (before->fspf->key != after.fspf->key) return renew("the key in the session changed");
  if (before->fspf->tag != after.fspf->tag) return renew("the tag in the session changed");
  return keep();
}

}  // namespace sconectl::session
