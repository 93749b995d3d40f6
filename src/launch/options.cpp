#include <fmt/format.h>

#include <array>
#include <csignal>

#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/launch/launch.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::launch {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr const char* config_id_variable = "SCONE_CONFIG_ID";
constexpr const char* address_variable = "SCONE_CAS_ADDR";
constexpr const char* key_variable = "SCONE_CAS_KEY";
constexpr const char* retries_variable = "SCONECTL_RETRIES";
constexpr const char* evidence_variable = "SCONECTL_EVIDENCE";
constexpr const char* tsm_variable = "SCONECTL_TSM_REPORT";
constexpr const char* supervise_variable = "SCONECTL_SUPERVISE";
constexpr const char* refresh_variable = "SCONECTL_REFRESH";
constexpr const char* signal_variable = "SCONECTL_REFRESH_SIGNAL";
constexpr int max_retries = 1000;

std::string needed(const host::Environment& environment, const char* name, const char* meaning) {
  const auto value = environment.get(name);
  if (!value || value->empty()) {
    throw Error(ErrorKind::usage, fmt::format("{} is not set; it must hold {}", name, meaning));
  }
  return *value;
}

cas::Address address_of(const std::string& text) {
  try {
    return cas::parse_address(text, cas::enclave_port);
  } catch (const Error& error) {
    throw Error(ErrorKind::usage, fmt::format("{} is not the address of a CAS", address_variable),
                {error.text()});
  }
}

[[noreturn]] void refuse_empty(const char* name, const char* meaning) {
  throw Error(ErrorKind::usage,
              fmt::format("{} is set and empty: it holds {}, or is not set at all", name, meaning));
}

/// A pin that can not be read must never count as "no pin".
std::optional<std::string> pinned_key(const host::Environment& environment) {
  auto text = environment.get(key_variable);
  if (!text) return std::nullopt;
  if (text->empty()) refuse_empty(key_variable, "the key hash of the CAS");
  if (!crypto::parse_key_hash(*text)) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is not a key hash; 'sconectl cas show-identification' prints the "
                            "one of a CAS",
                            key_variable));
  }
  return text;
}

int attempts(const host::Environment& environment, int otherwise) {
  const std::string text = environment.get_or(retries_variable, "");
  if (text.empty()) return otherwise;
  const auto retries = text::number<int>(text);
  if (!retries || *retries < 0 || *retries > max_retries) {
    throw Error(ErrorKind::usage,
                fmt::format("{} is not a number from 0 to {}", retries_variable, max_retries));
  }
  return *retries + 1;
}

Supervision supervision(const host::Environment& environment) {
  const std::string word = environment.get_or(supervise_variable, "");
  if (word.empty()) return Supervision::automatic;
  const auto choice = text::from_word<Supervision>(word);
  if (!choice)
    throw Error(ErrorKind::usage,
                fmt::format("{} is '{}': it is auto, always or never", supervise_variable, word));
  return *choice;
}

int signal_named(std::string_view name) {
  using Signal = std::pair<std::string_view, int>;
  constexpr std::array signals{Signal{"HUP", SIGHUP},   Signal{"USR1", SIGUSR1},
                               Signal{"USR2", SIGUSR2}, Signal{"INT", SIGINT},
                               Signal{"TERM", SIGTERM}, Signal{"QUIT", SIGQUIT}};
  std::string_view word = name;
  if (word.starts_with("SIG")) word.remove_prefix(3);
  for (const auto& [known, number] : signals)
    if (word == known) return number;
  throw Error(ErrorKind::usage, fmt::format("{} is '{}': it is HUP, USR1, USR2, INT, TERM or QUIT",
                                            signal_variable, name));
}

std::optional<Refresh> refresh(const host::Environment& environment) {
  constexpr int least = 5;
  constexpr int most = 86'400;
  const std::string text = environment.get_or(refresh_variable, "");
  const std::string signal = environment.get_or(signal_variable, "");
  if (text.empty() && !signal.empty())
    throw Error(ErrorKind::usage,
                fmt::format("{} has no effect without {}", signal_variable, refresh_variable));
  if (text.empty()) return std::nullopt;
  const auto seconds = text::number<int>(text);
  if (!seconds || *seconds < least || *seconds > most)
    throw Error(ErrorKind::usage, fmt::format("{} is not a number of seconds from {} to {}",
                                              refresh_variable, least, most));
  return Refresh{std::chrono::seconds(*seconds), signal.empty() ? 0 : signal_named(signal)};
}

void check_refresh(const Options& options) {
  if (!options.refresh) return;
  if (options.supervision == Supervision::never)
    throw Error(ErrorKind::usage, fmt::format("{} needs a launcher that stays, and {} is 'never'",
                                              refresh_variable, supervise_variable));
  if (options.config_id.find('@') != std::string::npos)
    throw Error(ErrorKind::usage,
                fmt::format("{} needs to ask more than once, and a one-time password is good for "
                            "once",
                            refresh_variable));
}

EvidenceChoice evidence_choice(const host::Environment& environment, EvidenceChoice otherwise) {
  const std::string word = environment.get_or(evidence_variable, "");
  if (word.empty()) return otherwise;
  const auto choice = text::from_word<EvidenceChoice>(word);
  if (!choice)
    throw Error(ErrorKind::usage,
                fmt::format("{} is '{}': it is auto, tsm or none", evidence_variable, word));
  return *choice;
}

}  // namespace

Options options(const host::Environment& environment, const std::optional<std::string>& config_id,
                std::vector<std::string> host_arguments, CasProof proof) {
  Options options;
  options.config_id = config_id ? *config_id
                                : needed(environment, config_id_variable,
                                         "the session and service to run as (SESSION/SERVICE)");
  if (options.config_id.empty()) throw Error(ErrorKind::usage, "the configuration id is empty");
  options.address = address_of(
      needed(environment, address_variable, "the address of the CAS (HOST or HOST:PORT)"));
  options.cas_key = pinned_key(environment);
  options.attempts = attempts(environment, options.attempts);
  options.evidence = evidence_choice(environment, options.evidence);
  options.tsm_reports = environment.get_or(tsm_variable, "");
  options.supervision = supervision(environment);
  options.refresh = refresh(environment);
  check_refresh(options);
  // The entry point of an image names the program before the words of `docker run IMAGE`; with
  // `docker run IMAGE -- PROGRAM` they name it themselves.
  if (!config_id && host_arguments.size() > 1 && host_arguments[1] == "--")
    host_arguments.erase(host_arguments.begin(), host_arguments.begin() + 2);
  options.host_arguments = std::move(host_arguments);
  options.host_environment = environment.all();
  if (const auto token = options.host_environment.find(access_token_variable);
      token != options.host_environment.end()) {
    if (token->second.empty()) refuse_empty(access_token_variable, "the service access token");
    options.access_token = crypto::Secret::adopt(std::move(token->second));
    options.host_environment.erase(token);
  }
  if (proof == CasProof::demanded && !options.cas_key && options.access_token.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("nothing would prove that the CAS is the right one: set {} to its key "
                            "hash ('sconectl cas show-identification --cas-key-hash'), or {} to "
                            "the token of the session",
                            key_variable, access_token_variable),
                {"to start without, for a test: run --only_for_testing-trust-any-cas"});
  }
  return options;
}

}  // namespace sconectl::launch
