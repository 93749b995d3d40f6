// Any bytes as a Gramine manifest of a user, as a final one, and as a SIGSTRUCT; and a signed
// SIGSTRUCT with any changes to its bytes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "enclave/memory_tree.hpp"
#include "judged.hpp"
#include "sconectl/crypto/key.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/enclave/settings.hpp"
#include "sconectl/enclave/sigstruct.hpp"

namespace {

using namespace sconectl;
using fuzz::judged;

/// A key of 8,000 parts ("a.a.a…") is too much for the stack under the sanitizers, and only there.
constexpr std::size_t longest_manifest = 4096;

struct Image : test::MemoryTree {
  Image() {
    files = {{"/usr/lib/x86_64-linux-gnu/gramine/libsysdb.so", "LibOS"},
             {"/gramine/app_files/trusted_argv", "argv"},
             {"/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n"},
             {"/etc/ld.so.conf.d/x86_64.conf", "/lib/x86_64-linux-gnu\n"},
             {"/lib/x86_64-linux-gnu/libc.so.6", "libc"},
             {"/app/app.py", "print()"},
             {"/app/data/a", "a"},
             {"/app/data/b", "b"}};
    links = {{"/app/here", "/app"}, {"/app/data/c", "a"}, {"/loop", "/loop"}};
  }
};

/// What is made final is final, and making it so again changes nothing.
void finished(const std::string& manifest) {
  static const Image image;
  for (const bool whole_image : {false, true}) {
    const auto finish = [&](const std::string& text, diag::Diagnostics& out) {
      return enclave::finish_manifest("m", text, image, {.whole_image = whole_image}, out);
    };
    diag::Diagnostics out;
    const auto final_text = judged([&] { return finish(manifest, out); });
    if (!final_text || out.has_errors()) continue;
    diag::Diagnostics out_again;
    const std::string again = finish(*final_text, out_again);
    fuzz::require(!out_again.has_errors(), "a final manifest can be made final", *final_text);
    // One that a user wrote beside ours is filled in when its turn comes.
    fuzz::require(again == *final_text || final_text->find("{{") != std::string::npos,
                  "a final manifest is final", *final_text + "\n----\n" + again);
    judged([&] { return enclave::settings_of("m", *final_text); });
  }
}

void manifest(const std::string& text) {
  judged([&] { return enclave::settings_of("m", text); });
  judged([&] { return enclave::program_place("m", text); });
  finished(text);
  enclave::ManifestRequest request;
  request.start = {.entrypoint = {"python3"},
                   .command = {"app.py"},
                   .environment = {{"PATH", "/usr/bin"}, {"LANG", "C"}},
                   .passed_through = {"HOSTNAME"},
                   .directory = "/app"};
  request.user_manifest_name = "m";
  request.user_manifest = text;
  const auto rendered = judged([&] {
    diag::Diagnostics out;
    return enclave::render_manifest(request, out).manifest;
  });
  if (!rendered) return;
  // A manifest of ours over itself: what is joined is there twice, all else stays.
  request.user_manifest = *rendered;
  diag::Diagnostics out;
  static_cast<void>(enclave::render_manifest(request, out));
  fuzz::require(!out.has_errors(), "what was rendered can be read", *rendered);
  finished(*rendered);
}

void sigstruct(const std::string& bytes) {
  const auto read = judged([&] { return enclave::parse_sigstruct(bytes); });
  if (!read) return;
  std::string without_key = bytes;
  for (const auto& [at, size] : {std::pair<std::size_t, std::size_t>{128, 772}, {1040, 768}})
    without_key.replace(at, size, size, '\0');
  fuzz::require(enclave::unsigned_sigstruct(read->statement) == without_key,
                "what was read is all that stands there");
  fuzz::require(!(enclave::is_unsigned(*read) && enclave::verify(*read).all()),
                "an unsigned one is signed by nobody");
}

/// Three bytes of the input are where a byte changes, and to what.
void changed(std::string_view input) {
  static const std::string good = [] {
    enclave::EnclaveStatement statement;
    statement.mr_enclave = crypto::sha256("enclave");
    return enclave::signed_sigstruct(statement, crypto::PrivateKey::generate_for_enclaves());
  }();
  std::string bytes = good;
  for (; input.size() >= 3; input.remove_prefix(3)) {
    const auto at = static_cast<std::size_t>(static_cast<unsigned char>(input[0]) * 256 +
                                             static_cast<unsigned char>(input[1]));
    bytes.at(at % bytes.size()) = input[2];
  }
  const auto read = judged([&] { return enclave::parse_sigstruct(bytes); });
  fuzz::require(!read || enclave::verify(*read).all() == (bytes == good),
                "every byte is read, and signed or reserved");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size <= longest_manifest) manifest(bytes);
  sigstruct(bytes);
  changed(bytes);
  return 0;
}
