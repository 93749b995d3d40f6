// The list of what a build has added to its image.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "file_facts.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/launch/integrity.hpp"

namespace sconectl::launch {

using crypto::FileList;
using crypto::ListedFile;
using crypto::ListedKind;
using diag::Error;
using diag::ErrorKind;

namespace {

/// Calls `visit(path, status)` with all that is looked at below a directory, parents first.
template <typename Visit>
void walk(const std::string& root, const std::string& directory, dev_t device, const Visit& visit) {
  const auto names = names_in(root + directory);
  if (!names)
    throw Error(ErrorKind::unavailable,
                fmt::format("can not read the directory '{}': {}", directory, host::reason(errno)));
  for (const std::string& name : *names) {
    const std::string path = joined(directory, name);
    if (crypto::is_left_out_of_lists(path)) continue;
    struct stat found {};
    if (::lstat((root + path).c_str(), &found) != 0 || !kind_of(found)) continue;
    const bool is_directory = S_ISDIR(found.st_mode);
    if (is_directory && found.st_dev != device) continue;
    visit(path, found);
    if (is_directory) walk(root, path, device, visit);
  }
}

template <typename Visit>
void walk(const std::string& given, const Visit& visit) {
  const std::string root = given == "/" ? "" : given;
  struct stat top {};
  if (::stat(given.c_str(), &top) != 0)
    throw Error(ErrorKind::unavailable,
                fmt::format("can not read '{}': {}", given, host::reason(errno)));
  walk(root, "/", top.st_dev,
       [&](const std::string& path, const struct stat& found) { visit(path, root + path, found); });
}

/// Without contents: the time of the last change stands for them.
std::string outline(const std::string& path, const std::string& real, const struct stat& found) {
  if (S_ISDIR(found.st_mode)) return fmt::format("d {:o} {}", mode_of(found), path);
  if (S_ISLNK(found.st_mode)) return fmt::format("l {} -> {}", path, link_target(real));
  return fmt::format("f {:o} {} {}.{} {}", mode_of(found), found.st_size, found.st_mtim.tv_sec,
                     found.st_mtim.tv_nsec, path);
}

ListedFile entry_of(const std::string& path, const std::string& real, const struct stat& found) {
  ListedFile result{*kind_of(found), mode_of(found), ""};
  if (result.kind == ListedKind::link) result.content = link_target(real);
  if (result.kind == ListedKind::file) {
    const auto digest = sha256_of(real);
    if (!digest)
      throw Error(ErrorKind::unavailable,
                  fmt::format("can not read '{}': {}", path, host::reason(errno)));
    result.content = *digest;
  }
  return result;
}

}  // namespace

std::string snapshot(const std::string& root) {
  std::string result;
  walk(root, [&](const std::string& path, const std::string& real, const struct stat& found) {
    result += outline(path, real, found) + '\0';
  });
  return result;
}

FileList record_files(std::string_view before, bool allows_more, const std::string& root) {
  std::vector<std::string_view> known;
  for (std::size_t end = 0; (end = before.find('\0')) != std::string_view::npos;
       before.remove_prefix(end + 1))
    known.push_back(before.substr(0, end));
  std::sort(known.begin(), known.end());
  FileList list{allows_more, {}};
  std::set<std::string> directories;  // of the base: what lies in them is not all ours
  for (const std::string_view line : known)
    if (line.starts_with("d ")) directories.emplace(line.substr(line.find(' ', 2) + 1));
  walk(root, [&](const std::string& path, const std::string& real, const struct stat& found) {
    if (S_ISDIR(found.st_mode) && directories.contains(path)) return;
    if (std::binary_search(known.begin(), known.end(), outline(path, real, found))) return;
    list.files.emplace(path, entry_of(path, real, found));
  });
  return list;
}

}  // namespace sconectl::launch
