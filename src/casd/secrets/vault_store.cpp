#include "casd/secrets/vault_store.hpp"

#include <fmt/format.h>

#include <future>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

namespace {

Error within_value(const Error& error, const std::string& secret, const char* what) {
  const auto kind = error.kind() == ErrorKind::not_found ? ErrorKind::refused : error.kind();
  return Error(kind, error.text(), error.causes())
      .within(fmt::format("the value of secret '{}' can not be {} the session's key vault", secret,
                          what));
}

/// What ends in time says so a little later.
constexpr std::chrono::milliseconds after_the_end{500};

/// One that is on its way into the vault. Whoever waits for it may give up first.
struct Arriving {
  struct Outcome {
    std::string version;
    std::optional<Error> failed = {};
  };

  VaultCopy copy;
  std::promise<Outcome> outcome;
};

}  // namespace

VaultPlace VaultStore::place(std::string_view vault, const session::Secret* token) const {
  const auto* own = token == nullptr ? nullptr : std::get_if<session::AadToken>(&token->body);
  if (own == nullptr)
    throw Error(ErrorKind::invalid,
                "secret_config.store_in: 'token' has to be an aad-token of the session itself");
  return {azure_.vault(vault),
          std::make_shared<const azure::Application>(azure::Application::of(*own))};
}

SecretValues VaultStore::opened(const VaultPlace& place, const SecretValues& records,
                                ImportBudget& budget) const {
  SecretValues result;
  if (records.empty()) return result;
  const auto until = azure_.deadline(budget);
  struct Asked {
    const std::string& secret;
    VaultRecord record;
    std::shared_future<azure::VaultSecretPtr> answer;
  };
  std::vector<Asked> all;
  for (const auto& [secret, stored] : records) {
    auto record = decode_vault_record(stored.view());
    auto answer = azure_.ask(place.vault, record.name, place.application);
    all.push_back({secret, std::move(record), std::move(answer)});
  }
  for (const auto& [secret, record, answer] : all) {
    try {
      result.emplace(
          secret,
          casd::opened(record, secret, *azure_.in_time(answer, until, place.vault, record.name)));
    } catch (const Error& error) {
      throw within_value(error, secret, "had from");
    }
  }
  return result;
}

SecretValues VaultStore::stored(const VaultPlace& place, std::string_view session_hash,
                                const SecretValues& values, ImportBudget& budget) const {
  SecretValues records;
  if (values.empty()) return records;
  const auto until = azure_.deadline(budget);
  std::vector<std::pair<std::string, std::shared_ptr<Arriving>>> all;
  std::optional<Error> failure;
  for (const auto& [secret, value] : values) {
    try {
      const auto arriving =
          std::make_shared<Arriving>(Arriving{vault_copy(session_hash, secret, value), {}});
      azure_.start(place.vault.server.host, [&azure = azure_, place, arriving, until] {
        Arriving::Outcome outcome;
        try {
          outcome.version = azure.put(place.vault, arriving->copy.record.name,
                                      {arriving->copy.text, "application/octet-stream"},
                                      *place.application, until);
        } catch (const Error& error) {
          outcome.failed = error;
        } catch (const std::exception&) {
          outcome.failed = Error(ErrorKind::failed, "the CAS lacks memory or threads");
        }
        arriving->outcome.set_value(std::move(outcome));
      });
      all.emplace_back(secret, arriving);
    } catch (const Error& error) {
      failure = within_value(error, secret, "put into");
      break;
    }
  }
  std::vector<std::string> names;
  for (const auto& [secret, arriving] : all) {
    auto& record = arriving->copy.record;
    names.push_back(record.name);
    auto future = arriving->outcome.get_future();
    Arriving::Outcome outcome;
    if (future.wait_for(azure_.time_left(until) + after_the_end) == std::future_status::ready)
      outcome = future.get();
    else
      outcome.failed = Error(ErrorKind::unavailable, "the vault did not answer in time");
    if (outcome.failed) {
      if (!failure) failure = within_value(*outcome.failed, secret, "put into");
      continue;
    }
    auto arrived = record.clone();
    arrived.version = std::move(outcome.version);
    records.emplace(secret, encode(arrived));
  }
  if (!failure) return records;
  remove(place, names);  // those too of which nobody knows whether they arrived
  throw Error(*failure);
}

void VaultStore::remove(const VaultPlace& place, const std::vector<std::string>& names) const {
  for (const auto& name : names) {
    try {
      azure_.start(place.vault.server.host, [&azure = azure_, place, name] {
        azure.remove(place.vault, name, *place.application);
      });
    } catch (const std::exception&) {  // too much is being asked: it stays
    }
  }
}

}  // namespace sconectl::casd
