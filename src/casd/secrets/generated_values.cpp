#include "casd/secrets/generated_values.hpp"

#include <set>

#include "casd/secrets/session_ca.hpp"
#include "casd/secrets/x509.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/certificate_life.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/session/migration.hpp"

namespace sconectl::casd {

namespace {

/// Makes the values one after the other, those that others need first.
class Generation {
 public:
  Generation(const LoadedSession& fresh, const LoadedSession* before, SecretReader& reader,
             SlowKeys& keys, std::vector<std::string>& warnings)
      : fresh_(fresh), before_(before), reader_(reader), keys_(keys), warnings_(warnings) {
    if (before != nullptr) old_ = reader.stored_values(*before, &fresh);
    reader_.add_unstored(fresh_, values_);
  }

  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;
  ~Generation() { reader_.forget_unstored(); }

  SecretValues run() {
    for (const auto& secret : fresh_.session.secrets) visit(secret);
    return std::move(values_);
  }

 private:
  void visit(const session::Secret& secret) {
    if (!secret.generated() || !visited_.insert(secret.name).second) return;
    for (const auto& name : secrets::needs(secret))
      if (const auto* needed = secrets::find_secret(fresh_, name)) visit(*needed);
    try {
      values_.emplace(secret.name, value(secret));
    } catch (const diag::Error& error) {
      throw error.within("can not generate secret '" + secret.name + "'");
    }
  }

  /// Whether the key and the issuer of a CA are still the same, and its end is far (SL-220).
  bool still_good(const session::Secret& secret, const crypto::Secret& stored,
                  const secrets::SiblingLookup& siblings) {
    if (secret.kind() != session::SecretKind::x509_ca) return true;
    const auto material = secrets::decode(secret, stored.view(), siblings);
    return secrets::renewal_need(secret, material, siblings, reader_.now()) ==
           secrets::RenewalNeed::none;
  }

  crypto::Secret value(const session::Secret& secret) {
    const auto* old = before_ == nullptr ? nullptr : secrets::find_secret(*before_, secret.name);
    const auto kept = old_.find(secret.name);
    const auto siblings = [this](const std::string& name) { return reader_.read(fresh_, name); };
    if (old != nullptr && kept != old_.end() && session::migration(old, secret).keep &&
        still_good(secret, kept->second, siblings))
      return std::move(kept->second);
    const auto material = made(secret, siblings);
    warn_of_life(secret, material);
    return secrets::encode(secret, material);
  }

  SecretMaterial made(const session::Secret& secret, const secrets::SiblingLookup& siblings) {
    const auto* key = std::get_if<session::PrivateKey>(&secret.body);
    if (key == nullptr || !is_slow(key->type()))
      return secrets::generate(secret, siblings, reader_.now());
    SecretMaterial material;
    material.kind = session::SecretKind::private_key;
    material.private_key = keys_.generate(key->type());
    return material;
  }

  void warn_of_life(const session::Secret& secret, const SecretMaterial& material) {
    const auto* body = std::get_if<session::X509>(&secret.body);
    if (body == nullptr) return;
    if (body->valid_for && session::parse_duration(*body->valid_for) < secrets::shortest_life)
      warnings_.push_back("secret '" + secret.name + "': its certificate lives " +
                          std::to_string(secrets::shortest_life.count()) +
                          " seconds; 'valid_for' is less than that");
    const auto find = [this](std::string_view name) { return fresh_.secret(name); };
    if (session::outlives_issuer(*body, find)) return;
    if (material.certificates.front().not_after() < secrets::wanted_end(*body, reader_.now()))
      warnings_.push_back("secret '" + secret.name + "': its certificate ends with its issuer '" +
                          secrets::issuer_of(*body) + "', before its 'valid_for'");
  }

  const LoadedSession& fresh_;
  const LoadedSession* before_;
  SecretReader& reader_;
  SlowKeys& keys_;
  std::vector<std::string>& warnings_;
  SecretValues old_;
  SecretValues values_;
  std::set<std::string> visited_;
};

}  // namespace

SecretValues generated_values(const LoadedSession& fresh, const LoadedSession* before,
                              SecretReader& reader, SlowKeys& keys,
                              std::vector<std::string>& warnings) {
  return Generation(fresh, before, reader, keys, warnings).run();
}

}  // namespace sconectl::casd
