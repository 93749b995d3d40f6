// Versions side by side: what sessions accept while a rollout runs.
#include "sconectl/mesh/rollout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"

namespace sconectl::mesh {
namespace {

using session::Session;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string digits(char c) {
  std::string result(64, c);
  return result;
}

Session parsed(const std::string& body, const std::string& name = "ns/web") {
  return session::parse_text("test", "name: " + name + "\nversion: \"0.3.10\"\n" + body);
}

/// A session whose service `web` has this attestation.
Session attested(const std::string& attestation, const std::string& more = "") {
  return parsed("services:\n- name: web\n  command: web\n  " + attestation + "\n" + more);
}

Release release(const std::string& version, std::vector<Session> sessions) {
  Release result;
  result.version = version;
  result.sessions = std::move(sessions);
  return result;
}

/// What the first service of the session may prove itself with.
std::vector<std::string> proofs(const Session& session, const std::vector<Session>& others = {}) {
  return measurements(session, session.services.at(0), [&](const std::string& name) {
    const auto found = std::find_if(others.begin(), others.end(),
                                    [&](const Session& one) { return one.name == name; });
    return found == others.end() ? nullptr : &*found;
  });
}

std::vector<Session> accepted(const Rollout& rollout, std::string* warnings = nullptr) {
  diag::Diagnostics out;
  auto result = accepted_sessions(rollout, out);
  EXPECT_FALSE(out.has_errors()) << out.all().front().text;
  for (const auto& warning : out.warnings())
    if (warnings != nullptr) *warnings += warning.text + "\n";
  return result;
}

const std::string a = "mrenclave " + digits('a');
const std::string b = "mrenclave " + digits('b');
const std::string c = "mrenclave " + digits('c');

// ---------------------------------------------------------------- measurements of both

TEST(Rollout, XA002_machines_of_both_versions_are_let_in) {
  const auto machine = [](char digit) {
    return attested("attestation: [{snp: {measurement: [$$SCONE::m$$], host_data: " + digits('d') +
                        "}}, {tdx: {mrtd: " + std::string(96, digit) +
                        ", rtmr0: any, rtmr1: any, rtmr2: any}}]",
                    "secrets: [{name: m, kind: ascii, value: " + std::string(96, digit) + "}]\n");
  };
  const auto both = accepted({release("1", {machine('a')}), release("2", {machine('b')})});
  EXPECT_THAT(
      proofs(both.at(0)),
      ElementsAre("measurement " + std::string(96, 'a'), "measurement " + std::string(96, 'b'),
                  "mrtd " + std::string(96, 'a'), "mrtd " + std::string(96, 'b')));
}

TEST(Accepting, a_service_proves_itself_with_the_measurement_of_either_version) {
  const Session old = attested("attestation: [{mrenclave: [" + digits('a') + "]}]");
  const Session now = attested("attestation: [{mrenclave: [" + digits('b') + "]}]");
  EXPECT_THAT(proofs(accepting(now, old)), ElementsAre(a, b));
  EXPECT_THAT(proofs(now), ElementsAre(b));
}

TEST(Accepting, the_older_way_to_write_measurements_is_understood) {
  const Session old = attested("mrenclaves: [" + digits('a') + "]");
  const Session now = attested("mrenclaves: [" + digits('b') + "]");
  EXPECT_THAT(proofs(accepting(now, old)), ElementsAre(a, b));
  const Session mixed = attested("attestation: [{mrenclave: " + digits('b') + "}]");
  EXPECT_THAT(proofs(accepting(mixed, old)), ElementsAre(a, b));
}

TEST(Accepting, what_both_say_is_said_once) {
  const Session old = attested("attestation: [{mrenclave: [" + digits('a') + "]}]");
  EXPECT_EQ(session::text(accepting(old, old)), session::text(old));
}

TEST(Accepting, a_variant_that_pins_the_signer_too_stays_one_variant) {
  const std::string signer = ", signer: {mrsigner: " + digits('5') + ", isvprodid: 0}}]";
  const Session old = attested("attestation: [{mrenclave: [" + digits('a') + "]" + signer);
  const Session now = attested("attestation: [{mrenclave: [" + digits('b') + "]" + signer);
  const Session both = accepting(now, old);
  ASSERT_EQ(both.services.at(0).attestation.size(), 2U);
  EXPECT_EQ(both.services[0].attestation[0], now.services[0].attestation[0]);
  EXPECT_EQ(both.services[0].attestation[1], old.services[0].attestation[0]);
}

TEST(Accepting, native_images_of_both_versions_may_start) {
  const std::string open = "security: {attestation: {mode: none}}\n";
  const auto native = [&](const std::string& lists) {
    return attested("environment: {A: b, SCONECTL_FILES_SHA256: \"" + lists + "\"}", open);
  };
  const auto lists = [](const Session& session) {
    return session.services.at(0).environment.at(1).value;
  };
  const std::string both = digits('b') + "," + digits('a');
  EXPECT_EQ(lists(accepting(native(digits('b')), native(digits('a')))), both);
  EXPECT_EQ(lists(accepting(native(digits('a')), native(digits('a')))), digits('a'));
  EXPECT_EQ(lists(accepting(native(digits('c')), native(both))), digits('c') + "," + both);
  // The launcher of an image without a list does not ask for one; one with a list stays as it is.
  const Session none = attested("environment: {A: b}", open);
  EXPECT_EQ(lists(accepting(native(digits('a')), none)), digits('a'));
  EXPECT_EQ(session::text(accepting(none, native(digits('a')))), session::text(none));
}

TEST(Accepting, image_policies_list_the_measurements_of_both) {
  const auto policy = [](const std::string& value) {
    return parsed(
        "secrets:\n- {name: m, kind: config-fragment, export_public: true, value: " + value + "}\n",
        "ns/image");
  };
  const Session user = parsed(
      "services: [{name: web, command: web, attestation: [$$SCONE::m$$]}]\n"
      "secrets: [{name: m, import: {session: ns/image, secret: m}}]\n");
  const auto variant = [](char letter) { return "{mrenclave: [" + digits(letter) + "]}"; };
  struct Case {
    std::string old;
    std::string now;
  };
  for (const Case& given :
       {Case{"[" + variant('a') + "]", "[" + variant('b') + "]"}, Case{variant('a'), variant('b')},
        Case{variant('a'), "[" + variant('b') + "]"}}) {
    const Session both = accepting(policy(given.now), policy(given.old));
    EXPECT_THAT(proofs(user, {both}), ElementsAre(a, b)) << given.old;
  }
}

TEST(Accepting, fragments_that_are_no_measurements_are_those_of_the_current_version) {
  for (const std::string value : {"[x, y]", "{tolerate: [x]}", "{mrenclave: [x], other: 1}", "x"}) {
    const Session old = parsed("secrets: [{name: f, kind: config-fragment, value: [CREATOR]}]\n");
    const Session now =
        parsed("secrets: [{name: f, kind: config-fragment, value: " + value + "}]\n");
    EXPECT_EQ(session::text(accepting(now, old)), session::text(now)) << value;
  }
}

TEST(Accepting, measurements_from_another_image_policy_get_a_second_name) {
  const auto from = [](const std::string& image) {
    return parsed(
        "services: [{name: web, command: web, attestation: [$$SCONE::proof$$]}]\n"
        "secrets: [{name: proof, import: {session: ns/" +
        image + ", secret: m}}]\n");
  };
  const auto policy = [](const std::string& image, char letter) {
    return parsed("secrets: [{name: m, kind: config-fragment, value: {mrenclave: [" +
                      digits(letter) + "]}}]\n",
                  "ns/" + image);
  };
  const std::vector<Session> policies = {policy("one", 'a'), policy("two", 'b'),
                                         policy("three", 'c')};
  const Session two = accepting(from("two"), from("one"));
  EXPECT_THAT(proofs(two, policies), ElementsAre(a, b));
  ASSERT_EQ(two.secrets.size(), 2U);
  EXPECT_EQ(two.secrets[1].name, "proof_earlier");
  // Two that came before, and one of them twice.
  const auto all = accepted({release("1", {from("one")}), release("2", {from("two")}),
                             release("1b", {from("one")}), release("3", {from("three")})});
  EXPECT_THAT(proofs(all.at(0), policies), ElementsAre(a, b, c));
  EXPECT_EQ(all[0].secrets.size(), 3U);
}

TEST(Accepting, a_measurement_that_is_a_secret_of_the_session_is_kept_too) {
  const auto with = [](char letter) {
    return attested("attestation: [{mrenclave: [$$SCONE::m$$]}]",
                    "secrets: [{name: m, kind: ascii, value: " + digits(letter) + "}]\n");
  };
  EXPECT_THAT(proofs(accepting(with('b'), with('a'))), ElementsAre(a, b));
}

TEST(Accepting, a_service_without_evidence_asks_for_none) {
  const Session old = attested("attestation: [{mrenclave: [" + digits('a') + "]}]");
  const Session now =
      parsed("services: [{name: web, command: web}]\nsecurity: {attestation: {mode: none}}\n");
  EXPECT_EQ(session::text(accepting(now, old)), session::text(now));
}

TEST(Accepting, pods_without_evidence_that_do_not_start_again_are_told) {
  const Session old =
      parsed("services: [{name: web, command: web}]\nsecurity: {attestation: {mode: none}}\n");
  const Session now = attested("attestation: [{mrenclave: [" + digits('b') + "]}]");
  std::string warnings;
  (void)accepted({release("1", {old}), release("2", {now})}, &warnings);
  EXPECT_THAT(warnings, AllOf(HasSubstr("'ns/web'"), HasSubstr("version '1' has none")));
}

// ---------------------------------------------------------------- what old pods need besides

TEST(Accepting, a_service_that_is_gone_keeps_its_program_files_and_secrets) {
  const Session old = parsed(
      "services: [{name: python, command: python x.py, image_name: app, attestation: [{mrenclave: "
      "[" +
      digits('a') +
      "]}]}]\n"
      "images: [{name: app, injection_files: [{path: /old, content: $$SCONE::s$$}]}]\n"
      "secrets: [{name: s, kind: ascii, size: 9}]\n");
  const Session now = parsed(
      "services: [{name: python3, command: python3 x.py, image_name: app, attestation: "
      "[{mrenclave: [" +
      digits('b') +
      "]}]}]\n"
      "images: [{name: app, injection_files: [{path: /new, content: text}]}]\n");
  const Session both = accepting(now, old);
  ASSERT_NE(both.find_service("python"), nullptr);
  const session::Image* image = both.find_image(*both.find_service("python")->image_name);
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->injection_files.at(0).path, "/old");
  EXPECT_EQ(both.find_image("app")->injection_files.at(0).path, "/new");
  EXPECT_EQ(both.secrets.at(0).name, "s");
  EXPECT_EQ(both.find_service("python3")->attestation.size(), 1U);
  EXPECT_THAT(accepted({release("1", {old}), release("2", {now})}), ElementsAre(both));
}

TEST(Accepting, secrets_stay_exported_to_those_who_import_them) {
  const auto secrets = [](const std::string& name, const std::string& to) {
    return parsed(
        "secrets: [{name: " + name + ", kind: ascii, size: 9, export: [{session: " + to + "}]}]\n",
        "ns/secrets");
  };
  const Session both = accepting(secrets("s", "ns/web2"), secrets("s", "ns/web"));
  ASSERT_EQ(both.secrets.size(), 1U);
  EXPECT_EQ(both.secrets[0].exports.size(), 2U);
  const Session renamed = accepting(secrets("t", "ns/web"), secrets("s", "ns/web"));
  EXPECT_EQ(renamed.secrets.size(), 2U);
}

TEST(Accepting, values_and_rights_are_those_of_the_current_version) {
  const Session old = parsed(
      "secrets: [{name: s, kind: ascii, value: before, export_public: true}]\n"
      "access_policy: {read: [ANY]}\n");
  const Session now =
      parsed("secrets: [{name: s, kind: ascii, value: after}]\naccess_policy: {read: [NONE]}\n");
  EXPECT_EQ(session::text(accepting(now, old)), session::text(now));
}

// ---------------------------------------------------------------- versions

Session version(char letter) {
  return attested("attestation: [{mrenclave: [" + std::string(64, letter) + "]}]");
}

TEST(Rollouts, every_version_that_was_not_finished_is_accepted) {
  Rollout rollout = with_release({}, release("1", {version('a')}));
  EXPECT_THAT(accepted(rollout), ElementsAre(version('a')));
  rollout = with_release(rollout, release("2", {version('b')}));
  rollout = with_release(rollout, release("3", {version('c')}));
  EXPECT_THAT(proofs(accepted(rollout).at(0)), ElementsAre(a, b, c));
}

TEST(Rollouts, the_same_version_again_replaces_it_and_the_way_back_keeps_both) {
  Rollout rollout = with_release({}, release("1", {version('a')}));
  rollout = with_release(rollout, release("2", {version('b')}));
  const Rollout again = with_release(rollout, release("2", {version('c')}));
  EXPECT_THAT(proofs(accepted(again).at(0)), ElementsAre(a, c));
  const Rollout back = with_release(rollout, release("1", {version('a')}));
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back.back().version, "1");
  EXPECT_THAT(proofs(accepted(back).at(0)), ElementsAre(a, b));
}

TEST(Rollouts, a_new_service_has_no_earlier_version) {
  const Rollout rollout = {release("1", {}), release("2", {version('b')})};
  EXPECT_THAT(accepted(rollout), ElementsAre(version('b')));
}

TEST(Rollouts, what_the_language_refuses_is_an_error_that_names_the_session) {
  // The second name of the secret would be longer than names may be.
  std::string long_name(128, 's');
  const Session old =
      attested("attestation: [{mrenclave: [$$SCONE::" + long_name + "$$]}]",
               "secrets: [{name: " + long_name + ", kind: ascii, value: " + digits('a') + "}]\n");
  const Session now =
      attested("attestation: [{mrenclave: [$$SCONE::" + long_name + "$$]}]",
               "secrets: [{name: " + long_name + ", kind: ascii, value: " + digits('b') + "}]\n");
  diag::Diagnostics out;
  (void)accepted_sessions({release("1", {old}), release("2", {now})}, out);
  ASSERT_TRUE(out.has_errors());
  EXPECT_THAT(out.all().front().text,
              AllOf(HasSubstr("'ns/web'"), HasSubstr("rollout finish"), Not(HasSubstr("aaaa"))));
}

TEST(Rollouts, versions_are_labels_of_kubernetes) {
  for (const char* good : {"1", "2.0.1", "v3_rc-1", "A"})
    EXPECT_EQ(version_fault(good), "") << good;
  for (const std::string& bad :
       {std::string(), std::string("1 2"), std::string("1/2"), std::string("-1"), std::string("1."),
        std::string("é"), std::string("a\n"), std::string(64, '1')})
    EXPECT_NE(version_fault(bad), "") << bad;
  EXPECT_EQ(version_fault(std::string(63, '1')), "");
}

// ---------------------------------------------------------------- what is told of measurements

TEST(Measurements, a_signer_alone_is_one_and_beside_a_measurement_it_is_not) {
  const std::string signer = "signer: {mrsigner: " + digits('5') + ", isvprodid: 0}";
  EXPECT_THAT(proofs(attested("attestation: [{" + signer + "}]")),
              ElementsAre("mrsigner " + digits('5')));
  EXPECT_THAT(proofs(attested("attestation: [{mrenclave: " + digits('a') + ", " + signer + "}]")),
              ElementsAre(a));
}

TEST(Measurements, what_is_not_known_is_named) {
  const Session user =
      parsed("services: [{name: web, command: web, attestation: [$$SCONE::m$$, {mrenclave: [" +
             digits('a') + "]}]}]\nsecrets: [{name: m, import: {session: ../image, secret: s}}]\n");
  EXPECT_THAT(proofs(user), ElementsAre(a, "secret s of session ns/image"));
  const Session generated = parsed("secrets: [{name: s, kind: ascii, size: 9}]\n", "ns/image");
  EXPECT_THAT(proofs(user, {generated}), ElementsAre(a, "secret s of session ns/image"));
}

TEST(Measurements, imports_in_a_circle_end) {
  const Session one = parsed(
      "services: [{name: web, command: web, attestation: [$$SCONE::m$$]}]\n"
      "secrets: [{name: m, import: {session: ns/two, secret: m}}]\n",
      "ns/one");
  const Session two =
      parsed("secrets: [{name: m, import: {session: ns/one, secret: m}}]\n", "ns/two");
  EXPECT_THAT(proofs(one, {one, two}), testing::SizeIs(1));
}

}  // namespace
}  // namespace sconectl::mesh
