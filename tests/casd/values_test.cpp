// Public values, sharing and migration of secrets (RA-048 ... RA-058, SL-175 ... SL-187, SL-215
// ...).
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "casd/cas_fixture.hpp"
#include "casd/permissions_for_tests.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;
using Values = Cas;

const std::string password = "secrets:\n  - name: password\n    kind: ascii\n    size: 10\n";

TEST_F(Values, RA048_RA053_a_public_ascii_secret) {
  created(
      session(
          "a",
          "secrets:\n  - name: s\n    kind: ascii\n    value: \"42\"\n    export_public: true\n"),
      alice.peer());
  EXPECT_EQ(get("/v1/values/session=a,secret=s").json(),
            nlohmann::json::parse(R"({"kind":"string","value":"42","expires":null,"renew":null})"));
}

TEST_F(Values, RA049_RA054_certificates_without_their_keys) {
  created(session("a",
                  "secrets:\n"
                  "  - {name: ca_key, kind: private-key}\n"
                  "  - {name: ca, kind: x509-ca, private_key: ca_key, common_name: CA, "
                  "export_public: true}\n"
                  "  - {name: key, kind: private-key}\n"
                  "  - {name: server, kind: x509, private_key: key, issuer: ca, endpoint: server, "
                  "dns: api, export_public: true}\n"
                  "  - {name: hidden, kind: ascii}\n"),
          alice.peer());
  const auto values = get("/v1/values/session=/a").json()["values"];
  EXPECT_EQ(values.size(), 2U);
  const auto ca = values["ca"]["value"].get<std::string>();
  EXPECT_EQ(values["ca"]["kind"], "x509");
  EXPECT_THAT(ca, HasButNot("BEGIN CERTIFICATE", "PRIVATE"));
  const auto leaf = crypto::Certificate::from_pem(values["server"]["value"].get<std::string>());
  EXPECT_TRUE(leaf.issued_by(crypto::Certificate::from_pem(ca)));
  EXPECT_EQ(values["server"]["chain"], ca);
  EXPECT_TRUE(values["server"]["expires"].is_null());
}

TEST_F(Values, RA016_RA017_RA056_missing_and_hidden_secrets_answer_alike) {
  created(session("a", "secrets:\n  - {name: hidden, kind: ascii}\n"), alice.peer());
  auto hidden = get("/v1/values/session=a,secret=hidden", alice.peer());
  auto missing = get("/v1/values/session=a,secret=nothing", alice.peer());
  EXPECT_EQ(hidden.status, 404);
  EXPECT_EQ(missing.status, 404);
  EXPECT_NE(hidden.messages().find("Secret does not exist or is not visible for a public client"),
            std::string::npos);
  auto& body = hidden.body;
  body.replace(body.find("hidden"), 6, "nothing");
  EXPECT_EQ(body, missing.body);
  EXPECT_EQ(get("/v1/values/session=a").body, R"({"values":{}})");
  EXPECT_EQ(get("/v1/values/session=none").status, 404);
}

TEST_F(Values, RA050_SL055_guesses_at_an_unsalted_session_are_answered_to_readers_only) {
  const auto hash =
      created(session("a", "secrets:\n  - {name: s, kind: ascii, value: x, export_public: true}\n"),
              alice.peer());
  for (const auto* what : {"session=a", "session=a,secret=s"}) {
    const auto path = "/v1/values/" + std::string(what) + ",session_hash=";
    const std::string wrong(64, '0');
    EXPECT_EQ(get(path + hash).status, 401);
    EXPECT_EQ(get(path + hash).body, get(path + wrong).body);
    EXPECT_EQ(get(path + hash, bob.peer()).status, 403);
    EXPECT_EQ(get(path + hash, bob.peer()).body, get(path + wrong, bob.peer()).body);
    EXPECT_EQ(get(path + hash, alice.peer()).status, 200);
    EXPECT_EQ(get(path + wrong, alice.peer()).status, 404);
  }
}

TEST_F(Values, RA050_RA051_query_forms) {
  const auto hash =
      created(session("a",
                      "salt: 000102030405060708090a0b0c0d0e0f\n"
                      "secrets:\n  - {name: s, kind: ascii, value: x, export_public: true}\n"),
              alice.peer());
  EXPECT_EQ(get("/v1/values/session=a,secret=s,session_hash=" + hash).status, 200);
  const auto other = get("/v1/values/session=a,secret=s,session_hash=" + std::string(64, '0'));
  EXPECT_EQ(other.status, 404);
  EXPECT_NE(other.messages().find("session hash does not match"), std::string::npos);
  for (const auto* query : {"secret=s", "session=a,session=a", "session=a,other=x", "session"})
    EXPECT_EQ(get("/v1/values/" + std::string(query)).status, 400) << query;
}

TEST_F(Values, SL216_RA058_generated_values_survive_updates_and_are_live) {
  const auto text = [&](const std::string& size, const std::string& more) {
    return session("a", "secrets:\n  - {name: s, kind: ascii, size: " + size +
                            ", export_public: true}\n" + more);
  };
  const auto value = [&] {
    return get("/v1/values/session=a,secret=s").json()["value"].get<std::string>();
  };
  auto hash = created(text("10", ""), alice.peer());
  const auto first = value();
  EXPECT_EQ(first.size(), 10U);
  hash = created(text("10", "predecessor: " + hash + "\n"), alice.peer());
  EXPECT_EQ(value(), first);
  reopen();
  EXPECT_EQ(value(), first);
  created(text("12", "predecessor: " + hash + "\n"), alice.peer());
  EXPECT_EQ(value().size(), 12U);
}

TEST_F(Values, SL111_generated_values_are_not_in_the_session) {
  created(session("a", password), alice.peer());
  EXPECT_THAT(get("/session/a", alice.peer()).body, HasButNot("ascii", "value"));
}

TEST_F(Values, SL181_imports_are_checked_at_upload) {
  const std::string import =
      "secrets:\n  - name: p\n    import: {session: src, secret: password}\n";
  const auto early = upload(session("early", import), alice.peer());
  EXPECT_EQ(early.status, 201);
  EXPECT_NE(early.body.find("does not exist yet"), std::string::npos);
  created(session("src", password + "    export: {session: friend}\n"), bob.peer());
  EXPECT_EQ(upload(session("stranger", import), alice.peer()).status, 403);
  created(session("friend", import), alice.peer());
  const auto missing = upload(
      session("stranger", "secrets:\n  - name: p\n    import: {session: src, secret: nothing}\n"),
      alice.peer());
  EXPECT_EQ(missing.status, 403);
  EXPECT_EQ(
      upload(session("self", "secrets:\n  - name: p\n    import: {session: self, secret: p}\n"),
             alice.peer())
          .status,
      400);
}

TEST_F(Values, SL177_SL178_RA057_namespace_and_public_exports) {
  created(session("ns"), alice.peer());
  created(session("ns/src", password + "    export: {namespace: ns}\n"), alice.peer());
  const std::string import =
      "secrets:\n  - name: p\n    import: {session: ns/src, secret: password}\n    export_public: "
      "true\n";
  created(session("ns/in", import), alice.peer());
  EXPECT_EQ(upload(session("out", import), alice.peer()).status, 403);
  // Public again, but the source is not public.
  EXPECT_EQ(get("/v1/values/session=ns/in,secret=p").status, 404);
  EXPECT_EQ(get("/v1/values/session=ns/in").body, R"({"values":{}})");
}

TEST_F(Values, RA057_public_source_may_be_passed_on) {
  created(
      session("src", "secrets:\n  - {name: s, kind: ascii, value: hello, export_public: true}\n"),
      alice.peer());
  created(session("re",
                  "secrets:\n  - name: t\n    import: {session: src, secret: s}\n    "
                  "export_public: true\n"),
          bob.peer());
  EXPECT_EQ(get("/v1/values/session=re,secret=t").json()["value"], "hello");
}

TEST_F(Values, SL151_certificate_of_an_imported_issuer_needs_its_key) {
  const std::string ca =
      "secrets:\n  - {name: k, kind: private-key KEY}\n"
      "  - {name: ca, kind: x509-ca, private_key: k, export: {session: use}}\n";
  const auto with = [&](const std::string& key) {
    auto text = ca;
    text.replace(text.find(" KEY"), 4, key);
    return text;
  };
  const std::string use =
      "secrets:\n  - name: ca\n    import: {session: src, secret: ca}\n"
      "  - {name: k, kind: private-key}\n"
      "  - {name: c, kind: x509, private_key: k, issuer: ca, export_public: true}\n";
  const auto hash = created(session("src", with("")), alice.peer());
  EXPECT_NE(upload(session("use", use), alice.peer()).status, 201);
  created(session("src", with(", export: {session: use}") + "predecessor: " + hash + "\n"),
          alice.peer());
  created(session("use", use), alice.peer());
  EXPECT_EQ(get("/v1/values/session=use,secret=c").status, 200);
}

/// A CA with a server certificate; `key` goes to the CA's key, `ca` to the CA.
std::string authority(const std::string& key, const std::string& ca = "",
                      const std::string& more = "") {
  return "secrets:\n  - {name: ca_key, kind: private-key" + key +
         "}\n"
         "  - {name: ca, kind: x509-ca, private_key: ca_key, export_public: true" +
         ca +
         "}\n"
         "  - {name: key, kind: private-key" +
         key +
         "}\n"
         "  - {name: c, kind: x509, private_key: key, issuer: ca, endpoint: server, dns: api, "
         "export_public: true}\n" +
         more;
}

std::string escaped(const std::string& pem) {
  std::string result;
  for (const char c : pem) result += c == '\n' ? "\\n" : std::string(1, c);
  return result;
}

class Authority : public Cas {
 protected:
  crypto::Certificate certificate(const std::string& name) {
    return crypto::Certificate::from_pem(
        get("/v1/values/session=a,secret=" + name).json()["value"].get<std::string>());
  }
  /// Replaces the session and returns the warnings.
  std::string update(const std::string& body) {
    const auto answer = upload(session("a", body + "predecessor: " + hash_ + "\n"), alice.peer());
    EXPECT_EQ(answer.status, 201) << answer.body;
    hash_ = answer.hash();
    return answer.json()["warnings"].dump();
  }
  void create(const std::string& body) { hash_ = created(session("a", body), alice.peer()); }

 private:
  std::string hash_;
};

TEST_F(Authority, SL218_SL220_an_update_keeps_a_ca_with_its_key) {
  create(authority(", migrate: true"));
  const auto ca = certificate("ca");
  const auto leaf = certificate("c");
  clock.advance(std::chrono::hours(24));
  EXPECT_THAT(update(authority(", migrate: true", "", "  - {name: more, kind: ascii}\n")),
              testing::AllOf(testing::HasSubstr("'dns' is deprecated"),
                             testing::Not(testing::HasSubstr("private key"))));
  EXPECT_EQ(certificate("ca"), ca);
  EXPECT_EQ(certificate("c").public_key(), leaf.public_key());
  EXPECT_NE(certificate("c").serial(), leaf.serial());
  EXPECT_TRUE(certificate("c").issued_by(ca));
}

TEST_F(Authority, SL220_a_ca_that_is_described_differently_is_issued_again) {
  create(authority(", migrate: true"));
  const auto ca = certificate("ca");
  update(authority(", migrate: true", ", common_name: another"));
  EXPECT_EQ(certificate("ca").common_name(), "another");
  EXPECT_EQ(certificate("ca").public_key(), ca.public_key());
  EXPECT_TRUE(certificate("c").issued_by(certificate("ca")));
}

TEST_F(Authority, SL220_a_ca_whose_issuer_is_another_one_is_issued_again) {
  const std::string root =
      "  - {name: root_key, kind: private-key, migrate: false}\n"
      "  - {name: root, kind: x509-ca, private_key: root_key, export_public: true}\n";
  create(authority(", migrate: true", ", issuer: root", root));
  const auto ca = certificate("ca");
  update(authority(", migrate: true", ", issuer: root", root + "  - {name: x, kind: ascii}\n"));
  EXPECT_NE(certificate("ca"), ca);
  EXPECT_TRUE(certificate("ca").issued_by(certificate("root")));
}

TEST_F(Authority, SL218_replaced_keys_are_named_in_the_reply) {
  create(authority(""));
  const auto ca = certificate("ca");
  const std::string warnings = update(authority(", migrate: true"));
  EXPECT_NE(warnings.find("secret 'ca_key': this update replaces its private key"),
            std::string::npos)
      << warnings;
  EXPECT_FALSE(certificate("ca").public_key() == ca.public_key());
}

TEST_F(Authority, SL145_a_certificate_below_an_explicit_ca_ends_with_it) {
  crypto::CertificateProfile profile;
  profile.common_name = "old";
  profile.is_ca = true;
  profile.not_before = crypto::Time(std::chrono::seconds(0));
  profile.not_after =
      std::chrono::time_point_cast<std::chrono::seconds>(clock.now()) + std::chrono::hours(24 * 10);
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const auto ca = crypto::issue(profile, key.public_key(), key);
  const auto below = [&](const std::string& life) {
    return "secrets:\n  - {name: key, kind: private-key}\n  - name: ca_key\n    kind: "
           "private-key\n    value: \"" +
           escaped(std::string(key.pkcs8_pem().view())) +
           "\"\n  - name: ca\n    kind: x509-ca\n    private_key: ca_key\n    value: \"" +
           escaped(ca.pem()) +
           "\"\n  - {name: c, kind: x509, private_key: key, issuer: ca, export_public: true" +
           life + "}\n";
  };
  const auto answer = upload(session("a", below(", valid_for: 20 days")), alice.peer());
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_NE(answer.body.find("its certificate ends with its issuer 'ca'"), std::string::npos)
      << answer.body;
  EXPECT_EQ(certificate("c").not_after(), profile.not_after);
  EXPECT_THAT(upload(session("b", below(", valid_for: 5 days")), alice.peer()).body,
              testing::AllOf(testing::HasSubstr("hash"),
                             testing::Not(testing::HasSubstr("ends with its issuer"))));
  clock.advance(std::chrono::hours(24 * 11));
  const auto late = upload(session("d", below("")), alice.peer());
  EXPECT_EQ(late.status, 400);
  EXPECT_NE(late.body.find("the certificate of its issuer has ended"), std::string::npos);
}

/// A session `a` with a public certificate `c` that lives for 90 days.
class Renewal : public Cas {
 protected:
  Renewal() {
    created(session("a",
                    "secrets:\n  - {name: k, kind: private-key}\n"
                    "  - {name: c, kind: x509, private_key: k, valid_for: 90 days, "
                    "export_public: true}\n"),
            alice.peer());
  }
  Answer answer() { return get("/v1/values/session=a,secret=c"); }
  crypto::Certificate read() {
    return crypto::Certificate::from_pem(answer().json()["value"].get<std::string>());
  }
  /// The renewal in the background takes its time.
  crypto::Certificate read_until_not(const crypto::Certificate& old) {
    for (int i = 0; i < 500; ++i) {
      auto now = read();
      if (!(now == old)) return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "it was not renewed";
    return old;
  }
  void at_day(int day) {
    clock.advance(std::chrono::hours(24 * day) - passed_);
    passed_ = std::chrono::hours(24 * day);
  }
  /// Nothing can be written to the database meanwhile.
  struct Blocked {
    explicit Blocked(const std::filesystem::path& data)
        : database((data / "cas.db").string(), casd::SqliteConnection::Mode::read_write) {
      database.execute("BEGIN IMMEDIATE");
    }
    ~Blocked() { database.execute("ROLLBACK"); }
    casd::SqliteConnection database;
  };

 private:
  std::chrono::hours passed_{0};
};

TEST_F(Renewal, SL146_certificates_are_renewed_with_the_same_key) {
  const auto first = read();
  EXPECT_FALSE(answer().json()["renew"].is_null());
  at_day(30);
  EXPECT_EQ(read(), first);
  at_day(61);
  EXPECT_EQ(read(), first) << "it is good for 29 days, and a read does not write";
  const auto second = read_until_not(first);
  EXPECT_NE(second.serial(), first.serial());
  EXPECT_EQ(second.public_key(), first.public_key());
  EXPECT_EQ(read(), second);
  reopen();
  EXPECT_EQ(read(), second);
}

TEST_F(Renewal, SL146_one_that_has_ended_is_never_given_out) {
  const auto first = read();
  at_day(90);
  const auto second = read();
  EXPECT_NE(second.serial(), first.serial());
  EXPECT_EQ(second.not_after() - second.not_before(),
            std::chrono::hours(24 * 90) + std::chrono::minutes(5));
  EXPECT_EQ(read(), second);
}

/// Of a large database that is served before it is verified.
TEST_F(Renewal, SL146_an_earlier_certificate_that_was_put_back_is_never_given_out) {
  service.reset();
  {
    casd::Store store(data);
    casd::NewSession many;
    many.session.name = "many";
    many.session.hash = std::string(64, 'a');
    many.session.text = "name: many\nversion: \"0.3\"\n";
    many.based_on["many"] = std::nullopt;
    for (int i = 0; i < 20'000; ++i)
      many.values.emplace(std::to_string(i), crypto::Secret("value"));
    ASSERT_TRUE(store.add(casd::PermissionsForTests::write("many"), many));
  }
  { const casd::Store indexed(data); }
  const auto old = directory.path() / "old.db";
  std::filesystem::copy_file(data / "cas.db", old);
  open();
  const auto first = read();
  at_day(61);
  const auto second = read_until_not(first);
  service.reset();
  open();
  EXPECT_EQ(read(), second);
  service.reset();
  casd::SqliteConnection((data / "cas.db").string(), casd::SqliteConnection::Mode::read_write)
      .execute(
          "ATTACH '" + old.string() +
          "' AS old; UPDATE secret_values SET (sealed, version) = (SELECT sealed, version FROM "
          "old.secret_values AS o WHERE o.id = secret_values.id) WHERE secret = 'c'");
  open();
  EXPECT_EQ(answer().status, 503) << answer().body;
}

TEST_F(Renewal, SL146_a_read_writes_nothing) {
  const auto first = read();
  at_day(61);
  {
    const Blocked blocked(data);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(read(), first);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3))
        << "it waited for the database";
  }
  EXPECT_NE(read_until_not(first).serial(), first.serial());
}

TEST_F(Renewal, SL146_many_reads_at_once_renew_it_once) {
  at_day(95);
  std::vector<std::thread> readers;
  std::mutex mutex;
  std::set<std::string> serials;
  for (int i = 0; i < 16; ++i)
    readers.emplace_back([&] {
      const auto serial = read().serial();
      const std::lock_guard lock(mutex);
      serials.insert(serial);
    });
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(serials.size(), 1U);
  EXPECT_EQ(*serials.begin(), read().serial());
}

TEST_F(Renewal, SL146_a_read_that_may_have_to_wait_is_not_answered_at_once) {
  const casd::Request request{"GET", "/v1/values/session=a,secret=c"};
  EXPECT_FALSE(service->handle_at_once(request));
  created(session("b", "secrets: [{name: s, kind: ascii, value: x, export_public: true}]\n"),
          alice.peer());
  EXPECT_TRUE(service->handle_at_once({"GET", "/v1/values/session=b,secret=s"}));
}

TEST_F(Values, names_of_the_cas_that_no_client_takes_are_refused_at_its_start) {
  for (const std::string name : {"my cas", "cas..example", "1.2.3", "cas.example,other"}) {
    casd::ServiceOptions options;
    options.data = directory.path() / "other";
    options.names = {name};
    options.log = casd::make_logger(log_options());
    try {
      const casd::Service other(options, clock);
      ADD_FAILURE() << name;
    } catch (const diag::Error& error) {
      EXPECT_THAT(error.text(), HasSubstr("no client takes '" + name + "'"));
    }
  }
}

}  // namespace
}  // namespace sconectl::test
