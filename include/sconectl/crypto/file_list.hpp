// What an image was made of: its files with their modes and hashes, as one text that one hash pins.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sconectl::crypto {

/// Where an image has the text.
inline constexpr std::string_view file_list_path = "/opt/sconectl/files";
/// The variable of a session that holds the SHA-256 of the text in hex. Several, with commas
/// between them, are those of versions that run side by side.
inline constexpr std::string_view file_list_variable = "SCONECTL_FILES_SHA256";

/// Whether a path is at or below a place where containers have what is not of their image (/proc,
/// /tmp, …) or where we have our own (/scone, /opt/sconectl): no list names it.
[[nodiscard]] bool is_left_out_of_lists(std::string_view path);

enum class ListedKind { directory, file, link };

struct ListedFile {
  ListedKind kind = ListedKind::file;
  unsigned mode = 0;    ///< permission bits with those for set-user-id and the like; 0 for links
  std::string content;  ///< SHA-256 of a file in hex; what a link holds; "" for directories
  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

struct FileList {
  /// Whether files that are not listed may lie in directories that are.
  bool allows_more = false;
  std::map<std::string, ListedFile> files;  ///< by absolute path
  friend bool operator==(const FileList&, const FileList&) = default;
};

/// One line for each entry, sorted by path; the same list gives the same bytes.
[[nodiscard]] std::string text(const FileList& list);

/// Throws diag::Error{invalid} that names the line for anything that text() would not write.
[[nodiscard]] FileList parse_file_list(std::string_view text);

}  // namespace sconectl::crypto
