// How a program is started.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sconectl::host {

inline constexpr int data_descriptor = 3;  ///< of data_path

/// What the new process does before it becomes the program.
class SpawnPlan {
 public:
  SpawnPlan();
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan();

  void flags(int extra);
  /// Empty: ours.
  void directory(const std::filesystem::path& path);
  void connect(int ours, int theirs);
  /// The output behind data_path. Comes last: what the others take from must be there still.
  void connect_data(int ours);
  void open(int theirs, const char* path, int how, mode_t mode = 0);

  /// Starts the program and returns its process id. Throws Error{unavailable}.
  pid_t spawn(const std::filesystem::path& program, std::vector<std::string> argv,
              std::vector<std::string> environment);

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int first_closed_ = data_descriptor;
};

}  // namespace sconectl::host
