#include "casd/secrets/certificate_renewal.hpp"

#include <chrono>

#include "casd/log/event.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
using secrets::RenewalNeed;

/// Between two renewals that nobody waits for: uploads and waiting reads come first.
constexpr std::chrono::milliseconds least_pause{20};
constexpr std::size_t most_in_background = 10'000;

/// Renewals by callers: for how long others leave one alone that is being made, and one that
/// failed.
constexpr std::chrono::seconds renewal_takes{10};
constexpr std::chrono::seconds pause_of_waiting{3};
constexpr std::chrono::seconds pause_of_others{60};

std::string name_of(const RenewalJob& job) {
  return job.hash + "/" + job.session + ":" + job.secret.name;
}

}  // namespace

CertificateRenewal::CertificateRenewal(Store& store, spdlog::logger& log)
    : store_(store), log_(log), thread_([this] { serve(); }) {}

CertificateRenewal::~CertificateRenewal() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

void CertificateRenewal::request(RenewalJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (in_background_.size() >= most_in_background) return;
    if (!in_background_.insert(name_of(job)).second) return;
    background_.push_back(std::move(job));
  }
  arrived_.notify_one();
}

SecretMaterialPtr CertificateRenewal::renewed(RenewalJob job) {
  std::future<SecretMaterialPtr> result;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) throw Error(ErrorKind::unavailable, "the CAS is shutting down");
    waiting_.push_back({std::move(job), {}});
    result = waiting_.back().result.get_future();
  }
  arrived_.notify_one();
  return result.get();
}

SecretMaterialPtr CertificateRenewal::renewed_by_caller(const RenewalJob& job, RenewalNeed need) {
  const auto name = name_of(job);
  const bool waits = need == RenewalNeed::at_once;
  const auto keep_from = [&](std::chrono::seconds time) {
    const std::lock_guard lock(mutex_);
    tried_[name] = std::chrono::steady_clock::now() + time;
  };
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(tried_, [&](const auto& each) { return each.second <= now; });
    if (tried_.contains(name)) {
      if (!waits) return nullptr;
      throw Error(ErrorKind::unavailable,
                  "the certificate of secret '" + job.secret.name +
                      "' has ended, and is being renewed, or could not be a moment ago");
    }
    tried_[name] = now + renewal_takes;
  }
  try {
    auto renewed = renew(job, RenewalNeed::soon);
    keep_from({});
    return renewed;
  } catch (const Error& error) {
    keep_from(waits ? pause_of_waiting : pause_of_others);
    if (waits) throw;
    log_event(log_, Severity::warning, "a certificate can not be renewed",
              {{"session", job.session}, {"secret", job.secret.name}, {"reason", error.text()}});
    return nullptr;
  }
}

void CertificateRenewal::serve() {
  std::unique_lock lock(mutex_);
  auto next_background = std::chrono::steady_clock::time_point::min();
  const auto something_to_do = [&] {
    return stopping_ || !waiting_.empty() ||
           (!background_.empty() && std::chrono::steady_clock::now() >= next_background);
  };
  while (true) {
    if (background_.empty())
      arrived_.wait(lock, [&] { return something_to_do() || !background_.empty(); });
    else
      arrived_.wait_until(lock, next_background, something_to_do);
    if (!waiting_.empty()) {
      auto waiting = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      try {
        waiting.result.set_value(renew(waiting.job, RenewalNeed::at_once));
      } catch (...) {
        waiting.result.set_exception(std::current_exception());
      }
      lock.lock();
    } else if (stopping_) {
      return;
    } else if (something_to_do()) {
      const auto job = std::move(background_.front());
      background_.pop_front();
      lock.unlock();
      renew_quietly(job);
      lock.lock();
      in_background_.erase(name_of(job));
      next_background = std::chrono::steady_clock::now() + least_pause;
    }
  }
}

void CertificateRenewal::renew_quietly(const RenewalJob& job) {
  try {
    (void)renew(job, RenewalNeed::soon);
  } catch (const Error& error) {
    log_event(log_, Severity::warning, "a certificate can not be renewed",
              {{"session", job.session}, {"secret", job.secret.name}, {"reason", error.text()}});
  } catch (const std::exception&) {
    log_event(log_, Severity::warning, "a certificate can not be renewed",
              {{"session", job.session}, {"secret", job.secret.name}});
  }
}

/// Another read may have had it renewed meanwhile: what is stored is looked at again.
SecretMaterialPtr CertificateRenewal::renew(const RenewalJob& job, RenewalNeed least) {
  const auto siblings = [&job](const std::string& name) {
    const auto found = job.siblings.find(name);
    if (found == job.siblings.end())
      throw Error(ErrorKind::failed, "secret '" + name + "' was not fetched for a renewal");
    return found->second;
  };
  const auto stored = store_.value(job.session, job.hash, job.secret.name);
  if (!stored) throw Error(ErrorKind::failed, "its stored value is gone");
  auto material = secrets::decode(
      job.secret, (job.elsewhere ? job.elsewhere->open(*stored) : stored->clone()).view(),
      siblings);
  if (secrets::renewal_need(job.secret, material, siblings, job.now) < least)
    return std::make_shared<const SecretMaterial>(std::move(material));
  auto fresh =
      std::make_shared<const SecretMaterial>(secrets::generate(job.secret, siblings, job.now));
  auto value = secrets::encode(job.secret, *fresh);
  if (job.elsewhere) value = job.elsewhere->keep(value);
  store_.replace_value(RenewalPermission(), job.session, job.hash, job.secret.name, value.view());
  return fresh;
}

}  // namespace sconectl::casd
