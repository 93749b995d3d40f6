// Namespaces that are sealed with a key of their owner: what the disk keeps, and what a CAS does
// that does not know the key.
#include <gmock/gmock.h>

#include <sstream>

#include "casd/service_fixture.hpp"
#include "casd/store/row_seal.hpp"
#include "casd/store/sqlite.hpp"
#include "casd/store/store_rows.hpp"
#include "sconectl/cas/wire_namespaces.hpp"
#include "sconectl/casd/backup.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

constexpr const char* locked_text = "namespace 'team' is sealed and locked";

class SealedNamespace : public ServiceClient {
 protected:
  SealedNamespace() {
    created(session("team",
                    "access_policy: {create_sessions: CREATOR, read: CREATOR, update: "
                    "CREATOR}\n"),
            alice.peer());
    web = created(web_text(""), alice.peer());
    created(session("other",
                    "secrets: [{name: s, kind: ascii, value: other-plain-value, "
                    "export_public: true}]\n"),
            bob.peer());
  }
  std::string web_text(const std::string& before) const {
    return session("team/web", before + none +
                                   "secrets:\n  - {name: s, kind: ascii, value: team-plain-value, "
                                   "export_public: true}\n  - {name: made, kind: ascii, "
                                   "export_public: true}\nservices:\n  - {name: py, "
                                   "command: run, environment: {S: $$SCONE::s$$}}\n");
  }

  static std::string body(char byte) {
    return std::string(
        cas::encode(cas::NamespaceKeyRequest{crypto::Secret(std::string(32, byte))}).view());
  }
  Answer seal(const Client& who, char byte = 'k', const std::string& name = "team") {
    return ask("PUT", "/v1/namespace_seals/" + name, body(byte), who.peer());
  }
  Answer unseal(const Client& who) {
    return ask("DELETE", "/v1/namespace_seals/team", "", who.peer());
  }
  Answer unlock(char byte = 'k', const std::string& source = "192.0.2.1") {
    casd::Peer peer;
    peer.source = source;
    return ask("POST", "/v1/namespace_unlocks/team", body(byte), peer);
  }
  Answer lock(const Client& who) { return ask("POST", "/v1/namespace_locks/team", "", who.peer()); }
  nlohmann::json status(const std::string& name) {
    return get("/v1/namespace_seals/" + name).json();
  }
  Answer value(const std::string& of, const std::string& name = "s") {
    return get("/v1/values/session=" + of + ",secret=" + name);
  }
  void expect_locked(const Answer& answer) {
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_THAT(answer.messages(), HasSubstr(locked_text));
  }
  void seal_and_restart() {
    ASSERT_EQ(seal(alice).status, 200);
    reopen();
  }

  /// What the key of the database opens of all rows, in whatever directory.
  static std::string opened_rows(const std::filesystem::path& from) {
    const auto key_text = host::system_files()->read(from / "cas.key-store");
    const casd::RowSeal seal(crypto::Secret(*crypto::unhex(key_text.substr(0, 64))));
    casd::SqliteConnection database((from / "cas.db").string(),
                                    casd::SqliteConnection::Mode::read_only);
    std::string all;
    for (casd::Statement row = database.prepare(casd::version_columns); row.step();)
      all += seal.open(row.text(6), casd::version_place(casd::columns_of_version(row))).view();
    for (casd::Statement row =
             database.prepare("SELECT session, hash, secret, sealed, version FROM secret_values");
         row.step();)
      all += seal.open(row.text(3),
                       casd::at_version(casd::value_place(row.text(0), row.text(1), row.text(2)),
                                        row.number(4)))
                 .view();
    for (casd::Statement row =
             database.prepare("SELECT session, subject, sealed, version FROM session_states");
         row.step();)
      all += seal.open(row.text(2),
                       casd::at_version(casd::state_place(row.text(0), row.text(1)), row.number(3)))
                 .view();
    for (casd::Statement row = database.prepare("SELECT name, sealed FROM facts"); row.step();)
      all += seal.open(row.text(1), casd::place("facts", {row.text(0)})).view();
    return all;
  }
  /// Sealed bytes of all rows of team.
  std::vector<std::string> seals() const {
    casd::SqliteConnection database((data / "cas.db").string(),
                                    casd::SqliteConnection::Mode::read_only);
    std::vector<std::string> found;
    for (const auto* of :
         {"session_versions WHERE name LIKE 'team%'", "secret_values WHERE session LIKE 'team%'"})
      for (casd::Statement row = database.prepare(std::string("SELECT sealed FROM ") + of);
           row.step();)
        found.push_back(row.text(0));
    return found;
  }

  std::string web;
};

TEST_F(SealedNamespace, disk_database_key_and_backup_identity_do_not_give_what_is_in_it) {
  const auto made = value("team/web", "made").json()["value"].get<std::string>();
  ASSERT_GE(made.size(), 8U);
  const auto second = created(web_text("predecessor: " + web + "\n"), alice.peer());
  EXPECT_THAT(opened_rows(data), HasSubstr("team-plain-value")) << "or this test proves nothing";
  EXPECT_THAT(opened_rows(data), HasSubstr(made));
  const auto before = seals();
  ASSERT_EQ(before.size(), 5U);
  const auto sealed = seal(alice);
  ASSERT_EQ(sealed.status, 200) << sealed.body;
  EXPECT_THAT(sealed.json()["warnings"].dump(), HasSubstr("backups"));
  // All rows, the older version too, and what is written from now on.
  const auto third = created(web_text("predecessor: " + second + "\n"), alice.peer());
  ASSERT_EQ(fetch("team/web/py").answer.status, 200);
  created(session("team/new", "secrets: [{name: s, kind: ascii, value: new-plain-value}]\n"),
          alice.peer());
  const auto made_last = value("team/web", "made").json()["value"].get<std::string>();
  const auto pair = crypto::generate_x25519();
  crypto::AgeIdentities identities;
  identities.keys.push_back(pair.private_key.clone());
  const auto backup = directory.path() / "cas.age";
  const auto elsewhere = directory.path() / "elsewhere";
  (void)casd::create_backup(data, {pair.public_key}, backup);
  (void)casd::verify_backup(backup, identities);
  (void)casd::restore_backup(backup, identities, elsewhere);
  service.reset();
  for (const auto& from : {data, elsewhere}) {
    const auto all = opened_rows(from);
    for (const std::string& text : {std::string("team-plain-value"), std::string("new-plain-value"),
                                    std::string("$$SCONE::s$$"), made, made_last})
      EXPECT_THAT(all, HasButNot("other-plain-value", text)) << from;
  }
  // What was there before is overwritten, and not only unlinked.
  std::string files_text;
  for (const auto& name : files->list(data)) files_text += files->read(data / name);
  const auto sealed_now = seals().front();
  for (const auto& old : before)
    EXPECT_TRUE(testing::Value(files_text, HasButNot(sealed_now, old)));
  // And the copy is as good as the CAS that it is of.
  data = elsewhere;
  open();
  expect_locked(value("team/web"));
  ASSERT_EQ(unlock().status, 200);
  EXPECT_EQ(value("team/web", "made").json()["value"], made_last);
  EXPECT_EQ(get("/v1/sessions/team/web?hash=" + web, alice.peer()).status, 200);
  EXPECT_EQ(get("/v1/sessions/team/web", alice.peer()).hash(), third);
}

TEST_F(SealedNamespace, after_a_start_everything_in_it_is_refused_by_name_and_nothing_else) {
  seal_and_restart();
  EXPECT_THAT(log(), HasSubstr("a namespace is locked"));
  for (const auto* path : {"/v1/sessions/team", "/v1/sessions/team/web", "/v1/session_hashes/team",
                           "/v1/session_history/team/web", "/v1/sessions?namespace=team",
                           "/v1/sessions/team/there-is-none", "/v1/session_leases/team/web",
                           "/v1/session_releases/team/web"})
    expect_locked(get(path, alice.peer()));
  expect_locked(value("team/web"));
  expect_locked(upload(web_text("predecessor: " + web + "\n"), alice.peer()));
  expect_locked(upload(session("team/new"), alice.peer()));
  expect_locked(ask("DELETE", "/v1/sessions/team/web", "", alice.peer()));
  expect_locked(ask("DELETE", "/v1/sessions/team/web?force=true", "", alice.peer()));
  expect_locked(ask("DELETE", "/v1/sessions/team", "", alice.peer()));
  expect_locked(seal(alice));
  expect_locked(unseal(alice));
  expect_locked(lock(alice));
  const auto service_answer = fetch("team/web/py");
  EXPECT_EQ(service_answer.answer.status, 503);
  EXPECT_THAT(service_answer.answer.messages(), HasSubstr(locked_text));
  EXPECT_EQ(fetch("team/there-is-none/py").answer.messages(), service_answer.answer.messages())
      << "whether there is one is not told";
  // Others.
  EXPECT_THAT(value("other").body, HasSubstr("other-plain-value"));
  created(session("teams"), bob.peer());
  EXPECT_EQ(ask("DELETE", "/v1/sessions/teams", "", bob.peer()).status, 200);
  EXPECT_EQ(get("/v1/health/ready").status, 200);
  EXPECT_EQ(status("team/web/x"),
            (nlohmann::json{{"sealed", true}, {"locked", true}, {"namespace", "team"}}));
  EXPECT_EQ(get("/v1/namespace_seals/%C2%84").status, 400) << "no name";
  EXPECT_EQ(status("other"), (nlohmann::json{{"sealed", false}, {"locked", false}}));
  // And back.
  ASSERT_EQ(unlock().status, 200);
  EXPECT_EQ(get("/v1/sessions/team/web", alice.peer()).hash(), web);
  EXPECT_EQ(fetch("team/web/py").configuration.environment.at(0).value, "team-plain-value");
  EXPECT_EQ(get("/v1/sessions/team", bob.peer()).status, 403) << "its policy is the same";
  EXPECT_EQ(upload(web_text("predecessor: " + web + "\n"), alice.peer()).status, 201);
}

TEST_F(SealedNamespace, only_who_may_update_it_seals_locks_and_unseals) {
  EXPECT_EQ(seal(bob).status, 403);
  EXPECT_EQ(ask("PUT", "/v1/namespace_seals/team", body('k')).status, 401);
  EXPECT_EQ(unlock().status, 404);
  EXPECT_EQ(unseal(alice).status, 404);
  EXPECT_EQ(lock(alice).status, 404);
  EXPECT_EQ(ask("PUT", "/v1/namespace_seals/team", "{\"key\":\"abcd\"}", alice.peer()).status, 400);
  ASSERT_EQ(seal(alice).status, 200);
  EXPECT_EQ(lock(bob).status, 403);
  EXPECT_EQ(unseal(bob).status, 403);
  EXPECT_EQ(seal(bob, 'b').status, 403);
  EXPECT_EQ(seal(alice, 'k', "team/web").status, 409) << "within a sealed one";
  EXPECT_EQ(unseal(alice).status, 200);
  EXPECT_EQ(seal(alice, 'k', "team/web").status, 200);
  EXPECT_EQ(seal(alice).status, 409) << "around a sealed one";
  EXPECT_NE(seal(alice, 'k', "%2F").status, 200) << "the root";
}

TEST_F(SealedNamespace, who_has_the_root_can_not_seal_it) {
  owner = alice.hash();
  service.reset();
  files->remove_tree(data);
  open();
  const auto answer = seal(alice, 'k', "%2F");
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.messages(), HasSubstr("the root can not be sealed"));
}

TEST_F(SealedNamespace, a_wrong_key_is_refused_and_guesses_end) {
  seal_and_restart();
  for (int i = 0; i < 10; ++i) {
    const auto answer = unlock('x');
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.messages(), HasSubstr("not the key of namespace 'team'"));
  }
  EXPECT_EQ(unlock('x').status, 429);
  EXPECT_EQ(unlock('k').status, 429) << "whatever the next guess is";
  expect_locked(value("team/web"));
  EXPECT_EQ(unlock('k', "192.0.2.2").status, 200) << "others are not held up";
  EXPECT_EQ(value("team/web").status, 200);
}

TEST_F(SealedNamespace, locked_it_is_not_served_from_memory) {
  ASSERT_EQ(seal(alice).status, 200);
  EXPECT_EQ(value("team/web").status, 200);
  ASSERT_EQ(lock(alice).status, 200);
  expect_locked(value("team/web"));
  expect_locked(get("/v1/sessions/team/web", alice.peer()));
  EXPECT_EQ(service->handle_at_once({"GET", "/v1/sessions/team/web", "", "", alice.peer()})->status,
            503);
  ASSERT_EQ(unlock().status, 200);
  EXPECT_EQ(value("team/web").status, 200);
}

TEST_F(SealedNamespace, a_denial_of_it_is_not_explained_while_it_is_locked) {
  ASSERT_EQ(seal(alice).status, 200);
  const auto answer = fetch("team/web/py", "a-token-that-is-none");
  ASSERT_EQ(answer.answer.status, 403) << answer.answer.body;
  std::smatch id;
  const auto text = answer.answer.messages();
  ASSERT_TRUE(std::regex_search(text, id, std::regex("denial ([0-9a-f]{16})"))) << text;
  const auto path = "/v1/denials/" + id[1].str();
  EXPECT_EQ(get(path, alice.peer()).status, 200);
  ASSERT_EQ(lock(alice).status, 200);
  expect_locked(get(path, alice.peer()));
  ASSERT_EQ(unlock().status, 200);
  EXPECT_THAT(get(path, alice.peer()).body, HasSubstr("forgotten"));
}

TEST_F(SealedNamespace, who_imports_from_it_is_told_and_does_not_wait) {
  created(session("team/from",
                  "secrets: [{name: x, kind: ascii, value: v-of-x, export: {session: "
                  "/to}}]\n"),
          alice.peer());
  const auto importer = [&](const std::string& before) {
    return session("to",
                   before + none +
                       "secrets: [{name: x, import: {session: team/from, secret: x}}]\n"
                       "services: [{name: py, command: run, environment: {X: $$SCONE::x$$}}]\n");
  };
  const auto first = created(importer(""), bob.peer());
  EXPECT_EQ(fetch("to/py").answer.status, 200);
  seal_and_restart();
  const auto got = fetch("to/py");
  EXPECT_EQ(got.answer.status, 503);
  EXPECT_THAT(got.answer.messages(), HasSubstr(locked_text));
  const auto update = upload(importer("predecessor: " + first + "\n"), bob.peer());
  EXPECT_EQ(update.status, 201);
  EXPECT_THAT(update.body, HasSubstr(locked_text)) << "a warning";
  ASSERT_EQ(unlock().status, 200);
  EXPECT_EQ(fetch("to/py").configuration.environment.at(0).value, "v-of-x");
}

TEST_F(SealedNamespace, unsealed_the_key_of_the_database_opens_it_again) {
  ASSERT_EQ(seal(alice).status, 200);
  ASSERT_EQ(unseal(alice).status, 200);
  EXPECT_EQ(status("team"), (nlohmann::json{{"sealed", false}, {"locked", false}}));
  EXPECT_THAT(opened_rows(data), HasSubstr("team-plain-value"));
  reopen();
  EXPECT_EQ(value("team/web").status, 200);
  EXPECT_EQ(unlock().status, 404);
}

TEST_F(SealedNamespace, it_can_get_another_key) {
  ASSERT_EQ(seal(alice, 'k').status, 200);
  ASSERT_EQ(seal(alice, 'n').status, 200);
  EXPECT_EQ(value("team/web").status, 200);
  reopen();
  EXPECT_EQ(unlock('k').status, 403);
  EXPECT_EQ(unlock('n').status, 200);
  EXPECT_EQ(value("team/web").status, 200);
}

TEST_F(SealedNamespace, deleted_with_all_that_is_in_it_its_name_is_free) {
  ASSERT_EQ(seal(alice).status, 200);
  EXPECT_EQ(ask("DELETE", "/v1/sessions/team", "", alice.peer()).status, 409);
  ASSERT_EQ(ask("DELETE", "/v1/sessions/team/web", "", alice.peer()).status, 200);
  ASSERT_EQ(ask("DELETE", "/v1/sessions/team", "", alice.peer()).status, 200);
  EXPECT_FALSE(status("team")["sealed"]);
  created(session("team"), bob.peer());
  reopen();
  EXPECT_EQ(get("/v1/sessions/team", bob.peer()).status, 200);
}

TEST_F(SealedNamespace, the_audit_log_says_who_sealed_unlocked_and_locked_it) {
  audit.mode = casd::AuditMode::signed_entries;
  audit.files = {directory.path() / "audit.log"};
  reopen();
  ASSERT_EQ(seal(alice).status, 200);
  ASSERT_EQ(lock(alice).status, 200);
  EXPECT_EQ(unlock('x').status, 403);
  ASSERT_EQ(unlock('k').status, 200);
  ASSERT_EQ(unseal(alice).status, 200);
  std::vector<std::string> types;
  std::istringstream lines(files->read(directory.path() / "audit.log"));
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line)["event"];
    const std::string type = event["type"];
    if (!type.starts_with("namespace_") && type != "request_refused") continue;
    types.push_back(type);
    EXPECT_EQ(event["session"], "team");
    EXPECT_EQ(event.value("identity", ""),
              type == "namespace_unlocked" || type == "request_refused" ? "" : alice.hash());
    EXPECT_THAT(line, HasButNot(type, crypto::hex(std::string(32, 'k'))));
    EXPECT_THAT(line, HasButNot(type, crypto::hex(std::string(32, 'x'))));
  }
  EXPECT_THAT(types, testing::ElementsAre("namespace_sealed", "namespace_locked", "request_refused",
                                          "namespace_unlocked", "namespace_unsealed"));
  EXPECT_THAT(log(), HasButNot("namespace unlocked", crypto::hex(std::string(32, 'k'))));
}

}  // namespace
}  // namespace sconectl::test
