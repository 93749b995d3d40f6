// Public values (RA-048 ... RA-058).
#include <utility>

#include "casd/routes/handlers.hpp"
#include "casd/routes/refusal.hpp"
#include "casd/secrets/fragment_json.hpp"
#include "casd/secrets/secret_material.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using session::Format;
using session::SecretKind;

/// RA-053: the format in which a kind is public; nothing for kinds that never are.
struct PublicForm {
  std::string_view kind;
  Format format;
};
std::optional<PublicForm> public_form(SecretKind kind) {
  switch (kind) {
    case SecretKind::ascii:
      return PublicForm{"string", Format::text};
    case SecretKind::binary:
      return PublicForm{"binary", Format::hex};
    case SecretKind::x509:
    case SecretKind::x509_ca:
    case SecretKind::session_ca:
      return PublicForm{"x509", Format::certificate_pem};
    case SecretKind::public_key:
      return PublicForm{"public-key", Format::public_key_pem};
    case SecretKind::pgp_key:
      return PublicForm{"pgp-key", Format::pgp_public_armored};
    case SecretKind::config_fragment:
      return PublicForm{"config-fragment", Format::text};
    case SecretKind::private_key:
    case SecretKind::aad_token:
    case SecretKind::jwt:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<cas::PublicValue> public_value(const SecretMaterial& material) {
  const auto form = public_form(material.kind);
  if (!form) return std::nullopt;
  cas::PublicValue value;
  value.kind = form->kind;
  if (material.kind == SecretKind::config_fragment) {
    value.value = fragment_json(material.fragment);
    return value;
  }
  value.value = secrets::format(material, form->format).view();
  if (material.certificates.empty()) return value;
  value.chain = secrets::format(material, Format::chain).view();
  const auto end = material.certificates.front().not_after();
  if (end < crypto::never_expires) value.expires = text::rfc3339(end);
  if (const auto renewal = secrets::renewal_time(material)) value.renew = text::rfc3339(*renewal);
  return value;
}

Response one_value(RequestContext& context, const cas::ValuesQuery& query,
                   const PublicSecrets& found) {
  const auto material = context.secrets.read(found.session(), found.secrets().front()->name);
  const auto value = public_value(*material);
  if (!value) throw secret_not_public(query);
  return json_response(200, cas::encode(*value));
}

/// One broken import must not hide the other values; its reason is in the log.
Response all_values(RequestContext& context, const PublicSecrets& found) {
  const auto& session = found.session();
  cas::PublicValues reply;
  std::size_t bytes = 0;
  for (const auto* secret : found.secrets()) {
    try {
      const auto material = context.secrets.read(session, secret->name);
      if (auto value = public_value(*material)) {
        bytes += value->value.size() + value->chain.value_or("").size();
        reply.values.emplace(secret->name, std::move(*value));
      }
    } catch (const Error& error) {
      log_event(*context.state.log, Severity::warning, "a public value can not be had",
                {{"session", session.session.name},
                 {"secret", secret->name},
                 {"reason", error.causes().empty() ? error.text() : error.causes().back()}});
    }
    context.secrets.give(std::exchange(bytes, 0));
  }
  return json_response(200, cas::encode(reply));
}

}  // namespace

Response read_values(RequestContext& context, const cas::ValuesQuery& query,
                     const PublicSecrets& found) {
  return query.secret ? one_value(context, query, found) : all_values(context, found);
}

}  // namespace sconectl::casd
