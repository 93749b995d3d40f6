#include "action/scone_image.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::action {
namespace {

constexpr const char* fspf_key_file = "fspf_key";
constexpr std::size_t largest_fspf_key_file = 65536;
constexpr std::size_t most_fspf_keys = 100;
constexpr std::size_t fspf_key_digits = 64;
constexpr std::size_t fspf_tag_digits = 32;

/// The first line of what a script of ours printed, and the bytes behind it.
struct Printed {
  std::vector<std::string> words;
  std::string_view bytes;
};

Printed printed(std::string_view output) {
  Printed result;
  const std::size_t end = output.find('\n');
  if (end == std::string_view::npos) return result;
  for (const std::string_view word : text::split(output.substr(0, end), ' '))
    result.words.emplace_back(word);
  result.bytes = output.substr(end + 1);
  return result;
}

diag::Error odd_output(const std::string& tool, std::string_view what) {
  return {diag::ErrorKind::failed,
          fmt::format("{} of SCONE did not print {}: these tools are other ones than this program "
                      "knows",
                      tool, what)};
}

std::string measurement(std::string_view output, const std::string& program) {
  std::string hash = text::lower(text::trimmed(output));
  if (!text::is_hex(hash, 64))
    throw odd_output(fmt::format("the program '{}'", program),
                     "its measurement when SCONE_HASH=1 asks for it");
  return hash;
}

/// What is signed, as our own signer would do it: MRSIGNER follows from the key.
image::EnclaveIdentity signed_identity(const std::string& mr_enclave, const image::BuildPlan& plan,
                                       const Signer& signer) {
  const std::string sigstruct = enclave::signed_sigstruct({}, *signer.key);
  image::EnclaveIdentity result;
  result.mr_enclave = mr_enclave;
  result.mr_signer =
      crypto::hex(crypto::view(enclave::mr_signer(enclave::parse_sigstruct(sigstruct).modulus)));
  result.product_id = plan.scone->product_id;
  result.svn = plan.scone->svn;
  result.debug = plan.facts.mode == image::Mode::debug;
  return result;
}

void build_helper(System& system, image::Engine& engine, const image::BuildPlan& helper,
                  const std::filesystem::path& directory, const image::Engine::Lines& lines) {
  image::write(helper, system.files, directory);
  (void)engine.build(directory, helper.reference, lines);
}

void sign(System& system, image::Engine& engine, const image::BuildPlan& plan,
          const std::filesystem::path& directory, const Signer& signer, image::SconeResult& made,
          const image::Engine::Lines& lines) {
  const image::BuildPlan helper = image::signing_plan(plan);
  build_helper(system, engine, helper, directory / "signing", lines);
  std::string options = plan.facts.mode == image::Mode::debug ? "--verbose" : "--production";
  if (plan.scone->converts_program) options += " --sconify";
  image::RunOptions run{
      .argv = {"/bin/sh", std::string(image::scone_signing_script), options, plan.scone->program},
      .environment = {},
      .input = signer.key->pkcs8_pem()};
  const std::string output = engine.run(helper.reference, run);
  const Printed result = printed(output);
  if (result.words.size() < 2 || result.bytes.empty())
    throw odd_output("the signer", "a measurement and a program");
  made.program_path = result.words[1];
  made.enclave = signed_identity(measurement(result.words[0], made.program_path), plan, signer);
  made.program = result.bytes;
}

/// Beside those of earlier builds: an image of one of them may be what a registry has. The newest
/// is the first.
void keep_fspf_key(host::Files& files, const std::filesystem::path& directory, std::string_view tag,
                   std::string_view key) {
  std::string kept = fmt::format("{} {}\n", tag, key);
  auto before = files.read_if_exists(directory / fspf_key_file, largest_fspf_key_file);
  std::size_t count = 1;
  if (before)
    for (const std::string_view line : text::lines(*before))
      if (!line.empty() && !line.starts_with(tag) && count++ < most_fspf_keys)
        kept.append(line).append("\n");
  files.write(directory / fspf_key_file, kept, 0600);
  crypto::wipe(kept);
  if (before) crypto::wipe(*before);
}

void protect(System& system, image::Engine& engine, const image::BuildPlan& plan,
             const std::filesystem::path& directory, image::SconeResult& made,
             const image::Engine::Lines& lines) {
  if (plan.scone->authenticated.empty()) return;
  const image::BuildPlan helper = image::protecting_plan(plan);
  build_helper(system, engine, helper, directory / "protecting", lines);
  image::RunOptions run{
      .argv = {"/bin/sh", std::string(image::scone_fspf_script)}, .environment = {}, .input = {}};
  run.argv.insert(run.argv.end(), plan.scone->authenticated.begin(),
                  plan.scone->authenticated.end());
  const crypto::Secret output = crypto::Secret::adopt(engine.run(helper.reference, run));
  Printed result = printed(output.view());
  if (result.words.size() != 2 || !text::is_hex(result.words[0], fspf_key_digits) ||
      !text::is_hex(result.words[1], fspf_tag_digits) || result.bytes.empty())
    throw odd_output("'scone fspf encrypt'", "a key and a tag where its documentation has them");
  made.fspf = {std::string(result.bytes), result.words[1]};
  keep_fspf_key(system.files, directory, result.words[1], result.words[0]);
  crypto::wipe(result.words[0]);
}

/// A dry run of a mesh reads what is known about an image from its context.
void keep_facts(System& system, image::BuildPlan known, const image::BuildPlan& finished,
                const std::filesystem::path& directory) {
  for (const auto& [path, entry] : finished.context)
    if (path.starts_with("scone/")) known.context[path] = entry;
  image::write(known, system.files, directory);
}

}  // namespace

void require_scone_images(System& system, image::Engine& engine, const image::BuildPlan& plan,
                          const image::Engine::Lines& lines) {
  for (const std::string& reference : {plan.scone->image, plan.recipe.base}) {
    if (engine.find({reference}).contains(reference)) continue;
    system.tell(fmt::format("pulling {} ...", reference));
    try {
      engine.pull(reference, lines);
    } catch (const diag::Error& error) {
      if (error.kind() == diag::ErrorKind::interrupted) throw;
      throw diag::Error(
          diag::ErrorKind::unavailable,
          fmt::format("image '{}' can not be built for SCONE: '{}' is not here and can not be "
                      "pulled; without SCONE's images, add '--runtime native' to the command "
                      "('scone' was chosen because {})",
                      plan.reference, reference, plan.runtime_because),
          {error.text()});
    }
  }
}

SconeImage build_scone_image(System& system, image::Engine& engine, const image::BuildPlan& plan,
                             const std::filesystem::path& directory, const Signer& signer,
                             const image::Engine::Lines& lines) {
  if (!signer.key)
    throw diag::Error(diag::ErrorKind::unsupported,
                      "SCONE's signer needs the key itself: name it in 'build.signature.key', not "
                      "a '--signing-command'");
  (void)engine.build(directory, image::unsigned_reference(plan), lines, plan.configuration);
  image::SconeResult made;
  protect(system, engine, plan, directory, made, lines);
  sign(system, engine, plan, directory, signer, made, lines);
  const image::BuildPlan finished = image::finished_plan(plan, made);
  image::write(finished, system.files, directory / "finished");
  SconeImage result;
  image::BuildConfiguration same_time;
  same_time.time = plan.configuration.time;
  result.id = engine.build(directory / "finished", plan.reference, lines, same_time).id;
  result.enclave = made.enclave;
  const std::string again = measurement(
      engine.run(plan.reference,
                 {.argv = {made.program_path}, .environment = {{"SCONE_HASH", "1"}}, .input = {}}),
      made.program_path);
  if (again != made.enclave.mr_enclave)
    throw diag::Error(diag::ErrorKind::failed,
                      fmt::format("image '{}' is measured as {}, and its program was signed as {}",
                                  plan.reference, again, made.enclave.mr_enclave));
  keep_facts(system, plan, finished, directory);
  return result;
}

std::optional<std::string> kept_fspf_key(const host::Files& files,
                                         const std::filesystem::path& directory,
                                         const std::string& tag) {
  auto text = files.read_if_exists(directory / fspf_key_file, largest_fspf_key_file);
  if (!text) return std::nullopt;
  std::optional<std::string> key;
  for (const std::string_view line : text::lines(*text)) {
    const auto words = text::words_in(line);
    if (words.size() == 2 && words[0] == tag) key = words[1];
  }
  crypto::wipe(*text);
  return key;
}

}  // namespace sconectl::action
