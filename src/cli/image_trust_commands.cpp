// `sconectl image sign|verify|generate-key-pair`.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "sconectl/action/image_trust.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {

int image_sign_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "image sign",
                "Sign an image of a registry as cosign does, with a key and without a transparency "
                "log. The password of the key is COSIGN_PASSWORD, or asked for.");
  std::string image;
  std::string key;
  parser.add_option("IMAGE", image, "The image, by tag or digest")->required();
  parser.add_option("--key", key, "Key of 'image generate-key-pair', of cosign, or PEM")
      ->required()
      ->type_name("FILE");
  parser.examples({"sconectl image sign registry/app:1 --key cosign.key"});
  if (!parser.read(std::move(arguments))) return 0;
  const std::string digest = action::sign_image(invocation.system, image, key);
  if (invocation.terminal.json) {
    invocation.terminal.document(
        {{"schema", "sconectl/v1/image-sign"}, {"image", image}, {"digest", digest}});
  } else {
    invocation.terminal.data(fmt::format("image {} signed, digest {}", image, digest));
  }
  return 0;
}

int image_verify_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "image verify",
                "Say whether a key has signed an image, and what it states about it: bills of "
                "materials, and how it was built.");
  std::string image;
  std::string key;
  std::string type;
  parser.add_option("IMAGE", image, "The image, by tag or digest")->required();
  parser.add_option("--key", key, "Public key, PEM")->required()->type_name("FILE");
  parser.add_option("--print", type, "Print the statement of this predicate type, as JSON")
      ->type_name("TYPE");
  parser.examples({"sconectl image verify registry/app:1 --key cosign.pub",
                   "sconectl image verify registry/app:1 --key cosign.pub --print "
                   "https://spdx.dev/Document"});
  if (!parser.read(std::move(arguments))) return 0;
  const action::VerifiedImage result = action::verify_image(invocation.system, image, key);
  Terminal& terminal = invocation.terminal;
  if (!type.empty()) {
    for (const auto& attestation : result.attestations)
      if (attestation.predicate_type == type) {
        terminal.data(attestation.predicate);
        return 0;
      }
    throw diag::Error(diag::ErrorKind::not_found,
                      fmt::format("the key states nothing of the type '{}' about the image", type));
  }
  nlohmann::json types = nlohmann::json::array();
  for (const auto& attestation : result.attestations) types.push_back(attestation.predicate_type);
  if (terminal.json) {
    terminal.document({{"schema", "sconectl/v1/image-verify"},
                       {"image", image},
                       {"digest", result.digest},
                       {"attestations", types},
                       {"others", result.others}});
    return 0;
  }
  terminal.data(fmt::format("image {} is signed by the key, digest {}", image, result.digest));
  for (const auto& attestation : result.attestations)
    terminal.data("  states " + attestation.predicate_type);
  for (const std::string& other : result.others)
    terminal.data(fmt::format("  somebody else states {}", other));
  return 0;
}

int image_generate_key_pair_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "image generate-key-pair",
                "Make a key that signs images, in cosign's form: PREFIX.key under a password "
                "(COSIGN_PASSWORD, or asked for) and PREFIX.pub.");
  std::string prefix = "cosign";
  parser.add_option("--output-key-prefix", prefix, "PREFIX")
      ->capture_default_str()
      ->type_name("PREFIX");
  parser.examples({"sconectl image generate-key-pair"});
  if (!parser.read(std::move(arguments))) return 0;
  action::make_image_key(invocation.system, prefix);
  invocation.terminal.data(fmt::format("written {0}.key and {0}.pub", prefix));
  return 0;
}

}  // namespace sconectl::cli
