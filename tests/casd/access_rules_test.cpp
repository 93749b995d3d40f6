// Every access rule refuses before the function of the route runs, and its proof can be made by
// nobody else.
#include "casd/routes/access_rules.hpp"

#include <gmock/gmock.h>

#include <type_traits>

#include "casd/permissions_for_tests.hpp"
#include "casd/provisioning/service_demands.hpp"
#include "casd/routes/enforcement.hpp"
#include "casd/routes/route.hpp"
#include "casd/service_fixture.hpp"
#include "sconectl/cas/wire_namespaces.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::test {
namespace {

using namespace casd;
using diag::ErrorKind;

// ------------------------------------------------------------------------------ by the compiler

// A route has a rule, and a function alone is none.
static_assert(!std::is_default_constructible_v<Route>);
static_assert(!std::is_constructible_v<Route, Ports, std::string_view, std::string_view>);
static_assert(!std::is_constructible_v<AccessRule, Response (*)(RequestContext&)>);
static_assert(
    !std::is_constructible_v<AccessRule, Response (*)(RequestContext&, const ReadableSession&)>);
// A function that wants a proof does not fit a rule that does not give it.
static_assert(!std::is_convertible_v<Response (*)(RequestContext&, const ReadableSession&),
                                     decltype(Public::answer)>);
static_assert(!std::is_convertible_v<Response (*)(RequestContext&, const ReadableSession&),
                                     decltype(ForHashReader::answer)>);

// Nobody but the decision makes a proof or a permission, from whatever it would be made of.
template <class Proof, class... From>
constexpr bool only_decided =
    !std::is_default_constructible_v<Proof> && !std::is_aggregate_v<Proof> &&
    !std::is_constructible_v<Proof, From...>;
static_assert(only_decided<ReadableSession, StoredSession>);
static_assert(only_decided<ReadableHash, StoredSession>);
static_assert(only_decided<ListableNamespace, std::string>);
static_assert(only_decided<OwnedSession, LoadedSessionPtr, StatePermission>);
static_assert(only_decided<PublicSecrets, LoadedSessionPtr, std::vector<const session::Secret*>>);
static_assert(only_decided<ExportedSecret>);
static_assert(only_decided<AllowedUpload, const Upload&, LoadedSessionPtr, LoadedSessionPtr,
                           SessionWritePermission>);
static_assert(only_decided<AttestedService, LoadedSessionPtr, const session::Service&,
                           std::optional<crypto::Secret>, StatePermission>);
static_assert(only_decided<ProvenNamespaceKey, NamespaceKeyPtr>);
static_assert(only_decided<LeaseHolder, LoadedSessionPtr, const session::Service&, crypto::Secret>);
static_assert(only_decided<SessionWritePermission, std::string>);
static_assert(only_decided<StatePermission>);
static_assert(only_decided<RenewalPermission>);
static_assert(only_decided<StartPermission>);
// And a permission is not kept for a second use.
static_assert(!std::is_copy_constructible_v<SessionWritePermission>);
static_assert(!std::is_copy_constructible_v<StatePermission>);
static_assert(!std::is_copy_constructible_v<StartPermission>);
static_assert(!std::is_copy_constructible_v<RenewalPermission>);

// ----------------------------------------------------------------------------------- at run time

int calls = 0;

Response called() {
  ++calls;
  return {};
}

class Rules : public ServiceClient {
 protected:
  Rules() {
    calls = 0;
    service.reset();  // which holds the lock of the directory
    ServiceOptions options;
    options.data = data;
    state = std::make_unique<CasState>(options, clock, metrics);
  }

  static Request from(const Peer& peer) {
    Request request;
    request.peer = peer;
    return request;
  }

  /// The kind of the refusal; nothing if the function was called.
  std::optional<ErrorKind> refusal(const AccessRule& rule, const std::string& rest,
                                   const std::string& body, const Peer& peer,
                                   const std::map<std::string, std::string>& query = {}) {
    const std::string method = "GET";
    const std::string target = "/";
    const int before = calls;
    try {
      const Call call{method, target, body, rest, query};
      why.reset();
      EXPECT_TRUE(enforce(rule, *state, call, from(peer), Waiting::allowed, why));
      EXPECT_EQ(calls, before + 1) << "an answer, and nobody made it";
      return std::nullopt;
    } catch (const diag::Error& error) {
      EXPECT_EQ(calls, before) << "it was refused after the function had run: " << error.text();
      const bool told_no = error.kind() == ErrorKind::refused ||
                           error.kind() == ErrorKind::unauthenticated ||
                           error.kind() == ErrorKind::too_many;
      EXPECT_EQ(why.has_value(), told_no) << "it is not counted, or for nothing: " << error.text();
      EXPECT_NE(why, Refusal::other) << "the function had not run";
      return error.kind();
    }
  }
  void store(const std::string& yaml, const Client& who) {
    const Request request{"POST", "/session", "", yaml, who.peer()};
    const auto response = answer(*state, request, Waiting::allowed, outcome);
    ASSERT_TRUE(response);
    ASSERT_EQ(response->status, 201) << response->body;
  }

  CasMetrics metrics{route_labels()};
  std::unique_ptr<CasState> state;
  std::optional<Refusal> why;
  Outcome outcome;
  const Peer nobody;
};

TEST_F(Rules, for_session_readers) {
  store(session("a", "access_policy: {read: [CREATOR]}\n"), alice);
  const ForSessionReader rule{[](RequestContext&, const ReadableSession& session) {
    EXPECT_EQ(session.version().name, "a");
    return called();
  }};
  EXPECT_EQ(refusal(rule, "a", "", nobody), ErrorKind::unauthenticated);
  EXPECT_EQ(refusal(rule, "a", "", bob.peer()), ErrorKind::refused);
  EXPECT_EQ(refusal(rule, "b", "", alice.peer()), ErrorKind::not_found);
  EXPECT_EQ(refusal(rule, "a", "", alice.peer()), std::nullopt);
}

TEST_F(Rules, for_hash_readers) {
  store(session("a", "access_policy: {read: [CREATOR]}\n"), alice);
  store(session("salted", "salt: " + std::string(32, 'a') + "\naccess_policy: {read: [CREATOR]}\n"),
        alice);
  const ForHashReader rule{[](RequestContext&, const ReadableHash&) { return called(); }};
  EXPECT_EQ(refusal(rule, "a", "", bob.peer()), ErrorKind::refused);
  EXPECT_EQ(refusal(rule, "a", "", alice.peer()), std::nullopt);
  EXPECT_EQ(refusal(rule, "salted", "", nobody), std::nullopt);
}

TEST_F(Rules, for_namespace_listers) {
  store(session("a", "access_policy: {list_sessions: [CREATOR], create_sessions: [NONE]}\n"),
        alice);
  const ForNamespaceLister rule{[](RequestContext&, const ListableNamespace& listed) {
    EXPECT_EQ(listed.name(), "a");
    return called();
  }};
  EXPECT_EQ(refusal(rule, "", "", nobody, {{"namespace", "a"}}), ErrorKind::unauthenticated);
  EXPECT_EQ(refusal(rule, "", "", bob.peer(), {{"namespace", "a"}}), ErrorKind::refused);
  EXPECT_EQ(refusal(rule, "", "", bob.peer(), {{"namespace", "b"}}), ErrorKind::not_found);
  EXPECT_EQ(refusal(rule, "", "", alice.peer(), {{"namespace", "/a"}}), std::nullopt);
}

TEST_F(Rules, for_public_secrets) {
  store(session("a",
                "secrets:\n- {name: seen, kind: ascii, value: x, export_public: true}\n"
                "- {name: hidden, kind: ascii, value: x}\n"),
        alice);
  const ForPublicSecrets rule{
      [](RequestContext&, const cas::ValuesQuery&, const PublicSecrets& found) {
        EXPECT_EQ(found.secrets().size(), 1U);
        EXPECT_EQ(found.secrets().front()->name, "seen");
        return called();
      }};
  EXPECT_EQ(refusal(rule, "session=a,secret=hidden", "", alice.peer()), ErrorKind::not_found);
  EXPECT_EQ(refusal(rule, "session=a,secret=missing", "", alice.peer()), ErrorKind::not_found);
  EXPECT_EQ(refusal(rule, "session=a,secret=seen", "", nobody), std::nullopt);
  EXPECT_EQ(refusal(rule, "session=a", "", nobody), std::nullopt);
}

TEST_F(Rules, for_session_writers) {
  store(session("a"), alice);
  const ForSessionWriter rule{
      UploadForm::any,
      [](RequestContext&, const AllowedUpload& allowed) -> std::optional<Response> {
        EXPECT_EQ(allowed.permission().name(), allowed.upload().session.name);
        return called();
      }};
  EXPECT_EQ(refusal(rule, "", session("b"), nobody), ErrorKind::unauthenticated);
  EXPECT_EQ(refusal(rule, "", session("b"), bob.peer()), std::nullopt) << "a creation";
  EXPECT_EQ(refusal(rule, "", session("a"), alice.peer()), ErrorKind::conflict);
  const auto hash = state->store.active("a")->hash;
  const auto update = session("a", "predecessor: " + hash + "\n");
  EXPECT_EQ(refusal(rule, "", update, bob.peer()), ErrorKind::refused) << "an update";
  EXPECT_EQ(refusal(rule, "", update, alice.peer()), std::nullopt);
  EXPECT_EQ(refusal(rule, "", "not: a session", alice.peer()), ErrorKind::invalid);
  EXPECT_EQ(state->store.active("a")->hash, hash) << "only the function stores";
}

TEST_F(Rules, for_session_writers_a_decision_that_others_overtook_is_made_again) {
  const ForSessionWriter rule{UploadForm::any,
                              [](RequestContext&, const AllowedUpload&) -> std::optional<Response> {
                                if (++calls < 3) return std::nullopt;
                                return Response{};
                              }};
  const std::string method = "POST";
  const std::string body = session("a");
  EXPECT_TRUE(enforce(rule, *state, {method, method, body, "", {}}, from(alice.peer()),
                      Waiting::allowed, why));
  EXPECT_EQ(calls, 3);
}

TEST_F(Rules, a_writer_who_always_loses_gives_up_after_100_decisions) {
  const ForSessionWriter rule{UploadForm::any,
                              [](RequestContext&, const AllowedUpload&) -> std::optional<Response> {
                                (void)called();
                                return std::nullopt;
                              }};
  const std::string method = "POST";
  const std::string body = session("a");
  try {
    (void)enforce(rule, *state, {method, method, body, "", {}}, from(alice.peer()),
                  Waiting::allowed, why);
    ADD_FAILURE() << "answered";
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  }
  EXPECT_EQ(calls, 100);
}

TEST_F(Rules, for_session_checkers) {
  const ForSessionChecker rule{[](RequestContext&, const Upload&) { return called(); }};
  EXPECT_EQ(refusal(rule, "", session("a"), nobody), ErrorKind::unauthenticated);
  EXPECT_EQ(refusal(rule, "", session("a"), bob.peer()), std::nullopt);
}

TEST_F(Rules, for_peer_cases) {
  store(
      session("from",
              "secrets:\n- {name: x, kind: ascii, value: v, export: {session: /to, cas_url: near, "
              "cas_key: " +
                  bob.hash() + "}}\n"),
      alice);
  const ForPeerCas rule{
      [](RequestContext&, const cas::ExportRequest&, const ExportedSecret&) { return called(); }};
  cas::ExportRequest request;
  request.importer = "to";
  request.importer_hash = std::string(64, 'a');
  request.session = "from";
  request.secret = "x";
  request.public_key = key.public_key;
  const auto body = cas::encode(request);
  EXPECT_EQ(refusal(rule, "", body, nobody), ErrorKind::unauthenticated);
  EXPECT_EQ(refusal(rule, "", body, alice.peer()), ErrorKind::refused) << "another CAS";
  EXPECT_EQ(why, Refusal::not_exported);
  request.importer = "other";
  EXPECT_EQ(refusal(rule, "", cas::encode(request), bob.peer()), ErrorKind::refused);
  EXPECT_EQ(refusal(rule, "", body, bob.peer()), std::nullopt);
  request.importer = "to";
  for (const int more : {7, 8}) {
    request.cas_chain.clear();
    for (int i = 0; i < more; ++i) request.cas_chain += bob.certificate.pem();
    EXPECT_EQ(refusal(rule, "", cas::encode(request), bob.peer()) == ErrorKind::invalid, more == 8);
  }
}

TEST_F(Rules, for_attested_services) {
  const std::string attestation = none + "  service_access_token: t0ken-of-the-service\n";
  store(session("a", attestation + "services: [{name: s, command: c}]\n"), alice);
  const ForAttestedService rule{
      [](RequestContext&, const cas::ConfigRequest&, const AttestedService& attested) {
        EXPECT_EQ(attested.service().name, "s");
        EXPECT_EQ(attested.access_token()->view(), "t0ken-of-the-service");
        return called();
      }};
  const auto asked = [&](const std::string& id, const std::string& token, bool fresh = true) {
    cas::ConfigRequest request;
    request.config_id = id;
    request.nonce = fresh ? state->challenges.make(clock.steady()) : std::string(32, 'n');
    request.public_key = key.public_key;
    if (!token.empty())
      request.access_token_proof =
          cas::proof(token, cas::ProofRole::client, request.nonce, request.public_key);
    return cas::encode(request);
  };
  EXPECT_EQ(refusal(rule, "", asked("a/s", "t0ken-of-the-service", false), nobody),
            ErrorKind::refused);
  EXPECT_EQ(refusal(rule, "", asked("a/s", ""), nobody), ErrorKind::refused);
  EXPECT_EQ(refusal(rule, "", asked("a/s", "wrong"), nobody), ErrorKind::refused);
  EXPECT_EQ(refusal(rule, "", asked("a/other", "t0ken-of-the-service"), nobody),
            ErrorKind::not_found);
  const auto good = asked("a/s", "t0ken-of-the-service");
  EXPECT_EQ(refusal(rule, "", good, nobody), std::nullopt);
  EXPECT_EQ(refusal(rule, "", good, nobody), ErrorKind::refused) << "the same again";
}

TEST_F(Rules, for_lease_holders) {
  store(session("a", none + "services: [{name: s, command: c}]\n"), alice);
  const auto session = state->sessions.active("a");
  SecretReader secrets(state->secret_sources, std::make_shared<ImportBudget>());
  const auto lease = state->leases.grant(
      PermissionsForTests().state, "a", "s",
      {.demands = demands_digest(*session, session->session.services.front(), secrets)});
  const ForLeaseHolder<cas::ExitReport> rule{
      cas::decode_exit_report,
      [](RequestContext&, const cas::WithLeaseProof<cas::ExitReport>&, const LeaseHolder& holder) {
        EXPECT_EQ(holder.service().name, "s");
        return called();
      }};
  const cas::ExitReport report{{"a/s", lease.id}, 0};
  EXPECT_EQ(refusal(rule, "", cas::encode(report, std::string(32, 'k')), alice.peer()),
            ErrorKind::refused);
  EXPECT_EQ(
      refusal(rule, "", cas::encode(cas::ExitReport{{"a/t", lease.id}, 0}, lease.key), nobody),
      ErrorKind::refused)
      << "the lease of another service";
  EXPECT_EQ(refusal(rule, "", cas::encode(report, lease.key), nobody), std::nullopt);
}

TEST_F(Rules, RA089_for_owners_of_sessions) {
  store(session("a", "access_policy: {read: ANY, update: [CREATOR]}\n"), alice);
  const ForSessionOwner rule{[](RequestContext&, const OwnedSession& owned) {
    EXPECT_EQ(owned.session().session.name, "a");
    return called();
  }};
  EXPECT_EQ(refusal(rule, "a", "", nobody), ErrorKind::unauthenticated);
  EXPECT_EQ(refusal(rule, "a", "", bob.peer()), ErrorKind::refused) << "who may read it only";
  EXPECT_EQ(refusal(rule, "b", "", alice.peer()), ErrorKind::not_found);
  EXPECT_EQ(refusal(rule, "a", "", alice.peer()), std::nullopt);
}

TEST_F(Rules, for_who_has_the_key_of_a_namespace) {
  store(session("a", "access_policy: {read: CREATOR, update: CREATOR}\n"), alice);
  const ForNamespaceKey rule{[](RequestContext&, const ProvenNamespaceKey& proven) {
    EXPECT_EQ(proven.name(), "a");
    return called();
  }};
  const auto body = [](char byte) {
    return std::string(
        cas::encode(cas::NamespaceKeyRequest{crypto::Secret(std::string(32, byte))}).view());
  };
  EXPECT_EQ(refusal(rule, "a", body('k'), alice.peer()), ErrorKind::not_found) << "not sealed";
  EXPECT_TRUE(state->store.seal_namespace(PermissionsForTests::write("a"),
                                          state->store.active("a")->hash,
                                          crypto::Secret(std::string(32, 'k')), {}));
  EXPECT_EQ(refusal(rule, "a", body('x'), alice.peer()), ErrorKind::refused) << "its owner";
  EXPECT_EQ(refusal(rule, "a", "{\"key\":\"00\"}", alice.peer()), ErrorKind::invalid);
  EXPECT_EQ(refusal(rule, "b", body('k'), nobody), ErrorKind::not_found);
  EXPECT_EQ(refusal(rule, "a/b", body('k'), nobody), ErrorKind::not_found);
  EXPECT_EQ(refusal(rule, "a", body('k'), nobody), std::nullopt);
}

TEST_F(Rules, for_owners) {
  EXPECT_EQ(refusal(ForOwner{}, "", "", alice.peer()), ErrorKind::unsupported);
}

/// Whatever is not read only, and what is decided by a secret of another CAS, waits elsewhere.
TEST_F(Rules, what_may_wait_is_not_begun_where_waiting_is_forbidden) {
  store(session("a", "access_policy: {read: [CREATOR]}\n"), alice);
  const auto begun = [&](const std::string& method, const std::string& target,
                         const std::string& body, Port port = Port::api) {
    return answer(*state, {method, target, "", body, alice.peer(), port}, Waiting::forbidden,
                  outcome)
        .has_value();
  };
  EXPECT_FALSE(begun("POST", "/session", session("b")));
  EXPECT_FALSE(state->store.active("b"));
  EXPECT_FALSE(begun("POST", std::string(cas::path::session_checks), session("b")));
  // A one-time password is remembered on the disk; where there is none to try, the answer is ready.
  const std::string hex(64, '0');
  const auto asked_by = [&](const std::string& config_id) {
    return R"({"config_id":")" + config_id + R"(","nonce":")" + hex + R"(","public_key":")" + hex +
           R"("})";
  };
  EXPECT_FALSE(
      begun("POST", std::string(cas::path::service_config), asked_by("a/x@123456"), Port::enclave));
  EXPECT_FALSE(begun("POST", std::string(cas::path::service_exit), "{}", Port::enclave));
  EXPECT_FALSE(begun("POST", std::string(cas::path::exports), "{}"));
  EXPECT_TRUE(begun("GET", "/v1/sessions/a", ""));
  EXPECT_TRUE(begun("GET", "/v1/version", ""));
  EXPECT_TRUE(begun("POST", std::string(cas::path::service_challenge), "", Port::enclave));
  EXPECT_TRUE(begun("GET", std::string(cas::path::health_ready), ""));
}

/// An update in between must not make a thread wait that was told that there is nothing to wait
/// for.
TEST_F(Rules, what_was_found_not_to_wait_is_what_is_judged) {
  store(session("a", none + "services: [{name: s, command: c}]\n"), alice);
  const auto before = state->store.active("a")->hash;
  cas::ConfigRequest request;
  request.config_id = "a/s";
  request.nonce = state->challenges.make(clock.steady());
  request.public_key = key.public_key;
  SecretReader secrets(state->secret_sources, std::make_shared<ImportBudget>());
  ServiceAuthentication authentication(request, "", secrets, state->evidence);
  EXPECT_FALSE(authentication.may_wait(state->sessions));
  store(
      session("a", "predecessor: " + before + "\n" + none + "services: [{name: s, command: d}]\n"),
      alice);
  const auto attested =
      authentication.authenticate(state->sessions, state->challenges, state->token_guesses,
                                  state->one_time_passwords, clock.steady());
  EXPECT_EQ(attested.session().stored.hash, before);
}

/// A lease, a used password and the state of a file system are written down.
TEST_F(Rules, services_that_leave_something_on_the_disk_may_wait) {
  store(session("a", none +
                         "services:\n- {name: plain, command: c}\n"
                         "- {name: files, command: c, image_name: inline}\n"
                         "- {name: templates, command: c, image_name: template}\n"
                         "- {name: volumes, command: c, image_name: volume}\n"
                         "- {name: own, command: c, fspf_path: /f, fspf_key: " +
                         std::string(64, 'a') + ", fspf_tag: " + std::string(32, 'a') +
                         "}\nvolumes: [{name: v}]\nimages:\n"
                         "- {name: inline, injection_files: [{path: /f, content: x}]}\n"
                         "- {name: template, injection_files: [{path: /f, content: x}, /t]}\n"
                         "- {name: volume, volumes: [{name: v, path: /v}]}\n"),
        alice);
  cas::Evidence evidence;
  const auto may_wait = [&](const std::string& id) {
    cas::ConfigRequest request;
    request.config_id = id;
    SecretReader secrets(state->secret_sources, std::make_shared<ImportBudget>());
    request.evidence = evidence;
    return ServiceAuthentication(request, "", secrets, state->evidence).may_wait(state->sessions);
  };
  for (const auto* id : {"a/plain", "a/files"}) EXPECT_FALSE(may_wait(id)) << id;
  for (const auto* id :
       {"a/templates", "a/volumes", "a/own", "a/plain@123456", "a/missing", "b/missing", "no id"})
    EXPECT_TRUE(may_wait(id)) << id;
  evidence = {"tdx", "quote", {}};  // what it is judged by may have to be fetched
  EXPECT_TRUE(may_wait("a/plain"));
}

TEST_F(Rules, for_everybody_unless_it_has_to_wait) {
  const Public rule{[](RequestContext&) { return called(); }, [](const CasState&) { return true; }};
  const std::string text;
  EXPECT_FALSE(
      enforce(rule, *state, {text, text, text, "", {}}, from(nobody), Waiting::forbidden, why));
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(refusal(rule, "", "", nobody), std::nullopt);
}

}  // namespace
}  // namespace sconectl::test
