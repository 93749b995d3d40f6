#include "sconectl/action/embedded_cas.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "sconectl/cas/trust.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds ready_timeout{15'000};
constexpr milliseconds poll_interval{20};
constexpr std::size_t log_tail = 2000;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

/// Whether the CAS of this data directory answers at its recorded address.
bool answers(System& system, const EmbeddedCas& cas, const cas::Identity& identity) {
  host::HttpRequest request;
  request.url = fmt::format("https://{}{}", cas.api, cas::path::health_ready);
  request.connect_timeout = milliseconds{2'000};
  request.timeout = milliseconds{5'000};
  host::Tls tls;
  tls.client = identity.client_certificate();
  tls.trust = host::Unverified{};
  tls.verify = [&](const std::vector<std::string>& chain) {
    return cas::chain_refusal(cas::PinnedKey{cas.key_hash}, chain).empty();
  };
  try {
    return system.http.send(request, tls).status == 200;
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return false;
  }
}

std::optional<EmbeddedCas> answering(System& system, const cas::Identity& identity) {
  auto recorded = recorded_embedded_cas(system);
  if (recorded && answers(system, *recorded, identity)) return recorded;
  return std::nullopt;
}

[[noreturn]] void not_ready(System& system, const std::filesystem::path& log) {
  std::string tail = system.files.read_if_exists(log).value_or("");
  if (tail.size() > log_tail) tail.erase(0, tail.size() - log_tail);
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("the embedded CAS did not get ready within {} seconds (log: {})",
                                ready_timeout.count() / 1000, log.string()),
                    {trimmed(tail)});
}

}  // namespace

std::filesystem::path embedded_cas_directory(const System& system) {
  return system.environment.home_directory() / ".sconectl" / "cas";
}

std::optional<EmbeddedCas> recorded_embedded_cas(System& system) {
  const auto directory = embedded_cas_directory(system);
  const auto endpoint = system.files.read_if_exists(directory / "endpoint.json");
  const auto key_hash = system.files.read_if_exists(directory / "cas-key-hash");
  if (!endpoint || !key_hash) return std::nullopt;
  const auto json = nlohmann::json::parse(*endpoint, nullptr, false);
  const auto first = [&](const char* name) -> std::string {
    if (!json.is_object() || !json.contains(name)) return "";
    const auto& value = json[name];
    if (value.is_string()) return value.get<std::string>();
    return value.is_array() && !value.empty() && value[0].is_string() ? value[0].get<std::string>()
                                                                      : "";
  };
  EmbeddedCas result{first("api"), first("enclave"), trimmed(*key_hash)};
  if (result.api.empty() || result.enclave.empty()) return std::nullopt;
  return result;
}

EmbeddedCas running_embedded_cas(System& system, const cas::Identity& identity) {
  if (auto running = answering(system, identity)) return *running;
  const auto directory = embedded_cas_directory(system);
  system.files.make_directories(directory.parent_path(), 0700);
  const auto lock = system.files.lock(directory.parent_path() / "cas-start.lock");
  if (auto running = answering(system, identity))
    return *running;  // another run started it meanwhile
  const auto log = directory.parent_path() / "cas.log";
  const int pid = system.processes.spawn_detached(
      {system.environment.executable().string(), "cas", "serve", "--data", directory.string()},
      log);
  const auto start = system.clock.steady();
  while (system.clock.steady() - start < ready_timeout) {
    if (auto running = answering(system, identity)) {
      system.tell(
          fmt::format("started the embedded CAS at {} (process {}, data in {}, log {}); "
                      "'kill {}' stops it",
                      running->api, pid, directory.string(), log.string(), pid));
      return *running;
    }
    system.clock.sleep(poll_interval);
  }
  not_ready(system, log);
}

}  // namespace sconectl::action
