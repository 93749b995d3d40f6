#include "sconectl/crypto/file_list.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

constexpr std::array<std::string_view, 19> left_out = {
    "/proc",         "/sys",         "/dev",        "/run",          "/tmp",
    "/var/run",      "/var/tmp",     "/var/log",    "/var/cache",    "/scone",
    "/opt/sconectl", "/etc/hosts",   "/etc/mtab",   "/etc/hostname", "/etc/resolv.conf",
    "/.dockerenv",   "/var/lib/apt", "/etc/passwd", "/etc/group"};

constexpr std::string_view list_title = "sconectl file list 1";
constexpr std::string_view more_allowed = "more files are allowed";
constexpr std::string_view more_refused = "no more files are allowed";
constexpr std::string_view kind_letters = "dfl";  // by ListedKind

/// No blank, no end of line and no '%' of its own.
std::string escaped(std::string_view text) {
  if (text == "-") return "%2d";  // alone it stands for nothing
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte != '%' && byte != 0x7f)
      result += c;
    else
      result += fmt::format("%{:02x}", byte);
  }
  return result;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const auto byte = unhex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    result += *byte;
    i += 2;
  }
  return result;
}

std::string line_of(const std::string& path, const ListedFile& file) {
  return fmt::format("{} {:04o} {} {}\n", kind_letters[static_cast<std::size_t>(file.kind)],
                     file.mode, file.content.empty() ? "-" : escaped(file.content), escaped(path));
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    result.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return result;
}

/// The four words of a line; nothing if they make no entry.
std::optional<std::pair<std::string, ListedFile>> entry(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t end = 0; end != std::string_view::npos; line.remove_prefix(end + 1)) {
    end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) break;
  }
  if (words.size() != 4 || words[0].size() != 1) return std::nullopt;
  const std::size_t kind = kind_letters.find(words[0].front());
  ListedFile file;
  const char* const last = words[1].data() + words[1].size();
  const auto [end, error] = std::from_chars(words[1].data(), last, file.mode, 8);
  const auto content = unescaped(words[2] == "-" ? "" : words[2]);
  const auto path = unescaped(words[3]);
  if (kind == std::string_view::npos || error != std::errc{} || end != last || !content || !path)
    return std::nullopt;
  file.kind = static_cast<ListedKind>(kind);
  file.content = *content;
  return std::pair(*path, file);
}

[[noreturn]] void fail(std::size_t line) {
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("line {} of a list of files is none of this program's", line));
}

}  // namespace

std::string text(const FileList& list) {
  std::string result =
      fmt::format("{}\n{}\n", list_title, list.allows_more ? more_allowed : more_refused);
  for (const auto& [path, file] : list.files) result += line_of(path, file);
  return result;
}

FileList parse_file_list(std::string_view text) {
  const auto lines = split_lines(text);
  if (lines.empty() || lines[0] != list_title) fail(1);
  if (lines.size() < 2 || (lines[1] != more_allowed && lines[1] != more_refused)) fail(2);
  FileList list;
  list.allows_more = lines[1] == more_allowed;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    auto found = entry(lines[i]);
    if (!found || !found->first.starts_with('/') || !list.files.emplace(*std::move(found)).second)
      fail(i + 1);
  }
  if (crypto::text(list) != text) fail(lines.size());  // not sorted, or cut off
  return list;
}

bool is_left_out_of_lists(std::string_view path) {
  return std::any_of(left_out.begin(), left_out.end(), [&](std::string_view place) {
    return path == place || (path.starts_with(place) && path[place.size()] == '/');
  });
}

}  // namespace sconectl::crypto
