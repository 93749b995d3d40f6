// Any bytes as a manifest of signatures, a signed claim, an envelope, a statement and a key file;
// and as the payload of what was really signed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "require.hpp"
#include "sconectl/crypto/pem.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/supply/cosign.hpp"
#include "sconectl/supply/cosign_key.hpp"
#include "sconectl/supply/dsse.hpp"
#include "sconectl/supply/provenance.hpp"

namespace {

using namespace sconectl;
using fuzz::require;

const std::string image = "sha256:" + std::string(64, 'a');

const crypto::PrivateKey& key() {
  static const auto made = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  return made;
}

/// Whether the call ends without an Error; anything else that it throws ends the process.
template <typename Call>
bool accepts(Call call) {
  try {
    call();
    return true;
  } catch (const diag::Error&) {
    return false;
  }
}

/// No key file is opened: that would take a tenth of a second each time.
struct Asked {};

void as_key_file(const std::string& bytes) {
  const auto password = []() -> crypto::Secret { throw Asked(); };
  for (const auto& pem :
       {crypto::Secret(bytes), crypto::pem_text("ENCRYPTED SIGSTORE PRIVATE KEY", bytes)}) {
    try {
      accepts([&] { static_cast<void>(supply::read_signing_key(pem.view(), password)); });
    } catch (const Asked&) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto public_key = key().public_key();
  if (std::vector<supply::Layer> layers;
      accepts([&] { layers = supply::layers_of(bytes); }) && !layers.empty()) {
    require(supply::layers_of(supply::artifact(layers).manifest).size() == layers.size(),
            "a manifest keeps its layers");
  }
  require(!accepts([&] {
    static_cast<void>(supply::verified_payload(bytes, supply::in_toto_type, public_key));
  }),
          "nobody else signs an envelope");
  accepts([&] { static_cast<void>(supply::parse_statement(bytes)); });
  as_key_file(bytes);

  const supply::Layer layer = supply::signature_layer(bytes, key());
  if (supply::SignedClaim claim;
      accepts([&] { claim = supply::verified_claim(layer, bytes, image, public_key); })) {
    require(claim.digest == image, "a claim is about the image");
  }
  const std::string envelope = supply::signed_envelope(supply::in_toto_type, bytes, key());
  accepts([&] { static_cast<void>(supply::verified_statement(envelope, image, "x", public_key)); });
  return 0;
}
