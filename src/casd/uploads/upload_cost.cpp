#include "casd/uploads/upload_cost.hpp"

#include <string>
#include <string_view>

#include "casd/secrets/import_budget.hpp"
#include "casd/secrets/key_generation.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

/// All of them are looked at whenever one is needed.
constexpr std::size_t most_in_vault = 100;

void refuse_above(std::size_t count, std::size_t most, std::string_view what) {
  if (count <= most) return;
  throw diag::Error(diag::ErrorKind::invalid, "the session has " + std::to_string(count) + " " +
                                                  std::string(what) + "; at most " +
                                                  std::to_string(most) +
                                                  " are possible: divide it into several sessions");
}

/// Random bytes cost nothing.
bool takes_work(const session::Secret& secret) {
  return secret.generated() && !std::holds_alternative<session::Ascii>(secret.body) &&
         !std::holds_alternative<session::Binary>(secret.body);
}

}  // namespace

void refuse_costly(const session::Session& session) {
  std::size_t rsa_keys = 0;
  std::size_t made = 0;
  std::size_t imports = 0;
  std::size_t in_vault = 0;
  for (const auto& secret : session.secrets) {
    const auto* key = std::get_if<session::PrivateKey>(&secret.body);
    const auto* import = std::get_if<session::SecretImport>(&secret.body);
    if (key != nullptr && secret.generated() && is_slow(key->type()))
      ++rsa_keys;
    else if (takes_work(secret))
      ++made;
    if ((import != nullptr && import->cas) ||
        std::holds_alternative<session::AkvImport>(secret.body))
      ++imports;
    if (session.secret_store && secret.generated()) ++in_vault;
  }
  refuse_above(rsa_keys, most_rsa_keys, "RSA keys that the CAS has to make");
  refuse_above(made, most_made_values, "keys and certificates that the CAS has to make");
  refuse_above(in_vault, most_in_vault, "values for a key vault to keep");
  refuse_above(imports, most_remote_imports, "imports from other CASes and key vaults");
}

}  // namespace sconectl::casd
