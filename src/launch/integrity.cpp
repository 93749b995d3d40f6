#include "sconectl/launch/integrity.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "file_facts.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/launch/launch.hpp"
#include "template_place.hpp"

namespace sconectl::launch {

using crypto::FileList;
using crypto::ListedFile;
using crypto::ListedKind;
using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::size_t list_part = std::size_t{256} << 10U;

[[noreturn]] void refuse(const std::string& path, std::string_view how) {
  throw Error(ErrorKind::refused,
              fmt::format("the files of this container are not those that its image was built "
                          "with: '{}' {}; the program is not started",
                          path, how));
}

/// Compares what is there with a list.
class Verifier {
 public:
  Verifier(const FileList& list, const IntegrityOptions& options) : list_(list), options_(options) {
    struct stat top {};
    if (::stat((options.root + "/").c_str(), &top) == 0) device_ = top.st_dev;
  }

  void run() const {
    for (const auto& [path, file] : list_.files)
      if (!is_mounted(path)) check(path, file);
  }

 private:
  void check(const std::string& path, const ListedFile& file) const {
    if (is_injected(path)) return;
    const std::string real = options_.root + place_of(path);
    struct stat found {};
    if (::lstat(real.c_str(), &found) != 0) {
      if (errno == EACCES) return;
      refuse(path, "is missing");
    }
    if (kind_of(found) != file.kind) refuse(path, "is something else now (file, directory, link)");
    if (mode_of(found) != file.mode)
      refuse(path, fmt::format("has another mode ({:04o}, was {:04o})", mode_of(found), file.mode));
    if (file.kind == ListedKind::link && link_target(real) != file.content)
      refuse(path, "leads elsewhere");
    if (file.kind == ListedKind::file) check_content(path, real, file);
    if (file.kind == ListedKind::directory && found.st_dev == device_) check_names(path);
  }

  static void check_content(const std::string& path, const std::string& real,
                            const ListedFile& file) {
    const auto digest = sha256_of(real);
    if (!digest && errno == EACCES) return;  // nor can the program read it
    if (!digest) refuse(path, fmt::format("can not be read ({})", host::reason(errno)));
    if (*digest != file.content) refuse(path, "was changed");
  }

  /// Nothing may lie in a directory of ours that was not built into it, and compiled Python in no
  /// case: it would be taken instead of the source that was compared.
  void check_names(const std::string& directory) const {
    const auto names = names_in(options_.root + directory);
    if (!names) return;  // it may not be read; its files are checked by name
    for (const std::string& name : *names) {
      const std::string path = joined(directory, name);
      if (list_.files.contains(path) || is_ours(path) || leads_to_mount(path) ||
          crypto::is_left_out_of_lists(path))
        continue;
      const std::string real = options_.root + path;
      struct stat found {};
      if (::lstat(real.c_str(), &found) != 0) continue;
      if (S_ISDIR(found.st_mode) && found.st_dev != device_) continue;  // mounted
      const bool is_cache = is_python_cache(directory, name, found);
      if (is_cache ? remove_cache(real) : list_.allows_more) continue;
      refuse(path,
             "was not built into it ('build.integrity: listed' in the service manifest "
             "allows files that the program writes)");
    }
  }

  static bool is_python_cache(const std::string& directory, const std::string& name,
                              const struct stat& found) {
    if (S_ISDIR(found.st_mode)) return name == "__pycache__";
    return directory.ends_with("/__pycache__") && name.find(".pyc") != std::string::npos;
  }

  static bool remove_cache(const std::string& real) {
    if (::unlink(real.c_str()) == 0) return true;
    const auto names = names_in(real);
    if (!names) return false;
    for (const std::string& name : *names) (void)::unlink(joined(real, name).c_str());
    return ::rmdir(real.c_str()) == 0;
  }

  /// At or below something that whoever started the container has mounted there.
  [[nodiscard]] bool is_mounted(const std::string& path) const {
    return std::any_of(
        options_.mounts.begin(), options_.mounts.end(),
        [&](const std::string& mount) { return path == mount || path.starts_with(mount + "/"); });
  }

  /// A mount, or a directory that was made on the way to one.
  [[nodiscard]] bool leads_to_mount(const std::string& path) const {
    return std::any_of(
        options_.mounts.begin(), options_.mounts.end(),
        [&](const std::string& mount) { return mount == path || mount.starts_with(path + "/"); });
  }

  [[nodiscard]] bool is_injected(const std::string& path) const {
    const auto& all = options_.injected;
    return std::find(all.begin(), all.end(), path) != all.end();
  }

  /// What the launcher itself has put there: files of the session, directories for them.
  [[nodiscard]] bool is_ours(const std::string& path) const {
    const auto mine = [&](const std::string& file) {
      return file == path || file.starts_with(path + "/") || template_place(file) == path;
    };
    return std::any_of(options_.injected.begin(), options_.injected.end(), mine) ||
           std::any_of(options_.templates.begin(), options_.templates.end(), mine);
  }

  /// Templates lie aside once they were filled in.
  [[nodiscard]] std::string place_of(const std::string& path) const {
    const auto& all = options_.templates;
    if (std::find(all.begin(), all.end(), path) == all.end()) return path;
    struct stat found {};
    const std::string aside = template_place(path);
    return ::lstat((options_.root + aside).c_str(), &found) == 0 ? aside : path;
  }

  const FileList& list_;
  const IntegrityOptions& options_;
  dev_t device_ = 0;
};

/// Where something is mounted, but for the root (proc(5), mountinfo: the fifth word, with octal
/// escapes).
std::vector<std::string> mount_points() {
  std::vector<std::string> result;
  std::ifstream table("/proc/self/mountinfo");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 5; ++i) words >> word;
    std::string path;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (word[i] != '\\' || i + 3 >= word.size()) {
        path += word[i];
        continue;
      }
      path +=
          static_cast<char>((word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 + word[i + 3] - '0');
      i += 3;
    }
    if (path.size() > 1) result.push_back(std::move(path));
  }
  return result;
}

std::string list_text(const IntegrityOptions& options) {
  const std::string path = options.root + std::string(crypto::file_list_path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    throw Error(ErrorKind::refused,
                fmt::format("the session names the hash of the image's files, and there is no list "
                            "of them ('{}': {}): this is another image, or one that was built "
                            "without 'build.integrity'",
                            crypto::file_list_path, host::reason(errno)));
  std::string result;
  std::string buffer(list_part, '\0');
  ssize_t got = 0;
  while ((got = ::read(descriptor, buffer.data(), buffer.size())) > 0)
    result.append(buffer, 0, static_cast<std::size_t>(got));
  ::close(descriptor);
  return result;
}

}  // namespace

void verify_files(const IntegrityOptions& options) {
  const std::string text = list_text(options);
  const std::string digest = crypto::hex(crypto::view(crypto::sha256(text)));
  std::string_view rest = options.expected;
  bool expected = false;
  while (!rest.empty() && !expected) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    expected = rest.substr(0, end) == digest;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!expected)
    throw Error(ErrorKind::refused,
                fmt::format("the session expects an image with other files (list of files {}, this "
                            "image has {}): apply the mesh again if you built the image anew; else "
                            "somebody has changed it",
                            options.expected, digest));
  const FileList list = crypto::parse_file_list(text);
  Verifier(list, options).run();
}

void verify_files(const Launch& launch) {
  const std::string name = std::string(crypto::file_list_variable) + "=";
  IntegrityOptions options;
  for (const std::string& variable : launch.environment)
    if (variable.starts_with(name)) options.expected = variable.substr(name.size());
  if (options.expected.empty()) return;
  for (const auto& file : launch.files) options.injected.push_back(file.path);
  for (const auto& file : launch.templates) options.templates.push_back(file.path);
  options.mounts = mount_points();
  verify_files(options);
}

}  // namespace sconectl::launch
