#include <fmt/format.h>

#include "become.hpp"
#include "place.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/launch/launch.hpp"
#include "sconectl/launch/pod.hpp"

namespace sconectl::launch {

namespace {

/// Everything before the last step. As process 1 of a container we would not even notice SIGTERM
/// while waiting for the CAS, if nobody watched.
Launch prepared(Options options, host::Http& http, host::Clock& clock, const Report& report) {
  const host::InterruptWatch watch;
  const auto evidence = evidence_source(options, report);
  Launch launch = plan(fetch(options, evidence.get(), http, clock, report), options);
  if (!launch.left_over.empty())
    report(
        fmt::format("warning: the session's command takes no host argument @@{}: what the "
                    "container was started with does not reach the program there",
                    fmt::join(launch.left_over, ", @@")));
  fill_templates(launch, options, http, clock);
  place_files(launch.files);
  for (cas::ConfigurationFile& file : launch.files) crypto::wipe(file.content);
  host::throw_if_interrupted();
  return launch;
}

}  // namespace

void run(Options options, host::Http& http, host::Clock& clock, const Report& report) {
  host::name_process(std::string(launcher_name));
  host::forbid_dumps();
  Launch launch = prepared(std::move(options), http, clock, report);
  become(launch);
}

}  // namespace sconectl::launch
