#include <sstream>

#include "keys.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

TEST(Creator, SL023_SL279_SL280_filled_in_only_if_referenced) {
  Session session;
  session.name = "a";
  EXPECT_TRUE(needs_creator(session));
  EXPECT_EQ(with_certificate_as_creator(session, alice().certificate).creator->text,
            alice().certificate);
  AccessPolicy access;
  access.read = {AccessEntry{Keyword::any, {}}};
  access.update = {AccessEntry{Keyword::none, {}}};
  session.access_policy = access;
  EXPECT_FALSE(needs_creator(session));
  EXPECT_FALSE(with_certificate_as_creator(session, alice().certificate).creator);
  access.create_sessions = AccessEntries{{Require{{}, {AccessEntry{Keyword::creator, {}}}}, {}}};
  session.access_policy = access;
  EXPECT_TRUE(needs_creator(session));
  access.create_sessions = AccessEntries{{Placeholder("x"), {}}};
  session.access_policy = access;
  EXPECT_TRUE(needs_creator(session));
  session.access_policy = Placeholder("x");
  EXPECT_TRUE(needs_creator(session));
}

TEST(Creator, SL281_signers_become_the_creator) {
  Session session;
  session.name = "a";
  const Session with_signer = with_signer_as_creator(session, signer_short);
  EXPECT_TRUE(with_signer.creator->signer);
  EXPECT_EQ(with_signer.creator->text, signer_pem);
}

TEST(Creator, SL282_an_explicit_creator_stays) {
  Session session;
  session.name = "a";
  session.creator = Creator{false, alice().certificate};
  EXPECT_FALSE(needs_creator(session));
  EXPECT_EQ(with_certificate_as_creator(session, bob().certificate).creator->text,
            alice().certificate);
}

TEST(Creator, SL283_is_part_of_the_hash) {
  Session session;
  session.name = "a";
  EXPECT_NE(hash(with_certificate_as_creator(session, alice().certificate)),
            hash(with_certificate_as_creator(session, bob().certificate)));
}

TEST(Creator, SL285_certificate_text) {
  const std::string pem = alice().certificate;
  std::string crlf;
  for (const char c : pem) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const auto creator = [](const std::string& text) {
    return read(with("creator: " + block(text, 2))).creator->text;
  };
  EXPECT_EQ(creator(pem), pem);
  EXPECT_EQ(creator(crlf), pem);
  EXPECT_EQ(creator(pem.substr(0, pem.size() - 1)), pem);
  refuses(with("creator: " + block(pem + bob().certificate, 2)),
          "more text after the first certificate");
  refuses(with("creator: me\n"), "must be one certificate");
}

/// What scripts do to update: read, replace the predecessor, blank the creator, create.
std::string blanked(const std::string& text, std::string_view key, const std::string& value) {
  std::string result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    result += (line.starts_with(key) ? std::string(key) + value : line) + "\n";
  return result;
}

TEST(Creator, SL337_it_stands_on_one_line_so_that_the_documented_update_works) {
  Session session;
  session.name = "a";
  AccessPolicy access;
  access.read = {AccessEntry{Keyword::any, {}}};
  access.update = {AccessEntry{Keyword::creator, {}}};
  session.access_policy = access;
  for (const Session& read : {with_certificate_as_creator(session, alice().certificate),
                              with_signer_as_creator(session, signer_short)}) {
    const std::string written = text(read);
    EXPECT_EQ(parse_text("s", written), read);
    const Session again = parse_text("s", blanked(blanked(written, "creator:", " ~"),
                                                  "predecessor:", " " + std::string(64, 'a')));
    EXPECT_FALSE(again.creator);
    EXPECT_EQ(again.predecessor, std::string(64, 'a'));
    EXPECT_EQ(parse_text("s", blanked(written, "creator:", "")).creator, std::nullopt);
  }
}

}  // namespace
}  // namespace sconectl::session::test
