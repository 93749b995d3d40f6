// `sconectl signer ...`: SIGSTRUCTs of enclaves.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/facts.hpp"
#include "sconectl/action/signer.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/sigstruct.hpp"
#include "sconectl/session/command.hpp"

namespace sconectl::cli {
namespace {

std::string hex_of(const crypto::Digest& digest) {
  return crypto::hex(crypto::view(digest));
}

/// The bytes of a number as they stand in the file.
template <typename Number>
std::string stored(Number number) {
  std::string text;
  for (std::size_t i = 0; i < sizeof number; ++i, number = static_cast<Number>(number >> 8U))
    text += fmt::format("{:02x}", number & 0xffU);
  return text;
}

/// The keys that `gsc info-image` prints, in its order.
Facts gsc_facts(const enclave::Sigstruct& sigstruct) {
  const enclave::EnclaveStatement& statement = sigstruct.statement;
  Facts facts;
  facts["mr_enclave"] = hex_of(statement.mr_enclave);
  facts["mr_signer"] =
      enclave::is_unsigned(sigstruct) ? "" : hex_of(enclave::mr_signer(sigstruct.modulus));
  facts["isv_prod_id"] = statement.product_id;
  facts["isv_svn"] = statement.svn;
  facts["date"] = enclave::date_text(statement.date);
  facts["flags"] = stored(statement.attribute_flags);
  facts["xfrms"] = stored(statement.attribute_xfrm);
  facts["misc_select"] = stored(statement.misc_select);
  facts["debug"] = statement.debug();
  return facts;
}

/// The rest, under the names of gramine-sgx-sigstruct-view and ours.
void add_details(Facts& facts, const enclave::Sigstruct& sigstruct) {
  const enclave::EnclaveStatement& statement = sigstruct.statement;
  facts["attribute_flags"] = fmt::format("{:#x}", statement.attribute_flags);
  facts["attribute_flags_names"] = enclave::attribute_names(statement.attribute_flags);
  facts["attribute_xfrms"] = fmt::format("{:#x}", statement.attribute_xfrm);
  facts["attribute_xfrms_names"] = enclave::xfrm_names(statement.attribute_xfrm);
  facts["attribute_flags_mask"] = fmt::format("{:#x}", statement.attribute_flags_mask);
  facts["attribute_xfrm_mask"] = fmt::format("{:#x}", statement.attribute_xfrm_mask);
  facts["misc_mask"] = fmt::format("{:#x}", statement.misc_mask);
  facts["debug_enclave"] = statement.debug();
  facts["vendor"] = fmt::format("{:#x}", statement.vendor);
  facts["isv_family_id"] = crypto::hex(statement.family_id);
  facts["isv_ext_prod_id"] = crypto::hex(statement.extended_product_id);
  facts["signed"] = !enclave::is_unsigned(sigstruct);
  const enclave::SigstructVerdicts verdicts = enclave::verify(sigstruct);
  facts["signature_valid"] = verdicts.signature;
  facts["q1_right"] = verdicts.q1;
  facts["q2_right"] = verdicts.q2;
}

/// TOML, which is JSON for texts, numbers, flags and lists.
std::string toml_of(const Facts& facts) {
  std::string text;
  for (const auto& [name, value] : facts.items())
    text += fmt::format("{} = {}\n", name, value.dump());
  return text;
}

struct SignFlags {
  std::string file;
  std::string gramine;
  std::string key;
  std::string command;
  std::string signature;
  std::string public_key;
  std::string date;
  std::string output;
  bool prepare = false;

  void add_to(CLI::App& parser) {
    parser
        .add_option("FILE", file,
                    "A final manifest of Gramine (app.manifest.sgx), or a SIGSTRUCT, signed or not")
        ->required();
    parser.add_option("--gramine", gramine, "Where Gramine is installed (default /usr)")
        ->type_name("DIR");
    parser.add_option("--key", key, "RSA-3072 key with exponent 3, PEM; a passphrase is asked for")
        ->type_name("FILE");
    parser
        .add_option("--signing-command", command,
                    "Program with arguments (no shell) that gets the SHA-256 to be signed as "
                    "base64 on stdin and prints the RSA signature")
        ->type_name("COMMAND");
    parser.add_option("--signature", signature, "A signature that was made elsewhere")
        ->type_name("FILE");
    parser
        .add_option("--public-key", public_key,
                    "The signer's public key, with --signing-command and --signature")
        ->type_name("FILE");
    parser.add_flag(
        "--prepare", prepare,
        "Sign nothing: write the unsigned SIGSTRUCT and print the SHA-256 to be signed");
    parser.add_option("--date", date, "Date in the SIGSTRUCT (default today)")
        ->type_name("YYYY-MM-DD");
    parser.add_option("--output", output, "Where to write it (default: beside FILE, app.sig)")
        ->type_name("FILE");
  }

  [[nodiscard]] std::optional<std::uint32_t> given_date() const {
    if (date.empty()) return std::nullopt;
    const auto result = action::signing_date(date);
    if (!result)
      throw diag::Error(diag::ErrorKind::usage, "--date needs a date such as 2026-01-31");
    return result;
  }
  [[nodiscard]] action::SignerOptions signer() const {
    action::SignerOptions options;
    if (!key.empty()) options.key = key;
    if (!signature.empty()) options.signature = signature;
    if (!public_key.empty()) options.public_key = public_key;
    if (!command.empty()) options.command = session::split_command(command);
    return options;
  }
  [[nodiscard]] std::filesystem::path result() const {
    return output.empty() ? action::sigstruct_path(file) : std::filesystem::path(output);
  }
};

void show(Terminal& terminal, Facts facts, const char* schema) {
  if (!terminal.json) return terminal.data(lines_of(facts));
  facts["schema"] = schema;
  terminal.document(nlohmann::json(facts));
}

}  // namespace

int signer_info_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "signer info",
                "Print what the signer of an enclave says about it; exit status 1 if the processor "
                "would not take it.");
  std::string file;
  bool toml = false;
  bool image = false;
  std::string engine;
  parser.add_option("FILE", file, "SIGSTRUCT of an enclave (app.sig)")->required();
  parser.add_flag("--toml", toml, "TOML with the keys of 'gsc info-image'");
  parser.add_flag("--image", image, "FILE is an image that 'apply' has built for Gramine");
  parser.add_option("--engine", engine, "docker, podman or buildah (default: the first found)")
      ->type_name("ENGINE");
  parser.examples({"sconectl signer info app.sig",
                   "sconectl signer info --toml --image registry.example/me/gsc-web:1"});
  if (!parser.read(std::move(arguments))) return 0;
  const auto sigstruct = image
                             ? action::read_image_sigstruct(invocation.system, file, given(engine))
                             : action::read_sigstruct(invocation.system.files, file);
  Facts facts = gsc_facts(sigstruct);
  const bool good = enclave::verify(sigstruct).all();
  if (toml) {
    invocation.terminal.data(toml_of(facts));
  } else {
    add_details(facts, sigstruct);
    show(invocation.terminal, std::move(facts), "sconectl/v1/sigstruct");
  }
  return good ? 0 : 1;
}

int signer_measure_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "signer measure",
                "Complete a manifest of Gramine with the files of this machine and measure it: "
                "app.manifest becomes final, app.manifest.sgx and an unsigned app.sig are written "
                "beside it.");
  std::string file;
  std::string gramine = "/usr";
  std::string program;
  action::MeasureOptions options;
  parser.add_option("FILE", file, "Manifest of Gramine (app.manifest)")->required();
  parser.add_option("--gramine", gramine, "Where Gramine is installed")
      ->capture_default_str()
      ->type_name("DIR");
  parser.add_flag("--whole-image", options.whole_image,
                  "Trust every file but those that change with each start, as GSC does");
  parser
      .add_option("--program", program,
                  "The program, a path or a name for PATH: it gets a link where the manifest's "
                  "entry point is")
      ->type_name("PROGRAM");
  parser.examples({"sconectl signer measure app.manifest",
                   "sconectl signer measure /gramine/app_files/entrypoint.manifest --whole-image "
                   "--program python3"});
  if (!parser.read(std::move(arguments))) return 0;
  options.gramine.prefix = gramine;
  options.program = given(program);
  const auto statement = action::measure_image(invocation.system, file, options);
  Facts facts = gsc_facts(enclave::parse_sigstruct(enclave::unsigned_sigstruct(statement)));
  facts.erase("mr_signer");
  facts.erase("date");
  facts["file"] = action::sigstruct_path(file).string();
  show(invocation.terminal, std::move(facts), "sconectl/v1/measured-enclave");
  return 0;
}

int signer_sign_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "signer sign", "Measure an enclave of Gramine and sign it.");
  SignFlags flags;
  flags.add_to(parser);
  parser.examples(
      {"sconectl signer sign app.manifest.sgx --key enclave-key.pem",
       "sconectl signer sign app.manifest.sgx --prepare",
       "sconectl signer sign app.sig --public-key signer.pem --signature signature.bin",
       "sconectl signer sign app.sig --public-key signer.pem --signing-command ./sign-in-vault"});
  if (!parser.read(std::move(arguments))) return 0;
  action::System& system = invocation.system;
  const action::SignerOptions options = flags.signer();
  if (flags.prepare && (options.key || options.signature || !options.command.empty()))
    throw diag::Error(diag::ErrorKind::usage, "'--prepare' signs nothing: it excludes the signers");
  const auto signer =
      flags.prepare ? std::nullopt : std::optional(action::read_signer(system, options));
  const action::GramineInstallation gramine{flags.gramine.empty() ? "/usr" : flags.gramine};
  const auto statement = action::statement_of(system, flags.file, gramine, flags.given_date());
  const std::string bytes = flags.prepare ? enclave::unsigned_sigstruct(statement)
                                          : action::sign_enclave(system, statement, *signer);
  system.files.write(flags.result(), bytes);
  Facts facts = gsc_facts(enclave::parse_sigstruct(bytes));
  if (flags.prepare) {
    facts.erase("mr_signer");
    facts["digest"] =
        crypto::base64(crypto::view(crypto::sha256(enclave::signed_bytes(statement))));
  }
  facts["file"] = flags.result().string();
  show(invocation.terminal, std::move(facts), "sconectl/v1/signed-enclave");
  return 0;
}

}  // namespace sconectl::cli
