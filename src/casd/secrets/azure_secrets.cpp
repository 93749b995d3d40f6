#include "casd/secrets/azure_secrets.hpp"

#include <fmt/format.h>

#include "sconectl/azure/vault_value.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/placeholder.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
using session::SecretKind;

struct ToMaterial {
  SecretMaterial operator()(azure::TextValue&& value) const {
    auto material = secrets::of_kind(SecretKind::ascii);
    material.bytes = std::move(value.text);
    return material;
  }
  SecretMaterial operator()(azure::BytesValue&& value) const {
    auto material = secrets::of_kind(SecretKind::binary);
    material.bytes = std::move(value.bytes);
    return material;
  }
  SecretMaterial operator()(crypto::PrivateKey&& key) const {
    auto material = secrets::of_kind(SecretKind::private_key);
    material.private_key = std::move(key);
    return material;
  }
  SecretMaterial operator()(azure::CertificateValue&& value) const {
    auto material = secrets::of_kind(SecretKind::x509);
    material.certificates = std::move(value.chain);
    material.private_key = std::move(value.key);
    return material;
  }
};

/// "" or why this can not work.
template <typename Try>
std::string fault(const std::string& place, Try tried) {
  try {
    tried();
    return "";
  } catch (const Error& error) {
    return place + ": " + error.text();
  }
}

const std::string& name_in_vault(const session::Secret& secret, const session::AkvImport& import) {
  return import.secret_name ? *import.secret_name : secret.name;
}

}  // namespace

AzureSecrets::AzureSecrets(host::Http* http, host::Clock& clock,
                           const std::vector<std::string>& clouds, ImportSources sources)
    : clouds_(clouds), sources_(std::move(sources)), clock_(clock) {
  if (http != nullptr) vaults_.emplace(*http, clock, azure::KeyVaults::Options{});
}

std::vector<std::string> AzureSecrets::faults(const session::Session& session) const {
  std::vector<std::string> result;
  const auto judge = [&](const session::Secret& secret, const auto& tried) {
    if (auto why = fault("secret '" + secret.name + "'", tried); !why.empty())
      result.push_back(std::move(why));
  };
  if (const auto& store = session.secret_store; store && !session::whole_placeholder(store->vault))
    if (auto why = fault("secret_config.store_in", [&] { (void)clouds_.vault(store->vault); });
        !why.empty())
      result.push_back(std::move(why));
  for (const auto& secret : session.secrets) {
    if (const auto* token = std::get_if<session::AadToken>(&secret.body))
      judge(secret, [&] { (void)azure::Application::of(*token); });
    const auto* import = std::get_if<session::AkvImport>(&secret.body);
    if (import == nullptr) continue;
    judge(secret, [&] { (void)clouds_.vault(import->vault); });
    judge(secret, [&] {
      if (!azure::is_secret_name(name_in_vault(secret, *import)))
        throw Error(ErrorKind::invalid,
                    fmt::format("a key vault has no secrets called '{}', only letters, digits and "
                                "'-'; 'secret_name' says how it is called there",
                                name_in_vault(secret, *import)));
    });
  }
  return result;
}

azure::Vault AzureSecrets::vault_of(const session::Session& session,
                                    const session::Secret& token) const {
  for (const auto& secret : session.secrets) {
    const auto* import = std::get_if<session::AkvImport>(&secret.body);
    if (import != nullptr && (!import->token || import->token->name == token.name))
      return clouds_.vault(import->vault);
  }
  return clouds_.usual();
}

void AzureSecrets::refuse_if_not_allowed(const cas::Address& address) const {
  if (!sources_.allow(address))
    throw Error(ErrorKind::refused,
                fmt::format("this CAS does not ask {}: its operator does not allow it "
                            "(--import-from)",
                            address.host));
}

azure::Deadline AzureSecrets::deadline(ImportBudget& budget) const {
  if (!vaults_)
    throw Error(ErrorKind::unsupported, "this CAS has no connection to services of Azure");
  const auto now = std::chrono::steady_clock::now();  // it is really waited for
  const auto left = budget.take(now) - now;
  if (left.count() <= 0)
    throw Error(ErrorKind::unavailable,
                "Azure was not asked: the time of this request's imports is up");
  return clock_.steady() + left;
}

std::chrono::steady_clock::duration AzureSecrets::time_left(const azure::Deadline& until) const {
  return until - clock_.steady();
}

void AzureSecrets::start(const std::string& vault, std::function<void()> work) {
  {
    const std::scoped_lock lock(open_mutex_);
    if (all_open_ >= most_open)
      throw Error(ErrorKind::unavailable, "too many answers of Azure are waited for; try again");
    auto& of_one = open_[vault];
    if (of_one >= most_open_of_one)
      throw Error(ErrorKind::unavailable,
                  fmt::format("too many answers of the vault {} are waited for; try again", vault));
    ++of_one;
    ++all_open_;
  }
  try {
    threads_.post(vault, [this, vault, work = std::move(work)] {
      work();
      answered(vault);
    });
  } catch (...) {
    answered(vault);
    throw;
  }
}

void AzureSecrets::answered(const std::string& vault) {
  const std::scoped_lock lock(open_mutex_);
  --all_open_;
  const auto of_one = open_.find(vault);
  if (--of_one->second == 0) open_.erase(of_one);
}

azure::Vault AzureSecrets::vault(std::string_view text) const {
  auto vault = clouds_.vault(text);
  refuse_if_not_allowed(vault.server);
  return vault;
}

std::shared_future<azure::VaultSecretPtr> AzureSecrets::ask(
    const azure::Vault& vault, const std::string& name,
    const std::shared_ptr<const azure::Application>& application) {
  return vaults_->secret(vault, name, application, [&](std::function<void()> work) {
    start(vault.server.host, std::move(work));
  });
}

azure::VaultSecretPtr AzureSecrets::in_time(const std::shared_future<azure::VaultSecretPtr>& answer,
                                            const azure::Deadline& until, const azure::Vault& vault,
                                            std::string_view name) const {
  if (answer.wait_for(time_left(until)) != std::future_status::ready)
    throw Error(
        ErrorKind::unavailable,
        fmt::format("secret '{}' of the vault {} did not come in time", name, vault.server.host));
  return answer.get();
}

std::string AzureSecrets::put(const azure::Vault& vault, const std::string& name,
                              const azure::NewVaultValue& value,
                              const azure::Application& application, const azure::Deadline& until) {
  return vaults_->store(vault, name, value, application, until);
}

void AzureSecrets::remove(const azure::Vault& vault, const std::string& name,
                          const azure::Application& application) {
  constexpr std::chrono::seconds patience{10};
  try {
    vaults_->remove(vault, name, application, clock_.steady() + patience);
  } catch (const std::exception&) {  // it stays, and nobody can open it
  }
}

SecretMaterial AzureSecrets::token(const azure::Vault& vault, const session::AadToken& token,
                                   ImportBudget& budget) {
  refuse_if_not_allowed(host::parse_url(vault.authority).server);
  const auto until = deadline(budget);
  auto material = secrets::of_kind(SecretKind::aad_token);
  material.bytes = vaults_->token(vault, azure::Application::of(token), until)->value.clone();
  return material;
}

SecretMaterial AzureSecrets::secret(const session::Secret& secret, const session::AadToken& token,
                                    const crypto::Secret* decryption_key, ImportBudget& budget) {
  const auto& import = std::get<session::AkvImport>(secret.body);
  const auto vault = this->vault(import.vault);
  const auto until = deadline(budget);
  const auto& name = name_in_vault(secret, import);
  const auto application =
      std::make_shared<const azure::Application>(azure::Application::of(token));
  const auto answer = in_time(ask(vault, name, application), until, vault, name);
  const auto& value = *answer;
  try {
    return std::visit(ToMaterial{}, azure::vault_value(value, import.kind, decryption_key));
  } catch (const Error& error) {
    throw error.within(
        fmt::format("secret '{}' of the vault {} can not be used", name, vault.server.host));
  }
}

}  // namespace sconectl::casd
