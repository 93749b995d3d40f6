#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "become.hpp"
#include "place.hpp"
#include "renew.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/launch/integrity.hpp"
#include "sconectl/launch/launch.hpp"
#include "sconectl/launch/pod.hpp"
#include "supervise.hpp"

namespace sconectl::launch {

namespace {

/// Everything before the last step. As process 1 of a container we would not even notice SIGTERM
/// while waiting for the CAS, if nobody watched.
Launch prepared(const Options& options, PlacedFiles& files, host::Http& http, host::Clock& clock,
                const Report& report) {
  const host::InterruptWatch watch;
  const auto evidence = evidence_source(options, report);
  Launch launch = plan(fetch(options, evidence.get(), http, clock, report), options);
  if (!launch.left_over.empty())
    report(
        fmt::format("warning: the session's command takes no host argument @@{}: what the "
                    "container was started with does not reach the program there",
                    fmt::join(launch.left_over, ", @@")));
  verify_files(launch);
  fill_templates(launch, options, http, clock);
  place_files(launch.files);
  if (options.refresh) files = placed(launch.files);
  for (cas::ConfigurationFile& file : launch.files) crypto::wipe(file.content);
  host::throw_if_interrupted();
  return launch;
}

bool stays(const Options& options) {
  constexpr pid_t init = 1;
  return options.supervision == Supervision::always || options.refresh ||
         (options.supervision == Supervision::automatic && ::getpid() == init);
}

}  // namespace

int run(Options options, host::Http& http, host::Clock& clock, const Report& report) {
  host::name_process(std::string(launcher_name));
  host::forbid_dumps();
  PlacedFiles files;
  Launch launch = prepared(options, files, http, clock, report);
  if (!stays(options)) become(launch);
  host::wipe_variable(access_token_variable);
  if (!options.refresh) {
    options = Options();  // nobody needs the token any more
    return supervise(launch, {});
  }
  const auto refresh = *options.refresh;
  Renewal renewal(std::move(options), launch.lease, std::move(files), http, clock);
  const int status = supervise(launch, [&](int program) {
    std::thread([&renewal, refresh, program, &report] {
      keep_renewing(renewal, refresh, program, report);
    }).detach();
  });
  ::_exit(status);  // the thread may be asking just now, with what would be taken from it
}

}  // namespace sconectl::launch
