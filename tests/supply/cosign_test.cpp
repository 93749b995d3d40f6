// Beside what cosign v2.6.5 wrote: tests/supply/cosign.
#include "sconectl/supply/cosign.hpp"

#include <gmock/gmock.h>

#include "sconectl/diag/error.hpp"
#include "sconectl/supply/provenance.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::supply {
namespace {

const std::string image = "sha256:18d7a990988b387eecd9226db3114b8ae8980961a239024b4fff2da8798bc7b9";
const std::string signature_name = "dev.cosignproject.cosign/signature";

std::string recorded(const std::string& name) {
  return test::text_of(test::source_directory() / "tests/supply/cosign" / name);
}

crypto::PublicKey cosign_public_key() {
  return crypto::PublicKey::from_pem(recorded("cosign.pub"));
}

template <typename Call>
std::optional<diag::ErrorKind> fault_in(Call call) {
  try {
    call();
  } catch (const diag::Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

TEST(Cosign, the_payload_is_that_of_cosign) {
  EXPECT_EQ(signature_payload("127.0.0.1:5961/team/app", image), recorded("claim.json"));
  EXPECT_EQ(signature_payload("index.docker.io/library/debian", "sha256:" + std::string(64, '0'),
                              {{"a", "<b>&c"}}),
            R"({"critical":{"identity":{"docker-reference":"index.docker.io/library/debian"},)"
            R"("image":{"docker-manifest-digest":"sha256:)" +
                std::string(64, '0') +
                R"("},"type":"cosign container image signature"},)"
                R"("optional":{"a":"\u003cb\u003e\u0026c"}})");
}

TEST(Cosign, manifest_and_config_are_those_of_cosign) {
  for (const auto& [manifest, blob] : {std::pair{"signature-manifest.json", "claim.json"},
                                       std::pair{"attestation-manifest.json", "envelope.json"}}) {
    const auto layers = layers_of(recorded(manifest));
    ASSERT_EQ(layers.size(), 1U);
    EXPECT_EQ(layers[0].size, recorded(blob).size());
    EXPECT_EQ(artifact(layers).manifest, recorded(manifest));
  }
  EXPECT_EQ(artifact(layers_of(recorded("signature-manifest.json"))).config,
            recorded("signature-config.json"));
}

TEST(Cosign, its_signature_and_its_attestation_verify) {
  const Layer layer = layers_of(recorded("signature-manifest.json")).at(0);
  const SignedClaim claim =
      verified_claim(layer, recorded("claim.json"), image, cosign_public_key());
  EXPECT_EQ(claim.repository, "127.0.0.1:5961/team/app");
  EXPECT_EQ(claim.digest, image);
  const Statement read = verified_statement(recorded("envelope.json"), image, provenance_predicate,
                                            cosign_public_key());
  EXPECT_EQ(read.subjects.at(0).name, "127.0.0.1:5961/team/app");
}

TEST(Cosign, own_signatures_verify_and_others_are_refused) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const Layer layer =
      signature_layer(signature_payload("registry.local/app", image, {{"stage", "test"}}), key);
  EXPECT_EQ(layer.media_type, simple_signing_type);
  EXPECT_EQ(verified_claim(layer, layer.bytes, image, key.public_key()).annotations,
            (Annotations{{"stage", "test"}}));

  const auto fault = [&](const Layer& one, const std::string& bytes, const std::string& digest,
                         const crypto::PublicKey& with) {
    return fault_in([&] { static_cast<void>(verified_claim(one, bytes, digest, with)); });
  };
  const auto refused = diag::ErrorKind::refused;
  EXPECT_EQ(fault(layer, layer.bytes, image, key.public_key()), std::nullopt);
  EXPECT_EQ(fault(layer, layer.bytes, image, cosign_public_key()), refused);
  EXPECT_EQ(fault(layer, layer.bytes, "sha256:" + std::string(64, '0'), key.public_key()), refused);
  EXPECT_EQ(fault(layer, layer.bytes + " ", image, key.public_key()), refused);
  Layer changed = layer;
  changed.annotations[signature_name] = "AAAA";
  EXPECT_EQ(fault(changed, layer.bytes, image, key.public_key()), refused);
  changed.annotations[signature_name] = "not base64";
  EXPECT_EQ(fault(changed, layer.bytes, image, key.public_key()), refused);
  changed.annotations.clear();
  EXPECT_EQ(fault(changed, layer.bytes, image, key.public_key()), diag::ErrorKind::invalid);
  // Signed with the right key, and no claim of an image.
  for (const char* payload : {"{}", "[]", R"({"critical":{"type":"other"}})"}) {
    const Layer odd = signature_layer(payload, key);
    EXPECT_EQ(fault(odd, odd.bytes, image, key.public_key()), diag::ErrorKind::invalid) << payload;
  }
}

TEST(Cosign, what_is_there_is_kept_beside_what_is_added) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  auto layers = layers_of(recorded("signature-manifest.json"));
  layers.push_back(signature_layer(signature_payload("a/b", image), key));
  const auto both = layers_of(artifact(layers).manifest);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_NO_THROW(static_cast<void>(
      verified_claim(both[0], recorded("claim.json"), image, cosign_public_key())));
  EXPECT_NO_THROW(
      static_cast<void>(verified_claim(both[1], layers[1].bytes, image, key.public_key())));
}

TEST(Cosign, manifests_that_are_none_are_invalid) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto with = [](const std::string& layer) { return R"({"layers":[)" + layer + "]}"; };
  EXPECT_EQ(layers_of(with(R"({"digest":")" + digest + R"(","size":1})")).size(), 1U);
  EXPECT_EQ(layers_of(with("")).size(), 0U);
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[]"), with("1"), with("{}"),
        with(R"({"digest":"sha256:ab","size":1})"), with(R"({"digest":")" + digest + R"("})"),
        with(R"({"size":-1,"digest":")" + digest + R"("})"),
        with(R"({"size":1.5,"digest":")" + digest + R"("})")}) {
    EXPECT_EQ(fault_in([&] { static_cast<void>(layers_of(bad)); }), diag::ErrorKind::invalid)
        << bad;
  }
}

TEST(Cosign, tags_and_names) {
  EXPECT_EQ(signature_tag(image), "sha256-" + image.substr(7) + ".sig");
  EXPECT_EQ(attestation_tag(image), "sha256-" + image.substr(7) + ".att");
  for (const std::string& bad : {std::string(), std::string("sha256:"), image + "0",
                                 "sha512:" + image.substr(7), "sha256:" + std::string(64, 'A')}) {
    EXPECT_EQ(fault_in([&] { static_cast<void>(signature_tag(bad)); }), diag::ErrorKind::invalid)
        << bad;
    EXPECT_EQ(fault_in([&] { static_cast<void>(signature_payload("a", bad)); }),
              diag::ErrorKind::invalid)
        << bad;
  }
  // The names that go-containerregistry gives.
  EXPECT_EQ(repository_name("debian:12"), "index.docker.io/library/debian");
  EXPECT_EQ(repository_name("docker.io/library/debian"), "index.docker.io/library/debian");
  EXPECT_EQ(repository_name("team/app"), "index.docker.io/team/app");
  EXPECT_EQ(repository_name("localhost/app:1"), "localhost/app");
  EXPECT_EQ(repository_name("localhost:5000/app"), "localhost:5000/app");
  EXPECT_EQ(repository_name("ghcr.io/team/app:1@" + image), "ghcr.io/team/app");
}

}  // namespace
}  // namespace sconectl::supply
