// The machine that a use case works on, and the person it talks to.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/host/clock.hpp"
#include "sconectl/host/environment.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/host/processes.hpp"
#include "sconectl/image/docker_builder.hpp"

namespace sconectl::action {

struct System {
  host::Files& files;
  host::Processes& processes;
  host::Http& http;
  host::Clock& clock;
  host::Environment& environment;
  /// A line about what is being done, for people; never data, never a secret.
  std::function<void(std::string_view line)> tell;
  /// More of the same for those who ask with -v.
  std::function<void(std::string_view line)> tell_more;
  std::function<void(const diag::Diagnostic& warning)> warn;
  /// What is happening now about something, of many words a second; "" when it is over. Empty
  /// unless somebody watches; then tell() and tell_more() of several services come this way.
  std::function<void(std::string_view about, std::string_view state)> step = {};
  /// What its docker builds with, for all services that are built side by side.
  std::shared_ptr<image::DockerBuilder> docker_builder = std::make_shared<image::DockerBuilder>();
};

}  // namespace sconectl::action
