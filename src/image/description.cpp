#include "sconectl/image/description.hpp"

#include <fmt/core.h>

#include "image/tar.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/tar.hpp"

namespace sconectl::image {
namespace {

constexpr std::size_t largest_description = std::size_t{16} << 20U;

}  // namespace

std::string describe(const SconeFolder& folder) {
  std::string compressed;
  oci::Gzip gzip([&](std::string_view part) { compressed += part; });
  oci::TarWriter archive([&](std::string_view part) { gzip.take(part); }, 0);
  for (const auto& [path, bytes] : folder)
    archive.add({oci::TarKind::file, path, "", 0644, 0, 0, bytes.size()},
                [text = std::string_view(bytes)](const oci::Sink& take) { take(text); });
  archive.finish();
  gzip.finish();
  return crypto::base64(compressed);
}

SconeFolder read_description(std::string_view label, const std::string& image) {
  try {
    const auto compressed = crypto::unbase64(label);
    if (!compressed) throw diag::Error(diag::ErrorKind::invalid, "it is no base64");
    std::string archive;
    oci::Decompress plain([&](std::string_view part) {
      if (archive.size() + part.size() > largest_description)
        throw diag::Error(diag::ErrorKind::invalid, "it is larger than 16 MiB");
      archive += part;
    });
    plain.take(*compressed);
    plain.finish();
    return untar(archive);
  } catch (const diag::Error& error) {
    throw error.within(fmt::format("image '{}': its label {} can not be read; build it again",
                                   image, description_label));
  }
}

}  // namespace sconectl::image
