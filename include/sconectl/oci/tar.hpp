// Archives as layers have them (POSIX pax; what GNU tar and Docker write is read, too), part by
// part: memory does not grow with them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sconectl/host/files.hpp"

namespace sconectl::oci {

using host::Sink;

enum class TarKind { file, directory, symbolic_link, hard_link, other };

struct TarEntry {
  TarKind kind = TarKind::file;
  std::string path;       ///< as written, without "./" before and '/' behind it
  std::string link = {};  ///< of links: where they lead
  unsigned mode = 0644;   ///< permission bits with set-user-ID, set-group-ID and sticky bit
  std::uint64_t user = 0;
  std::uint64_t group = 0;
  std::uint64_t size = 0;  ///< of files, in bytes
  std::uint64_t time = 0;  ///< seconds since 1970
};

/// Writes an archive whose bytes depend on nothing but what it is given: numeric owners, no names,
/// one time for all.
class TarWriter {
 public:
  TarWriter(Sink out, std::uint64_t time) : out_(std::move(out)), time_(time) {}

  /// Adds an entry; for a file, `content` is called with what takes its `size` bytes. The time of
  /// the archive stands for that of the entry. Error{failed} if the content has another length: the
  /// file was changed meanwhile.
  void add(const TarEntry& entry, const std::function<void(const Sink& take)>& content = {});
  /// Two empty blocks; nothing is added after them.
  void finish();

 private:
  void header(const TarEntry& entry, char type, std::uint64_t size);
  void extended(const TarEntry& entry);
  void pad(std::uint64_t size);

  Sink out_;
  std::uint64_t time_;
};

/// Reads an archive that comes in parts of any length.
class TarReader {
 public:
  /// Called for each entry; the result takes the content of a file (nothing: it is left out).
  using OnEntry = std::function<Sink(const TarEntry& entry)>;
  explicit TarReader(OnEntry on_entry) : on_entry_(std::move(on_entry)) {}

  /// Error{invalid} for what is no archive.
  void take(std::string_view part);
  /// Error{invalid} if the archive ends in the middle of an entry.
  void finish() const;

 private:
  void block(std::string_view block);
  void begin(std::string_view header);
  void end_of_content();
  void read_extended();
  void apply_extended(TarEntry& entry);

  OnEntry on_entry_;
  std::string pending_;  ///< the beginning of a block
  Sink content_;
  std::uint64_t left_ = 0;     ///< bytes of content to come
  std::uint64_t padding_ = 0;  ///< and of padding behind it
  char extends_ = 0;           ///< type of the header whose content says more about the next entry
  std::string extended_;
  std::string next_path_;
  std::string next_link_;
  std::string next_size_;
  std::string next_user_;
  std::string next_group_;
  bool ended_ = false;
};

}  // namespace sconectl::oci
