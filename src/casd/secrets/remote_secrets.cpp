#include "casd/secrets/remote_secrets.hpp"

#include "casd/secrets/exported_material.hpp"
#include "sconectl/cas/client.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::chrono::seconds left_alone{5};
constexpr std::size_t most_silent = 1000;
/// A service waits for the answer.
constexpr std::chrono::milliseconds patience{5'000};
/// Half of the threads that may wait (http_server.cpp): whoever may upload sessions can make the
/// CAS ask servers that do not answer, and the others still wait for the disk.
constexpr std::size_t most_waiting = 32;

}  // namespace

/// One of few that may wait for an answer.
class RemoteSecrets::WaitingPlace {
 public:
  explicit WaitingPlace(std::atomic<std::size_t>& count) : count_(count) {
    if (++count_ <= most_waiting) return;
    --count_;
    throw Error(ErrorKind::unavailable,
                "too many answers of other CASes are waited for; try again");
  }
  ~WaitingPlace() { --count_; }
  WaitingPlace(const WaitingPlace&) = delete;
  WaitingPlace& operator=(const WaitingPlace&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

void RemoteSecrets::refuse_if_silent(const std::string& url) {
  const std::scoped_lock guard(mutex_);
  const auto found = silent_.find(url);
  if (found == silent_.end()) return;
  if (clock_.steady() < found->second)
    throw Error(ErrorKind::unavailable, "CAS at " + url + " did not answer a moment ago");
  silent_.erase(found);
}

SecretMaterial RemoteSecrets::fetch(const session::RemoteCas& cas, cas::ExportRequest request) {
  if (http_ == nullptr)
    throw Error(ErrorKind::unsupported, "this CAS has no connection to other CASes");
  refuse_if_silent(cas.url);
  const WaitingPlace place(waiting_);
  const auto pair = crypto::generate_x25519();
  request.cas_chain = identity_.chain_pem();
  request.public_key = pair.public_key;
  cas::Peer peer;
  peer.address = cas::parse_address(cas.url);
  peer.trust = cas::PinnedKey{cas.key};
  peer.identity = cas::Identity{identity_.leaf_key(), identity_.leaf()};
  peer.retries = 0;
  peer.patience = patience;
  try {
    const auto reply = cas::Client(*http_, clock_, peer).exported(request);
    const auto value = crypto::hpke_open(pair.private_key.view(), cas::export_seal_info(request),
                                         "", reply.sealed);
    return secrets::decode_exported(value.view());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unavailable) {
      const std::scoped_lock guard(mutex_);
      if (silent_.size() >= most_silent) silent_.clear();
      silent_[cas.url] = clock_.steady() + left_alone;
    }
    throw error.within("CAS at " + cas.url + " gave no secret");
  }
}

}  // namespace sconectl::casd
