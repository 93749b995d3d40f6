// What a session gets of another one's secrets, seen by the service that uses them.
#include <fmt/core.h>

#include <map>

#include "casd/service_fixture.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/totp.hpp"

namespace sconectl::test {
namespace {

struct Sharing : ServiceClient {
  /// A session with a native service whose environment holds `variables`.
  std::string user(const std::string& name, const std::string& secrets,
                   const std::map<std::string, std::string>& variables) {
    std::string text = session(name, none) + "secrets:\n" + secrets +
                       "services:\n  - name: py\n    command: run\n    environment:\n";
    for (const auto& [variable, value] : variables)
      text += fmt::format("      {}: {}\n", variable, value);
    return text;
  }
  static std::string import(const std::string& secret, const std::string& from) {
    return "  - name: " + secret + "\n    import: {session: " + from + ", secret: " + secret +
           "}\n";
  }
  std::string value(const Got& got, const std::string& name) {
    for (const auto& [variable, text] : got.configuration.environment)
      if (variable == name) return text;
    return "(none: " + got.answer.body + ")";
  }

  /// An exporter with a chain root -> middle -> leaf; the leaf's key goes to `key_to` only.
  std::string exporter(const std::string& key_to) {
    return session(
        "exporter",
        "secrets:\n"
        "  - {name: root_key, kind: private-key}\n"
        "  - {name: root, kind: x509-ca, private_key: root_key}\n"
        "  - {name: middle_key, kind: private-key}\n"
        "  - {name: middle, kind: x509-ca, private_key: middle_key, issuer: root}\n"
        "  - {name: leaf_key, kind: private-key, export: {session: " +
            key_to +
            "}}\n"
            "  - name: leaf\n    kind: x509\n    private_key: leaf_key\n    issuer: middle\n"
            "    export: [{session: with}, {session: without}]\n");
  }
};

TEST_F(Sharing, SL162_the_key_of_an_imported_certificate_comes_with_an_exported_key) {
  created(exporter("with"), alice.peer());
  created(user("with", import("leaf", "exporter"), {{"K", "$$SCONE::leaf:privatekey$$"}}),
          alice.peer());
  const std::string pem = value(fetch("with/py"), "K");
  EXPECT_EQ(pem.find("-----BEGIN PRIVATE KEY-----"), 0U) << pem;
}

TEST_F(Sharing, SL183_without_its_key_only_the_certificate_is_shared) {
  created(exporter("with"), alice.peer());
  created(user("without", import("leaf", "exporter"), {{"C", "$$SCONE::leaf:crt$$"}}),
          alice.peer());
  EXPECT_EQ(value(fetch("without/py"), "C").find("-----BEGIN CERTIFICATE-----"), 0U);
  // The key is refused, at the upload or at the latest when the service asks for it.
  const auto answer = upload(
      user("without/deep", import("leaf", "exporter"), {{"K", "$$SCONE::leaf:privatekey$$"}}),
      alice.peer());
  if (answer.status == 201) {
    EXPECT_NE(fetch("without/deep/py").answer.status, 200);
  }
}

TEST_F(Sharing, SL184_an_imported_certificate_brings_its_chain) {
  created(exporter("with"), alice.peer());
  created(user("without", import("leaf", "exporter"), {{"C", "$$SCONE::leaf:chain$$"}}),
          alice.peer());
  const auto chain = crypto::certificates_from_pem(value(fetch("without/py"), "C"));
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].common_name(), "middle");
  EXPECT_EQ(chain[1].common_name(), "root");
}

TEST_F(Sharing, SL178_SL183_of_a_public_pgp_key_others_import_the_public_part) {
  created(session("exporter",
                  "secrets:\n  - {name: p, kind: pgp-key, export_public: true, export: {session: "
                  "named}}\n"),
          alice.peer());
  const std::string with_public = "$$SCONE::p:publickey:asciiarmored$$";
  for (const auto* format : {"asciiarmored", "binary", "base64"}) {
    const auto name = std::string("other-") + format;
    created(user(name, import("p", "exporter"),
                 {{"P", "$$SCONE::p:privatekey:" + std::string(format) + "$$"}}),
            bob.peer());
    refused(fetch(name + "/py"), 400, "the private key is not accessible");
  }
  created(user("other", import("p", "exporter"), {{"P", with_public}}), bob.peer());
  const auto shown = value(fetch("other/py"), "P");
  EXPECT_EQ(shown.find("-----BEGIN PGP PUBLIC KEY BLOCK-----"), 0U) << shown;
  // An export that names the session gives both parts (SL-168).
  created(user("named", import("p", "exporter"),
               {{"P", "$$SCONE::p:privatekey:asciiarmored$$"}, {"Q", with_public}}),
          bob.peer());
  const auto whole = fetch("named/py");
  EXPECT_EQ(value(whole, "P").find("-----BEGIN PGP PRIVATE KEY BLOCK-----"), 0U);
  EXPECT_EQ(value(whole, "Q"), shown);
}

TEST_F(Sharing, SL181_an_exporter_that_does_not_exist_is_named) {
  const auto answer =
      upload(user("early", import("leaf", "exporter"), {{"C", "$$SCONE::leaf:crt$$"}}), bob.peer());
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_NE(answer.body.find("can not be imported yet: session 'exporter' does not exist yet"),
            std::string::npos)
      << answer.body;
  const auto got = fetch("early/py");
  refused(got, 404, "Session not found");
  refused(got, 404, "can not import secret 'leaf'");
}

/// What kind an import has is known at its use only.
TEST_F(Sharing, SL209_configuration_is_no_bytes) {
  created(session("from",
                  "secrets:\n  - {name: m, kind: binary, value: 6e6f6e65, export: [{session: raw}, "
                  "{session: list}]}\n  - {name: l, kind: config-fragment, value: none, export: "
                  "[{session: text}, {session: list}]}\n"),
          alice.peer());
  const auto with_mode = [&](const std::string& name, const std::string& mode,
                             const std::string& secret) {
    created(session(name, "security: {attestation: {mode: '" + mode +
                              "'}}\nservices: [{name: py, command: x}]\nsecrets:\n" +
                              import(secret, "from")),
            bob.peer());
    return fetch(name + "/py");
  };
  refused(with_mode("raw", "$$SCONE::m$$", "m"), 400, "only in a text format (SL-209)");
  EXPECT_EQ(with_mode("text", "$$SCONE::l$$", "l").answer.status, 200);
  refused(with_mode("list", "$$SCONE::l:hex$$", "l"), 400, "only in a text format (SL-209)");
}

TEST_F(Sharing, SL185_a_cycle_of_imports_is_an_error_at_use) {
  const std::string export_to_b = "    export: {session: b}\n";
  const std::string export_to_a = "    export: {session: a}\n";
  const std::string first =
      created(session("a", "secrets:\n  - name: x\n    kind: ascii\n" + export_to_b), alice.peer());
  created(session("b", "secrets:\n" + import("x", "a") + export_to_a), alice.peer());
  const auto closed = upload(user("a", import("x", "b") + export_to_b, {{"X", "$$SCONE::x$$"}}) +
                                 "predecessor: " + first + "\n",
                             alice.peer());
  // Refused where it is closed, or when a service uses it; never an endless loop, never a value.
  if (closed.status == 201) {
    EXPECT_NE(fetch("a/py").answer.status, 200);
  } else {
    EXPECT_NE(closed.messages().find('x'), std::string::npos) << closed.body;
  }
}

TEST_F(Sharing, SL310_the_service_s_one_time_password_beats_the_session_s) {
  const std::string for_session(32, 'A');
  const std::string for_service(32, 'B');
  created(session("otp",
                  "security:\n  attestation:\n    mode: none\n"
                  "    one_time_password_shared_secret: " +
                      for_session +
                      "\n"
                      "services:\n  - name: py\n    command: run\n"
                      "    one_time_password_shared_secret: " +
                      for_service + "\n"),
          alice.peer());
  const auto code = [&](const std::string& base32) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
    return crypto::totp(*crypto::unbase32(base32), crypto::totp_step(now));
  };
  EXPECT_NE(fetch("otp/py@" + code(for_session)).answer.status, 200);
  EXPECT_EQ(fetch("otp/py@" + code(for_service)).answer.status, 200);
}

struct Histories : Cas {};

TEST_F(Histories, SL051_old_versions_stay_readable) {
  const std::string first = created(session("s"), alice.peer());
  created(session("s", "predecessor: " + first + "\nsecrets:\n  - {name: x, kind: ascii}\n"),
          alice.peer());
  const auto old = get("/v1/sessions/s?hash=" + first, alice.peer());
  EXPECT_EQ(old.status, 200);
  EXPECT_EQ(old.hash(), first);
}

TEST_F(Histories, SL052_a_version_can_not_be_uploaded_twice) {
  const std::string first = created(session("s"), alice.peer());
  const std::string second = "predecessor: " + first + "\nsecrets:\n  - {name: x, kind: ascii}\n";
  created(session("s", second), alice.peer());
  EXPECT_EQ(upload(session("s"), alice.peer()).status, 409);
  EXPECT_EQ(upload(session("s", second), alice.peer()).status, 409);
}

TEST_F(Histories, SL056_a_salt_makes_the_hash_of_all_later_versions_public) {
  const std::string salt = "salt: 00112233445566778899aabbccddeeff\n";
  const std::string first = created(session("s", salt), alice.peer());
  EXPECT_EQ(get("/v1/session_hashes/s").hash(), first);
  const std::string second = created(session("s", "predecessor: " + first + "\n"), alice.peer());
  EXPECT_EQ(get("/v1/session_hashes/s").hash(), second);
  created(session("t"), alice.peer());
  EXPECT_NE(get("/v1/session_hashes/t").status, 200);
}

}  // namespace
}  // namespace sconectl::test
