// Audit logs as a CAS writes them, and as somebody else has changed them.
#include "sconectl/cas/audit_verifier.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/key_hash.hpp"

namespace sconectl::test {
namespace {

using cas::AuditFault;

/// A CAS that writes a log; `state` can be put back, as a database can.
struct AuditWriter {
  explicit AuditWriter(const char* name_of_certificate = cas::audit_certificate_name)
      : root(crypto::PrivateKey::generate(crypto::KeyType::p256)) {
    crypto::CertificateProfile profile;
    profile.common_name = "cas";
    profile.is_ca = true;
    const auto authority = crypto::issue(profile, root.public_key(), root);
    profile.common_name = name_of_certificate;
    profile.is_ca = false;
    chain = crypto::issue(profile, key.public_key(), root, &authority).pem() + authority.pem();
  }

  std::string append(const std::string& event, std::uint64_t transaction = 0) {
    const auto number = state.sequence_number + 1;
    const cas::AuditEntry entry{.sequence_number = number,
                                .timestamp = time,
                                .event = event,
                                .predecessor = state,
                                .transaction = transaction == 0 ? number : transaction};
    const auto signature = key.sign(cas::audit_signed_text(entry));
    auto line = cas::audit_line(entry, signature);
    state = {number, signature, std::string(crypto::view(crypto::sha256(line)))};
    if (number % cas::entries_per_checkpoint == 0) known.checkpoints.push_back({number, signature});
    known.latest = {number, signature};
    lines.push_back(line);
    return line;
  }
  void start() {
    std::string pem;
    for (const char c : chain) pem += c == '\n' ? std::string("\\n") : std::string(1, c);
    append(fmt::format(R"({{"certificate_chain":"{}","signing_key":"{}","type":"cas_started"}})",
                       pem, crypto::hex(key.public_key().raw_ed25519())));
  }
  void fill(int entries) {
    for (int i = 0; i < entries; ++i)
      append(fmt::format(R"({{"session":"team/s{}","type":"session_created"}})", i));
  }
  [[nodiscard]] std::string cas_key_hash() const { return crypto::key_hash(root.public_key()); }

  crypto::PrivateKey root;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  std::string chain;
  std::string time = "2026-11-27T10:00:00.000Z";
  cas::AuditPredecessor state;
  cas::AuditCheckpoints known;
  std::vector<std::string> lines;
};

class AuditVerification : public testing::Test {
 protected:
  AuditVerification() { cas.start(); }

  cas::AuditVerifierOptions options() const {
    cas::AuditVerifierOptions result;
    result.cas_key_hash = cas.cas_key_hash();
    result.checkpoints = cas.known;
    return result;
  }
  static std::string text(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) all += line + "\n";
    return all;
  }
  cas::AuditVerdict judge(const std::string& bytes, cas::AuditVerifierOptions with) const {
    cas::AuditVerifier verifier(std::move(with));
    verifier.add(bytes);
    return verifier.finish();
  }
  void expect(AuditFault fault, const std::string& bytes, cas::AuditVerifierOptions with,
              const std::string& finding = "") const {
    const auto verdict = judge(bytes, std::move(with));
    std::string all;
    for (const auto& found : verdict.findings) all += found + "\n";
    EXPECT_EQ(verdict.fault, fault) << all;
    EXPECT_NE(all.find(finding), std::string::npos) << all;
  }
  void expect(AuditFault fault, const std::vector<std::string>& lines,
              const std::string& finding = "") const {
    expect(fault, text(lines), options(), finding);
    auto each = options();
    each.every_signature = true;
    each.threads = 2;
    expect(fault, text(lines), each, finding);
  }

  AuditWriter cas;
};

TEST_F(AuditVerification, CC070_lines_are_canonical_and_taken_apart_again) {
  cas.append(R"({"reason":"a \",\"predecessor\":null b","type":"request_refused"})");
  for (const auto& line : cas.lines) {
    const auto parsed = cas::parse_audit_line(line);
    ASSERT_TRUE(parsed) << line;
    const auto signature = crypto::unhex(parsed->signature);
    EXPECT_TRUE(cas.key.public_key().verify(cas::audit_signed_text(line, *parsed), *signature));
  }
  const auto parsed = cas::parse_audit_line(cas.lines[1]);
  EXPECT_EQ(parsed->sequence_number, 2U);
  EXPECT_EQ(parsed->predecessor, cas::parse_audit_line(cas.lines[0])->signature);
  EXPECT_TRUE(parsed->event.ends_with(R"("type":"request_refused"})"));
}

TEST_F(AuditVerification, CC070_what_the_cas_would_not_have_written_is_no_entry) {
  const auto& line = cas.lines[0];
  for (const auto& bad : {line + " ", " " + line, line.substr(0, line.size() - 1), std::string(),
                          std::string("{}"), std::string(R"({"event":{}})")})
    EXPECT_FALSE(cas::parse_audit_line(bad)) << bad;
  auto upper = line;
  const auto at = upper.find("\"signature\":\"") + 13;
  upper.replace(at, 128, std::string(128, 'A'));
  EXPECT_FALSE(cas::parse_audit_line(upper));
  auto zero = line;
  zero.replace(zero.find("\"sequence_number\":1"), 19, "\"sequence_number\":01");
  EXPECT_FALSE(cas::parse_audit_line(zero));
}

TEST_F(AuditVerification, CL110_a_whole_log_is_correct) {
  cas.fill(600);
  expect(AuditFault::none, cas.lines);
  const auto verdict = judge(text(cas.lines), options());
  EXPECT_EQ(verdict.entries, 601U);
  EXPECT_EQ(verdict.first, 1U);
  EXPECT_EQ(verdict.last, 601U);
  EXPECT_EQ(verdict.cas_key_hash, cas.cas_key_hash());
  EXPECT_EQ(verdict.last_signature, crypto::hex(cas.state.signature));
  EXPECT_LT(verdict.signatures_verified, 10U);
}

TEST_F(AuditVerification, bytes_may_come_in_any_parts) {
  cas.fill(20);
  const auto all = text(cas.lines);
  cas::AuditVerifier verifier(options());
  for (const char c : all) verifier.add(std::string_view(&c, 1));
  EXPECT_EQ(verifier.finish().fault, AuditFault::none);
}

TEST_F(AuditVerification, CL110_a_flipped_bit_anywhere_is_seen) {
  cas.fill(2);
  const auto all = text(cas.lines);
  for (std::size_t at = 0; at + 1 < all.size(); ++at) {
    auto changed = all;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto fault = judge(changed, options()).fault;
    EXPECT_EQ(fault, AuditFault::integrity) << "byte " << at << " of " << all[at];
    if (fault != AuditFault::integrity) return;
  }
}

TEST_F(AuditVerification, CL110_an_entry_that_was_removed_is_missed) {
  cas.fill(10);
  auto lines = cas.lines;
  lines.erase(lines.begin() + 5);
  expect(AuditFault::entries_missing, lines, "entries 6 to 6 are missing");
}

TEST_F(AuditVerification, CL110_reordered_entries_are_seen) {
  cas.fill(10);
  auto lines = cas.lines;
  std::swap(lines[5], lines[6]);
  const auto verdict = judge(text(lines), options());
  EXPECT_GE(verdict.fault, AuditFault::entries_missing);
}

/// A delivery that was repeated because its answer got lost: nothing is wrong, and it is told.
TEST_F(AuditVerification, an_entry_that_was_delivered_twice_is_counted_once) {
  cas.fill(10);
  auto lines = cas.lines;
  lines.insert(lines.begin() + 6, lines[5]);
  expect(AuditFault::none, lines);
  EXPECT_EQ(judge(text(lines), options()).duplicates, 1U);
}

TEST_F(AuditVerification, CL110_the_log_of_another_cas_is_refused) {
  AuditWriter other;
  other.start();
  other.fill(3);
  expect(AuditFault::other_cas, text(other.lines), options(), "is of CAS");
}

TEST_F(AuditVerification, CL110_entries_of_another_cas_between_ours_are_seen) {
  AuditWriter other;
  other.start();
  other.fill(300);
  cas.fill(3);
  auto lines = cas.lines;
  lines.insert(lines.end(), other.lines.begin(), other.lines.end());
  expect(AuditFault::integrity, lines);
}

/// Whoever has a key can not make it ours by a certificate of his own.
TEST_F(AuditVerification, CC067_the_signing_key_must_have_a_certificate_of_the_cas) {
  AuditWriter forger;
  forger.chain = cas.chain;  // the right chain, for another key
  forger.start();
  forger.fill(3);
  auto with = options();
  with.checkpoints = forger.known;
  expect(AuditFault::integrity, text(forger.lines), with, "not one of the signing key");
}

/// Nor by a certificate that the CAS has given him for something else.
TEST_F(AuditVerification, CC067_the_certificate_must_be_one_for_an_audit_log) {
  AuditWriter served("web");
  served.start();
  served.fill(3);
  expect(AuditFault::integrity, text(served.lines),
         {.cas_key_hash = served.cas_key_hash(), .checkpoints = served.known},
         "not one for an audit log");
}

TEST_F(AuditVerification, CL110_a_truncated_tail_is_missed) {
  cas.fill(10);
  auto lines = cas.lines;
  lines.resize(8);
  expect(AuditFault::recent_entries_missing, lines, "entries 9 to 11 are missing at the end");
}

TEST_F(AuditVerification, CL110_an_incomplete_last_line_is_a_transaction_cut_short) {
  cas.fill(10);
  expect(AuditFault::failed_transaction, text(cas.lines) + cas.lines.back().substr(0, 40),
         options(), "incomplete line");
  const auto all = text(cas.lines);
  expect(AuditFault::recent_entries_missing, all.substr(0, all.size() - 5), options());
}

TEST_F(AuditVerification, CL110_older_entries_are_missed_but_not_those_of_the_part_before) {
  cas.fill(10);
  const std::vector<std::string> part(cas.lines.begin() + 5, cas.lines.end());
  auto with = options();
  with.cas_key_hash.reset();
  with.signing_key = cas.key.public_key().raw_ed25519();
  expect(AuditFault::older_entries_missing, text(part), with);
  with.predecessor = crypto::unhex(cas::parse_audit_line(cas.lines[4])->signature);
  expect(AuditFault::none, text(part), with);
  with.predecessor = crypto::unhex(cas::parse_audit_line(cas.lines[3])->signature);
  expect(AuditFault::entries_missing, text(part), with);
}

TEST_F(AuditVerification, CC073_a_part_that_ends_with_the_named_entry_misses_no_newer_ones) {
  cas.fill(10);
  const std::vector<std::string> part(cas.lines.begin(), cas.lines.begin() + 6);
  auto with = options();
  with.last = crypto::unhex(cas::parse_audit_line(part.back())->signature);
  expect(AuditFault::none, text(part), with);
  with.last = crypto::unhex(cas::parse_audit_line(cas.lines[6])->signature);
  expect(AuditFault::recent_entries_missing, text(part), with);
}

TEST_F(AuditVerification, CL110_without_checkpoints_a_rollback_is_not_excluded) {
  cas.fill(10);
  auto with = options();
  with.checkpoints.reset();
  expect(AuditFault::rollback_not_excluded, text(cas.lines), with);
}

TEST_F(AuditVerification, CC065_a_fork_of_length_one_is_benign) {
  cas.fill(3);
  const auto before = cas.state;
  cas.append(R"({"type":"not_stored"})");
  cas.state = before;
  cas.fill(3);
  expect(AuditFault::failed_transaction, cas.lines, "entry 5 was of a transaction");
}

TEST_F(AuditVerification, CC065_a_transaction_of_several_entries_that_failed_is_benign) {
  cas.fill(3);
  const auto before = cas.state;
  for (int i = 0; i < 4; ++i) cas.append(R"({"type":"not_stored"})", 5);
  cas.state = before;
  cas.fill(8);
  expect(AuditFault::failed_transaction, cas.lines, "entries 5 to 8 were of a transaction");
}

TEST_F(AuditVerification, CC065_the_very_first_transaction_may_have_failed) {
  cas.state = {};
  cas.time = "2026-11-27T10:00:01.000Z";
  cas.start();
  cas.fill(2);
  expect(AuditFault::failed_transaction, cas.lines);
}

TEST_F(AuditVerification, CC065_two_forks_at_one_place_are_not_benign) {
  cas.fill(3);
  const auto before = cas.state;
  for (int i = 0; i < 2; ++i) {
    cas.append(fmt::format(R"({{"attempt":{},"type":"not_stored"}})", i));
    cas.state = before;
  }
  cas.fill(3);
  expect(AuditFault::rollback_not_excluded, cas.lines, "more than one transaction");
}

TEST_F(AuditVerification, CC072_a_cas_that_went_on_from_an_older_state_was_rolled_back) {
  cas.fill(3);
  const auto before = cas.state;
  cas.fill(2);  // two transactions that were acknowledged
  cas.state = before;
  cas.time = "2026-11-27T10:00:01.000Z";
  cas.fill(5);
  expect(AuditFault::rolled_back, cas.lines, "entries 5 to 6 were rolled back");
}

TEST_F(AuditVerification, CC072_a_failed_transaction_at_a_checkpoint_is_no_rollback) {
  cas.fill(248);
  const auto before = cas.state;
  const auto known = cas.known;
  cas.append(R"({"type":"not_stored"})");
  cas.state = before;
  cas.known = known;
  cas.fill(3);
  expect(AuditFault::failed_transaction, cas.lines);
}

TEST_F(AuditVerification, CC072_the_log_of_another_past_is_seen_by_checkpoints) {
  cas.fill(400);
  const auto kept = cas.lines;
  cas.lines.resize(100);
  const auto first = *cas::parse_audit_line(cas.lines.back());
  cas.state = {100, *crypto::unhex(first.signature),
               std::string(crypto::view(crypto::sha256(cas.lines.back())))};
  cas.known = {};
  cas.time = "2026-11-28T10:00:00.000Z";
  cas.fill(400);
  expect(AuditFault::rolled_back, kept, "entry 250 is not the one that the CAS remembers");
}

TEST_F(AuditVerification, CC072_a_log_that_is_ahead_of_the_cas_was_rolled_back) {
  cas.fill(3);
  const auto known = cas.known;
  cas.fill(2);
  cas::AuditVerifier verifier(options());
  verifier.add(text(cas.lines));
  EXPECT_EQ(verifier.finish(known).fault, AuditFault::rolled_back);
  cas.known = known;
  auto lines = cas.lines;
  lines.pop_back();  // one entry: its transaction may have failed
  expect(AuditFault::failed_transaction, lines);
}

/// What was read before is in it; what was added meanwhile is known when it ends.
TEST_F(AuditVerification, a_cas_that_goes_on_writing_is_no_fault) {
  cas.fill(3);
  auto with = options();
  cas.fill(5);
  cas::AuditVerifier verifier(with);
  verifier.add(text(cas.lines));
  cas.append(R"({"type":"cas_exited"})");
  EXPECT_EQ(verifier.finish(cas.known).fault, AuditFault::none);
}

TEST_F(AuditVerification, CC071_entries_that_are_not_signed_are_never_correct) {
  cas::AuditEntry entry{.sequence_number = 1,
                        .timestamp = cas.time,
                        .event = R"({"type":"session_created"})",
                        .predecessor = {},
                        .transaction = 1};
  expect(AuditFault::integrity, cas::audit_line(entry, "") + "\n", options(), "is not signed");
}

TEST_F(AuditVerification, a_clock_that_jumps_back_breaks_no_chain) {
  cas.fill(3);
  cas.time = "2001-01-01T00:00:00.000Z";
  cas.fill(3);
  expect(AuditFault::none, cas.lines);
}

TEST_F(AuditVerification, CC067_a_log_without_a_key_needs_one) {
  cas.fill(3);
  const std::vector<std::string> part(cas.lines.begin() + 1, cas.lines.end());
  expect(AuditFault::other_cas, text(part), options(), "--signing-key");
}

TEST_F(AuditVerification, an_endless_line_takes_no_memory) {
  cas::AuditVerifier verifier(options());
  for (int i = 0; i < 64; ++i) verifier.add(std::string(1 << 20, 'x'));
  EXPECT_EQ(verifier.finish().fault, AuditFault::integrity);
}

TEST_F(AuditVerification, RA069_checkpoints_are_read_as_they_are_written) {
  cas.fill(600);
  const auto again = cas::decode_audit_checkpoints(cas::encode(cas.known));
  EXPECT_EQ(again.latest, cas.known.latest);
  EXPECT_EQ(again.checkpoints, cas.known.checkpoints);
  EXPECT_FALSE(cas::decode_audit_checkpoints(cas::encode(cas::AuditCheckpoints{})).latest);
}

}  // namespace
}  // namespace sconectl::test
