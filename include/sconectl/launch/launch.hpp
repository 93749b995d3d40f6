// The native runtime (docs/native-runtime.md): fetch the configuration of a service, place its
// files, become its program.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/cas/address.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/launch/evidence.hpp"
#include "sconectl/text/words.hpp"

namespace sconectl::launch {

/// Holds the service access token.
inline constexpr const char* access_token_variable = "SCONE_SERVICE_ACCESS_TOKEN";

/// Whether the launcher stays, as the parent of the program, or becomes it.
enum class Supervision { automatic, always, never };
[[nodiscard]] constexpr auto words_of(Supervision) {
  return text::words<Supervision::never>("auto", "always", "never");
}

/// Injected files are renewed while the program runs.
struct Refresh {
  std::chrono::seconds interval{};
  int signal = 0;  ///< for the program, when files have changed; 0: none
};

/// How a service finds its CAS and shows who it is.
struct Options {
  std::string config_id;               ///< "session/service" or "session/service@otp" (SL-081)
  cas::Address address;                ///< the CAS's enclave port
  std::optional<std::string> cas_key;  ///< key hash that the CAS must have
  crypto::Secret access_token;         ///< empty: none
  EvidenceChoice evidence = EvidenceChoice::automatic;
  /// The directory `report` of configfs-tsm; empty: the usual ones.
  std::filesystem::path tsm_reports = {};
  int attempts = 5;  ///< how often an unreachable CAS is tried, at least 1
  /// The program and arguments that the container was started with: the `@@N` of a session's
  /// command, and the command of a session that has none (SL-073, SL-320).
  std::vector<std::string> host_arguments;
  /// With `auto` it stays as process 1 of a container, and if it renews files.
  Supervision supervision = Supervision::automatic;
  std::optional<Refresh> refresh = {};
  bool is_renewal = false;  ///< the program runs already: no lease is needed
  /// The variables that `\@\@NAME` can name (SL-322): all but the access token.
  std::map<std::string, std::string> host_environment;
};

/// Whether a service starts only from a CAS that proves to be the right one: by its key hash, or
/// because it knows the service's access token.
enum class CasProof { demanded, not_demanded };

/// Options from SCONE_CONFIG_ID (`config_id`, if given, wins), SCONE_CAS_ADDR (default port 18765),
/// SCONE_CAS_KEY, SCONE_SERVICE_ACCESS_TOKEN, SCONECTL_EVIDENCE (a word of EvidenceChoice),
/// SCONECTL_TSM_REPORT (a directory), SCONECTL_RETRIES (attempts after the first one, 0 to 1000),
/// SCONECTL_SUPERVISE (a word of Supervision), SCONECTL_REFRESH (seconds, 5 to 86400) and
/// SCONECTL_REFRESH_SIGNAL (a name, "HUP"). `host_arguments` are the words behind `run --`; without
/// `config_id`, as images start us, a second `--` in their second place begins them anew. Throws
/// Error{usage} that names the variable that is missing, empty or makes no sense, if a proof is
/// demanded and nothing could give it, and if files are to be renewed with a one-time password or
/// by a launcher that goes away.
[[nodiscard]] Options options(const host::Environment& environment,
                              const std::optional<std::string>& config_id,
                              std::vector<std::string> host_arguments,
                              CasProof proof = CasProof::demanded);

/// What the process does next. Holds secrets, which are wiped when it goes away.
struct Launch {
  std::vector<std::string> argv;
  std::vector<std::string>
      environment;        ///< "NAME=value", nothing else reaches the program but a PATH (SL-076)
  std::string directory;  ///< working directory, absolute
  std::string path;       ///< where to look for a program without a slash
  std::vector<cas::ConfigurationFile> files;          ///< absolute paths, each once
  std::vector<cas::ConfigurationTemplate> templates;  ///< absolute paths, none of them in `files`
  std::optional<cas::Lease> lease;
  /// Numbers of host arguments that the session's command does not take (SL-320).
  std::vector<std::size_t> left_over;

  Launch() = default;
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;
  Launch(Launch&&) noexcept = default;
  Launch& operator=(Launch&& other) noexcept;
  ~Launch();

 private:
  void wipe();
};

/// Pure: applies host arguments and host variables (SL-320 ... SL-323) and makes paths absolute.
/// Throws Error{invalid} for a configuration that can not be started: no program, a missing host
/// argument, a file path that is no plain absolute path.
[[nodiscard]] Launch plan(const cas::Configuration& configuration, const Options& options);

/// Takes one line (without newline) for the user.
using Report = std::function<void(std::string_view line)>;

/// The source of evidence that the options ask for; a null pointer: none. With `auto` it is that of
/// the machine if it has one, and if the key of the CAS is pinned, which evidence names. Throws
/// Error{usage} for `tsm` without a pinned key, Error{unavailable} for `tsm` where there is none.
[[nodiscard]] std::unique_ptr<EvidenceSource> evidence_source(const Options& options,
                                                              const Report& report);

/// The configuration of the service, proven to come from a CAS that knows the access token or has
/// the pinned key, if these are given; `report` gets a warning if neither is. With `evidence`, each
/// attempt sends evidence about itself (XA-010). Throws Error{refused} with the CAS's reason, and
/// Error{unavailable} after all attempts.
[[nodiscard]] cas::Configuration fetch(const Options& options, EvidenceSource* evidence,
                                       host::Http& http, host::Clock& clock, const Report& report);

/// The files that the templates become (SL-250), their placeholders replaced by values that the CAS
/// gives for the launch's lease; moves them to `launch.files`. The file on disk is a template only
/// the first time: it is moved aside, to PATH.sconectl-template, and taken from there when the
/// container starts again. Throws Error{unavailable} for a file that is missing or can not be moved
/// (it is mounted, its directory is read-only), and Error{refused} with the CAS's reason.
void fill_templates(Launch& launch, const Options& options, host::Http& http, host::Clock& clock);

/// Does it all and becomes the program; or stays as its parent, and returns its exit status
/// (supervise()).
[[nodiscard]] int run(Options options, host::Http& http, host::Clock& clock, const Report& report);

}  // namespace sconectl::launch
