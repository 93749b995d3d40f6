// Where the values of a version are: in the database, or in a key vault (SL-193, SL-194).
#include "casd/secrets/secret_labels.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

VaultPlace SecretReader::vault_place(const LoadedSession& session) {
  const auto& store = *session.session.secret_store;
  const auto named = [&](const std::string& text) -> const session::Secret* {
    const auto placeholder = session::whole_placeholder(text);
    return placeholder ? session.secret(placeholder->name) : nullptr;
  };
  const VaultStore vaults(sources_.azure);
  if (!session::whole_placeholder(store.vault))
    return vaults.place(store.vault, named(store.token));
  // Nothing is read for it: what has to be made or fetched might itself be in the vault.
  const auto* vault = named(store.vault);
  const auto* text = vault == nullptr ? nullptr : std::get_if<session::Ascii>(&vault->body);
  if (text == nullptr || !text->value)
    throw Error(
        ErrorKind::invalid,
        "secret_config.store_in: 'vault' has to be a host, or a secret of kind ascii with a "
        "value");
  return vaults.place(*text->value, named(store.token));
}

/// All at once, so that each use of one notices what is wrong with any.
const SecretValues& SecretReader::vault_values(const LoadedSession& session,
                                               const LoadedSession* successor) {
  const auto& stored = session.stored;
  const auto key = stored.hash + "/" + stored.name;
  if (const auto found = vault_values_.find(key); found != vault_values_.end())
    return found->second;
  auto place = vault_place(session);
  // The credentials of the version before may have ended: that is why there is a new one.
  if (successor != nullptr && successor->session.secret_store)
    if (auto newer = vault_place(*successor); newer.vault.server == place.vault.server)
      place = std::move(newer);
  auto values = VaultStore(sources_.azure)
                    .opened(place, sources_.store.values(stored.name, stored.hash), *imports_);
  return vault_values_.emplace(key, std::move(values)).first->second;
}

crypto::Secret SecretReader::stored_value(const LoadedSession& session,
                                          const session::Secret& secret) {
  const auto& stored = session.stored;
  const auto lost = [&]() -> Error {
    return {ErrorKind::failed, secret_label(session, secret.name) + " has lost its value"};
  };
  if (session.session.secret_store) {
    const auto& values = vault_values(session);
    const auto value = values.find(secret.name);
    if (value == values.end()) throw lost();
    return value->second.clone();
  }
  const auto& store = sources_.store;
  const bool may_be_an_earlier_one = !store.verified() && may_wait(session, secret.name);
  auto value = may_be_an_earlier_one ? store.newest_value(stored.name, stored.hash, secret.name)
                                     : store.value(stored.name, stored.hash, secret.name);
  if (!value) throw lost();
  return *std::move(value);
}

SecretValues SecretReader::stored_values(const LoadedSession& session,
                                         const LoadedSession* successor) {
  const auto& stored = session.stored;
  if (!session.session.secret_store) return sources_.store.values(stored.name, stored.hash);
  SecretValues result;
  for (const auto& [name, value] : vault_values(session, successor))
    result.emplace(name, value.clone());
  return result;
}

RenewalJob::Keeper SecretReader::vault_keeper(const LoadedSession& session,
                                              const session::Secret& secret) {
  const VaultStore store(sources_.azure);
  const auto one = [](const std::string& name, const crypto::Secret& value) {
    SecretValues values;
    values.emplace(name, value.clone());
    return values;
  };
  // The request's own imports are not to pay for it.
  const auto budget = std::make_shared<ImportBudget>();
  const auto taken = [](SecretValues values) { return std::move(values.begin()->second); };
  return {[=, place = vault_place(session), name = secret.name](const crypto::Secret& record) {
            return taken(store.opened(place, one(name, record), *budget));
          },
          [=, place = vault_place(session), name = secret.name,
           hash = session.stored.hash](const crypto::Secret& value) {
            return taken(store.stored(place, hash, one(name, value), *budget));
          }};
}

}  // namespace sconectl::casd
