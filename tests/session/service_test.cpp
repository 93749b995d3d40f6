#include "sconectl/session/command.hpp"
#include "sconectl/session/duration.hpp"
#include "sconectl/session/resolve.hpp"
#include "support.hpp"
#include "support/matchers.hpp"

namespace sconectl::session::test {
namespace {

const std::string second(64, 'b');
const std::string none = "security: {attestation: {mode: none}}\n";

std::string attested(const std::string& attestation, const std::string& rest = "") {
  return with("services:\n- name: web\n  command: /bin/web\n  attestation: " + attestation + "\n" +
              rest);
}

TEST(Services, SL057_names) {
  for (const char* bad : {"a/b", "a@b", "'a b'"})
    refuses(with(std::string("services: [{name: ") + bad + ", command: x, mrenclaves: [" +
                 mrenclave + "]}]\n"),
            "name' of a service");
}

TEST(Services, SL058_SL072_command_forms) {
  EXPECT_EQ(
      read(with("services: [{name: a, command: [x, 1, 'y z'], mrenclaves: [" + mrenclave + "]}]\n"))
          .services[0]
          .command,
      Command(std::vector<std::string>{"x", "1", "y z"}));
  refuses(with("services: [{name: a, command: {x: y}, mrenclaves: [" + mrenclave + "]}]\n"),
          "text or a list");
}

TEST(Services, SL060_pwd_defaults_to_the_root) {
  EXPECT_EQ(read(service("")).services[0].pwd, "/");
  EXPECT_EQ(read(service("pwd: /home")).services[0].pwd, "/home");
}

TEST(Command, SL070_splitting) {
  EXPECT_THAT(split_command("a  b\tc\n d"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(split_command("a\"b c\"d 'e f'"), ElementsAre("ab cd", "e f"));
  EXPECT_THAT(split_command("x '' y"), ElementsAre("x", "", "y"));
  EXPECT_THAT(split_command(R"(a\b "c\"d\\e\f" 'g\'h)"), ElementsAre("a\\b", "c\"d\\e\\f", "g\\h"));
  EXPECT_THAT(split_command("$HOME *.c `x` #y"), ElementsAre("$HOME", "*.c", "`x`", "#y"));
  for (const char* bad : {"a 'b", "a \"b", "a \"b\\\""})
    EXPECT_THAT(error_of([&] { (void)split_command(bad); }), HasSubstr("not closed"));
  refuses(with("services: [{name: a, command: \"x 'y\", mrenclaves: [" + mrenclave + "]}]\n"),
          "not closed");
}

TEST(Command, SL071_splitting_comes_before_replacement) {
  EXPECT_THAT(split_command("x $$SCONE::a$$ y"), ElementsAre("x", "$$SCONE::a$$", "y"));
}

TEST(Command, SL073_empty_is_refused_and_missing_warns) {
  for (const char* empty : {"''", "'  '", "[]", "['']"})
    refuses(with(std::string("services: [{name: a, command: ") + empty + ", mrenclaves: [" +
                 mrenclave + "]}]\n"),
            "command is empty");
  warns(with("services: [{name: a, mrenclaves: [" + mrenclave + "]}]\n"),
        "'services[0].command' is missing");
}

TEST(Services, SL059_SL074_environment) {
  const Session session = read(service("environment: {A: , B: x, SCONE_HEAP: 1G}"));
  EXPECT_EQ(session.services[0].environment[0].value, "");
  refuses(service("environment: {'': x}"), "can not be empty");
  refuses(service("environment: {'A=B': x}"), "'='");
  refuses(service("environment: {A: [x]}"), "must be text");
}

TEST(Services, SL075_scone_variables_are_accepted) {
  no_warning(service("environment: {SCONE_MODE: hw}"));
}

TEST(Services, SL076_exactly_this_environment) {
  EXPECT_EQ(read(service("environment: {A: b}")).services[0].environment.size(), 1U);
}

TEST(Services, SL061_SL062_SL063_SL077_fspf_keys_go_together) {
  const std::string good = "fspf_path: /f\n  fspf_key: " + mrenclave + "\n  fspf_tag: " + tag32;
  accepts(service(good));
  refuses(service("fspf_path: /f"), "needs 'fspf_key'");
  refuses(service("fspf_key: " + mrenclave + "\n  fspf_tag: " + tag32), "needs 'fspf_path'");
  refuses(service("fspf_path: /f\n  fspf_key: " + mrenclave), "needs 'fspf_tag'");
  refuses(service("fspf_tag: " + tag32), "needs 'fspf_key'");
  accepts(service("fspf_path: /f\n  fspf_key: " + mrenclave +
                  "\n  fspf_update_policy: no_rollback_protection"));
  refuses(service("fspf_update_policy: no_rollback_protection"), "needs 'fspf_key'");
  const auto outcome = judged(service("fspf_path: /f\n  fspf_key: 12ab\n  fspf_tag: " + tag32));
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_THAT(outcome.errors[0], sconectl::test::HasButNot("fspf_key", "12ab"));
}

TEST(Services, SL064_SL079_fspf_update_policy) {
  refuses(service("fspf_path: /f\n  fspf_key: " + mrenclave + "\n  fspf_tag: " + tag32 +
                  "\n  fspf_update_policy: none"),
          "rollback_protected_reinitializable");
}

TEST(Services, SL078_key_references_have_32_bytes) {
  const std::string head = "fspf_path: /f\n  fspf_key: '$$SCONE::x$$'\n  fspf_tag: " + tag32;
  accepts(service(head, "secrets: [{name: x, kind: binary, size: 32}]\n"));
  refuses(service(head, "secrets: [{name: x, kind: binary}]\n"),
          "must have 32 bytes, it has 20; add 'size: 32'");
  refuses(service(head, "secrets: [{name: x, kind: ascii, size: 32}]\n"),
          "must be a secret of kind binary");
  accepts(service(head, "secrets: [{name: x, import: {session: a, secret: b}}]\n"));
  accepts(service("fspf_path: /f\n  fspf_key: '$$SCONE::x:bin$$'\n  fspf_tag: " + tag32,
                  "secrets: [{name: x, kind: binary, size: 32}]\n"));
  refuses(service("fspf_path: /f\n  fspf_key: '$$SCONE::x:hex$$'\n  fspf_tag: " + tag32,
                  "secrets: [{name: x, kind: binary, size: 32}]\n"),
          "without suffix");
}

TEST(Services, SL065_SL080_unknown_image_is_a_warning) {
  warns(service("image_name: nothing"), "no image is named 'nothing'");
  no_warning(service("image_name: i", "images: [{name: i}]\n"));
}

TEST(Services, SL082_old_imports) {
  refuses(service("import: [a]"), "belongs to the versions");
  warns("name: s\nversion: 0.2\nservices: [{name: a, command: x, import: [b], mrenclaves: [" +
            mrenclave + "]}]\n",
        "no effect");
}

TEST(Attestation, SL067_SL083_SL329_every_service_needs_a_variant) {
  const std::string bare = "services: [{name: a, command: x}]\n";
  refuses(with(bare), "needs 'attestation' or 'mrenclaves'");
  refuses("name: s\nversion: 0.2\n" + bare, "needs 'attestation' or 'mrenclaves'");
  accepts(with(bare + none));
  accepts(service("", none));
  // The first dialect had sessions that nobody can start.
  warns("name: s\n" + bare, "has no 'mrenclaves' and will not start");
  warns("name: s\nversion: 0.1\n" + bare, "has no 'mrenclaves' and will not start");
  const auto served = judged("name: s\n" + bare + none);
  EXPECT_THAT(served.errors, IsEmpty());
  EXPECT_THAT(served.warnings,
              testing::AllOf(testing::Contains(HasSubstr("everybody who reaches the CAS")),
                             testing::Each(Not(HasSubstr("will not start")))));
}

TEST(Attestation, SL084_unknown_mode_is_a_warning) {
  const std::string bare = "services: [{name: a, command: x}]\n";
  warns(with(bare +
             "security: $$SCONE::x$$\nsecrets: [{name: x, import: {session: a, secret: b}}]\n"),
        "will not start");
  refuses(with(bare + "security: $$SCONE::x$$\nsecrets: [{name: x, kind: config-fragment, value: "
                      "{attestation: {mode: hardware}}}]\n"),
          "needs 'attestation'");
}

TEST(Attestation, SL066_SL085_SL086_variants_are_alternatives) {
  EXPECT_EQ(read(attested("{mrenclave: " + mrenclave + "}")).services[0].attestation,
            read(attested("[{mrenclave: [" + mrenclave + "]}]")).services[0].attestation);
  const std::string fragment =
      "secrets: [{name: x, kind: config-fragment, value: [{mrenclave: " + mrenclave +
      "}, {mrenclave: " + second + "}]}]\n";
  const Session session = read(attested("['$$SCONE::x$$', {mrenclave: " + second + "}]", fragment));
  diag::Diagnostics out;
  const auto variants = resolved_attestation(
      session.services[0],
      [&](const Placeholder&) { return std::get<ConfigFragment>(session.secrets[0].body).value; },
      out);
  EXPECT_FALSE(out.has_errors());
  EXPECT_EQ(variants.size(), 3U);
  accepts(attested("$$SCONE::x$$", fragment));
  refuses(attested("$$SCONE::x$$",
                   "secrets: [{name: x, kind: config-fragment, value: {mrsinger: a}}]\n"),
          "unknown key");
}

TEST(Attestation, SL087_SL088_variant_keys) {
  accepts(
      attested("{mrenclave: " + mrenclave + ", signer: {mrsigner: " + second + ", isvprodid: 1}}"));
  refuses(attested("{}"), "needs 'mrenclave' or 'signer'");
  refuses(attested("{mrenclave: " + mrenclave + ", mrsinger: a}"),
          "unknown key 'services[0].attestation.mrsinger'");
}

TEST(Attestation, SL089_measurements) {
  accepts(attested("{mrenclave: [" + mrenclave + ", " + second + "]}"));
  refuses(attested("{mrenclave: []}"), "empty list");
  refuses(attested("{mrenclave: abc}"), "64 hex digits");
  accepts(attested("{mrenclave: [$$SCONE::x$$]}",
                   "secrets: [{name: x, kind: ascii, value: " + mrenclave + "}]\n"));
  refuses(attested("{mrenclave: [$$SCONE::x$$]}", "secrets: [{name: x, kind: ascii, value: zz}]\n"),
          "64 hex digits");
}

TEST(Attestation, SL090_SL091_signers) {
  const auto signer = [&](const std::string& more) {
    return attested("{signer: {mrsigner: " + mrenclave + ", " + more + "}}");
  };
  accepts(signer("isvprodid: 0, isvsvn: 3"));
  accepts(signer("isvprodid: 65535, isvsvn_min: 1, isvsvn_max: 2"));
  refuses(signer("isvprodid: 65536"), "from 0 to 65535");
  refuses(signer("isvprodid: -1"), "from 0 to 65535");
  refuses(signer("isvsvn: 3"), "isvprodid' is missing");
  refuses(signer("isvprodid: 0, isvsvn: 3, isvsvn_min: 1"), "excludes");
  refuses(signer("isvprodid: 0, isvsvn_min: 3, isvsvn_max: 1"), "larger than");
  refuses(signer("isvprodid: 0, isvsn_min: 3"), "did you mean 'isvsvn_min'?");
  refuses(attested("{signer: {isvprodid: 1}}"), "mrsigner' is missing");
  accepts(attested("{signer: {mrsigner: " + mrenclave + ", isvprodid: $$SCONE::n$$}}",
                   "secrets: [{name: n, kind: ascii, value: '7'}]\n"));
  refuses(attested("{signer: {mrsigner: " + mrenclave + ", isvprodid: $$SCONE::n$$}}",
                   "secrets: [{name: n, kind: ascii, value: seven}]\n"),
          "from 0 to 65535");
}

TEST(Attestation, SL092_mrenclaves_are_more_variants) {
  const Session session = read(with("services:\n- {name: a, command: x, mrenclaves: [" + mrenclave +
                                    "], attestation: {mrenclave: " + second + "}}\n"));
  diag::Diagnostics out;
  EXPECT_EQ(resolved_attestation(
                session.services[0], [](const Placeholder&) { return std::nullopt; }, out)
                .size(),
            2U);
  no_warning(service(""));
}

TEST(Attestation, SL068_SL093_SL094_SL096_platforms) {
  accepts(service("platforms: ['INTEL_QE_ID:" + tag32 + "', " + mrenclave + "]"));
  refuses(service("platforms: ['intel_qe_id:" + tag32 + "']"), "INTEL_QE_ID:");
  refuses(service("platforms: [abc]"), "INTEL_QE_ID:");
  accepts(service("platforms: [$$SCONE::p$$]",
                  "secrets: [{name: p, kind: config-fragment, value: [" + mrenclave + "]}]\n"));
  refuses(with("services: [{name: a, command: x, platforms: [" + mrenclave + "]}]\n"),
          "needs 'attestation'");
}

TEST(Attestation, SL095_SL346_platforms_without_effect) {
  warns(service("platforms: [" + mrenclave + "]", none), "'platforms' has no effect");
  warns(service("platforms: [" + mrenclave + "]",
                "security: {attestation: {must_be_sgx_local: true, tolerate: "
                "[local-attestation-trust-cas-tcb]}}\n"),
        "must_be_sgx_local");
  no_warning(service("platforms: [" + mrenclave + "]"));
  no_warning(service("platforms: [" + mrenclave + "]",
                     "security: $$SCONE::x$$\nsecrets: [{name: x, import: {session: ./a, secret: "
                     "b}}]\n"));
}

TEST(Attestation, SL097_keys_of_other_hardware_are_unknown) {
  refuses(attested("{cca: {}}"), "unknown key");
  refuses(attested("{tdxx: {}}"), "did you mean 'tdx'?");
}

TEST(HostValues, SL320_whole_elements_are_replaced) {
  const std::vector<std::string> host{"prog", "a", "b", "c"};
  EXPECT_THAT(with_host_arguments({"x", "@@3", "@@1"}, host), ElementsAre("x", "c", "a"));
  EXPECT_THAT(error_of([&] {
                (void)with_host_arguments({"@@1", "@@1"}, host);
              }),
              HasSubstr("twice"));
  EXPECT_EQ(error_of([&] { (void)with_host_arguments({"@@9"}, host); }),
            "the command needs the host argument @@9, but only 3 were given");
  EXPECT_THAT(error_of([&] { (void)with_host_arguments({"@@1"}, {}); }),
              HasSubstr("only 0 were given"));
  refuses(with("services: [{name: a, command: 'x @@1 @@1', mrenclaves: [" + mrenclave + "]}]\n"),
          "@@1 twice");
  EXPECT_EQ(host_argument("@@0"), 0U);
  EXPECT_EQ(host_argument("@@01"), 0U);
  EXPECT_EQ(host_argument("@1"), 0U);
}

TEST(HostValues, SL321_inside_other_text_it_is_literal) {
  EXPECT_THAT(with_host_arguments({"a@@1", "@@server_id", "@@1x"}, {}),
              ElementsAre("a@@1", "@@server_id", "@@1x"));
}

TEST(HostValues, SL322_SL323_variables_of_the_host) {
  EXPECT_EQ(host_variable("\\@\\@HOME"), "HOME");
  EXPECT_EQ(host_variable("@@HOME"), "HOME");
  EXPECT_EQ(host_variable("HOME"), "");
  EXPECT_EQ(host_variable("@@"), "");
  const Session session = read(service("environment:\n    \\@\\@HOSTNAME: ignored"));
  EXPECT_EQ(session.services[0].environment[0].name, "\\@\\@HOSTNAME");
}

TEST(Duration, SL143_units_and_sums) {
  using std::chrono::seconds;
  EXPECT_EQ(parse_duration("1 year"), seconds(31557600));
  EXPECT_EQ(parse_duration("90 days"), seconds(90 * 86400));
  EXPECT_EQ(parse_duration("59d"), seconds(59 * 86400));
  EXPECT_EQ(parse_duration("24h"), seconds(86400));
  EXPECT_EQ(parse_duration("1h 30m"), seconds(5400));
  EXPECT_EQ(parse_duration("1month"), seconds(2630016));
  EXPECT_EQ(parse_duration("2w1s"), seconds(2 * 604800 + 1));
  for (const char* bad : {"", "5", "h", "1 fortnight", "-1d", "1.5h", "0s", "0", "999999999999y",
                          "9999999999999d", "1h,2m"})
    EXPECT_NE(error_of([&] { (void)parse_duration(bad); }), "no error") << bad;
}

TEST(OneTimePasswords, SL069_SL291_SL307_secret_text) {
  accepts(service("one_time_password_shared_secret: gezdgnbvgy3tqojqgezdgnbvgy3tqojq"));
  refuses(service("one_time_password_shared_secret: GEZDGNBVGY3TQOJQ"), "at least 16 are needed");
  refuses(service("one_time_password_shared_secret: '!!!'"), "base32");
  refuses(with("security: {attestation: {one_time_password_shared_secret: abc}}\n"),
          "security.attestation");
}

TEST(OneTimePasswords, SL308_references) {
  const auto otp = [](const std::string& value, const std::string& kind) {
    return service("one_time_password_shared_secret: '" + value + "'",
                   "secrets: [{name: x, " + kind + "}]\n");
  };
  accepts(otp("$$SCONE::x$$", "kind: ascii, value: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
  refuses(otp("$$SCONE::x$$", "kind: ascii, value: short"), "one-time");
  refuses(otp("$$SCONE::x$$", "kind: ascii"), "base32nopad");
  accepts(otp("$$SCONE::x:base32nopad$$", "kind: binary"));
  accepts(otp("$$SCONE::x:base32$$", "kind: binary, size: 16"));
  refuses(otp("$$SCONE::x:base32nopad$$", "kind: binary, size: 15"), "at least 16 bytes");
  refuses(otp("$$SCONE::x:hex$$", "kind: binary"), "base32nopad");
}

TEST(Services, SL074_odd_names_of_variables_give_a_warning_that_shows_no_value) {
  const auto environment = [](const std::string& entry) {
    return with("services:\n  - name: s\n    command: x\n    attestation: {mrenclave: " +
                mrenclave + "}\n    environment:\n      " + entry + "\n");
  };
  diag::Diagnostics out;
  (void)parse_text("s", environment("PASSWORD:\"hunter2 is: x\""), &out);
  std::string all;
  for (const auto& warning : out.warnings()) all += warning.line();
  EXPECT_THAT(all, sconectl::test::HasButNot(
                       "environment.PASSWORD…': the name of this variable has a colon", "hunter2"));
  warns(environment("\"A B\": x"), "has white space in it");
  warns(environment("\"A'B\": x"), "has a quotation mark in it");
  accepts(environment("A.B-C: x"));
}

TEST(Attestation, SL090_a_misspelt_key_gives_no_error_that_follows_from_it) {
  diag::Diagnostics out;
  const auto document = yaml::parse_document(
      "s",
      with("services:\n  - name: a\n    command: x\n    attestation:\n      - signer: {mrsinger: " +
           mrenclave + ", isvprodid: 8}\n"));
  (void)parse_and_check(document, out);
  ASSERT_EQ(out.errors(), 2U);
  for (const auto& error : out.all())
    if (error.severity == diag::Severity::error) {
      EXPECT_EQ(error.location.line, 7) << error.line();
    }
}

TEST(Services, SL070_words_that_were_joined_are_the_same_words) {
  const std::vector<std::vector<std::string>> cases = {
      {"a", "b"},
      {"a b", "", "it's", "\"q\"", "back\\slash", "tab\tand\nline", "$HOME", "*"},
      {"'"},
      {"\\"},
      {"a\\ b"},
      {"@@1"},
      {"$$SCONE::x$$ y"}};
  for (const auto& words : cases) EXPECT_EQ(split_command(joined_command(words)), words);
}

}  // namespace
}  // namespace sconectl::session::test
