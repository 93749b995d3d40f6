// Traces of a CAS, as a collector gets them.
#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "casd/published_metrics.hpp"
#include "casd/service_fixture.hpp"
#include "casd/tracing/trace.hpp"
#include "support/fake_network.hpp"
#include "support/matchers.hpp"

namespace sconectl::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string parent_id = "00f067aa0ba902b7";

std::string traceparent(const std::string& flags) {
  return "00-" + trace_id + "-" + parent_id + "-" + flags;
}

/// One span of a POST, with its attributes as a map.
struct SeenSpan {
  std::string name, id, parent, trace;
  int kind = 0;
  std::int64_t begin = 0, end = 0;
  bool failed = false;
  std::map<std::string, std::string> attributes = {};
};

/// A service with a collector that is a function.
struct TracedCas : ServiceClient {
  TracedCas() {
    network = &collector;
    traces.collector = "http://127.0.0.1:4318";
    reopen();
  }
  /// Before the collector, which the service asks until its end.
  ~TracedCas() override { service.reset(); }

  /// As a connection does: one request from its arrival to its answer.
  int traced(const std::string& method, const std::string& target, const std::string& parent = "",
             const std::string& body = "", const casd::Peer& peer = {}) {
    auto trace = service->begin_trace(method, parent, 8081, std::chrono::steady_clock::now());
    casd::Request request{method, target, "", body, peer};
    request.trace = trace;
    const auto response = service->handle(request);
    if (trace) service->end_trace(*trace, response);
    return response.status;
  }
  /// All that was sent, after the end of the service.
  std::vector<SeenSpan> spans() {
    service.reset();
    std::vector<SeenSpan> result;
    for (const auto& request : collector.asked) {
      if (!request.url.ends_with("/v1/traces")) continue;
      const json sent = json::parse(request.body);
      for (const auto& resource : sent["resourceSpans"])
        for (const auto& scope : resource["scopeSpans"])
          for (const auto& span : scope["spans"]) result.push_back(read(span));
    }
    return result;
  }
  static SeenSpan read(const json& span) {
    SeenSpan seen{span["name"], span["spanId"], span.value("parentSpanId", ""), span["traceId"]};
    seen.kind = span["kind"];
    seen.begin = std::stoll(span["startTimeUnixNano"].get<std::string>());
    seen.end = std::stoll(span["endTimeUnixNano"].get<std::string>());
    seen.failed = span.contains("status") && span["status"]["code"] == 2;
    for (const auto& attribute : span["attributes"])
      seen.attributes[attribute["key"]] = attribute["value"].begin()->get<std::string>();
    return seen;
  }
  static std::vector<std::string> names(const std::vector<SeenSpan>& spans) {
    std::vector<std::string> result;
    for (const auto& span : spans) result.push_back(span.name);
    return result;
  }

  FakeNetwork collector{[](const host::HttpRequest&) { return FakeNetwork::reply(200, "{}"); }};
};

TEST_F(TracedCas, a_request_is_one_span_of_a_server_by_the_conventions_of_the_field) {
  EXPECT_EQ(traced("GET", "/v1/version"), 200);
  const auto seen = spans();
  ASSERT_EQ(collector.asked.size(), 1U);
  EXPECT_EQ(collector.asked[0].url, "http://127.0.0.1:4318/v1/traces");
  EXPECT_THAT(collector.asked[0].headers,
              Contains(testing::Pair("Content-Type", "application/json")));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].name, "GET /v1/version");
  EXPECT_EQ(seen[0].kind, 2);
  EXPECT_EQ(seen[0].parent, "");
  EXPECT_FALSE(seen[0].failed);
  EXPECT_EQ(seen[0].trace.size(), 32U);
  EXPECT_EQ(seen[0].id.size(), 16U);
  EXPECT_LE(seen[0].begin, seen[0].end);
  const std::map<std::string, std::string> expected{
      {"http.request.method", "GET"},       {"http.route", "/v1/version"},
      {"http.response.status_code", "200"}, {"url.scheme", "https"},
      {"network.protocol.version", "1.1"},  {"server.port", "8081"}};
  EXPECT_EQ(seen[0].attributes, expected);
  const auto resource = json::parse(collector.asked[0].body)["resourceSpans"][0]["resource"];
  EXPECT_THAT(resource.dump(), AllOf(HasSubstr("sconectl-cas"), HasSubstr("service.version")));
}

TEST_F(TracedCas, steps_are_children_within_their_request) {
  EXPECT_EQ(traced("POST", "/session", "", session("a"), alice.peer()), 201);
  const auto seen = spans();
  ASSERT_GE(seen.size(), 2U);
  const auto& server = seen[0];
  EXPECT_EQ(server.name, "POST /session");
  EXPECT_THAT(names(seen), Contains("database write").Times(1));
  for (std::size_t i = 1; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].parent, server.id);
    EXPECT_EQ(seen[i].trace, server.trace);
    EXPECT_EQ(seen[i].kind, 1);
    EXPECT_NE(seen[i].id, server.id);
    EXPECT_GE(seen[i].begin, server.begin);
    EXPECT_LE(seen[i].end, server.end);
    EXPECT_TRUE(seen[i].attributes.empty());
  }
}

TEST_F(TracedCas, a_step_that_fails_says_so_and_a_wait_for_another_cas_is_one) {
  collector.answer = [](const host::HttpRequest& request) -> host::HttpResponse {
    if (request.url.ends_with("/v1/traces")) return FakeNetwork::reply(200, "");
    throw diag::Error(diag::ErrorKind::unavailable, "no");
  };
  created(session("s", none +
                           "secrets: [{name: x, import: {session: far, secret: y, cas_url: "
                           "hidden.example, cas_key: " +
                           alice.hash() +
                           "}}]\nservices: [{name: py, command: x, environment: {A: "
                           "$$SCONE::x$$}}]\n"),
          alice.peer());
  clock.advance(std::chrono::minutes(1));
  const auto asked = request("s/py");
  auto trace = service->begin_trace("POST", "", 18765, std::chrono::steady_clock::now());
  casd::Request to_service{"POST", "/v1/service/config", "", cas::encode(asked),
                           {},     casd::Port::enclave};
  to_service.trace = trace;
  const auto response = service->handle(to_service);
  EXPECT_EQ(response.status, 503) << response.body;
  service->end_trace(*trace, response);
  const auto seen = spans();
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(seen[0].failed);
  EXPECT_EQ(seen[0].attributes.at("error.type"), "503");
  bool found = false;
  for (const auto& span : seen)
    if (span.name == "import of a secret") found = span.failed;
  EXPECT_TRUE(found) << collector.asked.back().body;
}

TEST_F(TracedCas, a_trace_of_the_caller_is_continued_and_his_choice_is_kept) {
  traces.ratio = 0;
  reopen();
  EXPECT_FALSE(service->begin_trace("GET", "", 1, {}));
  EXPECT_FALSE(service->begin_trace("GET", traceparent("00"), 1, {}));
  EXPECT_FALSE(service->begin_trace("GET", traceparent("01") + "x", 1, {}));
  EXPECT_EQ(traced("GET", "/v1/version", traceparent("01")), 200);
  const auto seen = spans();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].trace, trace_id);
  EXPECT_EQ(seen[0].parent, parent_id);
  EXPECT_NE(seen[0].id, parent_id);
}

TEST_F(TracedCas, a_caller_who_does_not_sample_is_not_traced_whatever_the_ratio_is) {
  EXPECT_FALSE(service->begin_trace("GET", traceparent("00"), 1, {}));
  EXPECT_TRUE(service->begin_trace("GET", traceparent("03"), 1, {}));
}

TEST_F(TracedCas, the_ratio_is_that_of_those_who_begin) {
  traces.ratio = 0.25;
  reopen();
  int chosen = 0;
  for (int i = 0; i < 4'000; ++i) chosen += service->begin_trace("GET", "", 1, {}) ? 1 : 0;
  EXPECT_GT(chosen, 800);
  EXPECT_LT(chosen, 1'200);
}

/// Whatever was sent or stored, and whatever became of it.
TEST_F(TracedCas, no_span_holds_what_somebody_sent_or_stored) {
  const std::string hush = "hush-hush";
  auto peer = alice.peer();
  peer.source = "10.99.88.77";
  const std::string secret =
      "secrets: [{name: hush-hush-secret, kind: ascii, value: hush-hush-value, export_public: "
      "true}]\n";
  EXPECT_EQ(traced("POST", "/session", "", session(hush, secret), peer), 201);
  EXPECT_EQ(traced("GET", "/v1/sessions/" + hush, "", "", peer), 200);
  EXPECT_EQ(traced("GET", "/v1/values/session=" + hush + ",secret=hush-hush-secret"), 200);
  EXPECT_EQ(traced("GET", "/v1/sessions/" + hush, "", "", bob.peer()), 403);
  EXPECT_EQ(traced("GET", "/v1/no/" + hush + "?hush-hush=\"}]", "hush-hush"), 404);
  EXPECT_EQ(traced("HUSH-HUSH\"", "/v1/version"), 405);
  EXPECT_EQ(traced("POST", "/v1/service/config", "", "hush-hush", peer), 404);
  EXPECT_EQ(traced("GET", "/%ff", traceparent("01") + "-hush-hush"), 400);
  const auto seen = spans();
  for (const auto& request : collector.asked) {
    EXPECT_THAT(request.body,
                AllOf(HasSubstr("resourceSpans"), Not(HasSubstr("hush")), Not(HasSubstr("HUSH")),
                      Not(HasSubstr("10.99")), Not(HasSubstr(alice.hash()))));
    EXPECT_TRUE(json::accept(request.body));
  }
  std::set<std::string> keys;
  for (const auto& span : seen)
    for (const auto& [key, value] : span.attributes) keys.insert(key);
  EXPECT_THAT(keys,
              testing::IsSubsetOf({"http.request.method", "http.route", "http.response.status_code",
                                   "url.scheme", "server.port", "network.protocol.version",
                                   "error.type", "sconectl.refusal"}));
  std::map<std::string, std::string> refused;
  for (const auto& span : seen)
    if (span.attributes.contains("sconectl.refusal"))
      refused[span.name] = span.attributes.at("sconectl.refusal");
  EXPECT_THAT(refused, ElementsAre(testing::Pair("GET /v1/sessions/*", "access_policy")));
  EXPECT_THAT(names(seen), Contains("HTTP"));
}

TEST_F(TracedCas, without_a_collector_nothing_is_traced) {
  traces.collector.clear();
  reopen();
  EXPECT_FALSE(service->traced());
  EXPECT_FALSE(service->begin_trace("GET", traceparent("01"), 1, {}));
  EXPECT_EQ(traced("GET", "/v1/version"), 200);
  EXPECT_TRUE(spans().empty());
}

TEST_F(TracedCas, a_collector_that_is_none_ends_the_start) {
  for (const char* wrong :
       {"collector:4318", "http://collector:4318", "ftp://127.0.0.1", "https://",
        "https://u:p@collector.example", "https://collector.example?token=x"}) {
    traces.collector = wrong;
    service.reset();
    EXPECT_THROW(open(), diag::Error) << wrong;
  }
  traces.collector = "https://collector.example/base/";
  open();
  EXPECT_EQ(traced("GET", "/v1/version"), 200);
  EXPECT_EQ(spans().size(), 1U);
  EXPECT_EQ(collector.asked[0].url, "https://collector.example/base/v1/traces");
}

/// A collector that holds whoever asks it until it is let go.
struct Stuck {
  host::HttpResponse operator()() {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [this] { return free; });
    return FakeNetwork::reply(200, "");
  }
  void wait_for_one() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return waiting > 0; });
  }
  void release() {
    const std::scoped_lock lock(mutex);
    free = true;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool free = false;
};

TEST_F(TracedCas, a_collector_that_hangs_holds_up_nobody_and_the_queue_is_bounded) {
  Stuck stuck;
  collector.answer = [&stuck](const host::HttpRequest&) { return stuck(); };
  EXPECT_EQ(traced("GET", "/v1/version"), 200);
  stuck.wait_for_one();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) {
    auto trace = service->begin_trace("GET", "", 1, std::chrono::steady_clock::now());
    service->end_trace(*trace, {});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  auto metrics = published_by(*service);
  EXPECT_EQ(metrics["trace_spans_dropped_total{reason=\"queue\"}"], 10'000 - 8'192);
  EXPECT_EQ(metrics["trace_spans_exported_total"], 0);
  stuck.release();
  for (int i = 0; i < 1'000 && metrics["trace_spans_exported_total"] < 8'193; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    metrics = published_by(*service);
  }
  EXPECT_EQ(metrics["trace_spans_exported_total"], 8'193);
  service.reset();  // whoever sends is gone
  for (const auto& request : collector.asked) EXPECT_LT(request.body.size(), 1'000'000U);
}

TEST_F(TracedCas, what_a_collector_refuses_is_dropped_counted_and_told_once) {
  std::atomic<int> status = 503;
  std::atomic<int> asked = 0;
  collector.answer = [&](const host::HttpRequest&) {
    ++asked;
    if (status == 0) throw std::runtime_error("hush");
    return FakeNetwork::reply(status, "\xff garbage");
  };
  const auto one_more = [&] {
    const int before = asked;
    EXPECT_EQ(traced("GET", "/v1/version"), 200);
    for (int i = 0; i < 500 && asked == before; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_GT(asked, before);
  };
  one_more();
  status = 302;
  one_more();
  status = 0;
  one_more();
  for (int i = 0; i < 200 && published_by(*service).sum("trace_spans_dropped_total") < 3; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(published_by(*service)["trace_spans_dropped_total{reason=\"collector\"}"], 3);
  EXPECT_THAT(log(), AllOf(HasSubstr("traces can not be sent"), HasSubstr("status 503"),
                           Not(HasSubstr("status 302")), Not(HasSubstr("hush"))));
  status = 202;
  one_more();
  service.reset();
  EXPECT_THAT(log(), HasSubstr("traces are sent again"));
}

TEST_F(TracedCas, many_steps_are_bounded_and_counted) {
  auto trace = service->begin_trace("GET", "", 1, std::chrono::steady_clock::now());
  {
    const casd::TraceScope scope(trace.get());
    for (int i = 0; i < 100; ++i)
      casd::trace_step(casd::TraceStep::database_read, std::chrono::nanoseconds(1));
  }
  casd::trace_step(casd::TraceStep::database_read, std::chrono::nanoseconds(1));
  service->end_trace(*trace, {});
  const auto seen = spans();
  EXPECT_EQ(seen.size(), 65U);
  EXPECT_EQ(seen[0].attributes.at("sconectl.steps_left_out"), "36");
}

}  // namespace
}  // namespace sconectl::test
