#include "casd/store/key_store.hpp"

#include <algorithm>
#include <optional>

#include "casd/store/integrity_counters.hpp"
#include "casd/store/postgres.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/sqlite.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
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
constexpr std::string_view next_begin = "next: ";

crypto::Secret line_of(const crypto::Secret& key) {
  return crypto::Secret::adopt(crypto::hex(key.view()) + "\n");
}

std::optional<crypto::Secret> key_in(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  auto bytes = crypto::unhex(line);
  if (!bytes || bytes->size() != key_bytes) return std::nullopt;
  return crypto::Secret::adopt(std::move(*bytes));
}

}  // namespace

bool KeyFile::exists() const {
  return host::system_files()->exists(path_);
}

crypto::Secret KeyFile::create() {
  crypto::Secret key = crypto::random_bytes(key_bytes);
  host::system_files()->write(path_, line_of(key).view(), for_owner);
  return key;
}

crypto::Secret KeyFile::text_of(const DatabaseKeys& keys) {
  auto text = line_of(keys.key);
  if (keys.next.empty()) return text;
  text.append(next_begin);
  text.append(line_of(keys.next).view());
  return text;
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

DatabaseKeys KeyFile::open() const {
  const auto files = host::system_files();
  if (files->exists(path_) && host::file_access(path_) == host::FileAccess::others)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the key file " + path_.string() +
                          " of the CAS database is open to others; make it yours with chmod 600");
  auto text = files->read(path_, largest_file);
  if (crypto::is_age_file(text)) text = std::string(unsealed(text).view());
  const crypto::Secret read = crypto::Secret::adopt(std::move(text));
  const auto lines = read.view();
  const auto end = std::min(lines.find('\n'), lines.size());
  auto rest = lines.substr(std::min(end + 1, lines.size()));
  auto key = key_in(lines.substr(0, end));
  std::optional<crypto::Secret> next = crypto::Secret();
  if (rest.starts_with(next_begin)) {
    rest.remove_prefix(next_begin.size());
    next = key_in(rest);
  } else if (rest.find_first_not_of("\r\n") != std::string_view::npos) {
    next = std::nullopt;
  }
  if (!key || !next)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the key file " + path_.string() + " of the CAS database holds no key");
  return {std::move(*key), std::move(*next)};
}

namespace {

/// At once; not sealed without recipients.
void replace_key_file(const std::filesystem::path& path, const DatabaseKeys& keys,
                      const std::vector<std::string>& recipients) {
  const auto text = KeyFile::text_of(keys);
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

DatabaseKeys keys_in(const std::filesystem::path& data, const KeyIdentities& identities,
                     const std::string& database_url) {
  auto keys = KeyFile(data / key_file_name, identities).open();
  if (keys.next.empty()) return keys;
  std::shared_ptr<const Database> database;
  if (!database_url.empty())
    database = postgres_database(database_url);
  else if (host::system_files()->exists(data / "cas.db"))
    database = std::make_shared<SqliteDatabase>(data / "cas.db");
  if (!database) return keys;
  return without_old_key(*database->connect(Database::Mode::read_only), std::move(keys));
}

/// Who changes the file has read what he changes: nobody else does in between. A link is not
/// followed (host::replace_keeping_owner).
std::unique_ptr<host::FileLock> locked(const std::filesystem::path& path) {
  const auto files = host::system_files();
  const auto status = files->status(path);
  if (!status || std::filesystem::is_symlink(path))
    throw diag::Error(diag::ErrorKind::unavailable,
                      "there is no key file of a CAS in " + path.parent_path().string());
  return files->lock(path);
}

}  // namespace

bool is_key_of(Connection& connection, const crypto::Secret& key) {
  const auto sealed = IntegrityCounters::stored(connection);
  try {
    const RowSeal seal{crypto::Secret(key.view())};
    return !seal.open(sealed, fact_place(IntegrityCounters::fact)).empty();
  } catch (const diag::Error&) {  // of another key
    return false;
  }
}

DatabaseKeys without_old_key(Connection& connection, DatabaseKeys keys) {
  if (keys.next.empty() || !is_key_of(connection, keys.next)) return keys;
  return {std::move(keys.next), {}};
}

void KeyFile::forget_old_key(const crypto::Secret& taken) const {
  const auto lock = locked(path_);
  if (sealed()) return;
  auto keys = open();
  // Another next one may have come since.
  if (crypto::constant_time_equal(keys.next.view(), taken.view())) keys.next = {};
  replace_key_file(path_, {crypto::Secret(taken.view()), std::move(keys.next)}, {});
}

bool KeyFile::sealed() const {
  return crypto::is_age_file(host::system_files()->read(path_, largest_file));
}

void seal_key(const std::filesystem::path& data, const std::vector<std::string>& recipients,
              const KeyIdentities& identities, const std::string& database_url) {
  const auto lock = locked(data / key_file_name);
  replace_key_file(data / key_file_name, keys_in(data, identities, database_url), recipients);
}

bool begin_key_rotation(const std::filesystem::path& data,
                        const std::vector<std::string>& recipients,
                        const KeyIdentities& identities) {
  const auto path = data / key_file_name;
  const auto lock = locked(path);
  auto keys = keys_in(data, identities, "");
  const bool shared = host::system_files()->exists(data / shared_marker);
  if (!shared && !host::system_files()->exists(data / "cas.db"))
    throw diag::Error(diag::ErrorKind::unavailable, "no CAS has used the key in " + data.string() +
                                                        " yet; change the file itself");
  if (recipients.empty() && KeyFile(path).sealed())
    throw diag::Error(diag::ErrorKind::usage,
                      "the key file is sealed: say to whom it is to be sealed with the next key, "
                      "with --recipient");
  if (!keys.next.empty())
    throw diag::Error(
        diag::ErrorKind::conflict,
        "there is a next key already, which the CAS takes when it is told to reload, "
        "or starts; nothing was changed",
        {"if a database that several CASes share has got it, 'cas key seal --database "
         "URL' forgets the one before in a sealed file"});
  keys.next = crypto::random_bytes(key_bytes);
  replace_key_file(path, keys, recipients);
  return shared;
}

}  // namespace sconectl::casd
