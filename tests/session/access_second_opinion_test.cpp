// A second opinion on the decision of SL-254 to SL-285, and 10,000 random policies on which both
// must agree. It knows nothing of the typed model: from the tree of the YAML text it makes formulas
// ("at least n of these tokens and formulas") and counts which tokens a caller holds.
#include <fmt/core.h>

#include <map>
#include <random>
#include <set>

#include "keys.hpp"
#include "sconectl/session/access_policy.hpp"
#include "support.hpp"
#include "support/property.hpp"

namespace sconectl::session::test::second_opinion {
namespace {

/// A token is one identity: "tls <key hash>" or "signer <key hash>". As a set counts it once,
/// SL-272 needs no further thought.
using Tokens = std::set<std::string>;
struct Formula {
  std::size_t needed = 1;
  Tokens tokens;
  std::vector<Formula> parts;
};
bool holds(const Formula& formula, const Tokens& held) {
  std::size_t count = 0;
  for (const std::string& token : formula.tokens) count += held.count(token);
  for (const Formula& part : formula.parts) count += holds(part, held) ? 1U : 0U;
  return count >= formula.needed;
}

/// The values of secrets as YAML trees. No entry: there is no value.
using Vault = std::map<std::string, yaml::Value>;

/// Makes formulas of one document's policy.
class Opinion {
 public:
  Opinion(const yaml::Value& document, const Vault& vault) : vault_(vault) {
    if (const auto* creator = document.find("creator")) creator_ = token(*creator);
    if (const auto* policy = document.find("access_policy")) policy_ = *policy;
    if (const auto* value = secret(policy_)) policy_ = *value;
    lost_ = policy_.is_scalar();
  }

  /// Who may do it: the operation's own list, else its default (SL-254 ... SL-257).
  [[nodiscard]] Formula who(Operation operation, bool identified = true) const {
    if (lost_) return nobody();
    if (operation == Operation::read) return list("read", creator());
    if (operation == Operation::update) return list("update", creator());
    const Formula creating = list("create_sessions", who(Operation::update));
    if (operation == Operation::create_sessions) return creating;
    const Formula listing = list("list_sessions", who(Operation::read));
    return identified ? Formula{1, {}, {listing, creating}} : listing;
  }

 private:
  static Formula nobody() { return {1, {}, {}}; }
  static Formula anybody() { return {0, {}, {}}; }
  [[nodiscard]] Formula creator() const {
    return creator_.empty() ? nobody() : Formula{1, {creator_}, {}};
  }
  [[nodiscard]] Formula list(std::string_view key, Formula otherwise) const {
    const auto* given = policy_.find(key);
    if (given == nullptr) return otherwise;
    Formula result{1, {}, {}};
    add(result, *given);
    return result;
  }

  /// The value behind a whole placeholder; nullptr for other texts and unknown secrets.
  [[nodiscard]] const yaml::Value* secret(const yaml::Value& value) const {
    const std::string& text = value.text();
    if (!text.starts_with("$$SCONE::")) return nullptr;
    const auto found = vault_.find(text.substr(9, text.size() - 11));
    return found == vault_.end() ? nullptr : &found->second;
  }

  /// One entry, or each entry of a list, becomes a token or part of `into`. What can not be read
  /// is a part that nobody satisfies, so that it still counts in require-all.
  void add(Formula& into, const yaml::Value& value) const {
    for (const yaml::Value& item : value.items()) add(into, item);
    if (value.is_sequence()) return;
    const std::string& text = value.text();
    if (const auto* behind = secret(value)) {
      add(into, good(*behind) ? *behind : yaml::Value());
    } else if (value.is_mapping() && value.find("signer") == nullptr) {
      into.parts.push_back(governance(value.entries().front()));
    } else if (text == "ANY") {
      into.parts.push_back(anybody());
    } else {
      const std::string name = text == "CREATOR" ? creator_ : token(value);
      if (name.empty())
        into.parts.push_back(nobody());
      else
        into.tokens.insert(name);
    }
  }
  [[nodiscard]] Formula governance(const yaml::Entry& rule) const {
    Formula result{0, {}, {}};
    add(result, rule.value);
    result.needed = rule.key == "require-all"
                        ? result.tokens.size() + result.parts.size()
                        : std::stoul(rule.key.substr(std::string("require-at-least-").size()));
    return result;
  }

  /// A value is taken only if every text in it can be read (SL-264).
  [[nodiscard]] bool good(const yaml::Value& value) const {
    if (value.is_sequence()) {
      for (const yaml::Value& item : value.items())
        if (!good(item)) return false;
      return !value.items().empty();
    }
    if (value.is_mapping() && value.find("signer") == nullptr)
      return good(value.entries().front().value);
    return value.text() == "CREATOR" || (!token(value).empty() && secret(value) == nullptr);
  }

  /// "" for what names no key.
  [[nodiscard]] std::string token(const yaml::Value& value) const {
    const auto* signer = value.find("signer");
    if (signer == nullptr) return token_of(value.text(), false);
    const auto* behind = secret(*signer);
    return token_of(behind == nullptr ? signer->text() : behind->text(), true);
  }
  /// Reading keys is slow and the same few occur again and again, so the answers are kept.
  static const std::string& token_of(const std::string& text, bool signer) {
    static std::map<std::pair<std::string, bool>, std::string> known;
    const auto [place, fresh] = known.try_emplace({text, signer});
    if (fresh) place->second = signer ? signer_token(text) : tls_token(text);
    return place->second;
  }
  static std::string signer_token(const std::string& text) {
    const bool pem = text.find("PUBLIC KEY") != std::string::npos;
    const auto key =
        pem ? std::optional(crypto::PublicKey::from_pem(text)) : crypto::parse_signer(text);
    return key ? "signer " + crypto::key_hash(*key) : "";
  }
  static std::string tls_token(const std::string& text) {
    if (text.find("CERTIFICATE") != std::string::npos)
      return "tls " + crypto::key_hash(crypto::Certificate::from_pem(text).public_key());
    return crypto::parse_key_hash(text) ? "tls " + text : "";
  }

  const Vault& vault_;
  yaml::Value policy_ = yaml::Value::mapping({}, {});
  std::string creator_;
  bool lost_ = false;
};

std::string yaml_line(const std::string& pem) {
  std::string result = "\"";
  for (const char c : pem) result += c == '\n' ? "\\n" : std::string(1, c);
  return result + "\"";
}

/// Everything that policies and callers are made of: three TLS identities, three signers.
struct World {
  std::vector<Identity> people{alice(), bob(), identity("carol")};
  std::vector<crypto::PublicKey> signers{
      ed25519().public_key(), p384().public_key(),
      crypto::PrivateKey::generate(crypto::KeyType::ed25519).public_key()};
  std::vector<std::string> signer_hashes;
  Vault vault;

  World() {
    for (const auto& key : signers) signer_hashes.push_back(crypto::key_hash(key));
    const std::map<std::string, std::string> texts{
        {"hash", people[1].hash},
        {"cert", yaml_line(people[2].certificate)},
        {"creator", "CREATOR"},
        {"board", "[" + people[0].hash + ", CREATOR, " + yaml_line(people[1].certificate) + "]"},
        {"council", fmt::format("[{{signer: {}}}, {{require-all: [{{signer: {}}}, {}]}}]",
                                crypto::signer_text(signers[0]), yaml_line(signers[1].spki_pem()),
                                people[2].hash)},
        {"junk", "topsecret"},
        {"half", "[" + people[1].hash + ", topsecret]"},
        {"loop", "$$SCONE::hash$$"},
        {"one", crypto::signer_text(signers[0])},
        {"two", yaml_line(signers[1].spki_pem())},
        {"policy", "{update: [" + people[0].hash + ", CREATOR], list_sessions: ANY}"},
    };
    for (const auto& [name, text] : texts) vault[name] = yaml::parse_document(name, text);
  }
};
const World& world() {
  static const World value;
  return value;
}

/// Draws texts of policies. Only raw numbers of the engine are used: they are the same everywhere.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t end) { return engine_() % end; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

  /// A session with a random policy; only a complete one has the secrets that check() looks for.
  std::string document(bool complete) {
    signed_ = one_in(3);
    const std::string whole = one_in(2) ? "$$SCONE::policy$$" : "$$SCONE::gone$$";
    const std::string policy = !signed_ && one_in(25) ? whole : operations();
    std::string text = "name: s\nversion: \"0.3\"\naccess_policy: " + policy + "\n";
    if (signed_)
      text += "creator: " + signer() + "\n";
    else if (policy.find("CREATOR") != std::string::npos || one_in(8))
      text += "creator: " + yaml_line(of(world().people).certificate) + "\n";
    if (!complete) return text;
    text += "secrets:\n- {name: gone, import: {session: a, secret: b}}\n";
    for (const auto& [name, value] : world().vault)
      text += "- {name: " + name + ", import: {session: a, secret: b}}\n";
    return text;
  }
  std::pair<Caller, Tokens> caller() {
    std::pair<Caller, Tokens> result;
    auto& [caller, held] = result;
    if (!one_in(3)) {
      const Identity& who = of(world().people);
      caller.tls_key = crypto::parse_key_hash(who.hash);
      held.insert("tls " + who.hash);
    }
    for (std::size_t i = 0; i < world().signers.size(); ++i)
      for (std::size_t times = below(2) + below(8) / 7; times > 0; --times) {
        caller.signers.push_back(world().signers[i]);
        held.insert("signer " + world().signer_hashes[i]);
      }
    return result;
  }

 private:
  std::string operations() {
    std::string text = "{read: " + reading();
    if (!one_in(5)) text += ", update: " + writing();
    if (one_in(2)) text += ", create_sessions: " + writing();
    if (one_in(2)) text += ", list_sessions: " + reading();
    return text + "}";
  }
  std::string alone() { return one_in(3) ? "ANY" : "NONE"; }
  std::string reading() {
    if (one_in(6)) return alone();
    std::string text = "[" + tls_entry();
    while (one_in(3)) text += ", " + tls_entry();
    return text + "]";
  }
  std::string writing() {
    if (one_in(10)) return alone();
    if (one_in(3)) return governance(0);
    std::string text = "[" + entry(0);
    while (one_in(4)) text += ", " + entry(0);
    return text + "]";
  }
  std::string entry(int depth) {
    if (depth < 3 && one_in(3)) return governance(depth);
    return one_in(2) ? signer_entry() : tls_entry();
  }
  std::string governance(int depth) {
    const std::size_t count = 1 + below(3);
    std::string members = entry(depth + 1);
    for (std::size_t i = 1; i < count; ++i) members += ", " + entry(depth + 1);
    if (one_in(4)) return "{require-all: [" + members + "]}";
    return fmt::format("{{require-at-least-{}: [{}]}}", 1 + below(count), members);
  }
  std::string tls_entry() {
    static const std::vector<std::string> names{"hash", "cert", "creator", "board",
                                                "junk", "half", "loop",    "gone"};
    if (one_in(4)) return "$$SCONE::" + (signed_ ? names[below(2)] : of(names)) + "$$";
    if (!signed_ && one_in(4)) return "CREATOR";
    const Identity& who = of(world().people);
    return one_in(20) ? yaml_line(who.certificate) : who.hash;  // certificates are slow to read
  }
  std::string signer() {
    const std::size_t number = one_in(12) ? 1 : one_in(2) ? 0 : 2;
    const bool brief = number != 1 && !one_in(20);  // the brief form is for Ed25519 only
    const auto& key = world().signers[number];
    return "{signer: " + (brief ? crypto::signer_text(key) : yaml_line(key.spki_pem())) + "}";
  }
  std::string signer_entry() {
    static const std::vector<std::string> names{"one", "two", "junk", "gone"};
    if (one_in(8)) return "$$SCONE::council$$";
    if (signed_ && one_in(6)) return "CREATOR";
    return one_in(5) ? "{signer: $$SCONE::" + of(names) + "$$}" : signer();
  }

  std::mt19937 engine_;
  bool signed_ = false;  ///< the creator is a signer: no CREATOR for reading (SL-267)
};

std::optional<yaml::Value> value_of(const Placeholder& placeholder) {
  const auto found = world().vault.find(placeholder.name);
  return found == world().vault.end() ? std::nullopt : std::optional(found->second);
}

struct Tally {
  std::size_t allowed = 0;
  std::size_t denied = 0;
};

/// One random policy, operation and caller. That the policies are such as a CAS accepts is looked
/// at for some of them only: it takes most of the time.
void compare(Dice& dice, bool checked, std::map<Operation, Tally>& tallies) {
  const std::string text = dice.document(checked);
  const auto document = yaml::parse_document("s.yml", text);
  diag::Diagnostics out;
  const Session session = checked ? parse_and_check(document, out) : parse(document, out);
  ASSERT_FALSE(out.has_errors()) << out.all().front().line() << "\n" << text;
  const auto operation = static_cast<Operation>(dice.below(4));
  const auto [caller, held] = dice.caller();
  const bool allowed = decide(session, operation, caller, value_of).granted;
  ASSERT_EQ(allowed,
            holds(Opinion(document, world().vault).who(operation, !caller.anonymous()), held))
      << text::word(operation) << " by " << ::testing::PrintToString(held) << " with\n"
      << text;
  // What is granted without looking at placeholders is granted: the CAS keeps such readers.
  ASSERT_TRUE(allowed || !decide(session, operation, caller).granted) << text;
  ++(allowed ? tallies[operation].allowed : tallies[operation].denied);
}

TEST(AccessSecondOpinion, SL254_SL272_agrees_on_thousands_of_random_policies) {
  constexpr int policies = 13000 / sconectl::test::property_stride;
  Dice dice(20240229);
  std::map<Operation, Tally> tallies;
  for (int i = 0; i < policies && !HasFatalFailure(); ++i) compare(dice, i % 20 == 0, tallies);
  ASSERT_EQ(tallies.size(), 4U);
  for (const auto& [operation, tally] : tallies) {
    const std::size_t all = tally.allowed + tally.denied;
    fmt::print("{:>16}: {} allowed, {} denied\n", text::word(operation), tally.allowed,
               tally.denied);
    EXPECT_GT(tally.allowed * 10, all) << text::word(operation);
    EXPECT_GT(tally.denied * 10, all) << text::word(operation);
  }
}

}  // namespace
}  // namespace sconectl::session::test::second_opinion
