#include "casd/secrets/remote_secrets.hpp"

#include <future>

#include "casd/secrets/exported_material.hpp"
#include "sconectl/crypto/hpke.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::chrono::seconds left_alone{5};
constexpr std::size_t most_silent = 1000;
/// A secret has at most 4 MiB, and is sealed and written as base64.
constexpr std::size_t most_reply_bytes = 8UL * 1024 * 1024;

}  // namespace

/// One of few that are made at a time; it counts until it has ended, whether or not somebody still
/// waits for it.
class RemoteSecrets::Call {
 public:
  Call(RemoteSecrets& calls, std::string address) : calls_(calls), address_(std::move(address)) {
    const std::scoped_lock guard(calls_.mutex_);
    const auto to_it = calls_.calls_.find(address_);
    if (calls_.all_calls_ >= most_calls ||
        (to_it != calls_.calls_.end() && to_it->second >= most_calls_to_one))
      throw Error(ErrorKind::unavailable,
                  "too many answers of other CASes are waited for; try again");
    ++calls_.calls_[address_];
    ++calls_.all_calls_;
  }
  ~Call() {
    const std::scoped_lock guard(calls_.mutex_);
    --calls_.all_calls_;
    const auto to_it = calls_.calls_.find(address_);
    if (--to_it->second == 0) calls_.calls_.erase(to_it);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  std::promise<SecretMaterial> answer;

 private:
  RemoteSecrets& calls_;
  std::string address_;
};

void RemoteSecrets::refuse_if_silent(const std::string& url) {
  const std::scoped_lock guard(mutex_);
  const auto found = silent_.find(url);
  if (found == silent_.end()) return;
  if (clock_.steady() < found->second)
    throw Error(ErrorKind::unavailable, "CAS at " + url + " did not answer a moment ago");
  silent_.erase(found);
}

void RemoteSecrets::leave_alone(const std::string& url) {
  const std::scoped_lock guard(mutex_);
  if (silent_.size() >= most_silent) silent_.clear();
  silent_[url] = clock_.steady() + left_alone;
}

SecretMaterial RemoteSecrets::ask(cas::Peer peer, cas::ExportRequest request, std::size_t hops) {
  const auto pair = crypto::generate_x25519();
  request.cas_chain = identity_.shown_chain_pem();
  request.public_key = pair.public_key;
  const auto reply = cas::Client(*http_, clock_, std::move(peer)).exported(request, hops);
  const auto value =
      crypto::hpke_open(pair.private_key.view(), cas::export_seal_info(request), "", reply.sealed);
  return secrets::decode_exported(value.view());
}

SecretMaterial RemoteSecrets::fetch(const session::RemoteCas& cas,
                                    const cas::ExportRequest& request, ImportBudget& budget) {
  if (http_ == nullptr)
    throw Error(ErrorKind::unsupported, "this CAS has no connection to other CASes");
  const auto address = cas::parse_address(cas.url);
  if (!sources_.allow(address))
    throw Error(ErrorKind::refused, "this CAS does not import from " + cas.url +
                                        ": its operator does not allow it (--import-from)");
  refuse_if_silent(cas.url);
  const auto now = std::chrono::steady_clock::now();  // it is really waited for
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(budget.take(now) - now);
  if (time.count() <= 0)
    throw Error(ErrorKind::unavailable,
                "CAS at " + cas.url + " was not asked: the time of this request's imports is up");
  cas::Peer peer;
  peer.address = address;
  peer.trust = cas::PinnedKey{cas.key};
  peer.identity = *identity_.leaf();
  peer.retries = 0;
  peer.patience = time;
  peer.reply_bytes = most_reply_bytes;
  const auto call = std::make_shared<Call>(*this, address.authority());
  auto answer = call->answer.get_future();
  threads_.post(address.authority(), [this, call, peer, request, hops = budget.next_hop()] {
    try {
      call->answer.set_value(ask(peer, request, hops));
    } catch (...) {
      call->answer.set_exception(std::current_exception());
    }
  });
  try {
    if (answer.wait_for(time) != std::future_status::ready)
      throw Error(ErrorKind::unavailable, "no answer in time");
    return answer.get();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unavailable) leave_alone(cas.url);
    throw error.within("CAS at " + cas.url + " gave no secret");
  }
}

}  // namespace sconectl::casd
