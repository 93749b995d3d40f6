#include "casd/secrets/generated_values.hpp"

#include <set>

#include "casd/secrets/session_ca.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/migration.hpp"

namespace sconectl::casd {

namespace {

/// Makes the values one after the other, those that others need first.
class Generation {
 public:
  Generation(const Store& store, const LoadedSession& fresh, const LoadedSession* before,
             SecretReader& reader)
      : fresh_(fresh), before_(before), reader_(reader) {
    if (before != nullptr) old_ = store.values(before->stored.name, before->stored.hash);
    reader_.add_unstored(fresh_, values_);
  }

  SecretValues run() {
    for (const auto& secret : fresh_.session.secrets) visit(secret);
    return std::move(values_);
  }

 private:
  void visit(const session::Secret& secret) {
    if (!secret.generated() || !visited_.insert(secret.name).second) return;
    for (const auto& name : secrets::needs(secret))
      if (const auto* needed = secrets::find_secret(fresh_.session, name)) visit(*needed);
    try {
      values_.emplace(secret.name, value(secret));
    } catch (const diag::Error& error) {
      throw error.within("can not generate secret '" + secret.name + "'");
    }
  }

  crypto::Secret value(const session::Secret& secret) {
    const auto* old =
        before_ == nullptr ? nullptr : secrets::find_secret(before_->session, secret.name);
    const auto kept = old_.find(secret.name);
    if (old != nullptr && kept != old_.end() && session::migration(old, secret).keep)
      return std::move(kept->second);
    const auto siblings = [this](const std::string& name) { return reader_.read(fresh_, name); };
    return secrets::encode(secret, secrets::generate(secret, siblings, reader_.now()));
  }

  const LoadedSession& fresh_;
  const LoadedSession* before_;
  SecretReader& reader_;
  SecretValues old_;
  SecretValues values_;
  std::set<std::string> visited_;
};

}  // namespace

SecretValues generated_values(const Store& store, const LoadedSession& fresh,
                              const LoadedSession* before, SecretReader& reader) {
  return Generation(store, fresh, before, reader).run();
}

}  // namespace sconectl::casd
