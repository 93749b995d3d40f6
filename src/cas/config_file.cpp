// The state file on disk.
#include "sconectl/cas/config.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;

constexpr std::size_t max_file_bytes = 16U << 20U;
constexpr unsigned directory_mode = 0700;
constexpr unsigned config_file_mode = 0600;
constexpr unsigned for_others = 077;
constexpr unsigned writable_for_others = 022;

/// In quotes a shell leaves `~/` as it is: a directory of that name is never what is meant.
std::filesystem::path expanded(const host::Environment& environment,
                               const std::filesystem::path& path) {
  const std::string& text = path.native();
  return text.starts_with("~/") ? environment.home_directory() / text.substr(2) : path;
}

}  // namespace

ConfigFile::ConfigFile(host::Files& files, std::filesystem::path path)
    : files_(files), path_(std::move(path)) {}

/// Whoever reads the private keys in it is us, and whoever writes it decides whom we trust.
void ConfigFile::refuse_if_open_to_others(const Config& config) const {
  const bool holds_keys = config.identity || config.session_signing_key;
  const auto status = files_.status(path_);
  if (!status || (status->mode & (holds_keys ? for_others : writable_for_others)) == 0) return;
  throw Error(diag::ErrorKind::refused,
              "the state file " + path_.string() + " is open to others" +
                  (holds_keys ? " and holds private keys" : "") + "; make it yours: chmod 600 " +
                  path_.string(),
              {"if somebody else could use it until now, remove 'identity' and "
               "'session_signing_keypair_ed25519_seed' from it: new ones are made"});
}

Config ConfigFile::parsed(std::string_view text) const {
  try {
    return parse_config(text);
  } catch (const Error& error) {
    throw error.within("can not use " + path_.string());
  }
}

Config ConfigFile::load() const {
  auto read = files_.read_if_exists(path_, max_file_bytes);
  if (!read) return {};
  const auto text = crypto::Secret::adopt(*std::move(read));
  const auto digest = crypto::sha256(text.view());
  if (!last_ || last_->first != digest) last_.emplace(digest, parsed(text.view()));
  refuse_if_open_to_others(last_->second);
  return last_->second;
}

std::unique_ptr<host::FileLock> ConfigFile::lock() {
  const auto directory = path_.has_parent_path() ? path_.parent_path() : ".";
  files_.make_directories(directory, directory_mode);
  auto beside = path_;
  beside += ".lock";
  try {
    return files_.lock(beside);
  } catch (const Error&) {
    // A single file mounted into a directory that is not ours: the file itself is the lock. That
    // is safe because such a file is written in place, never replaced.
    return files_.lock(path_);
  }
}

Config ConfigFile::update(const std::function<void(Config&)>& change) {
  const auto held = lock();
  Config config = load();
  const auto before = config_text(config);
  change(config);
  const auto after = config_text(config);
  if (before.view() != after.view() || !files_.exists(path_))
    files_.write(path_, after.view(), config_file_mode);
  return config;
}

Identity ConfigFile::identity() {
  if (auto config = load(); config.identity) return *std::move(config.identity);
  return *update([](Config& config) {
            if (!config.identity) config.identity = make_identity();
          }).identity;
}

crypto::PrivateKey ConfigFile::session_signing_key() {
  if (auto config = load(); config.session_signing_key)
    return *std::move(config.session_signing_key);
  return *update([](Config& config) {
            if (!config.session_signing_key)
              config.session_signing_key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
          }).session_signing_key;
}

std::filesystem::path config_path(const host::Environment& environment,
                                  const std::optional<std::filesystem::path>& option) {
  if (option) return expanded(environment, *option);
  const std::string variable = environment.get_or("SCONE_CLI_CONFIG", "");
  if (!variable.empty()) return expanded(environment, variable);
  return environment.home_directory() / ".cas" / "config.json";
}

}  // namespace sconectl::cas
