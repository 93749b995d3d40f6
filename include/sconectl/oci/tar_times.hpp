// One time for everything in an archive.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "sconectl/host/files.hpp"

namespace sconectl::oci {

using host::Sink;

/// Passes an archive (as TarReader reads them) on, with one time in every header and without the
/// times of pax records. Everything else stays, byte by byte: names, owners, extended attributes,
/// devices.
class TarTimes {
 public:
  /// `time`: seconds since 1970, up to the year 2242, the last that a header can hold.
  TarTimes(Sink out, std::uint64_t time);

  /// Error{invalid} for what is no archive, and for sparse files of GNU tar.
  void take(std::string_view part);
  /// Error{invalid} if the archive ends in the middle of an entry.
  void finish() const;

 private:
  void block();
  void begin(char type);
  void end_of_extension();
  void pass_header();

  Sink out_;
  std::string time_;  ///< as a header has it
  std::array<char, 512> header_{};
  std::size_t filled_ = 0;     ///< bytes of it
  std::uint64_t left_ = 0;     ///< bytes of content to come, with the padding behind it
  bool is_extension_ = false;  ///< the content is about the next entry, and may hold times
  std::uint64_t extension_size_ = 0;
  std::string extension_;
  std::uint64_t next_size_ = 0;
  bool has_next_size_ = false;
  bool ended_ = false;
};

}  // namespace sconectl::oci
