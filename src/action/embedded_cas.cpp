#include "sconectl/action/embedded_cas.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "sconectl/cas/trust.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::action {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds ready_timeout{15'000};
constexpr milliseconds poll_interval{20};
constexpr std::size_t log_tail = 2000;

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

/// The CAS of a data directory on its way up.
struct Start {
  std::filesystem::path directory;
  std::filesystem::path log;
  std::size_t log_before;  ///< bytes of the log that are of earlier starts
  int process;
};

Start start(System& system, const std::filesystem::path& directory) {
  const auto log = directory.parent_path() / "cas.log";
  const auto status = system.files.status(log);
  const int process = system.processes.spawn_detached(
      {system.environment.executable().string(), "cas", "serve", "--data", directory.string(),
       "--service-socket", embedded_cas_socket(system).string(), "--log", log.string(),
       "--lock-timeout", "0"},
      log);
  return {directory, log, status ? static_cast<std::size_t>(status->size) : 0, process};
}

/// With what the CAS wrote since its start.
[[noreturn]] void not_ready(System& system, const Start& start, const std::string& what) {
  std::string said = system.files.read_if_exists(start.log).value_or("");
  said.erase(0, start.log_before);
  if (said.size() > log_tail) said.erase(0, said.size() - log_tail);
  throw diag::Error(diag::ErrorKind::unavailable,
                    fmt::format("the embedded CAS {} (log: {})", what, start.log.string()),
                    {std::string(text::trimmed(said))});
}

EmbeddedCas wait_until_ready(System& system, const cas::Identity& identity, const Start& start) {
  const auto began = system.clock.steady();
  while (system.clock.steady() - began < ready_timeout) {
    const auto ended = system.processes.ended(start.process);
    // After its end, another one may have been started by hand at this moment.
    if (auto running = answering(system, identity)) return *running;
    if (ended)
      not_ready(system, start, fmt::format("ended at its start with status {}", ended->status));
    system.clock.sleep(poll_interval);
  }
  not_ready(system, start,
            fmt::format("did not get ready within {} seconds", ready_timeout.count() / 1000));
}

/// Says where the CAS is, and when that is another place than services of an earlier start look at.
void tell_start(System& system, const Start& start, const EmbeddedCas& now,
                const EmbeddedCas& expected) {
  system.tell(fmt::format(
      "started the embedded CAS at {} (process {}, data in {}, log {}); "
      "'kill {}' stops it",
      now.api, start.process, start.directory.string(), start.log.string(), start.process));
  for (const auto& [is, was] : {std::pair(now.api, expected.api), {now.enclave, expected.enclave}})
    if (is != was)
      system.tell(
          fmt::format("another program has {}: the embedded CAS uses {} from now on", was, is));
}

}  // namespace

std::filesystem::path embedded_cas_directory(const System& system) {
  return system.environment.home_directory() / ".sconectl" / "cas";
}

std::filesystem::path embedded_cas_socket(const System& system) {
  return system.environment.home_directory() / ".sconectl" / "containers" / "cas.sock";
}

std::optional<EmbeddedCas> recorded_embedded_cas(const System& system) {
  const auto directory = embedded_cas_directory(system);
  auto endpoint = system.files.read_if_exists(directory / "endpoint.json");
  if (!endpoint) endpoint = system.files.read_if_exists(directory / "last-endpoint.json");
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
  EmbeddedCas result{first("api"), first("enclave"), std::string(text::trimmed(*key_hash))};
  if (result.api.empty() || result.enclave.empty()) return std::nullopt;
  return result;
}

EmbeddedCas expected_embedded_cas(const System& system) {
  return recorded_embedded_cas(system).value_or(
      EmbeddedCas{"127.0.0.1:8081", "127.0.0.1:18765", ""});
}

EmbeddedCas running_embedded_cas(System& system, const cas::Identity& identity) {
  if (auto running = answering(system, identity)) return *running;
  const auto directory = embedded_cas_directory(system);
  system.files.make_directories(directory.parent_path(), 0700);
  const auto lock = system.files.lock(directory.parent_path() / "cas-start.lock");
  if (auto running = answering(system, identity))
    return *running;  // another run started it meanwhile
  const EmbeddedCas expected = expected_embedded_cas(system);
  const Start begun = start(system, directory);
  EmbeddedCas running = wait_until_ready(system, identity, begun);
  tell_start(system, begun, running, expected);
  return running;
}

}  // namespace sconectl::action
