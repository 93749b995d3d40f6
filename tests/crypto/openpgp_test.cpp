// SL-167 and SL-168, judged by GnuPG in a home of its own.
#include "sconectl/crypto/openpgp.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "sconectl/diag/error.hpp"
#include "support/real_tool.hpp"

namespace sconectl::crypto {
namespace {

using test::Scratch;
using test::ToolResult;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Time created = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

class Gpg {
 public:
  ~Gpg() {
    static_cast<void>(test::run_tool({"gpgconf", "--homedir", home_.path(), "--kill", "all"}));
  }
  Gpg() = default;
  Gpg(const Gpg&) = delete;
  Gpg& operator=(const Gpg&) = delete;

  ToolResult run(std::vector<std::string> arguments, std::string_view input = {}) const {
    const std::vector<std::string> head{"gpg",     "--homedir", home_.path(),    "--batch",
                                        "--quiet", "--no-tty",  "--trust-model", "always"};
    arguments.insert(arguments.begin(), head.begin(), head.end());
    return test::run_tool(arguments, input);
  }
  /// The user id of the only key.
  [[nodiscard]] std::string user() const {
    const std::string list = run({"--with-colons", "--list-keys"}).out;
    const std::size_t line = list.find("\nuid:");
    std::size_t at = line + 1;
    for (int field = 0; field < 9; ++field) at = list.find(':', at) + 1;
    return list.substr(at, list.find(':', at) - at);
  }
  [[nodiscard]] const Scratch& home() const { return home_; }

 private:
  Scratch home_;
};

TEST(OpenPgp, SL167_gpg_imports_the_secret_key_and_uses_it) {
  const Secret key = generate_pgp_key(created);
  const Gpg owner;
  const auto imported = owner.run({"--import"}, key.view());
  ASSERT_EQ(imported.status, 0) << imported.err;

  const std::string list = owner.run({"--with-colons", "--list-secret-keys"}).out;
  EXPECT_THAT(
      list, AllOf(HasSubstr(":22:"), HasSubstr(":18:"), HasSubstr("ed25519"), HasSubstr("cv25519")))
      << list;

  const Gpg other;
  const auto public_import = other.run({"--import"}, pgp_public_key(key.view()));
  ASSERT_EQ(public_import.status, 0) << public_import.err;
  EXPECT_EQ(other.run({"--with-colons", "--list-secret-keys"}).out, "");
  EXPECT_EQ(other.user(), owner.user());

  const auto encrypted =
      other.run({"--encrypt", "--recipient", owner.user()}, "for your eyes only");
  ASSERT_EQ(encrypted.status, 0) << encrypted.err;
  const auto decrypted = owner.run({"--decrypt"}, encrypted.out);
  EXPECT_EQ(decrypted.status, 0) << decrypted.err;
  EXPECT_EQ(decrypted.out, "for your eyes only");

  const auto signature = owner.run({"--sign", "--local-user", owner.user()}, "said by me");
  ASSERT_EQ(signature.status, 0) << signature.err;
  const auto verified = other.run({"--decrypt"}, signature.out);
  EXPECT_EQ(verified.status, 0) << verified.err;
  EXPECT_EQ(verified.out, "said by me");
}

TEST(OpenPgp, SL167_preferences_user_id_and_creation_time) {
  const Gpg gpg;
  ASSERT_EQ(gpg.run({"--import"}, generate_pgp_key(created).view()).status, 0);
  EXPECT_THAT(gpg.user(), AllOf(testing::SizeIs(32), Not(HasSubstr("@"))));
  const auto shown = test::run_tool({"gpg", "--homedir", gpg.home().path(), "--list-packets"},
                                    generate_pgp_key(created).view());
  EXPECT_THAT(shown.out, AllOf(HasSubstr("pref-sym-algos: 9)"), HasSubstr("pref-hash-algos: 8)"),
                               HasSubstr("pref-zip-algos: 2)"), HasSubstr("(key flags: 03)"),
                               HasSubstr("(key flags: 0C)"),
                               HasSubstr("created 1772323200, expires 0"), HasSubstr("version 4")))
      << shown.out << shown.err;
}

TEST(OpenPgp, SL167_the_self_signatures_are_good) {
  const Gpg gpg;
  ASSERT_EQ(gpg.run({"--import"}, generate_pgp_key(created).view()).status, 0);
  const auto checked = gpg.run({"--with-colons", "--check-signatures"});
  EXPECT_THAT(checked.out, AllOf(HasSubstr("sig:!:"), Not(HasSubstr("sig:-")))) << checked.out;
}

TEST(OpenPgp, SL168_gpg_reads_the_armour) {
  const Gpg gpg;
  const Secret key = generate_pgp_key(created);
  const Secret armoured = pgp_armor(PgpBlock::private_key, key.view());
  EXPECT_TRUE(armoured.view().starts_with("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n"));
  EXPECT_TRUE(armoured.view().ends_with("\n-----END PGP PRIVATE KEY BLOCK-----\n"));
  EXPECT_EQ(gpg.run({"--dearmor"}, armoured.view()).out, key.view());
  const std::string public_key = pgp_public_key(key.view());
  const Secret public_armour = pgp_armor(PgpBlock::public_key, public_key);
  EXPECT_TRUE(public_armour.view().starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"));
  EXPECT_EQ(gpg.run({"--import"}, public_armour.view()).status, 0);
  EXPECT_EQ(gpg.run({"--export"}).out.size(), public_key.size());
}

TEST(OpenPgp, SL168_the_public_part_holds_no_secret) {
  const Secret key = generate_pgp_key(created);
  const std::string public_key = pgp_public_key(key.view());
  EXPECT_LT(public_key.size(), key.size());
  EXPECT_EQ(pgp_public_key(public_key), public_key);
  EXPECT_NE(generate_pgp_key(created).view(), key.view());
}

TEST(OpenPgp, other_bytes_are_refused) {
  const Secret key = generate_pgp_key(created);
  for (std::size_t size = 1; size < 60; ++size) {
    EXPECT_THROW(static_cast<void>(pgp_public_key(key.view().substr(0, size))), diag::Error);
  }
  EXPECT_THROW(static_cast<void>(pgp_public_key("hello")), diag::Error);
}

}  // namespace
}  // namespace sconectl::crypto
