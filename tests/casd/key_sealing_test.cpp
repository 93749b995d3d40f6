// The key of the database, sealed to keys that lie elsewhere (CC-062).
#include "sconectl/casd/key_sealing.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "casd/cas_fixture.hpp"
#include "casd/store/key_store.hpp"
#include "sconectl/casd/backup.hpp"
#include "sconectl/crypto/age.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using diag::ErrorKind;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

casd::KeyIdentities identities_of(const crypto::X25519Pair& pair) {
  crypto::AgeIdentities keys;
  keys.keys.push_back(pair.private_key.clone());
  return std::make_shared<const crypto::AgeIdentities>(std::move(keys));
}

class SealedKey : public Cas {
 protected:
  void SetUp() override {
    hash = created(session("a"), alice.peer());
    key_hash = service->key_hash();
    plain = bytes_of(key_file());
  }
  [[nodiscard]] std::filesystem::path key_file() const { return data / "cas.key-store"; }
  [[nodiscard]] std::optional<ErrorKind> start_fails(casd::KeyIdentities identities) {
    service.reset();
    try {
      const casd::Service other({.data = data, .key_identities = std::move(identities)}, clock);
      EXPECT_EQ(other.key_hash(), key_hash);
      return std::nullopt;
    } catch (const diag::Error& error) {
      return error.kind();
    }
  }

  crypto::X25519Pair pair = crypto::generate_x25519();
  crypto::X25519Pair stranger = crypto::generate_x25519();
  std::string hash, key_hash, plain;
};

TEST_F(SealedKey, CC062_the_files_alone_open_nothing_any_more) {
  casd::seal_key(data, {pair.public_key}, nullptr);
  EXPECT_TRUE(crypto::is_age_file(bytes_of(key_file())));
  const auto key = crypto::unhex(plain.substr(0, 64));
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(data)) all += bytes_of(entry.path());
  EXPECT_THAT(all, HasButNot("SQLite format 3", plain.substr(0, 64)));
  EXPECT_THAT(all, HasButNot("SQLite format 3", *key));
  EXPECT_EQ(std::filesystem::status(key_file()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(start_fails(nullptr), ErrorKind::refused);
  EXPECT_EQ(start_fails(identities_of(stranger)), ErrorKind::refused);
  EXPECT_EQ(start_fails(identities_of(pair)), std::nullopt);
}

TEST_F(SealedKey, CC062_a_running_cas_is_not_disturbed_and_others_can_open_it_instead) {
  casd::seal_key(data, {pair.public_key}, nullptr);
  EXPECT_EQ(upload(session("b"), alice.peer()).status, 201);
  EXPECT_THROW(casd::seal_key(data, {stranger.public_key}, nullptr), diag::Error);
  casd::seal_key(data, {stranger.public_key}, identities_of(pair));
  EXPECT_EQ(start_fails(identities_of(pair)), ErrorKind::refused);
  EXPECT_EQ(start_fails(identities_of(stranger)), std::nullopt);
  casd::seal_key(data, {}, identities_of(stranger));
  EXPECT_EQ(bytes_of(key_file()), plain);
  EXPECT_EQ(start_fails(nullptr), std::nullopt);
}

TEST_F(SealedKey, CC078_its_backup_is_restored_without_what_opens_the_key) {
  casd::seal_key(data, {pair.public_key}, nullptr);
  const auto backup = directory.path() / "cas.age";
  EXPECT_THROW((void)casd::create_backup(data, {stranger.public_key}, backup), diag::Error);
  EXPECT_FALSE(std::filesystem::exists(backup));
  const auto made =
      casd::create_backup(data, {stranger.public_key}, backup, {.identities = identities_of(pair)});
  crypto::AgeIdentities keys;
  keys.keys.push_back(stranger.private_key.clone());
  EXPECT_EQ(casd::restore_backup(backup, keys, directory.path() / "elsewhere"), made);
  EXPECT_EQ(bytes_of(directory.path() / "elsewhere/cas.key-store"), plain);
}

TEST_F(SealedKey, the_file_stays_its_owners) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  ASSERT_EQ(::chown(key_file().c_str(), 12345, 12346), 0);
  casd::seal_key(data, {pair.public_key}, nullptr);
  struct stat facts {};
  ASSERT_EQ(::stat(key_file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 12345U);
  EXPECT_EQ(facts.st_gid, 12346U);
}

TEST_F(SealedKey, a_link_in_its_place_leads_root_nowhere) {
  const auto elsewhere = directory.path() / "elsewhere";
  std::filesystem::rename(key_file(), elsewhere);
  std::filesystem::create_symlink(elsewhere, key_file());
  EXPECT_THROW(casd::seal_key(data, {pair.public_key}, nullptr), diag::Error);
  EXPECT_EQ(bytes_of(elsewhere), plain);
  EXPECT_TRUE(std::filesystem::is_symlink(key_file()));
}

TEST_F(SealedKey, more_recipients_than_a_start_reads_are_refused) {
  const std::vector<std::string> many(1000, pair.public_key);
  EXPECT_THROW(casd::seal_key(data, many, nullptr), diag::Error);
  EXPECT_EQ(bytes_of(key_file()), plain);
}

TEST_F(SealedKey, what_is_damaged_is_refused) {
  casd::seal_key(data, {pair.public_key}, nullptr);
  const auto sealed = bytes_of(key_file());
  for (const std::size_t at : {std::size_t{30}, sealed.size() / 2, sealed.size() - 1}) {
    auto changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    std::ofstream(key_file(), std::ios::binary) << changed;
    EXPECT_NE(start_fails(identities_of(pair)), std::nullopt) << at;
  }
  std::ofstream(key_file(), std::ios::binary) << sealed.substr(0, sealed.size() - 5);
  EXPECT_NE(start_fails(identities_of(pair)), std::nullopt);
  EXPECT_THROW(casd::seal_key(directory.path() / "none", {pair.public_key}, nullptr), diag::Error);
}

}  // namespace
}  // namespace sconectl::test
