#include "casd/store/key_store.hpp"

#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/file_access.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

namespace {
constexpr std::size_t key_bytes = 32;
constexpr unsigned for_owner = 0600;
/// A sealed one has some 200 bytes for each recipient.
constexpr std::size_t largest_file = std::size_t{64} << 10U;
}  // namespace

bool KeyFile::exists() const {
  return host::system_files()->exists(path_);
}

crypto::Secret KeyFile::create() {
  crypto::Secret key = crypto::random_bytes(key_bytes);
  host::system_files()->write(path_, text_of(key).view(), for_owner);
  return key;
}

crypto::Secret KeyFile::text_of(const crypto::Secret& key) {
  return crypto::Secret::adopt(crypto::hex(key.view()) + "\n");
}

crypto::Secret KeyFile::unsealed(std::string_view bytes) const {
  if (!identities_ || identities_->empty())
    throw diag::Error(diag::ErrorKind::refused,
                      "the key file " + path_.string() +
                          " of the CAS database is sealed: --key-identity FILE, or --key-share "
                          "FILE for each share, opens it");
  crypto::Secret text;
  try {
    crypto::AgeReader age(*identities_, [&](std::string_view part) { text.append(part); });
    age.take(bytes);
    age.finish();
  } catch (const diag::Error& error) {
    throw error.within("the sealed key file " + path_.string() + " of the CAS database");
  }
  return text;
}

crypto::Secret KeyFile::open() const {
  const auto files = host::system_files();
  if (files->exists(path_) && host::file_access(path_) == host::FileAccess::others)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the key file " + path_.string() +
                          " of the CAS database is open to others; make it yours with chmod 600");
  auto text = files->read(path_, largest_file);
  if (crypto::is_age_file(text)) text = std::string(unsealed(text).view());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  auto key = crypto::unhex(text);
  crypto::wipe(text);
  if (!key || key->size() != key_bytes)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the key file " + path_.string() + " of the CAS database holds no key");
  return crypto::Secret::adopt(std::move(*key));
}

void seal_key(const std::filesystem::path& data, const std::vector<std::string>& recipients,
              const KeyIdentities& identities) {
  const auto path = data / key_file_name;
  if (!host::system_files()->exists(path))
    throw diag::Error(diag::ErrorKind::unavailable,
                      "there is no key file of a CAS in " + data.string());
  const auto text = KeyFile::text_of(KeyFile(path, identities).open());
  if (recipients.empty()) return host::replace_keeping_owner(path, text.view(), for_owner);
  std::string sealed;
  crypto::AgeWriter age(recipients, [&](std::string_view part) { sealed.append(part); });
  age.write(text.view());
  age.finish();
  if (sealed.size() > largest_file)
    throw diag::Error(diag::ErrorKind::invalid,
                      "too many recipients: the key file would be larger than a CAS reads");
  host::replace_keeping_owner(path, sealed, for_owner);
}

}  // namespace sconectl::casd
