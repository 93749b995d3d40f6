// Reading sessions (RA-027 ... RA-033).
#include <algorithm>
#include <charconv>

#include "casd/routes/handlers.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/signed_session.hpp"
#include "sconectl/text/time.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t usual_page = 1000;
/// Of a history: each has to be opened to be believed.
constexpr std::size_t most_versions = 1000;

bool wants_verbatim(const Call& call) {
  const auto text = call.parameter("verbatim");
  if (text && *text != "true" && *text != "false")
    throw Error(ErrorKind::invalid, "the query parameter 'verbatim' is true or false");
  return text == "true";
}

/// RA-041: the text as it was signed, if it was.
cas::SessionText text_of(const StoredSession& stored, bool verbatim) {
  cas::SessionText reply{stored.text, stored.hash, {}};
  if (!verbatim || stored.upload.empty()) return reply;
  auto signed_session = session::parse_signed_session(stored.upload);
  reply.session = std::move(signed_session.session);
  for (auto& signature : signed_session.signatures)
    reply.signatures.push_back({signature.signer, crypto::hex(signature.signature)});
  return reply;
}

std::size_t page_limit(const Call& call) {
  const auto text = call.parameter("limit");
  if (!text) return usual_page;
  std::size_t limit = 0;
  const auto [end, status] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (status != std::errc() || end != text->data() + text->size() || limit == 0)
    throw Error(ErrorKind::invalid, "the query parameter 'limit' is a number from 1 on");
  return std::min(limit, usual_page);
}

}  // namespace

Response read_session(RequestContext& context, const ReadableSession& session) {
  const auto& call = context.call;
  const auto& active = session.version();
  const bool verbatim = wants_verbatim(call);
  const auto hash = call.hash_parameter("hash");
  if (!hash || *hash == active.hash)
    return json_response(200, cas::encode(text_of(active, verbatim)));
  const auto old = context.state.store.version(active.name, *hash);
  if (!old)
    throw Error(ErrorKind::not_found, std::string(cas::message::session_not_found),
                {"session '" + active.name + "' has no version with hash " + *hash});
  return json_response(200, cas::encode(text_of(*old, verbatim)));
}

Response read_session_yaml(RequestContext&, const ReadableSession& session) {
  Response response;
  response.body = session.version().text;
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

Response read_history(RequestContext& context, const ReadableSession& session) {
  cas::History reply;
  for (const auto& version : context.state.store.history(session.version().name, most_versions))
    reply.versions.push_back({version.hash, version.predecessor,
                              text::rfc3339(crypto::Time(std::chrono::seconds(version.created)))});
  return json_response(200, cas::encode(reply));
}

Response read_session_hash(RequestContext&, const ReadableHash& hash) {
  return json_response(200, cas::encode(cas::HashReply{hash.hash(), hash.salted()}));
}

Response list_sessions(RequestContext& context, const ListableNamespace& listed) {
  const auto page = context.state.store.children(
      listed.name(), context.call.parameter("after").value_or(""), page_limit(context.call));
  cas::SessionList reply{listed.name(), page.names, {}};
  if (page.more) reply.next = page.names.back();
  return json_response(200, cas::encode(reply));
}

}  // namespace sconectl::casd
