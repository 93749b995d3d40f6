// Operation × identity × policy: who may do what, written down by hand from SL-254 to SL-285 of the
// specification. `+` is allowed, `.` is denied; one character for each asker of everybody().
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <span>

#include "keys.hpp"
#include "sconectl/crypto/certificate_print.hpp"
#include "sconectl/session/access_policy.hpp"
#include "support.hpp"
#include "support/matchers.hpp"

namespace sconectl::session::test::access_table {
namespace {

/// Signers one (Ed25519), two (P-384) and three (Ed25519, in no policy).
const crypto::PublicKey& table_signer(std::size_t number) {
  static const std::vector<crypto::PublicKey> keys{
      ed25519().public_key(), p384().public_key(),
      crypto::PrivateKey::generate(crypto::KeyType::ed25519).public_key()};
  return keys.at(number - 1);
}
Caller presenting(const std::string& pem, const std::vector<std::size_t>& signers = {}) {
  Caller caller;
  if (!pem.empty()) {
    const auto print = crypto::certificate_print(pem);
    caller.tls_key = print.key;
    caller.certificate_hash = print.pem_sha256;
  }
  for (const std::size_t number : signers) caller.signers.push_back(table_signer(number));
  return caller;
}

/// A key, the certificate that policies name and another certificate of the same key.
struct TableKey {
  explicit TableKey(const Identity& who)
      : hash(who.hash), pem(who.certificate), caller(presenting(pem)) {
    crypto::CertificateProfile profile;
    profile.common_name = "another name, expired long ago";
    profile.not_before = crypto::Time{};
    profile.not_after = crypto::Time{} + std::chrono::hours(1);
    renewed = crypto::issue(profile, who.key.public_key(), who.key).pem();
  }
  std::string hash;
  std::string pem;
  Caller caller;
  std::string renewed;
};
/// Alice, bob, and a stranger.
const std::vector<TableKey>& table_keys() {
  static const std::vector<TableKey> value{TableKey(alice()), TableKey(bob()),
                                           TableKey(identity("stranger"))};
  return value;
}

using Asker = std::pair<std::string, Caller>;
/// The columns of the table. A caller with signers and a certificate stands for "both count" of
/// SL-271; that a signed upload has no certificate is decided before, by whoever makes the Caller.
const std::vector<Asker>& everybody() {
  static const TableKey &alice = table_keys()[0], &bob = table_keys()[1];
  static const std::vector<Asker> value{
      {"alice's certificate", alice.caller},
      {"alice's key in another certificate", presenting(alice.renewed)},
      {"bob's certificate", bob.caller},
      {"bob's key in another certificate", presenting(bob.renewed)},
      {"a stranger's certificate", table_keys()[2].caller},
      {"nobody", {}},
      {"signer one", presenting("", {1})},
      {"signer one, twice", presenting("", {1, 1})},
      {"signer two", presenting("", {2})},
      {"signer three", presenting("", {3})},
      {"signers one and two", presenting("", {1, 2})},
      {"signer one and alice's certificate", presenting(alice.pem, {1})},
      {"signer one and bob's certificate", presenting(bob.pem, {1})},
      {"signers one and two and bob's certificate", presenting(bob.pem, {1, 2})},
  };
  return value;
}

constexpr const char* by_alice = "creator: @cert_alice\n";  // who made the active version
constexpr const char* by_bob = "creator: @cert_bob\n";
constexpr const char* by_signer = "creator: {signer: @one}\n";

/// `@alice` and so on are written out by with_names(). A policy that starts with `$$` is one
/// placeholder; else it is the inside of the map.
struct Row {
  const char *policy, *creator, *read, *update, *create, *list;
  const char* version = "0.3";
  const char* before = "";  // comes before `policy`
};

// clang-format off
// Who is in which place:   alice bob  else signers mixed
//   alice: first, renewed certificate; bob: the same; else: stranger, nobody;
//   signers: one, one twice, two, three, one+two; mixed: one+alice, one+bob, one+two+bob
constexpr const char* every    = "++ ++ ++ +++++ +++";
constexpr const char* identified = "++ ++ +. +++++ +++";  // who has any identity
constexpr const char* no_one   = ".. .. .. ..... ...";
constexpr const char* of_alice = "++ .. .. ..... +..";
constexpr const char* of_bob   = ".. ++ .. ..... .++";
constexpr const char* of_ab    = "++ ++ .. ..... +++";  // alice or bob
constexpr const char* of_one   = ".. .. .. ++..+ +++";
constexpr const char* one_cert = "+. .. .. ..... +..";
constexpr const char* alice_one = "++ .. .. ++..+ +++";
constexpr const char* bob_one  = ".. ++ .. ++..+ +++";
constexpr const char* of_both  = ".. .. .. ....+ ..+";  // signers one and two

// A rule for update; the two defaults follow it (SL-256, SL-257).
constexpr Row updated_by(const char* rule, const char* cells, const char* by = by_alice) {
  return {rule, by, no_one, cells, cells, cells, "0.3", "read: NONE, update: "};
}

constexpr Row default_rows[] = {
  // policy                          creator     read      update    create    list
  {"",                               by_alice,   of_alice, of_alice, of_alice, of_alice},
  {"",                               by_bob,     of_bob,   of_bob,   of_bob,   of_bob},
  {"",                               "",         no_one,   no_one,   no_one,   no_one},
  {"read: ANY",                      by_alice,   every,    of_alice, of_alice, every},
  {"read: NONE",                     by_alice,   no_one,   of_alice, of_alice, of_alice},
  {"update: NONE",                   by_alice,   of_alice, no_one,   no_one,   of_alice},
  {"update: ANY",                    by_alice,   of_alice, every,    every,    identified},
  updated_by("NONE", no_one),
  {"read: @bob",                     by_alice,   of_bob,   of_alice, of_alice, of_ab},
  {"update: @bob",                   by_alice,   of_alice, of_bob,   of_bob,   of_ab},
  {"create_sessions: @bob",          by_alice,   of_alice, of_alice, of_bob,   of_ab},
  {"create_sessions: NONE",          by_alice,   of_alice, of_alice, no_one,   of_alice},
  {"create_sessions: ANY",           by_alice,   of_alice, of_alice, every,    identified},
  {"list_sessions: @bob",            by_alice,   of_alice, of_alice, of_alice, of_ab},
  {"list_sessions: ANY",             by_alice,   of_alice, of_alice, of_alice, every},
  {"list_sessions: NONE",            by_alice,   of_alice, of_alice, of_alice, of_alice},
  {"list_sessions: NONE, create_sessions: NONE", by_alice, of_alice, of_alice, no_one, no_one},
  {"list_sessions: NONE, update: @bob", by_alice, of_alice, of_bob, of_bob, of_bob},
  {"read: NONE, list_sessions: @bob, create_sessions: NONE",
   by_alice, no_one, of_alice, no_one, of_bob},
  {"read: @bob, update: NONE, create_sessions: {signer: @one}",
   by_alice, of_bob, no_one, of_one, bob_one},
};

constexpr Row entry_rows[] = {
  {"read: [@bob, CREATOR]",          by_alice,   of_ab,    of_alice, of_alice, of_ab},
  {"read: @alice, update: @alice",   by_bob,     of_alice, of_alice, of_alice, of_alice},
  {"read: @cert_bob, update: @old_bob", by_alice, of_bob, of_bob, of_bob, of_bob},
  {"read: [@cert_bob, @bob, @old_bob]", by_alice, of_bob, of_alice, of_alice, of_ab},
  {"update: {signer: @one}",         by_alice,   of_alice, of_one,   of_one,   alice_one},
  {"update: [{signer: @pem_one}]",   by_alice,   of_alice, of_one,   of_one,   alice_one},
  {"read: NONE, update: {signer: @pem_two}, create_sessions: [{signer: @pem_two}, @stranger]",
   by_alice, no_one, ".. .. .. ..+.+ ..+", ".. .. +. ..+.+ ..+", ".. .. +. ..+.+ ..+"},
  {"update: [CREATOR, @cert_bob, {signer: @one}]",
   by_alice, of_alice, "++ ++ .. ++..+ +++", "++ ++ .. ++..+ +++", "++ ++ .. ++..+ +++"},
  // The creator of the active version is a signer: SL-259, SL-281.
  {"read: ANY",                      by_signer, every,    of_one,   of_one,   every},
  {"read: @bob",                     by_signer, of_bob,   of_one,   of_one,   bob_one},
  {"read: NONE, create_sessions: NONE", by_signer, no_one, of_one, no_one, no_one},
  // A hash of the old language is that of one certificate, not of its key: SL-263.
  {"read: @sha_alice, update: @sha_alice", by_bob, one_cert, one_cert, one_cert, one_cert, "0.2"},
};

constexpr Row governance_rows[] = {
  {"update: {require-all: [{signer: @one}]}", by_bob, of_bob, of_one, of_one, bob_one},
  updated_by("{require-all: [{signer: @one}, {signer: @pem_two}]}", of_both),
  updated_by("{require-all: [{signer: @one}, CREATOR]}", ".. .. .. ..... +.."),
  {"read: NONE, create_sessions: {require-at-least-1: [{signer: @one}, {signer: @pem_two}]}",
   by_alice, no_one, of_alice, ".. .. .. +++.+ +++", ".. .. .. +++.+ +++"},
  updated_by("[{require-at-least-2: [{signer: @one}, {signer: @pem_two}, @bob]}]",
             ".. .. .. ....+ .++"),
  updated_by("{require-at-least-3: [{signer: @one}, {signer: @pem_two}, @bob]}",
             ".. .. .. ..... ..+"),
  // SL-272: a key counts once, in whatever form it is listed.
  updated_by("{require-at-least-2: [{signer: @one}, {signer: @one}, {signer: @pem_two}]}", of_both),
  updated_by("{require-at-least-2: [{signer: @one}, {signer: @pem_one}]}", no_one),
  updated_by("{require-all: [{signer: @one}, {signer: @pem_one}]}", of_one),
  updated_by("{require-at-least-2: [CREATOR, {signer: @one}, {signer: @pem_two}]}",
             of_both, by_signer),
  updated_by("{require-all: [CREATOR, @alice, @cert_alice]}", of_alice),
  updated_by("{require-at-least-2: [CREATOR, @alice, @old_alice]}", no_one),
  // SL-271: a request has one TLS identity.
  updated_by("{require-at-least-1: [CREATOR, @bob]}", of_ab),
  updated_by("{require-at-least-2: [CREATOR, @bob, {signer: @one}]}", ".. .. .. ..... +++"),
  // SL-268: rules nest, SL-270: and stand in lists beside other entries.
  updated_by("{require-all: [{signer: @one}, {require-at-least-1: [{signer: @pem_two}, @bob]}]}",
             ".. .. .. ....+ .++"),
  updated_by("{require-at-least-1: [{require-all: [{signer: @one}, {signer: @pem_two}]},"
    " {require-all: [CREATOR, {signer: @one}]}]}", ".. .. .. ....+ +.+"),
  updated_by("[@bob, {require-all: [{signer: @one}, {signer: @pem_two}]}]", ".. ++ .. ....+ .++"),
  updated_by("{require-all: [{require-all: [{require-at-least-1: [@bob, CREATOR]}]}]}", of_ab),
  {"update: NONE, create_sessions: {require-all: [CREATOR, {signer: @pem_two}]}",
   by_bob, of_bob, no_one, ".. .. .. ..... ..+", of_bob},
};

constexpr Row placeholder_rows[] = {
  {"read: $$SCONE::bob_hash$$, update: $$SCONE::bob_cert$$",
   by_alice, of_bob, of_bob, of_bob, of_bob},
  {"read: [$$SCONE::me$$], update: [$$SCONE::me$$, @bob]",
   by_alice, of_alice, of_ab, of_ab, of_ab},
  {"read: $$SCONE::board$$, update: {require-at-least-1: [$$SCONE::board$$]}",
   by_alice, of_ab, of_ab, of_ab, of_ab},
  updated_by("{signer: $$SCONE::one$$}, create_sessions: {signer: $$SCONE::one_pem$$}", of_one),
  updated_by("$$SCONE::council$$", ".. .. .. +++.+ +++"),
  updated_by("{require-all: [$$SCONE::council$$]}", of_both),
  updated_by("{require-at-least-2: [$$SCONE::council$$, $$SCONE::council$$]}", of_both),
  updated_by("{require-all: [{signer: @one}, {signer: $$SCONE::one$$}]}", of_one),
  updated_by("{require-at-least-2: [$$SCONE::board$$, {signer: @one}]}", ".. .. .. ..... +++"),
  // What is missing, unreadable or bad is skipped; the others still count.
  {"read: $$SCONE::gone$$, update: [$$SCONE::broken$$, @bob]",
   by_alice, no_one, of_bob, of_bob, of_bob},
  {"read: [$$SCONE::junk$$, CREATOR], update: $$SCONE::junk$$",
   by_alice, of_alice, no_one, no_one, of_alice},
  {"read: $$SCONE::junk_list$$, update: {signer: $$SCONE::junk$$}",
   by_alice, no_one, no_one, no_one, no_one},
  {"read: $$SCONE::loop$$, update: NONE", by_alice, no_one, no_one, no_one, no_one},
  updated_by("{require-at-least-1: [@bob, $$SCONE::junk$$]}", of_bob),
  // SL-258: the whole policy.
  {"$$SCONE::policy$$",              by_alice,   every,    of_bob,   of_bob,   every},
  {"$$SCONE::gone$$",                by_alice,   no_one,   no_one,   no_one,   no_one},
  {"$$SCONE::junk$$",                by_alice,   no_one,   no_one,   no_one,   no_one},
};

// A value that breaks a rule of policies is bad, so it is skipped (SL-264).
constexpr Row bad_value_rows[] = {
  {"read: $$SCONE::any$$, update: $$SCONE::any$$", by_alice, no_one, no_one, no_one, no_one},
  {"read: $$SCONE::any_and_bob$$, update: {require-all: [@bob, $$SCONE::any_list$$]}",
   by_alice, no_one, no_one, no_one, no_one},
  {"read: $$SCONE::signer_list$$, update: NONE", by_alice, no_one, no_one, no_one, no_one},
  {"read: $$SCONE::require_list$$, update: NONE", by_alice, no_one, no_one, no_one, no_one},
  {"$$SCONE::policy_signer_reads$$", by_alice,   no_one,   no_one,   no_one,   no_one},
  {"$$SCONE::policy_any_and_bob$$",  by_alice,   no_one,   no_one,   no_one,   no_one},
  updated_by("$$SCONE::loop_deep$$", no_one),
  updated_by("$$SCONE::loop_signer$$", no_one),
  {"read: $$SCONE::empty$$, update: $$SCONE::empty$$", by_alice, no_one, no_one, no_one, no_one},
};
// Nobody can ever satisfy these, so nothing may be said to be "needed".
constexpr Row hopeless_rows[] = {
  updated_by("{require-all: [CREATOR, @bob]}", no_one),
  updated_by("{require-all: [{signer: @one}, $$SCONE::gone$$]}", no_one),
};

/// The text as a YAML string on one line.
std::string one_line(const std::string& pem) {
  std::string result = "\"";
  for (const char c : pem) result += c == '\n' ? "\\n" : std::string(1, c);
  return result + "\"";
}
std::string with_names(std::string text) {
  static const TableKey &alice = table_keys()[0], &bob = table_keys()[1];
  static const std::vector<std::pair<std::string, std::string>> names{
      {"@alice", alice.hash}, {"@bob", bob.hash}, {"@stranger", table_keys()[2].hash},
      {"@cert_alice", one_line(alice.pem)}, {"@cert_bob", one_line(bob.pem)},
      {"@old_alice", one_line(alice.renewed)}, {"@old_bob", one_line(bob.renewed)},
      {"@sha_alice", *alice.caller.certificate_hash},
      {"@one", crypto::signer_text(table_signer(1))},
      {"@pem_one", one_line(table_signer(1).spki_pem())},
      {"@pem_two", one_line(table_signer(2).spki_pem())},
  };
  for (const auto& [name, value] : names)
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at))
      text.replace(at, name.size(), value);
  return text;
}
/// The values of secrets; "gone" has none, "broken" can not be read.
const std::map<std::string, std::string>& secret_texts() {
  static const std::map<std::string, std::string> value{
      {"bob_hash", "@bob"}, {"bob_cert", "@cert_bob"}, {"me", "CREATOR"},
      {"gone", "gone"}, {"broken", "broken"},
      {"one", "@one"}, {"one_pem", "@pem_one"},
      {"board", "[@bob, CREATOR]"}, {"council", "[{signer: @one}, {signer: @pem_two}]"},
      {"policy", "{read: ANY, update: [@bob]}"},
      {"junk", "topsecret"}, {"junk_list", "[@bob, topsecret]"}, {"empty", "[]"},
      {"any", "ANY"}, {"any_list", "[ANY]"}, {"any_and_bob", "[ANY, @bob]"},
      {"signer_list", "[{signer: @one}]"}, {"require_list", "[{require-all: [@bob]}]"},
      {"policy_signer_reads", "{read: {signer: @one}, update: NONE}"},
      {"policy_any_and_bob", "{read: [ANY, @bob], update: NONE}"},
      {"loop", "$$SCONE::bob_hash$$"}, {"loop_deep", "[{require-all: [$$SCONE::bob_hash$$]}]"},
      {"loop_signer", "[{signer: $$SCONE::one$$}]"},
  };
  return value;
}
// clang-format on

std::optional<yaml::Value> table_value(const Placeholder& placeholder) {
  const std::string& text = secret_texts().at(placeholder.name);
  if (text == "broken") throw diag::Error(diag::ErrorKind::not_found, "the exporter is gone");
  if (text == "gone") return std::nullopt;
  return yaml::parse_document("value", with_names(text));
}
Session session_of(const Row& row) {
  const std::string policy = std::string(row.before) + row.policy;
  std::string text =
      fmt::format("name: s\nversion: \"{}\"\n{}access_policy: {}\nsecrets:\n", row.version,
                  row.creator, policy.starts_with("$$") ? policy : "{" + policy + "}");
  for (const auto& [name, value] : secret_texts())
    text += fmt::format("- {{name: {}, import: {{session: a, secret: b}}}}\n", name);
  return test::read(with_names(text));
}

/// Reasons exist, stand in a list that matters for the operation, and show no secret.
void expect_explained(const Decision& decision, Operation operation) {
  static const std::map<Operation, std::string> places{
      {Operation::read, "access_policy read"},
      {Operation::update, "access_policy update"},
      {Operation::create_sessions, "access_policy create_sessions update"},
      {Operation::list_sessions, "access_policy list_sessions read create_sessions update"}};
  EXPECT_THAT(decision.reasons, Not(IsEmpty()));
  std::string shown = decision.needed + decision.refusal;
  for (const std::string& reason : decision.reasons) {
    EXPECT_THAT(places.at(operation), HasSubstr(reason.substr(0, reason.find_first_of("[:"))))
        << reason;
    shown += reason;
  }
  EXPECT_THAT(shown, sconectl::test::HasButNot("no permission", "topsecret"));
  EXPECT_THAT(decision.refusal, HasSubstr("'s'"));
}

/// With all the signatures and one of the certificates that are named, the caller is let in.
bool need_is_true(const Session& session, Operation operation, Caller caller,
                  const std::string& needed) {
  for (const std::size_t number : {1U, 2U, 3U})
    if (needed.find("signer with key hash " + crypto::key_hash(table_signer(number))) !=
        std::string::npos)
      caller.signers.push_back(table_signer(number));
  std::vector<Caller> candidates{caller};
  for (const TableKey& who : table_keys()) {
    Caller other = who.caller;
    if (needed.find("any TLS client certificate") == std::string::npos &&
        needed.find("certificate with key hash " + who.hash) == std::string::npos &&
        needed.find("certificate with SHA-256 " + *other.certificate_hash) == std::string::npos)
      continue;
    other.signers = caller.signers;
    candidates.push_back(std::move(other));
  }
  return std::any_of(candidates.begin(), candidates.end(), [&](const Caller& candidate) {
    return decide(session, operation, candidate, table_value).granted;
  });
}

void check_cells(const Session& session, Operation operation, const Row& row, std::string plan) {
  std::erase(plan, ' ');
  ASSERT_EQ(plan.size(), everybody().size()) << row.policy;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const Asker& asker = everybody()[i];
    SCOPED_TRACE(fmt::format("{} by {} with policy {}{}", text::word(operation), asker.first,
                             row.before, row.policy));
    const Decision decision = decide(session, operation, asker.second, table_value);
    EXPECT_EQ(decision.granted, plan[i] == '+');
    if (decision.granted || plan[i] == '+') continue;
    expect_explained(decision, operation);
    if (decision.needed.empty())
      EXPECT_EQ(plan, std::string(plan.size(), '.')) << "nothing is needed, but others are allowed";
    else
      EXPECT_TRUE(need_is_true(session, operation, asker.second, decision.needed))
          << "does not help: " << decision.needed;
  }
}
void check_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    const Session session = session_of(row);
    check_cells(session, Operation::read, row, row.read);
    check_cells(session, Operation::update, row, row.update);
    check_cells(session, Operation::create_sessions, row, row.create);
    check_cells(session, Operation::list_sessions, row, row.list);
  }
}

TEST(AccessTable, SL254_SL255_SL256_SL257_SL258_SL278_defaults_of_the_operations) {
  check_rows(default_rows);
}
TEST(AccessTable, SL259_SL260_SL261_SL262_SL263_SL265_SL270_entries) {
  check_rows(entry_rows);
}
TEST(AccessTable, SL268_SL270_SL271_SL272_governance) {
  check_rows(governance_rows);
}
TEST(AccessTable, SL258_SL264_SL284_placeholders) {
  check_rows(placeholder_rows);
}
TEST(AccessTable, SL206_SL260_SL264_SL266_SL268_bad_values_are_skipped_with_a_reason) {
  check_rows(bad_value_rows);
}
TEST(AccessTable, SL271_what_nobody_can_satisfy_is_not_said_to_be_needed) {
  check_rows(hopeless_rows);
}
TEST(AccessTable, reasons_name_the_place_of_the_text) {
  const auto last_reason = [](const char* members) {
    const Session session = session_of(updated_by(members, no_one));
    const Decision decision = decide(session, Operation::update, {}, table_value);
    return decision.reasons.at(decision.reasons.size() - 2);  // the last is that of the rule
  };
  EXPECT_THAT(last_reason("{require-all: [@alice, @alice, @bob]}"),
              HasSubstr("[0].require-all[2]: "));
  EXPECT_THAT(last_reason("{require-all: [$$SCONE::council$$, @bob]}"),
              HasSubstr("[0].require-all[1]: "));
}
TEST(AccessTable, the_table_is_large_enough) {
  const std::size_t rows = std::size(default_rows) + std::size(entry_rows) +
                           std::size(governance_rows) + std::size(placeholder_rows) +
                           std::size(bad_value_rows) + std::size(hopeless_rows);
  const std::size_t cells = rows * 4 * everybody().size();
  EXPECT_GE(cells, 500U);
}

}  // namespace
}  // namespace sconectl::session::test::access_table
