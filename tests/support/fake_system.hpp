// A machine made of fakes, with everything that was said on it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "sconectl/action/system.hpp"
#include "support/fixed_clock.hpp"
#include "support/map_environment.hpp"
#include "support/memory_files.hpp"
#include "support/scripted_processes.hpp"

namespace sconectl::test {

/// A network without anybody: who asks fails the test by an exception that shows the URL.
class NoNetwork final : public host::Http {
 public:
  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& /*tls*/) override {
    throw std::logic_error("nobody expected a request to " + request.url);
  }
};

class FakeSystem {
 public:
  FakeSystem() : FakeSystem(no_network_) {}
  explicit FakeSystem(host::Http& http)
      : system{files,
               processes,
               http,
               clock,
               environment,
               [this](std::string_view line) { told += std::string(line) + "\n"; },
               [](std::string_view) {},
               [this](const diag::Diagnostic& warning) { warnings += warning.line() + "\n"; }} {
    environment.variables["HOME"] = "/home/user";
    files.make_directories("/home/user", 0755);
    files.put(environment.executable(), "the program itself", 0755);
    files.put("/usr/bin/sconectl-launcher", "the launcher", 0755);
  }

  MemoryFiles files;
  ScriptedProcesses processes;
  FixedClock clock;
  MapEnvironment environment;
  std::string told;      ///< lines of tell()
  std::string warnings;  ///< "file:line:col: warning: …", one a line

 private:
  NoNetwork no_network_;

 public:
  action::System system;
};

}  // namespace sconectl::test
