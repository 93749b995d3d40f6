#include "casd/tracing/otlp.hpp"

#include <fmt/format.h>

#include <iterator>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/random.hpp"

namespace sconectl::casd {

namespace {

// Enumerations of the protocol.
constexpr int kind_internal = 1;
constexpr int kind_server = 2;
constexpr int status_error = 2;

std::string text_attribute(std::string_view key, std::string_view value) {
  return fmt::format(R"({{"key":"{}","value":{{"stringValue":"{}"}}}})", key, value);
}

/// 64-bit numbers are texts in the JSON of protobuf.
std::string number_attribute(std::string_view key, std::int64_t value) {
  return fmt::format(R"({{"key":"{}","value":{{"intValue":"{}"}}}})", key, value);
}

std::string new_span_id() {
  constexpr std::size_t bytes = 8;
  return crypto::hex(crypto::random_bytes(bytes).view());
}

std::int64_t nanoseconds_since_1970(const Trace& trace, Trace::Time time) {
  using std::chrono::nanoseconds;
  const auto begin = std::chrono::duration_cast<nanoseconds>(trace.calendar.time_since_epoch());
  return (begin + std::chrono::duration_cast<nanoseconds>(time - trace.began)).count();
}

/// The members that every span has.
struct Span {
  std::string_view id;
  std::string_view parent;
  std::string name;
  int kind;
  Trace::Time begin, end;
  std::string attributes;
  bool failed;
};

void write_span(std::string& out, const Trace& trace, const Span& span) {
  if (out.back() != '[') out += ',';
  fmt::format_to(std::back_inserter(out), R"({{"traceId":"{}","spanId":"{}")", trace.trace_id,
                 span.id);
  if (!span.parent.empty())
    fmt::format_to(std::back_inserter(out), R"(,"parentSpanId":"{}")", span.parent);
  fmt::format_to(
      std::back_inserter(out),
      R"(,"name":"{}","kind":{},"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}])",
      span.name, span.kind, nanoseconds_since_1970(trace, span.begin),
      nanoseconds_since_1970(trace, span.end), span.attributes);
  if (span.failed)
    fmt::format_to(std::back_inserter(out), R"(,"status":{{"code":{}}})", status_error);
  out += '}';
}

/// The semantic conventions of servers (HTTP, stable since 1.23).
std::string attributes_of_request(const Trace& trace, const CasMetrics::RouteLabels& route) {
  std::string all = text_attribute("http.request.method", trace.method);
  const auto add = [&all](const std::string& attribute) { all += ',' + attribute; };
  if (trace.route != 0) add(text_attribute("http.route", route.path));
  add(number_attribute("http.response.status_code", trace.status));
  add(text_attribute("url.scheme", "https"));
  add(text_attribute("network.protocol.version", "1.1"));
  add(number_attribute("server.port", trace.port));
  if (trace.status >= 500) add(text_attribute("error.type", std::to_string(trace.status)));
  if (trace.refusal) add(text_attribute("sconectl.refusal", text::word(*trace.refusal)));
  if (trace.left_out > 0)
    add(number_attribute("sconectl.steps_left_out", static_cast<std::int64_t>(trace.left_out)));
  return all;
}

std::string name_of_request(const Trace& trace, const CasMetrics::RouteLabels& route) {
  const std::string method(trace.method == "_OTHER" ? "HTTP" : trace.method);
  return trace.route == 0 ? method : method + " " + route.path;
}

void write_trace(std::string& out, const Trace& trace,
                 const std::vector<CasMetrics::RouteLabels>& routes) {
  const auto& route = routes.at(trace.route < routes.size() ? trace.route : 0);
  const auto id = new_span_id();
  write_span(out, trace,
             {id, trace.parent_id, name_of_request(trace, route), kind_server, trace.began,
              trace.ended, attributes_of_request(trace, route), trace.status >= 500});
  for (const auto& step : trace.steps) {
    const auto step_id = new_span_id();
    write_span(out, trace,
               {step_id, id, std::string(text::word(step.step)), kind_internal, step.begin,
                step.end, step.failed ? text_attribute("error.type", "_OTHER") : "", step.failed});
  }
}

}  // namespace

std::string otlp_json(const TraceSource& source, std::span<const Trace> traces,
                      const std::vector<CasMetrics::RouteLabels>& routes) {
  std::string out = fmt::format(
      R"({{"resourceSpans":[{{"resource":{{"attributes":[{},{},{}]}},"scopeSpans":[{{"scope":{{"name":"sconectl.cas","version":"{}"}},"spans":[)",
      text_attribute("service.name", source.service_name),
      text_attribute("service.version", source.service_version),
      text_attribute("service.instance.id", source.instance_id), source.service_version);
  for (const auto& trace : traces) write_trace(out, trace, routes);
  return out + "]}]}]}";
}

}  // namespace sconectl::casd
