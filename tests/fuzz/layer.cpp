// Any bytes as a layer (plain, gzip or Zstandard), as a manifest and as a configuration. What is
// read of a layer can be packed, and reads back the same; how the bytes come in parts makes no
// difference.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "require.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/contents.hpp"
#include "sconectl/oci/manifest.hpp"
#include "sconectl/oci/tar.hpp"
#include "sconectl/oci/tree.hpp"

namespace {

using namespace sconectl;
using fuzz::require;

constexpr std::size_t most_bytes = std::size_t{8} << 20U;

struct Layer {
  std::map<std::string, std::string> files;
  oci::Tree tree;
  bool whole = false;
};

Layer read(std::string_view bytes, std::size_t part) {
  Layer layer;
  std::size_t total = 0;
  try {
    oci::TarReader reader([&](const oci::TarEntry& entry) -> oci::Sink {
      layer.tree.apply(entry);
      if (entry.kind != oci::TarKind::file) return {};
      std::string& text = layer.files[entry.path];
      text.clear();
      return [&text](std::string_view more) { text += more; };
    });
    oci::Decompress plain([&](std::string_view more) {
      total += more.size();
      if (total > most_bytes) throw diag::Error(diag::ErrorKind::invalid, "enough");
      reader.take(more);
    });
    for (std::size_t at = 0; at < bytes.size(); at += part) plain.take(bytes.substr(at, part));
    plain.finish();
    reader.finish();
    layer.whole = true;
  } catch (const diag::Error&) {
    layer.whole = false;
  }
  return layer;
}

std::string packed(const Layer& layer) {
  std::string bytes;
  oci::TarWriter writer([&](std::string_view part) { bytes += part; }, 1);
  for (const auto& [path, text] : layer.files)
    writer.add({oci::TarKind::file, path, "", 0644, 0, 0, text.size()},
               [&, content = &text](const oci::Sink& take) { take(*content); });
  writer.finish();
  return bytes;
}

void check_documents(std::string_view bytes) {
  try {
    const auto parsed = oci::parse_manifest(bytes, "x");
    if (const auto* manifest = std::get_if<oci::Manifest>(&parsed)) {
      const std::string text = oci::write(*manifest);
      require(oci::write(std::get<oci::Manifest>(oci::parse_manifest(text, "x"))) == text,
              "a manifest is written as it is read", text);
    }
  } catch (const diag::Error&) {
  }
  try {
    (void)oci::parse_config(bytes, "x");
    const std::string derived = oci::derive_config(std::string(bytes), {}, "x");
    (void)oci::parse_config(derived, "x");
  } catch (const diag::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Layer layer = read(bytes, 4096);
  const Layer again = read(bytes, 7);
  require(layer.whole == again.whole, "parts make no difference");
  if (layer.whole) {
    require(layer.files == again.files, "parts make no difference to what is read");
    const Layer back = read(packed(layer), 512);
    require(back.whole, "what is packed is an archive");
    (void)oci::Tree::parse(layer.tree.text());
  }
  check_documents(bytes);
  return 0;
}
