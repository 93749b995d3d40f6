// Native services get their configuration (RA-083 ... RA-088, SL-304, SL-307 ... SL-313).
#include <atomic>
#include <thread>

#include "casd/service_fixture.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/totp.hpp"
#include "support/loopback_http.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

struct Provisioning : ServiceClient {
  const std::string service_text =
      "services:\n  - name: py\n    image_name: img\n    command: python3 app.py \"a b\" "
      "$$SCONE::password$$\n"
      "    pwd: /app\n    environment:\n      Z_LAST: \"1\"\n      API_PASSWORD: "
      "x-$$SCONE::password$$\n"
      "      A_FIRST: $$SCONE::bin:hex$$\n"
      "images:\n  - name: img\n    injection_files:\n"
      "      - {path: /etc/pw, content: \"p=$$SCONE::password$$\\n\", permission: 0o400}\n"
      "      - {path: /raw, content: $$SCONE::bin$$}\n"
      "secrets:\n  - {name: password, kind: ascii, size: 10}\n  - {name: bin, kind: binary, value: "
      "\"00ff\"}\n";
};

TEST_F(Provisioning, RA084_RA088_everything_is_filled_in) {
  created(session("a", service_text + none), alice.peer());
  const auto got = fetch("a/py");
  ASSERT_EQ(got.answer.status, 200) << got.answer.body;
  const auto& c = got.configuration;
  ASSERT_EQ(c.argv.size(), 4U);
  EXPECT_EQ(c.argv[2], "a b");
  const auto password = c.argv[3];
  EXPECT_EQ(password.size(), 10U);
  EXPECT_EQ(
      c.environment,
      (text::Environment{{"Z_LAST", "1"}, {"API_PASSWORD", "x-" + password}, {"A_FIRST", "00ff"}}));
  EXPECT_EQ(c.pwd, "/app");
  ASSERT_EQ(c.files.size(), 2U);
  EXPECT_EQ(c.files[0].content, "p=" + password + "\n");
  EXPECT_EQ(c.files[0].mode, 0400U);
  EXPECT_EQ(c.files[1].content, std::string("\x00\xff", 2));
  // The same after a restart (and so after every start of the container).
  reopen();
  EXPECT_EQ(fetch("a/py").configuration.argv[3], password);
  EXPECT_THAT(log(), HasButNot("service configured session=a service=py", password));
}

TEST_F(Provisioning, SL083_hardware_sessions_refuse_native_services_and_say_why) {
  const std::string variant = "    mrenclaves: [" + std::string(64, 'a') + "]\n";
  created(session("a", "services:\n  - name: py\n    command: x\n" + variant), alice.peer());
  const auto got = fetch("a/py");
  refused(got, 403, "None of the required enclave properties are met");
  refused(got, 403, "demands hardware attestation");
  refused(got, 403, "Failed to retrieve service attestation configuration");
}

TEST_F(Provisioning, SL306_singletons_need_a_proof) {
  created(session("a", service_text + none + "  singleton_enclaves: true\n"), alice.peer());
  refused(fetch("a/py"), 403, "singleton_enclaves");
}

TEST_F(Provisioning, RA016_unknown_session_or_service) {
  created(session("a", service_text + none), alice.peer());
  refused(fetch("b/py"), 403, "there is no such service");
  refused(fetch("a/other"), 404, "other");
  refused(fetch("nonsense"), 400, "Failed to retrieve service attestation configuration");
}

TEST_F(Provisioning, RA087_nonces_are_good_once_and_not_for_ever) {
  created(session("a", service_text + none), alice.peer());
  const auto asked = request("a/py");
  EXPECT_EQ(fetch(asked).answer.status, 200);
  refused(fetch(asked), 403, "nonce");
  auto late = request("a/py");
  clock.advance(std::chrono::minutes(3));
  refused(fetch(late), 403, "nonce");
  auto invented = request("a/py");
  invented.nonce = std::string(32, 'x');
  refused(fetch(invented), 403, "nonce");
  auto changed = request("a/py");
  changed.nonce[0] = static_cast<char>(changed.nonce[0] ^ 1);
  refused(fetch(changed), 403, "nonce");
  const auto before_restart = request("a/py");
  reopen();
  refused(fetch(before_restart), 403, "nonce");
}

TEST_F(Provisioning, RA085_SL312_token_proves_both_sides) {
  created(session("a", service_text + none + "  service_access_token: \"s3cret token\"\n"),
          alice.peer());
  refused(fetch("a/py"), 403, "service access token");
  refused(fetch("a/py", "wrong"), 403, "service access token is wrong");
  const auto asked = request("a/py", "s3cret token");
  const auto got = fetch(asked);
  ASSERT_EQ(got.answer.status, 200) << got.answer.body;
  EXPECT_EQ(got.reply.server_proof,
            cas::proof("s3cret token", cas::ProofRole::server, asked.nonce, asked.public_key));
  EXPECT_EQ(got.reply.config_proof, cas::proof("s3cret token", cas::ProofRole::config, asked.nonce,
                                               asked.public_key, got.reply.sealed));
  EXPECT_THAT(log(), HasButNot("service configured session=a service=py", "s3cret"));
}

TEST_F(Provisioning, RA088_who_has_no_token_does_not_learn_which_services_exist) {
  created(session("a", service_text + none + "  service_access_token: \"s3cret token\"\n"),
          alice.peer());
  created(session("h", "services:\n  - {name: py, command: x, attestation: {mrenclave: " +
                           std::string(64, 'a') + "}}\n"),
          alice.peer());
  for (const char* token : {"", "wrong token"}) {
    const auto exists = fetch("a/py", token).answer;
    EXPECT_EQ(exists.status, 403);
    for (const char* other : {"a/other", "b/py", "a/py@123456"}) {
      const auto answer = fetch(other, token).answer;
      EXPECT_EQ(answer.status, exists.status) << other;
      EXPECT_EQ(without_denial_id(answer), without_denial_id(exists)) << other;
    }
  }
  EXPECT_EQ(without_denial_id(fetch("h/py").answer), without_denial_id(fetch("h/other").answer))
      << "without evidence the services of an attested session are not named either";
  refused(fetch("a/other", "s3cret token"), 404, "session 'a' has no service 'other'");
}

TEST_F(Provisioning, SL200_token_from_a_secret) {
  created(session("a", service_text + "  - {name: tok, kind: ascii, value: hello-hello-hello}\n" +
                           none + "  service_access_token: $$SCONE::tok$$\n"),
          alice.peer());
  EXPECT_EQ(fetch("a/py", "hello-hello-hello").answer.status, 200);
  refused(fetch("a/py", "$$SCONE::tok$$"), 403, "wrong");
}

TEST_F(Provisioning, SL313_short_tokens_are_refused) {
  const auto with = [&](const std::string& token) {
    return session("a", service_text + none + "  service_access_token: " + token + "\n");
  };
  refused(upload(with("elevenchars"), alice.peer()), 400, "fewer than 12 characters");
  created(with("twelve-chars"), alice.peer());
  EXPECT_EQ(fetch("a/py", "twelve-chars").answer.status, 200);
  created(session("b", service_text + "  - {name: tok, kind: ascii, value: elevenchars}\n" + none +
                           "  service_access_token: $$SCONE::tok$$\n"),
          alice.peer());
  refused(fetch("b/py", "elevenchars"), 403, "fewer than 12 characters");
}

TEST_F(Provisioning, RA019_who_guesses_tokens_has_to_wait_and_nobody_else) {
  created(session("a", service_text + none + "  service_access_token: the-token-of-a\n"),
          alice.peer());
  const auto from = [&](const std::string& source, const std::string& token) {
    return ask("POST", "/v1/service/config", cas::encode(request("a/py", token)), {{}, source},
               casd::Port::enclave);
  };
  for (int guess = 0; guess < 10; ++guess) {
    refused(from("198.51.100.7", "token-" + std::to_string(guess)), 403, "token is wrong");
    EXPECT_EQ(from("192.0.2.1", "the-token-of-a").status, 200) << "right ones do not count";
  }
  refused(from("198.51.100.7", "the-token-of-a"), 429,
          "too many wrong service access tokens for this service from this address");
  EXPECT_EQ(from("192.0.2.1", "the-token-of-a").status, 200);
  const auto elsewhere = [&](const std::string& session) {
    return ask("POST", "/v1/service/config",
               cas::encode(request(session + "/py", "a-made-up-token")), {{}, "198.51.100.8"},
               casd::Port::enclave);
  };
  for (int guess = 0; guess < 10; ++guess) {
    const auto exists = elsewhere("a");
    const auto made_up = elsewhere("nothing");
    EXPECT_EQ(exists.status, 403);
    EXPECT_EQ(without_denial_id(made_up), without_denial_id(exists));
  }
  EXPECT_EQ(elsewhere("a").status, 429);
  EXPECT_EQ(elsewhere("nothing").status, 429) << "RA-088: who guesses does not learn what exists";
  clock.advance(std::chrono::seconds(300));
  EXPECT_EQ(from("198.51.100.7", "the-token-of-a").status, 200);
}

TEST_F(Provisioning, token_for_a_session_without_one_is_refused) {
  created(session("a", service_text + none), alice.peer());
  refused(fetch("a/py", "token"), 403, "has none");
}

struct Otp : Provisioning {
  const std::string base32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  std::string password(std::int64_t steps = 0) const {
    const auto step =
        crypto::totp_step(std::chrono::time_point_cast<std::chrono::seconds>(clock.now()));
    return crypto::totp("12345678901234567890",
                        static_cast<std::uint64_t>(static_cast<std::int64_t>(step) + steps));
  }
  Answer fetch_from(const std::string& source, const std::string& config_id) {
    return ask("POST", "/v1/service/config", cas::encode(request(config_id)), {{}, source},
               casd::Port::enclave);
  }
  void make() {
    created(
        session("a", service_text + none + "    one_time_password_shared_secret: " + base32 + "\n"),
        alice.peer());
  }
};

TEST_F(Otp, SL309_SL311_one_time_passwords) {
  make();
  refused(fetch("a/py"), 403, "one-time password");
  refused(fetch("a/py@000000"), 403, "The given One-time Password is invalid");
  refused(fetch("a/py@"), password().empty() ? 0 : 400, "Failed to retrieve");
  EXPECT_EQ(fetch("a/py@" + password()).answer.status, 200);
  refused(fetch("a/py@" + password()), 403,
          "A One-time Password was already used within this time-step");
  EXPECT_EQ(fetch("a/py@" + password(-1)).answer.status, 200);
  EXPECT_EQ(fetch("a/py@" + password(1)).answer.status, 200);
  for (const std::int64_t steps : {-1, 0, 1})  // each of them is remembered
    refused(fetch("a/py@" + password(steps)), 403, "already used within this time-step");
  refused(fetch("a/py@" + password(2)), 403, "invalid");
  refused(fetch("a/py@" + password(-2)), 403, "invalid");
}

TEST_F(Otp, SL309_used_passwords_survive_a_restart) {
  make();
  EXPECT_EQ(fetch("a/py@" + password()).answer.status, 200);
  reopen();
  refused(fetch("a/py@" + password()), 403, "already used");
  clock.advance(std::chrono::seconds(30));
  EXPECT_EQ(fetch("a/py@" + password()).answer.status, 200);
}

TEST_F(Otp, SL309_a_clock_that_goes_back_forgets_no_used_password) {
  make();
  const auto used = password();
  EXPECT_EQ(fetch("a/py@" + used).answer.status, 200);
  clock.advance(std::chrono::seconds(100 * 30));
  EXPECT_EQ(fetch("a/py@" + password()).answer.status, 200);
  clock.advance(std::chrono::seconds(-100 * 30));
  refused(fetch("a/py@" + used), 403, "already used within this time-step");
}

TEST_F(Otp, RA019_who_guesses_has_to_wait) {
  make();
  for (int guess = 0; guess < 5; ++guess)
    refused(fetch("a/py@00000" + std::to_string(guess)), 403, "is invalid");
  const auto late = fetch("a/py@" + password());
  refused(late, 429, "too many wrong one-time passwords");
  refused(late, 429, "try again in 300 s");
  using Header = std::pair<std::string, std::string>;
  EXPECT_NE(std::find(late.answer.headers.begin(), late.answer.headers.end(),
                      Header("Retry-After", "300")),
            late.answer.headers.end());
  // Other services are not concerned, and neither is this one later.
  created(
      session("b", service_text + none + "    one_time_password_shared_secret: " + base32 + "\n"),
      alice.peer());
  EXPECT_EQ(fetch("b/py@" + password()).answer.status, 200);
  clock.advance(std::chrono::seconds(299));
  refused(fetch("a/py@" + password()), 429, "try again in 1 s");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(fetch("a/py@" + password()).answer.status, 200);
}

TEST_F(Otp, RA019_guesses_at_once_are_no_more_than_one_after_the_other) {
  make();
  std::vector<cas::ConfigRequest> requests;
  requests.reserve(40);
  for (int i = 0; i < 40; ++i) requests.push_back(request("a/py@00000" + std::to_string(i % 10)));
  std::atomic<int> judged = 0;
  std::atomic<int> bounded = 0;
  std::vector<std::thread> guessers;
  guessers.reserve(requests.size());
  for (const auto& asked : requests)
    guessers.emplace_back([&] {
      const int status = post("/v1/service/config", cas::encode(asked)).status;
      ++(status == 429 ? bounded : judged);
    });
  for (auto& guesser : guessers) guesser.join();
  EXPECT_EQ(judged, 5);
  EXPECT_EQ(bounded, 35);
}

TEST_F(Otp, RA019_a_stranger_who_guesses_locks_himself_out_and_nobody_else) {
  make();
  const std::string mine = "192.0.2.1";
  const std::string stranger = "198.51.100.7";
  for (int guess = 0; guess < 5; ++guess)
    refused(fetch_from(stranger, "a/py@00000" + std::to_string(guess)), 403, "is invalid");
  refused(fetch_from(stranger, "a/py@" + password()), 429, "from this address");
  EXPECT_EQ(fetch_from(mine, "a/py@" + password()).status, 200);
}

TEST_F(Otp, RA019_many_strangers_leave_a_reserve_to_who_was_right_before) {
  make();
  const std::string mine = "192.0.2.1";
  EXPECT_EQ(fetch_from(mine, "a/py@" + password()).status, 200);
  clock.advance(std::chrono::seconds(30));
  for (int guess = 0; guess < 20; ++guess)
    refused(fetch_from("198.51.100." + std::to_string(guess / 2),
                       "a/py@00000" + std::to_string(guess % 10)),
            403, "is invalid");
  refused(fetch_from("198.51.100.99", "a/py@" + password()), 429, "try again in");
  // The owner may even be wrong a few times.
  for (int guess = 0; guess < 4; ++guess)
    refused(fetch_from(mine, "a/py@00000" + std::to_string(guess)), 403, "is invalid");
  EXPECT_EQ(fetch_from(mine, "a/py@" + password()).status, 200);
  clock.advance(std::chrono::seconds(300));
  EXPECT_EQ(fetch_from("198.51.100.99", "a/py@" + password()).status, 200);
}

TEST_F(Otp, RA019_who_does_not_know_the_access_token_guesses_no_password) {
  created(session("a", service_text + none + "    one_time_password_shared_secret: " + base32 +
                           "\n  service_access_token: the-token-of-the-service\n"),
          alice.peer());
  for (int guess = 0; guess < 9; ++guess) {
    refused(fetch("a/py@" + password()), 403, "access token is wrong or missing");
    refused(fetch("a/py@00000" + std::to_string(guess), "another-access-token"), 403,
            "access token is wrong or missing");
  }
  EXPECT_EQ(fetch("a/py@" + password(), "the-token-of-the-service").answer.status, 200);
}

TEST_F(Otp, RA019_right_passwords_do_not_count) {
  make();
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(fetch("a/py@" + password()).answer.status, 200);
    clock.advance(std::chrono::seconds(30));
  }
}

TEST_F(Otp, password_for_a_session_without_secret_is_refused) {
  created(session("b", service_text + none), alice.peer());
  refused(fetch("b/py@123456"), 403, "no shared secret");
}

TEST_F(Provisioning, SL182_imports_are_live_and_SL181_checked_at_every_use) {
  const auto source = [](const std::string& value, const std::string& to) {
    return session("src", "secrets:\n  - {name: s, kind: ascii, value: " + value +
                              ", export: {session: " + to + "}}\n");
  };
  const auto hash = created(source("one", "use"), alice.peer());
  created(session("use",
                  "services:\n  - {name: py, command: echo $$SCONE::t$$}\n"
                  "secrets:\n  - name: t\n    import: {session: src, secret: s}\n" +
                      none),
          bob.peer());
  EXPECT_EQ(fetch("use/py").configuration.argv.at(1), "one");
  const auto next = created(source("two", "use") + "predecessor: " + hash + "\n", alice.peer());
  EXPECT_EQ(fetch("use/py").configuration.argv.at(1), "two");
  created(source("three", "other") + "predecessor: " + next + "\n", alice.peer());
  refused(fetch("use/py"), 403, "not exported");
  EXPECT_EQ(get("/v1/sessions/use", bob.peer()).status, 200);
}

TEST_F(Provisioning, SL119_a_nul_byte_never_reaches_the_environment) {
  // An import without kind: only its use can tell.
  created(session("src",
                  "secrets:\n  - {name: b, kind: binary, value: \"4100\", export: {session: a}}\n"),
          alice.peer());
  created(session("a",
                  "services:\n  - name: py\n    command: x\n    environment: {E: $$SCONE::b$$}\n"
                  "secrets:\n  - name: b\n    import: {session: src, secret: b}\n" +
                      none),
          alice.peer());
  refused(fetch("a/py"), 403, "NUL");
}

TEST_F(Provisioning, enclave_features_are_refused_by_name) {
  created(session("v",
                  "services:\n  - {name: py, command: x, image_name: i}\n"
                  "images:\n  - name: i\n    volumes:\n      - {name: v, path: /v}\n"
                  "volumes:\n  - name: v\n" +
                      none),
          alice.peer());
  refused(fetch("v/py"), 501, "volumes");
  created(
      session("f", "services:\n  - {name: py, command: x, fspf_path: /f, fspf_key: " +
                       std::string(64, 'a') + ", fspf_tag: " + std::string(32, 'b') + "}\n" + none),
      alice.peer());
  refused(fetch("f/py"), 501, "fspf_key");
}

TEST_F(Provisioning, RA083_services_and_clients_have_their_own_ports) {
  EXPECT_EQ(ask("POST", "/v1/service/challenge").status, 404);
  EXPECT_EQ(ask("GET", "/v1/sessions/a", "", alice.peer(), casd::Port::enclave).status, 404);
  EXPECT_EQ(ask("GET", "/v1/health/live", "", {}, casd::Port::enclave).status, 200);
}

TEST_F(Provisioning, garbage_is_400) {
  for (const auto* body : {"", "{", "[]", "{}", R"({"config_id":1})", "\xff"})
    EXPECT_EQ(post("/v1/service/config", body).status, 400) << body;
}

TEST_F(Provisioning, loopback_answers_like_a_server) {
  LoopbackHttp http(*service);
  const host::Tls tls{{}, host::ChainTo{{service->chain_pem()}}, {}};
  const auto send = [&](const std::string& method, const std::string& url, const host::Tls& how) {
    host::HttpRequest request;
    request.method = method;
    request.url = url;
    return http.send(request, how).status;
  };
  EXPECT_EQ(send("GET", "https://cas:8081/v1/version", tls), 200);
  EXPECT_EQ(send("POST", "https://cas:18765/v1/service/challenge", tls), 200);
  EXPECT_THROW((void)send("GET", "https://cas:8081/v1/version", host::Tls{}), diag::Error);
  EXPECT_THROW((void)send("GET", "https://other:8081/", tls), diag::Error);
}

}  // namespace
}  // namespace sconectl::test
