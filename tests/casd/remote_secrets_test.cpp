// Secrets between two CASes (SL-188).
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <condition_variable>
#include <limits>
#include <thread>

#include "casd/published_metrics.hpp"
#include "casd/service_fixture.hpp"
#include "support/loopback_http.hpp"

namespace sconectl::test {
namespace {

using testing::HasSubstr;

/// `service` imports from `far`.
class OtherCas : public ServiceClient {
 protected:
  OtherCas() {
    casd::ServiceOptions options;
    options.data = directory.path() / "far";
    far = std::make_unique<casd::Service>(options, clock);
    wire = std::make_unique<LoopbackHttp>(*far, "far");
    network = wire.get();
    reopen();
  }

  std::string far_upload(const std::string& yaml) {
    auto response = far->handle({"POST", "/session", "", yaml, alice.peer(), casd::Port::api});
    EXPECT_EQ(response.status, 201) << response.body;
    return nlohmann::json::parse(response.body).value("hash", "");
  }
  /// A session `from` of the far CAS with a secret `x` that is exported as `to` says.
  std::string far_exports(const std::string& to,
                          const std::string& secret = "kind: ascii, value: v") {
    return far_upload(
        session("from", "secrets:\n- {name: x, " + secret + ", export: " + to + "}\n"));
  }
  [[nodiscard]] std::string to_us(const std::string& more = "") const {
    return "{session: /to, cas_url: near, cas_key: " + service->key_hash() + more + "}";
  }
  /// Our session `to`, with a service that gets the imported secret.
  [[nodiscard]] std::string importer(const std::string& more = "", const std::string& cas_key = "",
                                     const std::string& place = "$$SCONE::y$$") const {
    return session("to", none +
                             "secrets:\n- {name: y, import: {session: /from, secret: x, cas_url: "
                             "far, cas_key: " +
                             (cas_key.empty() ? far->key_hash() : cas_key) + more +
                             "}}\nservices: [{name: s, command: a, environment: {Y: '" + place +
                             "'}}]\n");
  }
  std::string imported_value() {
    const auto got = fetch("to/s");
    EXPECT_EQ(got.answer.status, 200) << got.answer.body;
    for (const auto& [name, value] : got.configuration.environment)
      if (name == "Y") return value;
    return "";
  }

  std::unique_ptr<casd::Service> far;
  std::unique_ptr<LoopbackHttp> wire;
};

TEST_F(OtherCas, SL188_SL182_gives_what_is_exported_to_our_key_live) {
  const auto first = far_exports(to_us());
  created(importer(), alice.peer());
  EXPECT_EQ(imported_value(), "v");
  far_upload(session(
      "from", "predecessor: " + first +
                  "\nsecrets:\n- {name: x, kind: ascii, value: w, export: " + to_us() + "}\n"));
  EXPECT_EQ(imported_value(), "w");
  EXPECT_GE(published_by(*far)["secrets_released_total{way=\"other_cas\"}"], 2);
  EXPECT_EQ(published_by(*far).sum("refusals_total"), 0);
}

TEST_F(OtherCas, SL188_our_software_key_does_as_well) {
  far_exports("{session: /to, cas_url: near, cas_software_key: " + service->software_key_hash() +
              "}");
  created(importer(), alice.peer());
  EXPECT_EQ(imported_value(), "v");
}

TEST_F(OtherCas, SL188_nothing_for_another_cas) {
  far_exports("{session: /to, cas_url: near, cas_key: " + far->key_hash() + "}");
  const auto answer = upload(importer(), alice.peer());
  EXPECT_EQ(answer.status, 403) << answer.body;
  EXPECT_THAT(answer.messages(), HasSubstr("is not exported to session 'to'"));
  EXPECT_EQ(published_by(*far)["refusals_total{reason=\"not_exported\"}"], 1);
  EXPECT_EQ(published_by(*far).sum("secrets_released_total"), 0);
  EXPECT_EQ(published_by(*service)["refusals_total{reason=\"other\"}"], 1);
}

TEST_F(OtherCas, SL188_an_export_without_a_cas_is_for_sessions_of_that_cas_only) {
  far_exports("{session: /to}");
  EXPECT_EQ(upload(importer(), alice.peer()).status, 403);
}

TEST_F(OtherCas, SL188_the_other_way_round_an_export_to_a_cas_is_not_for_sessions_here) {
  created(session("from", "secrets:\n- {name: x, kind: ascii, export: " + to_us() + "}\n"),
          alice.peer());
  const auto answer = upload(
      session("to", "secrets: [{name: y, import: {session: /from, secret: x}}]\n"), alice.peer());
  EXPECT_EQ(answer.status, 403) << answer.body;
}

TEST_F(OtherCas, SL181_missing_and_forbidden_secrets_answer_alike) {
  far_exports(to_us());
  auto other = importer();
  other.replace(other.find("secret: x"), 9, "secret: z");
  const auto missing = upload(other, alice.peer()).messages();
  EXPECT_THAT(missing, HasSubstr("secret 'z' of session 'from' does not exist or is not exported"));
}

TEST_F(OtherCas, SL181_both_pins_are_compared) {
  const auto hash = far_exports(to_us());
  EXPECT_EQ(upload(importer(", session_hash: " + std::string(64, 'a')), alice.peer()).status, 403);
  const auto ours = created(importer(", session_hash: " + hash), alice.peer());
  EXPECT_EQ(imported_value(), "v");
  const auto next = [&](const std::string& before, const std::string& target) {
    return far_upload(session(
        "from", "predecessor: " + before +
                    "\nsecrets:\n- {name: x, kind: ascii, value: v, export: " + to_us(target) +
                    "}\n"));
  };
  const auto second = next(hash, "");
  refused(fetch("to/s"), 403, "is not the version that the import pins");
  (void)next(second, ", session_hash: " + std::string(64, 'b'));
  refused(fetch("to/s"), 403, "does not exist or is not exported");
  EXPECT_NE(ours, "");
}

TEST_F(OtherCas, SL188_a_cas_with_another_key_is_not_asked) {
  far_exports(to_us());
  const auto answer = upload(importer("", bob.hash()), alice.peer());
  EXPECT_EQ(answer.status, 403) << answer.body;
  EXPECT_THAT(answer.messages(), HasSubstr(far->key_hash()));
  EXPECT_THAT(answer.messages(), HasSubstr(bob.hash()));
  EXPECT_TRUE(wire->requests.empty());
}

TEST_F(OtherCas, SL181_a_cas_that_does_not_answer_is_a_warning_then_an_error_at_use) {
  auto text = importer();
  text.replace(text.find("cas_url: far"), 12, "cas_url: off");
  const auto answer = upload(text, alice.peer());
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr("can not be imported yet"));
  refused(fetch("to/s"), 503, "did not answer a moment ago");
}

/// A thread that serves connections must not wait for a CAS that somebody else chose.
TEST_F(OtherCas, a_read_that_needs_another_cas_says_so_before_it_waits) {
  far_exports(to_us(), "kind: ascii, value: " + bob.hash());
  created(importer() + "access_policy: {read: [CREATOR, $$SCONE::y$$]}\n", alice.peer());
  const auto asked = wire->requests.size();
  casd::Request request{"GET", "/v1/sessions/to", "", "", bob.peer()};
  EXPECT_FALSE(service->handle_at_once(request));
  EXPECT_EQ(wire->requests.size(), asked);
  EXPECT_EQ(service->handle(request).status, 200);
}

/// Other CASes that do not answer until they are told to.
class SilentNetwork : public host::Http {
 public:
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls&) override {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return over_; });
    throw diag::Error(diag::ErrorKind::unavailable, "no answer from " + request.url);
  }
  void wait_until_asked(std::size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t asked_ = 0;
  bool over_ = false;
};

/// Anybody may upload sessions: that must not take the threads of all the others.
TEST_F(OtherCas, only_some_requests_wait_for_other_cases) {
  constexpr std::size_t most = 32;
  SilentNetwork silent;
  network = &silent;
  reopen();
  const auto importer_of = [&](const std::string& name, std::size_t cas) {
    return session(name, "secrets:\n- {name: y, import: {session: /from, secret: x, cas_url: cas-" +
                             std::to_string(cas) + ", cas_key: " + far->key_hash() + "}}\n");
  };
  std::vector<std::thread> waiting;
  for (std::size_t i = 0; i < most; ++i)
    waiting.emplace_back([&, i] {
      EXPECT_EQ(upload(importer_of("s" + std::to_string(i), i), alice.peer()).status, 201);
    });
  silent.wait_until_asked(most);
  const auto one_more = upload(importer_of("more", most), alice.peer());
  EXPECT_EQ(one_more.status, 201);
  EXPECT_THAT(one_more.body, HasSubstr("too many answers of other CASes are waited for"));
  silent.end();
  for (auto& thread : waiting) thread.join();
  const auto later = upload(importer_of("later", most + 1), alice.peer());
  EXPECT_THAT(later.body, HasSubstr("CAS at cas-33 gave no secret"));
  service.reset();  // its threads still ask
}

/// Whoever uploads it waits for all of them together, and no longer than that.
TEST_F(OtherCas, all_imports_of_a_request_have_one_deadline) {
  SilentNetwork silent;
  network = &silent;
  reopen();
  std::string text = session("s", "secrets:\n");
  for (int i = 0; i < 10; ++i) {
    text += fmt::format(
        "- {{name: y{0}, import: {{session: /from, secret: x, cas_url: cas-{0}, cas_key: {1}}}}}\n",
        i, far->key_hash());
  }
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(upload(text, alice.peer()).status, 201);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  silent.end();
  service.reset();  // its threads still ask
}

TEST_F(OtherCas, one_address_gets_only_some_of_the_calls) {
  constexpr std::size_t most_to_one = 8;
  SilentNetwork silent;
  network = &silent;
  reopen();
  const auto importer_of = [&](const std::string& name, const std::string& cas) {
    return session(name, "secrets:\n- {name: y, import: {session: /from, secret: x, cas_url: '" +
                             cas + "', cas_key: " + far->key_hash() + "}}\n");
  };
  std::vector<std::thread> waiting;
  for (std::size_t i = 0; i < most_to_one; ++i)
    waiting.emplace_back([&, i] {
      const auto url = i % 2 == 0 ? "silent" : "https://silent:8081/";
      EXPECT_EQ(upload(importer_of("s" + std::to_string(i), url), alice.peer()).status, 201);
    });
  silent.wait_until_asked(most_to_one);
  EXPECT_THAT(upload(importer_of("more", "silent:8081"), alice.peer()).body,
              HasSubstr("too many answers of other CASes are waited for"));
  silent.end();
  for (auto& thread : waiting) thread.join();
  service.reset();  // its threads still ask
}

TEST_F(OtherCas, a_session_imports_from_few_other_cases) {
  const auto with = [&](int imports) {
    std::string text = session("s" + std::to_string(imports), "secrets:\n");
    for (int i = 0; i < imports; ++i)
      text += "- {name: y" + std::to_string(i) +
              ", import: {session: /from, secret: x, cas_url: off, cas_key: " + far->key_hash() +
              "}}\n";
    return text;
  };
  EXPECT_EQ(upload(with(32), alice.peer()).status, 201);
  const auto answer = upload(with(33), alice.peer());
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.messages(),
              HasSubstr("has 33 imports from other CASes and key vaults; at most 32"));
}

TEST_F(OtherCas, only_addresses_that_the_operator_allows_are_asked) {
  far_exports(to_us());
  import_from = {"elsewhere", "FAR:9999"};
  reopen();
  const auto refusal = upload(importer(), alice.peer());
  EXPECT_EQ(refusal.status, 403);
  EXPECT_THAT(refusal.messages(), HasSubstr("does not import from far: its operator"));
  EXPECT_TRUE(wire->requests.empty());
  import_from = {"far:8081"};
  reopen();
  created(importer(), alice.peer());
  import_from = {"FAR"};
  reopen();
  EXPECT_EQ(imported_value(), "v");
  import_from = std::vector<std::string>{};
  reopen();
  refused(fetch("to/s"), 403, "does not import from far");
  import_from = {"http://far"};
  EXPECT_THROW(reopen(), diag::Error);
}

/// A way to a CAS that is there later.
struct Forward : host::Http {
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& tls) override {
    return to->send(request, tls);
  }
  host::Http* to = nullptr;
};

TEST_F(OtherCas, a_cas_that_imports_from_itself_in_a_circle_stops) {
  Forward forward;
  network = &forward;
  reopen();
  LoopbackHttp self(*service, "near");
  forward.to = &self;
  const auto circle = "{session: /a, cas_url: near, cas_key: " + service->key_hash() + "}";
  created(
      session("a", none +
                       "secrets: [{name: y, import: {session: /a, secret: y, cas_url: near, "
                       "cas_key: " +
                       service->key_hash() + "}, export: " + circle +
                       "}]\nservices: [{name: s, command: x, environment: {Y: $$SCONE::y$$}}]\n"),
      alice.peer());
  self.requests.clear();
  refused(fetch("a/s"), 403, "they may import from each other in a circle");
  EXPECT_EQ(self.requests.size(), 3U);
  casd::Request deep{"POST", std::string(cas::path::exports), "application/json", "{}", {}};
  deep.import_hops = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(service->handle(deep).status, 400);
}

TEST_F(OtherCas, SL183_a_certificate_travels_without_its_key) {
  far_upload(session("from",
                     "secrets:\n- {name: k, kind: private-key}\n- {name: x, kind: x509, "
                     "private_key: k, common_name: cn, export: " +
                         to_us() + "}\n"));
  created(importer("", "", "$$SCONE::y:crt$$"), alice.peer());
  EXPECT_THAT(imported_value(), HasSubstr("BEGIN CERTIFICATE"));
  auto wants_key = importer("", "", "$$SCONE::y:privatekey$$");
  wants_key.replace(wants_key.find("name: to"), 8, "name: t2");
  EXPECT_EQ(upload(wants_key, alice.peer()).status, 403);  // exported to `to` only
}

TEST_F(OtherCas, strangers_with_a_certificate_and_a_chain_of_their_own_get_nothing) {
  far_exports(to_us());
  cas::ExportRequest request;
  request.importer = "to";
  request.importer_hash = std::string(64, 'a');
  request.session = "from";
  request.secret = "x";
  request.public_key = key.public_key;
  const auto asked = [&](const casd::Peer& peer, const std::string& chain) {
    request.cas_chain = chain;
    return far->handle({"POST", std::string(cas::path::exports), "application/json",
                        cas::encode(request), peer, casd::Port::api});
  };
  EXPECT_EQ(asked({}, service->chain_pem()).status, 401);
  EXPECT_EQ(asked(bob.peer(), bob.certificate.pem()).status, 403);
  EXPECT_EQ(asked(bob.peer(), service->chain_pem()).status, 403) << "the chain of the right CAS";
  EXPECT_EQ(asked(bob.peer(), "").status, 403);
  EXPECT_EQ(asked({service->server_certificate().pem()}, service->chain_pem()).status, 200);
}

TEST_F(OtherCas, every_kind_arrives_as_it_was) {
  const std::vector<std::pair<std::string, std::string>> kinds{
      {"kind: ascii, value: 'a b'", "$$SCONE::y$$"},
      {"kind: binary, value: 00ff", "$$SCONE::y:hex$$"},
      {"kind: private-key, key_type: P-384", "$$SCONE::y$$"},
      {"kind: pgp-key", "$$SCONE::y:publickey:asciiarmored$$"},
      {"kind: config-fragment, value: 'text'", "$$SCONE::y$$"}};
  std::string hash;
  std::string ours;
  const auto after = [](const std::string& version) -> std::string {
    return version.empty() ? "" : fmt::format("predecessor: {}\n", version);
  };
  for (const auto& [secret, place] : kinds) {
    hash = far_upload(session("from", fmt::format("{}secrets:\n- {{name: x, {}, export: {}}}\n",
                                                  after(hash), secret, to_us())));
    ours = created(after(ours).append(importer("", "", place)), alice.peer());
    EXPECT_NE(imported_value(), "") << secret;
  }
}

}  // namespace
}  // namespace sconectl::test
