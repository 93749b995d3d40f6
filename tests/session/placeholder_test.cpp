#include "sconectl/session/placeholder.hpp"

#include "sconectl/session/resolve.hpp"
#include "sconectl/session/session.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

const std::string one_secret = "secrets:\n- {name: x, kind: ascii}\n";

std::string file(const std::string& content, const std::string& secrets = one_secret) {
  return with(secrets + "images:\n- name: i\n  injection_files:\n  - {path: /f, content: '" +
              content + "'}\n");
}

TEST(Placeholders, SL197_name_suffix_and_encoding) {
  const auto found = whole_placeholder("$$SCONE::a.b-c_~:crt:pem|escape(json)$$");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "a.b-c_~");
  EXPECT_EQ(found->suffix, "crt:pem");
  EXPECT_EQ(found->encoding, "escape(json)");
  EXPECT_EQ(found->text(), "$$SCONE::a.b-c_~:crt:pem|escape(json)$$");
  for (const char* bad : {"$$SCONE::$$", "$$SCONE::a b$$", "$SCONE::a$", "$$SCONE::a:$$",
                          "$$SCONE::a|$$", "x$$SCONE::a$$", "$$SCONE::a$$ "})
    EXPECT_FALSE(whole_placeholder(bad)) << bad;
  const auto encoded = [](const std::string& encoding) {
    return whole_placeholder("$$SCONE::a|" + encoding + "$$").has_value();
  };
  EXPECT_TRUE(encoded(std::string(64, 'e')));
  for (const auto& bad : {std::string(65, 'e'), std::string("a|b"), std::string("a\nb")})
    EXPECT_FALSE(encoded(bad)) << bad;
}

TEST(Placeholders, SL198_a_single_colon_stays_literal_with_a_hint) {
  EXPECT_EQ(pieces("$$SCONE:my_secret|escape(json)$$").size(), 1U);
  EXPECT_THAT(literal_hints("a $$SCONE:my_secret$$"), ElementsAre(HasSubstr("single colon")));
  warns(file("$$SCONE:x$$"), "single colon");
}

TEST(Placeholders, SL199_without_closing_it_stays_literal_with_a_hint) {
  EXPECT_THAT(literal_hints("$$SCONE::x and more"), ElementsAre(HasSubstr("closing")));
  EXPECT_TRUE(literal_hints("costs 5$$").empty());
  EXPECT_THAT(literal_hints("4711SCONE::pw4711"), ElementsAre(HasSubstr("a shell replaces")));
  EXPECT_THAT(literal_hints("$SCONE::pw$"), ElementsAre(HasSubstr("a shell replaces")));
  EXPECT_THAT(literal_hints("$$SCONE:k$$ and $$SCONE::pw"), ::testing::SizeIs(2))
      << "each kind is named";
  EXPECT_TRUE(literal_hints("$$SCONE::k$$ SCONE: x SCONE::").empty());
  warns(file("$$SCONE::x"), "closing");
}

TEST(Placeholders, SL200_literal_where_they_are_not_allowed) {
  warns(
      with("secrets:\n- {name: y, kind: ascii, value: '$$SCONE::x$$'}\n- {name: x, kind: ascii}\n"),
      "not replaced");
  accepts(secret("kind: ascii, value: '$$SCONE::VAULT_SERVER_CERT:crt:pem$$'"));
  refuses("name: $$SCONE::x$$\nversion: 0.3\n", "'$'");
}

TEST(Placeholders, SL201_environment_names_are_not_replaced) {
  accepts(service("environment: {'$$SCONE::nothing$$': a}"));
}

TEST(Placeholders, SL202_adjacent_placeholders_end_at_the_first_closing) {
  const auto parts = pieces("$$SCONE::a$$$$SCONE::a:privatekey$$");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].placeholder->name, "a");
  EXPECT_EQ(parts[1].placeholder->suffix, "privatekey");
}

TEST(Placeholders, SL203_mixed_in_text_but_whole_in_configuration) {
  EXPECT_EQ(substitute("a $$SCONE::x$$ b$$SCONE::y$$",
                       [](const Placeholder& p) { return "<" + p.name + ">"; }),
            "a <x> b<y>");
  refuses(with("security: {attestation: {mode: 'a$$SCONE::x$$'}}\n" + one_secret),
          "exactly one placeholder");
  refuses(with("access_policy: {read: ['a$$SCONE::x$$']}\n" + one_secret), "neither CREATOR");
}

TEST(Placeholders, SL204_undefined_secrets) {
  refuses(file("$$SCONE::y$$"), "no secret of this session is named 'y'");
  refuses(service("environment: {A: $$SCONE::y$$}"), "environment.A: $$SCONE::y$$: no secret");
  refuses(
      with("services:\n- {name: w, command: 'a $$SCONE::y$$', mrenclaves: [" + mrenclave + "]}\n"),
      "no secret of this session is named 'y'");
  refuses(with("security: $$SCONE::y$$\n"), "no secret");
  warns(with("access_policy: {read: [$$SCONE::y$$]}\n"), "no secret of this session is named 'y'");
  refuses(file("$$SCONE::xx$$", "secrets:\n- {name: xxy, kind: ascii}\n"), "did you mean 'xxy'?");
}

TEST(Placeholders, SL117_SL205_suffixes_follow_the_kind) {
  refuses(file("$$SCONE::x:hex$$"), "a secret of kind ascii has no format 'hex'; possible: none");
  accepts(file("$$SCONE::x:hex$$", "secrets:\n- {name: x, kind: binary}\n"));
  accepts(
      file("$$SCONE::x:anything$$", "secrets:\n- {name: x, import: {session: a, secret: b}}\n"));
  refuses(file("$$SCONE::x:hex$$",
               "secrets:\n- {name: x, kind: ascii, import: {session: a, secret: b}}\n"),
          "no format 'hex'");
}

TEST(Placeholders, SL119_SL120_SL121_SL122_SL123_SL124_SL125_formats_of_binary) {
  using enum SecretKind;
  EXPECT_EQ(format_of(binary, ""), Format::raw);
  EXPECT_EQ(format_of(binary, "bin"), Format::raw);
  EXPECT_EQ(format_of(binary, "hex"), Format::hex);
  EXPECT_EQ(format_of(binary, "base64"), Format::base64);
  EXPECT_EQ(format_of(binary, "base64url"), Format::base64url);
  EXPECT_EQ(format_of(binary, "base32"), Format::base32);
  EXPECT_EQ(format_of(binary, "base32nopad"), Format::base32nopad);
  EXPECT_EQ(format_of(binary, ".hex"), Format::hex);
  EXPECT_EQ(format_of(binary, "HEX"), std::nullopt);
  const std::string with_nul = "secrets:\n- {name: x, kind: binary, value: '0061'}\n";
  refuses(service("environment: {A: '$$SCONE::x$$'}", with_nul), "NUL byte");
  accepts(service("environment: {A: '$$SCONE::x:hex$$'}", with_nul));
  accepts(service("environment: {A: '$$SCONE::x$$'}",
                  "secrets:\n- {name: x, kind: binary, value: '6161'}\n"));
  accepts(service("environment: {A: '$$SCONE::x$$'}", "secrets:\n- {name: x, kind: binary}\n"));
  accepts(file("$$SCONE::x$$", with_nul));
  warns(file("$$SCONE::x.hex$$", with_nul), "deprecated");
}

TEST(Placeholders, SL129_SL130_SL134_SL135_formats_of_keys) {
  using enum SecretKind;
  for (const char* suffix : {"", "pem", "pkcs8:pem"})
    EXPECT_EQ(format_of(private_key, suffix), Format::private_key_pem);
  for (const char* suffix : {"der", "pkcs8:der"})
    EXPECT_EQ(format_of(private_key, suffix), Format::private_key_der);
  EXPECT_EQ(format_of(public_key, ""), Format::public_key_pem);
  EXPECT_EQ(format_of(public_key, "spki:pem"), Format::public_key_pem);
  EXPECT_EQ(format_of(public_key, "spki:der"), Format::public_key_der);
  EXPECT_EQ(format_of(public_key, "pem"), std::nullopt);
}

TEST(Placeholders, SL152_SL153_SL154_SL155_SL156_SL157_SL158_SL159_SL160_formats_of_certificates) {
  for (const SecretKind kind : {SecretKind::x509, SecretKind::x509_ca}) {
    for (const char* suffix : {"", "crt", "crt:pem", ".crt"})
      EXPECT_EQ(format_of(kind, suffix), Format::certificate_pem) << suffix;
    EXPECT_EQ(format_of(kind, "crt:der"), Format::certificate_der);
    for (const char* suffix : {"privatekey", "privatekey:pem", "privatekey:pkcs8:pem", ".key"})
      EXPECT_EQ(format_of(kind, suffix), Format::private_key_pem) << suffix;
    for (const char* suffix : {"privatekey:der", "privatekey:pkcs8:der"})
      EXPECT_EQ(format_of(kind, suffix), Format::private_key_der) << suffix;
    EXPECT_EQ(format_of(kind, "chain"), Format::chain);
    EXPECT_EQ(format_of(kind, ".chain"), Format::legacy_chain);
    EXPECT_EQ(format_of(kind, "pkcs12-with-private-key"), Format::pkcs12);
    EXPECT_EQ(format_of(kind, "key"), std::nullopt);
  }
}

TEST(Placeholders, SL164_SL168_SL173_SL174_formats_of_other_kinds) {
  using enum SecretKind;
  EXPECT_EQ(format_of(aad_token, ""), Format::text);
  EXPECT_EQ(format_of(aad_token, "x"), std::nullopt);
  EXPECT_EQ(format_of(jwt, ""), Format::text);
  EXPECT_EQ(format_of(pgp_key, ""), std::nullopt);
  EXPECT_EQ(format_of(pgp_key, "publickey:asciiarmored"), Format::pgp_public_armored);
  EXPECT_EQ(format_of(pgp_key, "privatekey:binary"), Format::pgp_private_binary);
  EXPECT_EQ(format_of(pgp_key, "privatekey:base64"), Format::pgp_private_base64);
  EXPECT_EQ(format_of(session_ca, ".crt"), Format::certificate_pem);
  refuses(file("$$SCONE::x$$", "secrets:\n- {name: x, kind: pgp-key}\n"),
          "privatekey:asciiarmored");
}

TEST(Placeholders, SL106_an_exact_name_wins_over_a_dot_suffix) {
  const auto only = [](std::string name) {
    return [name](std::string_view asked) { return asked == name; };
  };
  EXPECT_EQ(target(Placeholder("a.crt"), only("a.crt")).suffix, "");
  EXPECT_EQ(target(Placeholder("a.crt"), only("a")).secret, "a");
  EXPECT_EQ(target(Placeholder("a.crt"), only("a")).suffix, ".crt");
  EXPECT_EQ(target(Placeholder("a.crt"), only("b")).secret, "a.crt");
}

TEST(Placeholders, SL166_a_list_has_no_text) {
  refuses(file("$$SCONE::x$$", "secrets:\n- {name: x, kind: config-fragment, value: [a]}\n"),
          "no text");
  accepts(file("$$SCONE::x$$", "secrets:\n- {name: x, kind: config-fragment, value: a}\n"));
}

TEST(Placeholders, SL206_values_are_never_scanned_again) {
  EXPECT_EQ(substitute("$$SCONE::a$$", [](const Placeholder&) { return "$$SCONE::a$$"; }),
            "$$SCONE::a$$");
  const std::string nested =
      "security: $$SCONE::x$$\nsecrets:\n- {name: x, kind: config-fragment, value: "
      "{attestation: {mode: $$SCONE::y$$}}}\n";
  refuses(service("", nested), "holds a placeholder itself");
  // Without services nobody uses the section; public namespaces keep such fragments for others.
  warns(with(nested), "could not start");
  refuses(with("access_policy: $$SCONE::x$$\nsecrets:\n- {name: x, kind: config-fragment, value: "
               "{read: [$$SCONE::y$$]}}\n"),
          "holds a placeholder itself");
}

TEST(Placeholders, SL207_escape_json) {
  EXPECT_EQ(escape_json("a\"b\\c/\b\f\n\r\t\x01ü"), "a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001ü");
  const auto value = [](const Placeholder&) { return std::string("\xff"); };
  EXPECT_EQ(substitute("$$SCONE::a$$", value), "\xff");
  EXPECT_THAT(error_of([&] { (void)substitute("$$SCONE::a|escape(json)$$", value); }),
              HasSubstr("UTF-8"));
}

TEST(Placeholders, SL208_unknown_encodings_are_refused) {
  refuses(file("$$SCONE::x|escape(xml)$$"), "unknown encoding 'escape(xml)'");
  EXPECT_THAT(
      error_of([] { (void)substitute("$$SCONE::a|b$$", [](const Placeholder&) { return ""; }); }),
      HasSubstr("unknown encoding"));
}

TEST(Placeholders, SL209_configuration_takes_text_not_bytes) {
  const std::string binary = "secrets:\n- {name: x, kind: binary, size: 32}\n";
  refuses(with("security: {service_access_token: $$SCONE::x$$}\n" + binary), "gives bytes");
  accepts(with("security: {service_access_token: '$$SCONE::x:hex$$'}\n" + binary));
}

TEST(Placeholders, SL210_SL211_explicit_fragments_are_judged_at_upload) {
  const std::string bad =
      "secrets:\n- {name: x, kind: config-fragment, value: {attestation: {mode: node}}}\n";
  refuses(with("security: $$SCONE::x$$\n" + bad), "security.attestation.mode");
  refuses(with("security: {attestation: {mode: $$SCONE::x$$}}\nsecrets:\n- {name: x, kind: ascii, "
               "value: "
               "hunter2}\n"),
          "'security.attestation.mode' can not be this value");
  accepts(
      with("security: {attestation: {tolerate: [$$SCONE::x$$, hyperthreading]}}\nsecrets:\n"
           "- {name: x, kind: config-fragment, value: [outdated-tcb, aepic-leak]}\n"));
  accepts(with("security: $$SCONE::x$$\nsecrets:\n- {name: x, import: {session: a, secret: b}}\n"));
  const auto outcome =
      judged(with("security: {attestation: {mode: $$SCONE::x$$}}\nsecrets:\n"
                  "- {name: x, kind: ascii, value: hunter2}\n"));
  EXPECT_THAT(outcome.errors, testing::AllOf(testing::SizeIs(testing::Ge(1)),
                                             testing::Each(Not(HasSubstr("hunter2")))));
}

TEST(Placeholders, SL210_lists_are_spliced_into_lists) {
  const Session session =
      read(with("security: {attestation: {tolerate: [$$SCONE::x$$, hyperthreading]}}\nsecrets:\n"
                "- {name: x, kind: config-fragment, value: [outdated-tcb, aepic-leak]}\n"));
  diag::Diagnostics out;
  const auto security = resolved_security(
      session,
      [&](const Placeholder&) { return std::get<ConfigFragment>(session.secrets[0].body).value; },
      out);
  EXPECT_FALSE(out.has_errors());
  const auto& attestation = std::get<SecurityAttestation>(security->attestation);
  EXPECT_THAT(attestation.tolerate, ElementsAre(Tolerance::outdated_tcb, Tolerance::aepic_leak,
                                                Tolerance::hyperthreading));
}

TEST(Placeholders, SL212_self_is_reserved) {
  refuses(with("secrets:\n- {name: self, kind: ascii}\n"), "can not be named 'self'");
  refuses(file("$$SCONE::self::software_identity$$"), "payload of a jwt only");
}

TEST(Placeholders, SL213_placeholders_stay_as_written) {
  EXPECT_EQ(read(service("environment: {A: '$$SCONE::x$$'}", one_secret))
                .services[0]
                .environment[0]
                .value,
            "$$SCONE::x$$");
}

}  // namespace
}  // namespace sconectl::session::test
