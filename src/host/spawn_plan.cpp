#include "spawn_plan.hpp"

#include <fmt/format.h>
#include <string.h>

#include <csignal>

#include "posix.hpp"

namespace sconectl::host {

SpawnPlan::SpawnPlan() {
  posix_spawn_file_actions_init(&actions_);
  posix_spawnattr_init(&attributes_);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes_, &none);
  sigset_t defaults = none;  // an ignored SIGPIPE would be inherited
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigdefault(&attributes_, &defaults);
  flags(0);
}

SpawnPlan::~SpawnPlan() {
  posix_spawn_file_actions_destroy(&actions_);
  posix_spawnattr_destroy(&attributes_);
}

void SpawnPlan::flags(int extra) {
  const int all = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | extra;
  posix_spawnattr_setflags(&attributes_, static_cast<short>(all));
}

void SpawnPlan::directory(const std::filesystem::path& path) {
  if (!path.empty()) posix_spawn_file_actions_addchdir_np(&actions_, path.c_str());
}

void SpawnPlan::connect(int ours, int theirs) {
  posix_spawn_file_actions_adddup2(&actions_, ours, theirs);
}

void SpawnPlan::connect_data(int ours) {
  connect(ours, data_descriptor);
  first_closed_ = data_descriptor + 1;
}

void SpawnPlan::open(int theirs, const char* path, int how, mode_t mode) {
  posix_spawn_file_actions_addopen(&actions_, theirs, path, how, mode);
}

pid_t SpawnPlan::spawn(const std::filesystem::path& program, std::vector<std::string> argv,
                       std::vector<std::string> environment) {
  posix_spawn_file_actions_addclosefrom_np(&actions_, first_closed_);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions_, &attributes_,
                                pointers(argv).data(), pointers(environment).data());
  for (auto& entry : environment) ::explicit_bzero(entry.data(), entry.size());  // a PIN, perhaps
  if (error != 0) throw system_error(fmt::format("run '{}'", program.string()), error);
  return child;
}

}  // namespace sconectl::host
