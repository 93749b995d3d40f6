// What the room `supply` writes and reads, for the programs of others that judge it (judges.py).
//
// documents bom ROOT IMAGE DIGEST DIRECTORY      the bills of materials of the files below ROOT
// documents keys DIRECTORY                       cosign.key (password: JUDGE_PASSWORD), cosign.pub
// documents sign KEY IMAGE DIGEST DIRECTORY      what is pushed beside the image: signature,
// attestations documents verify PUBLIC_KEY DIGEST DIRECTORY   of a manifest and its blobs, a line
// for each layer documents public KEY                           the public key of a key file
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/supply/bom.hpp"
#include "sconectl/supply/cosign.hpp"
#include "sconectl/supply/cosign_key.hpp"
#include "sconectl/supply/dsse.hpp"
#include "sconectl/supply/packages.hpp"
#include "sconectl/supply/provenance.hpp"

namespace sconectl::supply {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void write(const fs::path& path, std::string_view bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

crypto::Secret password() {
  const char* const text = std::getenv("JUDGE_PASSWORD");
  return crypto::Secret(text == nullptr ? "" : text);
}

Inventory inventory_of(const fs::path& root) {
  PackageReader reader;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string path = entry.path().lexically_relative(root);
    if (entry.is_regular_file() && PackageReader::wants(path)) reader.see(path, bytes_of(entry));
  }
  for (const auto& finding : reader.findings().all()) std::cerr << finding.line() << "\n";
  return reader.finish();
}

void write_boms(const fs::path& root, const std::string& image, const std::string& digest,
                const fs::path& directory) {
  const Inventory inventory = inventory_of(root);
  const Bom bom{.image = image,
                .digest = digest,
                .supplier = "Example Ltd",
                .distribution = inventory.distribution,
                .packages = inventory.packages,
                .created = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)),
                .tool_version = "0.1.0"};
  write(directory / "spdx.json", spdx_json(bom));
  write(directory / "cyclonedx.json", cyclonedx_json(bom));
}

void write_keys(const fs::path& directory) {
  for (const auto& [name, type] :
       {std::pair{"cosign", crypto::KeyType::p256}, std::pair{"ed25519", crypto::KeyType::ed25519},
        std::pair{"rsa", crypto::KeyType::rsa3072}}) {
    const auto key = crypto::PrivateKey::generate(type);
    const KeyFileSalt salt{crypto::random_bytes(32), crypto::random_bytes(24)};
    write(directory / (std::string(name) + ".key"),
          write_signing_key(key, password(), salt).view());
    write(directory / (std::string(name) + ".pub"), key.public_key().spki_pem());
    write(directory / (std::string(name) + ".pem"), key.pkcs8_pem().view());
  }
}

std::string provenance_of(const std::string& repository, const std::string& sha256) {
  Provenance provenance;
  provenance.subjects = {{repository, sha256}};
  provenance.parameters = {{"runtime", "gramine"}, {"mode", "production"}, {"kind", "python"}};
  provenance.manifest = Resource{"service.yaml", "", std::string(64, 'c')};
  provenance.dependencies = {{"base image", image_purl("python:3", ""), std::string(64, 'd')},
                             {"src/app.py", "", std::string(64, 'e')}};
  provenance.builder = "https://ci.example/runner";
  provenance.tool_version = "0.1.0";
  provenance.invocation = "run-1";
  provenance.started = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000));
  provenance.finished = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'009));
  provenance.measurement = Measurement{std::string(64, '1'), std::string(64, '2'), 3, 4, false};
  return provenance_statement(provenance);
}

/// manifest.json, the blobs by their digests, and the tag.
void write_artifact(const std::vector<Layer>& layers, const std::string& tag,
                    const fs::path& directory) {
  const Artifact one = artifact(layers);
  write(directory / "manifest.json", one.manifest);
  write(directory / "tag", tag);
  write(directory / "blobs" / one.config_digest, one.config);
  for (const Layer& layer : layers) write(directory / "blobs" / layer.digest, layer.bytes);
}

void sign(const std::string& key_file, const std::string& image, const std::string& digest,
          const fs::path& directory) {
  const auto key = read_signing_key(bytes_of(key_file), password);
  const std::string repository = repository_name(image);
  write_artifact({signature_layer(signature_payload(repository, digest), key)},
                 signature_tag(digest), directory / "signature");

  const std::vector<Subject> subjects{{repository, digest.substr(7)}};
  std::vector<Layer> attestations;
  const auto attest = [&](const std::string& text, std::string_view type) {
    attestations.push_back(attestation_layer(signed_envelope(in_toto_type, text, key), type));
  };
  const std::string provenance = provenance_of(repository, digest.substr(7));
  write(directory / "statement.json", provenance);
  attest(provenance, provenance_predicate);
  attest(statement(subjects, spdx_predicate, bytes_of(directory / "spdx.json")), spdx_predicate);
  attest(statement(subjects, cyclonedx_predicate, bytes_of(directory / "cyclonedx.json")),
         cyclonedx_predicate);
  write_artifact(attestations, attestation_tag(digest), directory / "attestations");
}

void verify(const std::string& public_key, const std::string& digest, const fs::path& directory) {
  const auto key = crypto::PublicKey::from_pem(bytes_of(public_key));
  for (const Layer& layer : layers_of(bytes_of(directory / "manifest.json"))) {
    const std::string bytes = bytes_of(directory / "blobs" / layer.digest);
    if (layer.media_type == dsse_media_type) {
      require_bytes(layer, bytes);
      const std::string type = layer.annotations.at("predicateType");
      std::cout << verified_statement(bytes, digest, type, key).predicate_type << "\n";
    } else {
      std::cout << verified_claim(layer, bytes, digest, key).repository << "\n";
    }
  }
}

int run(const std::vector<std::string>& words) {
  if (words.size() == 5 && words[0] == "bom") {
    write_boms(words[1], words[2], words[3], words[4]);
  } else if (words.size() == 2 && words[0] == "keys") {
    write_keys(words[1]);
  } else if (words.size() == 5 && words[0] == "sign") {
    sign(words[1], words[2], words[3], words[4]);
  } else if (words.size() == 4 && words[0] == "verify") {
    verify(words[1], words[2], words[3]);
  } else if (words.size() == 2 && words[0] == "public") {
    std::cout << read_signing_key(bytes_of(words[1]), password).public_key().spki_pem();
  } else {
    std::cerr << "usage: see documents.cpp\n";
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace sconectl::supply

int main(int count, char** words) {
  try {
    return sconectl::supply::run({words + 1, words + count});
  } catch (const sconectl::diag::Error& error) {
    std::cerr << error.text() << "\n";
    return 1;
  }
}
