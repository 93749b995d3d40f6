#include "action/signed_image.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

/// What the build has measured, dated now.
enclave::EnclaveStatement measured_statement(System& system, image::Engine& engine,
                                             const std::string& reference,
                                             const image::ImageIdentity& identity) {
  const image::SconeFolder folder = engine.scone_folder(reference, identity);
  const auto found = folder.find(std::string(image::unsigned_sigstruct_path));
  if (found == folder.end())
    throw diag::Error(diag::ErrorKind::failed,
                      fmt::format("image '{}' was built and holds no measurement", reference));
  enclave::EnclaveStatement statement = enclave::parse_sigstruct(found->second).statement;
  statement.date = signing_date(system);
  return statement;
}

image::EnclaveIdentity identity_of(const std::string& sigstruct) {
  const enclave::Sigstruct read = enclave::parse_sigstruct(sigstruct);
  return {crypto::hex(crypto::view(read.statement.mr_enclave)),
          crypto::hex(crypto::view(enclave::mr_signer(read.modulus))), read.statement.product_id,
          read.statement.svn, read.statement.debug()};
}

}  // namespace

SignedImage build_signed_image(System& system, image::Engine& engine, const image::BuildPlan& plan,
                               const std::filesystem::path& directory, const Signer& signer,
                               const image::Engine::Lines& lines) {
  const std::string open = image::unsigned_reference(plan);
  const image::ImageIdentity built = engine.build(directory, open, lines, plan.configuration);
  const std::string sigstruct =
      sign_enclave(system, measured_statement(system, engine, open, built), signer);
  SignedImage result;
  result.enclave = identity_of(sigstruct);
  const image::BuildPlan signing = image::signed_plan(plan, result.enclave, sigstruct);
  image::write(signing, system.files, directory / "signing");
  image::BuildConfiguration same_time;
  same_time.time = plan.configuration.time;
  result.id = engine.build(directory / "signing", plan.reference, lines, same_time).id;
  // A dry run of a mesh reads what is known about an image from its context.
  image::BuildPlan known = plan;
  known.facts = signing.facts;
  for (const auto& [path, entry] : signing.context)
    if (path.starts_with("scone/")) known.context[path] = entry;
  image::write(known, system.files, directory);
  return result;
}

}  // namespace sconectl::action
