// Any bytes as a SIGSTRUCT, as a manifest of Gramine, as the user's part of one, and as libpal.so.
#include <cstddef>
#include <cstdint>
#include <string>

#include "require.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/enclave/measurement.hpp"
#include "sconectl/enclave/settings.hpp"
#include "sconectl/enclave/sigstruct.hpp"

namespace {

using namespace sconectl;

template <typename Read>
void tried_to(Read read) {
  try {
    read();
  } catch (const diag::Error& error) {
    fuzz::require(error.kind() == diag::ErrorKind::invalid, "what can not be read is invalid");
  }
}

/// An image with one file, which is everything that a manifest could name.
class OneFile final : public enclave::FileTree {
 public:
  [[nodiscard]] std::vector<std::string> list(const std::string& directory) const override {
    return directory == "/" ? std::vector<std::string>{"file"} : std::vector<std::string>{};
  }
  [[nodiscard]] enclave::EntryKind kind(const std::string& path) const override {
    return path.ends_with('/') ? enclave::EntryKind::directory : enclave::EntryKind::file;
  }
  [[nodiscard]] std::optional<std::string> link(const std::string&) const override { return {}; }
  [[nodiscard]] bool executable(const std::string&) const override { return true; }
  [[nodiscard]] std::optional<crypto::Digest> sha256(const std::string& path) const override {
    return crypto::sha256(path);
  }
  [[nodiscard]] std::optional<std::string> text(const std::string&) const override {
    return "include /file\n/lib\n";
  }
};

/// What was finished once is final, and finishing it again changes nothing.
void finish(const std::string& manifest) {
  diag::Diagnostics out;
  const std::string text = enclave::finish_manifest("m", manifest, OneFile(), {true}, out);
  if (out.has_errors()) return;
  diag::Diagnostics again;
  const std::string repeated = enclave::finish_manifest("m", text, OneFile(), {true}, again);
  fuzz::require(repeated == text, "a final manifest stays as it is", text + repeated);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  tried_to([&] {
    const auto sigstruct = enclave::parse_sigstruct(bytes);
    fuzz::require(
        enclave::unsigned_sigstruct(sigstruct.statement).substr(900, 128) == bytes.substr(900, 128),
        "what was read is written again");
    (void)enclave::verify(sigstruct);
  });
  tried_to([&] { (void)enclave::settings_of("m", bytes); });
  tried_to([&] { finish(bytes); });
  tried_to([&] {
    enclave::ManifestRequest request;
    request.start.command = {"/file"};
    request.user_manifest = bytes;
    diag::Diagnostics out;
    finish(enclave::render_manifest(request, out).manifest);
  });
  // The smallest enclave: what is measured takes time.
  tried_to([&] {
    (void)enclave::mr_enclave({std::uint64_t{1} << 20U, 1, true}, "", bytes, "1.9");
  });
  return 0;
}
