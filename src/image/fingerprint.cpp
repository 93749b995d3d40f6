#include "sconectl/image/fingerprint.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

class Fingerprint {
 public:
  Fingerprint(const host::Files& files, FileHashes& hashes) : files_(files), hashes_(hashes) {}

  void add(const fs::path& path, const std::string& name) {
    if (const auto link = files_.read_link(path)) return say(name, "link", link->string());
    const auto status = files_.status(path);
    if (!status) return say(name, "nothing", "");
    if (status->kind == host::FileKind::directory) {
      say(name, "directory", "");
      for (const std::string& entry : files_.list(path))
        add(path / entry, fmt::format("{}/{}", name, entry));
      return;
    }
    say(name, fmt::format("file {:o}", status->mode), crypto::view(hashes_.of(path)));
  }

  [[nodiscard]] std::string text() { return crypto::hex(crypto::view(whole_.finish())); }

 private:
  /// With lengths, so that no name can stand for something else.
  void say(std::string_view name, std::string_view kind, std::string_view value) {
    whole_.update(fmt::format("{} {} {}\n", name.size(), kind, value.size()));
    whole_.update(name);
    whole_.update(value);
  }

  const host::Files& files_;
  FileHashes& hashes_;
  crypto::Sha256 whole_;
};

}  // namespace

std::string fingerprint(const host::Files& files, const fs::path& directory, FileHashes& hashes) {
  Fingerprint result(files, hashes);
  result.add(directory / "Dockerfile", "Dockerfile");
  result.add(directory / "context", "context");
  return result.text();
}

}  // namespace sconectl::image
