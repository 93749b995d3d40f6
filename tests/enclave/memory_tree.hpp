// An image's files in memory.
#pragma once

#include <map>
#include <string>

#include "sconectl/enclave/file_tree.hpp"

namespace sconectl::test {

class MemoryTree : public enclave::FileTree {
 public:
  std::map<std::string, std::string> files;  ///< path without links -> bytes
  std::map<std::string, std::string> links;  ///< path without links -> target
  std::map<std::string, bool> unreadable;
  std::map<std::string, bool> programs;

  [[nodiscard]] std::vector<std::string> list(const std::string& directory) const override {
    std::map<std::string, bool> names;
    const std::string top = real(directory) == "/" ? "/" : real(directory) + "/";
    const auto take = [&](const auto& entries) {
      for (const auto& [path, value] : entries)
        if (path.starts_with(top))
          names[path.substr(top.size(), path.find('/', top.size()) - top.size())];
    };
    take(files);
    take(links);
    std::vector<std::string> result;
    for (const auto& [name, value] : names) result.push_back(name);
    return result;
  }
  [[nodiscard]] enclave::EntryKind kind(const std::string& path) const override {
    const std::string place = real(path);
    if (files.contains(place)) return enclave::EntryKind::file;
    if (place == "/") return enclave::EntryKind::directory;
    for (const auto& [file, bytes] : files)
      if (file.starts_with(place + "/")) return enclave::EntryKind::directory;
    for (const auto& [link_path, target] : links)
      if (link_path.starts_with(place + "/")) return enclave::EntryKind::directory;
    return enclave::EntryKind::nothing;
  }
  [[nodiscard]] std::optional<std::string> link(const std::string& path) const override {
    const std::size_t slash = path.find_last_of('/');
    const std::string parent = real(path.substr(0, slash));
    const auto found = links.find((parent == "/" ? "" : parent) + path.substr(slash));
    return found == links.end() ? std::nullopt : std::optional(found->second);
  }
  [[nodiscard]] bool executable(const std::string& path) const override {
    return programs.contains(real(path));
  }
  [[nodiscard]] std::optional<crypto::Digest> sha256(const std::string& path) const override {
    const auto found = files.find(real(path));
    if (found == files.end() || unreadable.contains(found->first)) return std::nullopt;
    return crypto::sha256(found->second);
  }
  [[nodiscard]] std::optional<std::string> text(const std::string& path) const override {
    const auto found = files.find(real(path));
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  /// The kernel's way through links: part by part, at most 40 of them.
  [[nodiscard]] std::string real(const std::string& path, int depth = 0) const {
    std::string place;
    std::size_t at = 0;
    while (at < path.size()) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      const std::string part = path.substr(at, end - at);
      at = end + 1;
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        place.resize(place.find_last_of('/') == std::string::npos ? 0 : place.find_last_of('/'));
        continue;
      }
      const std::string next = place + "/" + part;
      const auto found = links.find(next);
      if (found == links.end()) {
        place = next;
        continue;
      }
      if (depth > 40) return "/nowhere at all";
      const std::string& target = found->second;
      place = real(target.starts_with('/') ? target : place + "/" + target, depth + 1);
      if (place == "/") place.clear();
    }
    return place.empty() ? "/" : place;
  }
};

}  // namespace sconectl::test
