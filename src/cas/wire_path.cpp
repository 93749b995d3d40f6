// Paths, the table of statuses, and the error body of an error.
#include <fmt/format.h>

#include "sconectl/cas/wire.hpp"
#include "sconectl/text/percent.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;
using diag::ErrorKind;

struct Row {
  ErrorKind kind;
  int status;
};
// From kind to status the first row counts, from status to kind too: the rows of the wire come
// first.
constexpr Row table[] = {
    {ErrorKind::unauthenticated, 401}, {ErrorKind::refused, 403},     {ErrorKind::not_found, 404},
    {ErrorKind::conflict, 409},        {ErrorKind::unsupported, 501}, {ErrorKind::unavailable, 503},
    {ErrorKind::failed, 500},          {ErrorKind::refused, 400},     {ErrorKind::unsupported, 405},
    {ErrorKind::refused, 413},         {ErrorKind::refused, 415},     {ErrorKind::unavailable, 429},
    {ErrorKind::invalid, 400},         {ErrorKind::usage, 400},       {ErrorKind::interrupted, 503},
    {ErrorKind::too_many, 429},
};

void set_once(std::optional<std::string>& field, std::string_view key, std::string_view value) {
  if (field)
    throw Error(ErrorKind::invalid, fmt::format("key '{}' stands twice in the query", key));
  field = std::string(value);
}

}  // namespace

std::string path_encoded(std::string_view text) {
  return text::percent_encoded(text, "/");
}

ValuesQuery parse_values_query(std::string_view text) {
  std::optional<std::string> session;
  ValuesQuery query;
  for (const std::string_view pair : text::split(text, ',')) {
    const auto [key, value] = text::cut(pair, '=');
    if (!value)
      throw Error(ErrorKind::invalid, "the query must have the form key=value[,key=value]");
    if (key == "session")
      set_once(session, key, *value);
    else if (key == "secret")
      set_once(query.secret, key, *value);
    else if (key == "session_hash")
      set_once(query.session_hash, key, *value);
    else
      throw Error(ErrorKind::invalid,
                  "unknown key in the query; session, secret and session_hash are known");
  }
  if (!session) throw Error(ErrorKind::invalid, "the query lacks the key 'session'");
  query.session = session->starts_with('/') ? session->substr(1) : *session;
  return query;
}

std::string values_path(const ValuesQuery& query) {
  std::string result = std::string(path::values) + "session=" + path_encoded(query.session);
  if (query.secret) result += ",secret=" + path_encoded(*query.secret);
  if (query.session_hash) result += ",session_hash=" + path_encoded(*query.session_hash);
  return result;
}

std::vector<std::string> bounded_messages(std::vector<std::string> texts) {
  constexpr std::size_t most = diag::Diagnostics::most_kept;
  // One more: the line that counts what a document's diagnostics left out already.
  const std::size_t more = texts.size() > most + 1 ? texts.size() - most : 0;
  if (more > 0) texts.resize(most);
  for (auto& text : texts) text = diag::shortened(std::move(text), diag::Diagnostics::longest_text);
  if (more > 0) texts.push_back("… and " + std::to_string(more) + " more");
  return texts;
}

ErrorBody error_body(const diag::Error& error, std::string_view cas_version) {
  ErrorBody body;
  body.msg.push_back(error.text().empty() ? "the request failed" : error.text());
  body.msg.insert(body.msg.end(), error.causes().begin(), error.causes().end());
  // A refused document: the text is its first mistake, the others follow.
  bool first = true;
  for (const auto& diagnostic : error.diagnostics()) {
    if (diagnostic.severity != diag::Severity::error) continue;
    if (!std::exchange(first, false)) body.msg.push_back(diagnostic.line());
  }
  body.msg = bounded_messages(std::move(body.msg));
  body.cas_version = cas_version;
  return body;
}

int http_status(diag::ErrorKind kind) {
  for (const Row& row : table) {
    if (row.kind == kind) return row.status;
  }
  return 500;
}

diag::ErrorKind error_kind(int http_status) {
  for (const Row& row : table) {
    if (row.status == http_status) return row.kind;
  }
  return http_status >= 500 ? ErrorKind::unavailable : ErrorKind::failed;
}

}  // namespace sconectl::cas
