#include "casd/uploads/new_vault_values.hpp"

#include "sconectl/crypto/hash.hpp"

namespace sconectl::casd {

NewVaultValues::~NewVaultValues() {
  if (put_.empty()) return;
  try {
    VaultStore(state_.azure).remove(*place_, put_);
  } catch (const std::exception&) {  // it stays, and nobody can open it
  }
}

SecretValues NewVaultValues::records(const LoadedSession& fresh, const LoadedSession* before,
                                     const SecretValues& values) {
  place_ = reader_.vault_place(fresh);
  SecretValues old_values;
  SecretValues old_records;
  if (before != nullptr && before->session.secret_store &&
      reader_.vault_place(*before).vault.server == place_->vault.server) {
    old_values = reader_.stored_values(*before, &fresh);
    old_records = state_.store.values(before->stored.name, before->stored.hash);
  }
  SecretValues result;
  SecretValues others;
  for (const auto& [name, value] : values) {
    const auto old = old_values.find(name);
    if (old != old_values.end() && crypto::constant_time_equal(old->second.view(), value.view()))
      result.emplace(name, std::move(old_records.at(name)));
    else
      others.emplace(name, value.clone());
  }
  ImportBudget budget;  // making the values may have taken long
  auto put = VaultStore(state_.azure).stored(*place_, fresh.stored.hash, others, budget);
  for (auto& [name, record] : put) {
    put_.push_back(decode_vault_record(record.view()).name);
    result.emplace(name, std::move(record));
  }
  return result;
}

}  // namespace sconectl::casd
