// How long a session takes from text to judgement: 1,000 secrets and 200 services in under 50 ms,
// and ten times that in ten times the time. The reference is reading the same text as YAML.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/yaml/parse.hpp"

namespace {

using namespace sconectl;

constexpr int runs = 21;

std::string large(int secrets) {
  std::string text =
      "name: bench/s\nversion: \"0.3\"\nsecrets:\n- {name: key, kind: private-key}\n";
  for (int i = 0; i < secrets; ++i)
    text += fmt::format(
        "- {{name: s{0}, kind: x509, private_key: key, san: ['dns:a{0}'], export: {{session: "
        "./b{0}}}}}\n",
        i);
  text += "services:\n";
  for (int i = 0; i < secrets / 5; ++i)
    text += fmt::format(
        "- name: w{0}\n  command: run $$SCONE::s{0}:crt$$\n  mrenclaves: [{1}]\n"
        "  environment: {{A: x, B: $$SCONE::s{0}:privatekey$$}}\n",
        i, std::string(64, 'a'));
  return text;
}

template <typename Act>
double median_ms(Act act) {
  std::vector<double> times;
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    act();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  return times[runs / 2];
}

}  // namespace

int main() {
  double first = 0;
  for (const int secrets : {100, 1000, 10000}) {
    const std::string text = large(secrets);
    const double yaml = median_ms([&] { (void)yaml::parse_document("bench", text); });
    const double all = median_ms([&] { (void)session::parse_text("bench", text); });
    const session::Session session = session::parse_text("bench", text);
    const double hash = median_ms([&] { (void)session::hash(session); });
    if (first == 0) first = all / secrets;
    fmt::print("session of {:5} secrets and {:4} services, {:4} KiB: text to judgement {:8.2f} ms",
               secrets, secrets / 5, text.size() / 1024, all);
    fmt::print(
        ", YAML alone {:8.2f} ms (ratio {:.1f}), hash {:7.2f} ms, per secret {:.2f} x the first\n",
        yaml, all / yaml, hash, all / secrets / first);
  }
}
