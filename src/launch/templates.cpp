// Files of the image with placeholders in them (SL-250).
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <map>

#include "connection.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/host/program.hpp"
#include "sconectl/session/placeholder.hpp"
#include "template_place.hpp"

namespace sconectl::launch {

using diag::Error;
using diag::ErrorKind;

namespace {

constexpr std::size_t largest_template = 16U << 20U;

/// The text of a template: what was moved aside by an earlier start, or the file itself.
std::string template_text(const std::string& path) {
  const auto files = host::system_files();
  try {
    if (auto kept = files->read_if_exists(template_place(path), largest_template)) return *kept;
    return files->read(path, largest_template);
  } catch (const Error& error) {
    throw error.within(fmt::format("the session injects '{}' with a template of the image", path));
  }
}

/// rename() refuses what is mounted: with its placeholders replaced it would be a secret outside.
void move_aside(const std::string& path) {
  if (host::system_files()->exists(template_place(path))) return;
  if (std::rename(path.c_str(), template_place(path).c_str()) == 0) return;
  throw Error(ErrorKind::unavailable,
              fmt::format("can not replace the template '{}': {}", path, host::reason(errno)));
}

/// As the wire has it: "name" or "name:suffix".
std::string wanted(const session::Placeholder& placeholder) {
  return placeholder.suffix.empty() ? placeholder.name
                                    : placeholder.name + ":" + placeholder.suffix;
}

using Values = std::map<std::string, crypto::Secret>;

Values ask(const cas::SecretsRequest& request, const crypto::X25519Pair& pair,
           const cas::Lease& lease, cas::Client& cas) {
  const cas::SecretsReply reply = cas.service_secrets(request, lease.key);
  const std::string proof = cas::lease_proof(lease.key, request);
  if (!cas::proof_matches(cas::secrets_reply_proof(lease.key, proof, reply.sealed), reply.proof))
    throw Error(ErrorKind::refused, "the reply does not come from the CAS that gave the lease");
  const crypto::Secret json =
      crypto::hpke_open(pair.private_key.view(), cas::secrets_seal_info(proof), "", reply.sealed);
  auto values = cas::decode_values(json.view());
  if (values.size() != request.placeholders.size())
    throw Error(ErrorKind::refused, "the CAS gave another number of values than it was asked for");
  Values result;
  for (std::size_t i = 0; i < values.size(); ++i)
    result.emplace(request.placeholders[i], std::move(values[i]));
  return result;
}

/// One request for all of them.
Values values_of(const std::map<std::string, std::string>& texts, const Launch& launch,
                 const Options& options, host::Http& http, host::Clock& clock) {
  std::map<std::string, crypto::Secret> known;
  for (const auto& [path, text] : texts)
    for (const session::Piece& piece : session::pieces(text))
      if (piece.placeholder) known.emplace(wanted(*piece.placeholder), crypto::Secret());
  if (known.empty()) return known;
  if (!launch.lease)
    throw Error(ErrorKind::refused, "the CAS gave templates and no lease to ask for their values");
  const crypto::X25519Pair pair = crypto::generate_x25519();
  cas::SecretsRequest request;
  request.claim = {options.config_id.substr(0, options.config_id.find('@')), launch.lease->id};
  for (const auto& [name, value] : known) request.placeholders.push_back(name);
  request.public_key = pair.public_key;
  cas::Client cas = connection(options, http, clock);
  try {
    return ask(request, pair, *launch.lease, cas);
  } catch (const Error& error) {
    refuse(options, error);
  }
}

}  // namespace

void fill_templates(Launch& launch, const Options& options, host::Http& http, host::Clock& clock) {
  std::map<std::string, std::string> texts;
  for (const auto& file : launch.templates) texts[file.path] = template_text(file.path);
  const Values values = values_of(texts, launch, options, http, clock);
  for (const auto& file : launch.templates) {
    std::string content =
        session::substitute(texts[file.path], [&](const session::Placeholder& placeholder) {
          return std::string(values.at(wanted(placeholder)).view());
        });
    move_aside(file.path);
    launch.files.push_back({file.path, std::move(content), file.mode});
  }
  launch.templates.clear();
}

}  // namespace sconectl::launch
