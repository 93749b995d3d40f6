#include "sconectl/cas/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/name.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/signed_session.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::size_t max_list_pages = 10'000;
constexpr std::size_t max_cause_bytes = 4096;

// Text of a CAS goes to a terminal: no control characters, no end of lines, bounded.
std::string printable(std::string text) {
  if (text.size() > max_cause_bytes) text.resize(max_cause_bytes);
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }, ' ');
  return text;
}

std::string session_target(std::string_view prefix, std::string_view name) {
  const std::string normal = session::normalised(name);
  return std::string(prefix) + (normal == "/" ? "%2F" : path_encoded(normal));
}

[[noreturn]] void throw_reply(const Address& address, const host::HttpResponse& response) {
  const std::string text =
      fmt::format("CAS at {} answered with HTTP status {}", url(address), response.status);
  std::vector<std::string> causes;
  try {
    for (auto& message : decode_error_body(response.body).msg)
      causes.push_back(printable(std::move(message)));
  } catch (const Error&) {
    causes.emplace_back("its answer is not in the form of a CAS");
  }
  throw Error(error_kind(response.status), text, std::move(causes));
}

// A reply that makes no sense is the CAS's mistake, not one of the user's input.
template <typename Decode>
auto decoded(const Address& address, const host::HttpResponse& response, Decode decode) {
  try {
    return decode(response.body);
  } catch (const Error& error) {
    throw Error(ErrorKind::failed,
                fmt::format("CAS at {} gave an answer that makes no sense", url(address)),
                {error.text()});
  }
}

}  // namespace

/// The chain that was accepted last: every request of a connection shows the same one.
class Client::Judged {
 public:
  /// As chain_refusal().
  std::string refusal(const Trust& trust, const std::vector<std::string>& chain) {
    const std::scoped_lock guard(mutex_);
    if (!accepted_.empty() && accepted_ == chain) return "";
    std::string result = chain_refusal(trust, chain);
    if (result.empty()) accepted_ = chain;
    return result;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> accepted_;
};

Client::Client(host::Http& http, host::Clock& clock, Peer peer)
    : http_(&http), clock_(&clock), peer_(std::move(peer)), judged_(std::make_shared<Judged>()) {
  if (peer_.identity) certificate_ = peer_.identity->client_certificate();
}

host::HttpResponse Client::send_once(const host::HttpRequest& request) {
  host::Tls tls;
  tls.client = certificate_;
  // The verification is ours, because its refusal has to name both keys; it runs before anything
  // is sent.
  tls.trust = host::Unverified{};
  tls.verify = [this](const std::vector<std::string>& chain) {
    const std::string refusal = judged_->refusal(peer_.trust, chain);
    if (!refusal.empty())
      throw Error(ErrorKind::refused,
                  fmt::format("CAS at {} is not the trusted one: {}", url(peer_.address), refusal));
    return true;
  };
  return http_->send(request, tls);
}

host::HttpResponse Client::send(const Call& call) {
  host::HttpRequest request;
  request.method = call.method;
  request.url = "https://" + peer_.address.authority() + call.target;
  request.body = call.body;
  request.headers = {{"Accept", "application/json"}};
  if (!call.content_type.empty()) request.headers.emplace_back("Content-Type", call.content_type);
  request.headers.insert(request.headers.end(), call.headers.begin(), call.headers.end());
  if (peer_.reply_bytes) request.response_limit = *peer_.reply_bytes;
  if (peer_.patience) request.connect_timeout = request.timeout = *peer_.patience;
  auto pause = first_pause;
  for (int attempt = 0;; ++attempt) {
    std::optional<host::HttpResponse> response;
    try {
      response = send_once(request);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unavailable) throw;
      if (attempt >= peer_.retries)
        throw error.within(fmt::format("CAS at {} can not be reached", url(peer_.address)));
    }
    if (response) {  // any answer is definite (CL-012)
      if (response->status < 200 || response->status > 299) throw_reply(peer_.address, *response);
      return *std::move(response);
    }
    clock_->sleep(pause);
    pause *= 2;
  }
}

host::HttpResponse Client::get(std::string target) {
  return send({"GET", std::move(target), "", ""});
}

host::HttpResponse Client::post(std::string target, std::string body) {
  return send({"POST", std::move(target), std::move(body), "application/json"});
}

SessionAccepted Client::create_session(std::string_view body) {
  Call call{"POST", std::string(path::sessions), std::string(body), "application/json"};
  switch (session::form_of(body)) {
    case session::Form::yaml:
      call.content_type = "application/yaml";
      break;
    case session::Form::signed_session:
      break;
    case session::Form::encrypted_session:
      call.method = "PUT";
      call.target = path::encrypted_sessions;
      break;
  }
  return decoded(peer_.address, send(call), decode_session_accepted);
}

SessionAccepted Client::check(std::string_view body) {
  return decoded(peer_.address, post(std::string(path::session_checks), std::string(body)),
                 decode_session_accepted);
}

SessionText Client::read_session(std::string_view name, const std::optional<std::string>& hash) {
  std::string target = session_target(path::one_session, name);
  if (hash) target += "?hash=" + path_encoded(*hash);
  auto reply = decoded(peer_.address, get(std::move(target)), decode_session_text);
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::refused, fmt::format("CAS at {} answered for session '{}' with {}",
                                                url(peer_.address), name, why));
  };
  if (hash && reply.hash != *hash) refuse("another version than the one that was asked for");
  const auto read = decoded(peer_.address, {}, [&](const std::string&) {
    return session::parse_stored("session read from the CAS", reply.session);
  });
  if (session::normalised(read.name) != session::normalised(name)) refuse("another session");
  if (const std::string ours = session::hash(read); ours != reply.hash)
    refuse(fmt::format("hash {}, but its text has hash {} (possible tampering)", reply.hash, ours));
  return reply;
}

SessionText Client::read_verbatim(std::string_view name) {
  return decoded(peer_.address, get(session_target(path::one_session, name) + "?verbatim=true"),
                 decode_session_text);
}

HashReply Client::session_hash(std::string_view name) {
  try {
    return decoded(peer_.address, get(session_target(path::session_hashes, name)),
                   decode_hash_reply);
  } catch (const Error& error) {
    // The hash endpoint refuses unsalted sessions to those who may not read them, and an older CAS
    // has none; a session that does not exist is said so in the texts.
    const auto& causes = error.causes();
    const bool absent = std::any_of(causes.begin(), causes.end(), [](const std::string& cause) {
      return cause.find(message::session_not_found) != std::string::npos;
    });
    const bool no_endpoint =
        (error.kind() == ErrorKind::not_found && !absent) || error.kind() == ErrorKind::unsupported;
    if (!no_endpoint) throw;
  }
  return {read_session(name).hash, false};
}

SessionList Client::list(std::string_view namespace_path) {
  const std::string first = std::string(path::sessions) +
                            "?namespace=" + path_encoded(session::normalised(namespace_path));
  auto all = decoded(peer_.address, get(first), decode_session_list);
  for (std::size_t page = 1; all.next; ++page) {
    auto more = decoded(peer_.address, get(first + "&after=" + path_encoded(*all.next)),
                        decode_session_list);
    const bool endless = more.sessions.empty() || page >= max_list_pages;
    all.sessions.insert(all.sessions.end(), more.sessions.begin(), more.sessions.end());
    all.next = std::move(more.next);
    if (all.next && endless)
      throw Error(
          ErrorKind::failed,
          fmt::format("CAS at {} sends a list of sessions without an end", url(peer_.address)));
  }
  return all;
}

History Client::history(std::string_view name) {
  return decoded(peer_.address, get(session_target(path::session_history, name)), decode_history);
}

LeaseList Client::leases(std::string_view name) {
  return decoded(peer_.address, get(session_target(path::session_leases, name)), decode_lease_list);
}

LeasesRevoked Client::revoke_leases(std::string_view name,
                                    const std::optional<std::string>& service,
                                    const std::optional<std::string>& lease) {
  std::string target = session_target(path::session_leases, name);
  if (service) target += "?service=" + path_encoded(*service);
  if (lease) target += (service ? "&lease=" : "?lease=") + path_encoded(*lease);
  return decoded(peer_.address, send({"DELETE", std::move(target), "", ""}), decode_leases_revoked);
}

SessionDeleted Client::delete_session(std::string_view name, const std::optional<std::string>& hash,
                                      bool force) {
  std::string target = session_target(path::one_session, name);
  if (hash) target += "?hash=" + *hash;
  if (force) target += hash ? "&force=true" : "?force=true";
  return decoded(peer_.address, send({"DELETE", std::move(target), "", ""}),
                 decode_session_deleted);
}

NamespaceStatus Client::seal_namespace(std::string_view name, const crypto::Secret& key) {
  return decoded(
      peer_.address,
      send({"PUT", session_target(path::namespace_seals, name),
            std::string(encode(NamespaceKeyRequest{key.clone()}).view()), "application/json"}),
      decode_namespace_status);
}

NamespaceStatus Client::unseal_namespace(std::string_view name) {
  return decoded(peer_.address,
                 send({"DELETE", session_target(path::namespace_seals, name), "", ""}),
                 decode_namespace_status);
}

NamespaceStatus Client::unlock_namespace(std::string_view name, const crypto::Secret& key) {
  return decoded(peer_.address,
                 post(session_target(path::namespace_unlocks, name),
                      std::string(encode(NamespaceKeyRequest{key.clone()}).view())),
                 decode_namespace_status);
}

NamespaceStatus Client::lock_namespace(std::string_view name) {
  return decoded(peer_.address, post(session_target(path::namespace_locks, name), ""),
                 decode_namespace_status);
}

NamespaceStatus Client::namespace_status(std::string_view name) {
  return decoded(peer_.address, get(session_target(path::namespace_seals, name)),
                 decode_namespace_status);
}

ReleaseList Client::releases(std::string_view name) {
  return decoded(peer_.address, get(session_target(path::session_releases, name)),
                 decode_release_list);
}

DenialInfo Client::denial(std::string_view id) {
  return decoded(peer_.address, get(std::string(path::denials).append(id)), decode_denial);
}

AuditCheckpoints Client::audit_checkpoints(std::uint64_t least, std::uint64_t most) {
  const auto page = [&](std::uint64_t from) {
    return decoded(peer_.address,
                   get(fmt::format("{}?min_sequence_number={}&max_sequence_number={}",
                                   path::audit_checkpoints, from, most)),
                   decode_audit_checkpoints);
  };
  auto all = page(least);
  for (bool more = all.checkpoints.size() == most_checkpoints_in_answer; more;) {
    const auto next = page(all.checkpoints.back().sequence_number + 1).checkpoints;
    more = next.size() == most_checkpoints_in_answer &&
           next.front().sequence_number > all.checkpoints.back().sequence_number;
    all.checkpoints.insert(all.checkpoints.end(), next.begin(), next.end());
  }
  return all;
}

AuditCheckpoints Client::newest_audit_checkpoint() {
  return decoded(peer_.address,
                 get(fmt::format("{}?max_sequence_number=0", path::audit_checkpoints)),
                 decode_audit_checkpoints);
}

OwnerReply Client::provision(const ProvisionRequest& request) {
  return decoded(peer_.address,
                 post(std::string(path::provision), std::string(encode(request).view())),
                 decode_owner_reply);
}

OwnerReply Client::replace_config(const crypto::Secret& config) {
  return decoded(
      peer_.address,
      send({"PUT", std::string(path::config), std::string(config.view()), "application/json"}),
      decode_owner_reply);
}

KeyRotationReply Client::rotate_keys(const KeyRotation& rotation) {
  return decoded(peer_.address, post(std::string(path::keys), encode(rotation)),
                 decode_key_rotation_reply);
}

PublicValue Client::value(const ValuesQuery& query) {
  return decoded(peer_.address, get(values_path(query)), decode_public_value);
}

PublicValues Client::values(const ValuesQuery& query) {
  return decoded(peer_.address, get(values_path(query)), decode_public_values);
}

Version Client::version() {
  return decoded(peer_.address, get(std::string(path::version)), decode_version);
}

Health Client::health() {
  return decoded(peer_.address, get(std::string(path::health)), decode_health);
}

Attested Client::attest(std::string_view nonce) {
  auto response = get(fmt::format("{}?nonce={}&version={}", path::attest, crypto::hex(nonce),
                                  newest_report_version));
  Attested attested;
  attested.report = decoded(peer_.address, response, decode_attestation_report);
  attested.nonce = nonce;
  attested.peer_chain = std::move(response.peer_chain);
  attested.url = url(peer_.address);
  return attested;
}

ExportReply Client::exported(const ExportRequest& request, std::size_t hops) {
  const Call call{"POST",
                  std::string(path::exports),
                  encode(request),
                  "application/json",
                  {{std::string(import_hops_header), std::to_string(hops)}}};
  return decoded(peer_.address, send(call), decode_export_reply);
}

Challenge Client::service_challenge() {
  return decoded(peer_.address, post(std::string(path::service_challenge), ""), decode_challenge);
}

ConfigReply Client::service_config(const ConfigRequest& request) {
  return decoded(peer_.address, post(std::string(path::service_config), encode(request)),
                 decode_config_reply);
}

SecretsReply Client::service_secrets(const SecretsRequest& request, std::string_view key) {
  return decoded(peer_.address, post(std::string(path::service_secrets), encode(request, key)),
                 decode_secrets_reply);
}

}  // namespace sconectl::cas
