// Compressed bytes of layers, part by part.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sconectl/host/files.hpp"

namespace sconectl::oci {

using host::Sink;

/// gzip (RFC 1952) without a name and a time: the same bytes give the same bytes.
class Gzip {
 public:
  explicit Gzip(Sink out);
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip();
  void take(std::string_view part);
  void finish();

 private:
  struct State;
  void run(std::string_view part, int flush);

  Sink out_;
  std::unique_ptr<State> state_;
};

/// What a layer holds, told by its first bytes: gzip (also several members behind each other),
/// Zstandard, or nothing compressed. Error{invalid} for damaged bytes.
class Decompress {
 public:
  explicit Decompress(Sink out);
  Decompress(const Decompress&) = delete;
  Decompress& operator=(const Decompress&) = delete;
  ~Decompress();
  void take(std::string_view part);
  /// Error{invalid} if the end is missing.
  void finish();

 private:
  class Form;
  class Gunzip;
  class Unzstd;
  class Plain;
  void choose();

  Sink out_;
  std::string begin_;  ///< until the form is known
  std::unique_ptr<Form> form_;
};

}  // namespace sconectl::oci
