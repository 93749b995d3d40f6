#include "sconectl/session/migration.hpp"

#include "support.hpp"

namespace sconectl::session::test {
namespace {

Secret made(const std::string& flow) {
  return read(secret(flow)).secrets.at(0);
}
bool kept(const std::string& before, const std::string& after) {
  const Secret old = made(before);
  return migration(&old, made(after)).keep;
}

TEST(Migration, SL215_SL216_SL217_SL226_generated_values_of_the_same_size_are_kept) {
  for (const char* kind : {"kind: ascii", "kind: binary"}) {
    const std::string text = kind;
    EXPECT_TRUE(kept(text, text + ", size: 20"));
    EXPECT_FALSE(kept(text, text + ", size: 21"));
    EXPECT_FALSE(migration(nullptr, made(text)).keep);
  }
  EXPECT_FALSE(kept("kind: ascii", "kind: binary"));
  EXPECT_FALSE(kept("import: {session: a, secret: b}", "kind: ascii"));
}

TEST(Migration, SL218_private_keys_need_migrate_in_both) {
  EXPECT_TRUE(kept("kind: private-key, migrate: true",
                   "kind: private-key, migrate: true, key_type: P-256"));
  EXPECT_FALSE(kept("kind: private-key, migrate: true", "kind: private-key"));
  EXPECT_FALSE(kept("kind: private-key", "kind: private-key, migrate: true"));
  EXPECT_FALSE(kept("kind: private-key, migrate: true",
                    "kind: private-key, migrate: true, key_type: P-384"));
}

TEST(Migration, SL218_an_update_names_the_keys_that_it_replaces) {
  const auto with = [](const std::string& more) {
    return read("name: a\nversion: \"0.3\"\nsecrets:\n  - {name: k, kind: private-key" + more +
                "}\n  - {name: s, kind: ascii}\n");
  };
  EXPECT_THAT(replaced_keys(with(""), with("")), testing::ElementsAre(testing::StartsWith(
                                                     "secret 'k': this update replaces its private "
                                                     "key")));
  EXPECT_TRUE(replaced_keys(with(", migrate: true"), with(", migrate: true")).empty());
  EXPECT_TRUE(replaced_keys(read("name: a\nversion: \"0.3\"\n"), with("")).empty());
}

TEST(Migration, SL219_SL220_SL221_SL222_SL223_other_kinds) {
  EXPECT_TRUE(kept("kind: pgp-key", "kind: pgp-key"));
  EXPECT_FALSE(kept("kind: config-fragment, value: a", "kind: config-fragment, value: a"));
  const Secret certificate{"c", X509{}, {}, false, {}};
  EXPECT_FALSE(migration(&certificate, certificate).keep);
  X509 authority;
  authority.ca = true;
  const Secret ca{"c", authority, {}, false, {}};
  EXPECT_TRUE(migration(&ca, ca).keep);
  authority.common_name = "another";
  EXPECT_FALSE(migration(&ca, Secret{"c", authority, {}, false, {}}).keep);
  const Secret key{"p", PublicKey{}, {}, false, {}};
  EXPECT_FALSE(migration(&key, key).keep);
  const Secret jwt{"j", Jwt{}, {}, false, {}};
  EXPECT_FALSE(migration(&jwt, jwt).keep);
}

TEST(Migration, SL224_SL225_explicit_values_are_not_kept) {
  EXPECT_FALSE(kept("kind: ascii, value: v", "kind: ascii"));
  EXPECT_FALSE(kept("kind: ascii", "kind: ascii, value: v"));
}

TEST(Migration, SL228_states_of_file_systems) {
  Volume before;
  before.name = "v";
  Volume after = before;
  EXPECT_TRUE(migration(&before, after).keep);
  EXPECT_FALSE(migration(static_cast<const Volume*>(nullptr), after).keep);
  after.fspf_key = Setting<std::string>(mrenclave);
  EXPECT_FALSE(migration(&before, after).keep);
  Service old;
  old.fspf = Fspf{"/f", mrenclave, tag32, {}};
  Service fresh = old;
  EXPECT_TRUE(migration(&old, fresh).keep);
  fresh.fspf->tag = std::string(32, '1');
  EXPECT_FALSE(migration(&old, fresh).keep);
  fresh = old;
  fresh.fspf->key = Setting<std::string>(hash64);
  EXPECT_FALSE(migration(&old, fresh).keep);
}

TEST(Migration, SL229_old_versions_migrate_too) {
  const Secret old =
      read("name: a\nversion: 0.2\nsecrets: [{name: x, kind: ascii}]\n").secrets.at(0);
  EXPECT_TRUE(migration(&old, made("kind: ascii")).keep);
}

}  // namespace
}  // namespace sconectl::session::test
