#include "casd/store/key_store.hpp"

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/file_access.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

namespace {
constexpr std::size_t key_bytes = 32;
constexpr unsigned for_owner = 0600;
}  // namespace

bool KeyFile::exists() const {
  return host::system_files()->exists(path_);
}

crypto::Secret KeyFile::create() {
  crypto::Secret key = crypto::random_bytes(key_bytes);
  const auto text = crypto::Secret::adopt(crypto::hex(key.view()) + "\n");
  host::system_files()->write(path_, text.view(), for_owner);
  return key;
}

crypto::Secret KeyFile::open() const {
  const auto files = host::system_files();
  if (files->exists(path_) && host::file_access(path_) == host::FileAccess::others)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the key file " + path_.string() +
                          " of the CAS database is open to others; make it yours with chmod 600");
  auto text = files->read(path_, 4096);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  auto key = crypto::unhex(text);
  crypto::wipe(text);
  if (!key || key->size() != key_bytes)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the key file " + path_.string() + " of the CAS database holds no key");
  return crypto::Secret::adopt(std::move(*key));
}

}  // namespace sconectl::casd
