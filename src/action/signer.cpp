#include "sconectl/action/signer.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>

#include "action/image_files.hpp"
#include "sconectl/action/apply_service.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/enclave/settings.hpp"
#include "sconectl/image/engine.hpp"
#include "sconectl/image/plan.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t largest_key_file = std::size_t{1} << 16U;
constexpr std::size_t largest_manifest = std::size_t{256} << 20U;
constexpr std::size_t largest_libpal = std::size_t{256} << 20U;

crypto::PrivateKey private_key(System& system, const std::filesystem::path& file) {
  const auto pem = crypto::Secret::adopt(system.files.read(file, largest_key_file));
  const auto passphrase = [&] {
    auto line = system.environment.hidden_line(fmt::format("Passphrase of '{}': ", file.string()));
    if (!line)
      throw diag::Error(
          diag::ErrorKind::unavailable,
          fmt::format("'{}' is encrypted, and there is no terminal to ask for its passphrase; use "
                      "a key without one, or '--signing-command'",
                      file.string()));
    return crypto::Secret::adopt(std::move(*line));
  };
  try {
    return crypto::PrivateKey::from_any_pem(pem.view(), passphrase);
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::invalid) throw;
    throw error.within(fmt::format("'{}' can not sign enclaves", file.string()));
  }
}

/// Raw bytes, or text in hex or base64 over any number of lines.
std::string signature_bytes(const std::string& bytes) {
  if (bytes.size() == enclave::signer_key_size) return bytes;
  std::string text;
  for (const char c : bytes)
    if (!text::is_blank(c)) text += c;
  if (auto raw = crypto::unhex(text)) return *std::move(raw);
  if (auto raw = crypto::unbase64(text)) return *std::move(raw);
  return bytes;
}

std::string signature_of_command(System& system, const std::vector<std::string>& argv,
                                 const std::string& message) {
  const std::string digest = crypto::base64(crypto::view(crypto::sha256(message)));
  host::Command command{.argv = argv,
                        .environment = {{"SCONECTL_DIGEST", digest}},
                        .directory = {},
                        .input = digest + "\n"};
  command.err = host::Output::pass_through;
  const host::Exit exit = system.processes.run(command);
  if (!exit.ok())
    throw diag::Error(
        diag::ErrorKind::failed,
        fmt::format("the signing command '{}' ended with status {}", argv.front(), exit.status));
  return signature_bytes(exit.out);
}

void require_one_way(const SignerOptions& options) {
  const int ways = static_cast<int>(options.key.has_value()) +
                   static_cast<int>(!options.command.empty()) +
                   static_cast<int>(options.signature.has_value());
  if (ways != 1)
    throw diag::Error(diag::ErrorKind::usage,
                      "say who signs by one of '--key', '--signing-command' and '--signature'");
  if (!options.key && !options.public_key)
    throw diag::Error(diag::ErrorKind::usage,
                      "'--signing-command' and '--signature' need '--public-key'");
}

std::filesystem::path library_directory(const host::Files& files,
                                        const GramineInstallation& gramine) {
  for (const char* name : {"lib/x86_64-linux-gnu/gramine", "lib64/gramine", "lib/gramine"})
    if (files.exists(gramine.prefix / name / "sgx/libpal.so")) return gramine.prefix / name;
  throw diag::Error(
      diag::ErrorKind::unavailable,
      fmt::format("there is no Gramine under '{}': lib/x86_64-linux-gnu/gramine/sgx/libpal.so is "
                  "missing; '--gramine DIR' says where it is installed",
                  gramine.prefix.string()));
}

enclave::EnclaveStatement measured(const host::Files& files, const std::string& name,
                                   const std::string& manifest,
                                   const GramineInstallation& gramine) {
  const enclave::EnclaveSettings settings = enclave::settings_of(name, manifest);
  const auto libpal = library_directory(files, gramine) / "sgx/libpal.so";
  const std::string version =
      enclave::gramine_version(files.read(gramine.prefix / "bin/gramine-sgx", largest_key_file));
  enclave::EnclaveStatement statement = settings.statement;
  try {
    statement.mr_enclave =
        enclave::mr_enclave(settings.shape, manifest, files.read(libpal, largest_libpal), version);
  } catch (const diag::Error& error) {
    throw error.within(fmt::format("the enclave of '{}' can not be measured", name));
  }
  return statement;
}

/// Gramine starts a link beside the manifest; what it leads to has to be there.
void link_program(System& system, const std::filesystem::path& manifest, const std::string& text,
                  const std::string& program) {
  const ImageFiles tree(system.files);
  const enclave::ProgramPlace place = enclave::program_place(manifest.string(), text);
  const std::string found = enclave::find_program(tree, program, place.directory, place.path);
  if (place.entry_point.starts_with(manifest.parent_path().string() + "/") &&
      place.entry_point != found)
    system.files.make_link(found, place.entry_point);
}

}  // namespace

enclave::EnclaveStatement measure_image(System& system, const std::filesystem::path& manifest,
                                        const MeasureOptions& options) {
  const std::string text = system.files.read(manifest, largest_manifest);
  if (options.program) link_program(system, manifest, text, *options.program);
  diag::Diagnostics out;
  const std::string final_text = enclave::finish_manifest(
      manifest.string(), text, ImageFiles(system.files), {options.whole_image}, out);
  for (const diag::Diagnostic& warning : out.warnings()) system.warn(warning);
  out.throw_if_errors();
  enclave::EnclaveStatement statement =
      measured(system.files, manifest.string(), final_text, options.gramine);
  system.files.write(manifest.string() + ".sgx", final_text);
  system.files.write(sigstruct_path(manifest), enclave::unsigned_sigstruct(statement));
  system.files.write(manifest, final_text);
  return statement;
}

Signer read_signer(System& system, const SignerOptions& options) {
  require_one_way(options);
  Signer signer{options, std::nullopt, std::nullopt};
  if (options.key) {
    signer.key = private_key(system, *options.key);
    enclave::require_signer_key(signer.key->public_key());
  } else {
    signer.public_key =
        crypto::PublicKey::from_pem(system.files.read(*options.public_key, largest_key_file));
    enclave::require_signer_key(*signer.public_key);
  }
  return signer;
}

std::string sign_enclave(System& system, const enclave::EnclaveStatement& statement,
                         const Signer& signer) {
  if (signer.key) return enclave::signed_sigstruct(statement, *signer.key);
  const SignerOptions& options = signer.options;
  const std::string signature =
      options.signature
          ? signature_bytes(system.files.read(*options.signature, largest_key_file))
          : signature_of_command(system, options.command, enclave::signed_bytes(statement));
  return enclave::assembled_sigstruct(statement, *signer.public_key, signature);
}

enclave::EnclaveStatement statement_of(System& system, const std::filesystem::path& file,
                                       const GramineInstallation& gramine,
                                       std::optional<std::uint32_t> date) {
  const std::string bytes = system.files.read(file, largest_manifest);
  enclave::EnclaveStatement statement;
  if (bytes.size() == enclave::sigstruct_size && bytes.front() == '\x06') {
    statement = read_sigstruct(system.files, file).statement;
    if (date) statement.date = *date;
  } else {
    statement = measured(system.files, file.string(), bytes, gramine);
    statement.date = date.value_or(signing_date(system));
  }
  return statement;
}

enclave::Sigstruct read_sigstruct(const host::Files& files, const std::filesystem::path& file) {
  const std::string bytes = files.read(file, largest_manifest);
  try {
    return enclave::parse_sigstruct(bytes);
  } catch (const diag::Error& error) {
    throw error.within(fmt::format("'{}' holds no SIGSTRUCT", file.string()));
  }
}

enclave::Sigstruct read_image_sigstruct(System& system, const std::string& reference,
                                        const std::optional<std::string>& engine) {
  image::Engine asked(system.processes, system.files, engine_name(system, engine),
                      cache_directory(system));
  asked.ask_daemon(system.environment, system.http);
  const image::SconeFolder folder =
      asked.scone_folder(reference, asked.inspect({reference}).at(reference));
  const auto found = folder.find(std::string(image::sigstruct_path));
  if (found == folder.end())
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("image '{}' was not built for Gramine by 'sconectl apply': it "
                                  "has no /scone/{}",
                                  reference, image::sigstruct_path));
  return enclave::parse_sigstruct(found->second);
}

std::optional<std::uint32_t> signing_date(const std::string& text) {
  constexpr std::string_view form = "dddd-dd-dd";
  if (text.size() != form.size()) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool fits = form[i] == '-' ? text[i] == '-' : text::is_digit(text[i]);
    if (!fits) return std::nullopt;
    if (text[i] != '-') digits += text[i];
  }
  return text::number<std::uint32_t>(digits, 16);
}

std::uint32_t signing_date(const System& system) {
  auto time = std::chrono::floor<std::chrono::seconds>(system.clock.now());
  const std::string epoch = system.environment.get_or("SOURCE_DATE_EPOCH", "");
  if (!epoch.empty()) {
    const auto seconds = text::number<std::int64_t>(epoch);
    if (!seconds)
      throw diag::Error(diag::ErrorKind::usage,
                        fmt::format("SOURCE_DATE_EPOCH can not be '{}', only a number", epoch));
    time = std::chrono::sys_seconds(std::chrono::seconds(*seconds));
  }
  const auto date = signing_date(fmt::format("{:%F}", time));
  if (!date) throw diag::Error(diag::ErrorKind::usage, "the time of signing has no date");
  return *date;
}

std::filesystem::path sigstruct_path(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  for (const std::string_view ending : {".sgx", ".manifest"})
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  if (!name.ends_with(".sig")) name += ".sig";
  return file.parent_path() / name;
}

}  // namespace sconectl::action
