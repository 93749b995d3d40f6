#include "sconectl/image/fingerprint.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;

class Fingerprint {
 public:
  explicit Fingerprint(const host::Files& files) : files_(files) {}

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
    crypto::Sha256 content;
    files_.read_in_parts(path, [&](std::string_view part) { content.update(part); });
    say(name, fmt::format("file {:o}", status->mode), crypto::view(content.finish()));
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
  crypto::Sha256 whole_;
};

}  // namespace

std::string fingerprint(const host::Files& files, const fs::path& directory) {
  Fingerprint result(files);
  result.add(directory / "Dockerfile", "Dockerfile");
  result.add(directory / "context", "context");
  return result.text();
}

}  // namespace sconectl::image
