// Programs of an image, run while another is made of it.
#include <fmt/core.h>

#include "image/engine_failure.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/processes.hpp"
#include "sconectl/image/engine.hpp"

namespace sconectl::image {
namespace {

/// It may be a key: it goes whatever happens.
class WipedInput {
 public:
  explicit WipedInput(std::string& input) : input_(input) {}
  WipedInput(const WipedInput&) = delete;
  WipedInput& operator=(const WipedInput&) = delete;
  ~WipedInput() { crypto::wipe(input_); }

 private:
  std::string& input_;
};

}  // namespace

std::string Engine::run(const std::string& reference, const RunOptions& options) {
  const std::string doing = fmt::format("run '{}' in image '{}'", options.argv.front(), reference);
  if (name_ == "buildah")
    throw diag::Error(diag::ErrorKind::unsupported,
                      fmt::format("buildah can not {}: use docker or podman", doing));
  host::Command command;
  command.argv = {name_, "run", "--rm", "--interactive", "--pull", "never", "--network", "none",
                  // What it prints may be a key: no log keeps it.
                  "--log-driver", "none"};
  for (const auto& [name, value] : options.environment)
    command.argv.insert(command.argv.end(), {"--env", fmt::format("{}={}", name, value)});
  command.argv.insert(command.argv.end(), {"--entrypoint", options.argv.front(), reference});
  command.argv.insert(command.argv.end(), options.argv.begin() + 1, options.argv.end());
  command.input = options.input.view();
  const WipedInput wiped(command.input);
  host::Exit exit = processes_.run(command);
  if (exit.ok()) return std::move(exit.out);
  require_answer();
  throw engine_failure(diag::ErrorKind::failed, name_, doing,
                       {exit.status, exit.signal, "", exit.err}, {});
}

}  // namespace sconectl::image
