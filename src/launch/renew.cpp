#include "renew.hpp"

#include <fmt/format.h>

#include <csignal>
#include <thread>

#include "place.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/program.hpp"

namespace sconectl::launch {

namespace {

std::string digest_of(const cas::ConfigurationFile& file) {
  return std::string(crypto::view(crypto::sha256(file.content))) + fmt::format("{:o}", file.mode);
}

void quietly(std::string_view) {}

}  // namespace

PlacedFiles placed(const std::vector<cas::ConfigurationFile>& files) {
  PlacedFiles result;
  for (const auto& file : files) result[file.path] = digest_of(file);
  return result;
}

Renewal::Renewal(Options options, std::optional<cas::Lease> lease, PlacedFiles files,
                 host::Http& http, host::Clock& clock)
    : options_(std::move(options)),
      lease_(std::move(lease)),
      files_(std::move(files)),
      http_(http),
      clock_(clock),
      evidence_(evidence_source(options_, quietly)) {
  options_.attempts = 1;
}

Renewal::~Renewal() {
  if (lease_) crypto::wipe(lease_->key);
}

Launch Renewal::current(bool with_lease) {
  options_.is_renewal = !with_lease;
  return plan(fetch(options_, evidence_.get(), http_, clock_, quietly), options_);
}

/// A lease ends with the version of the session that it was given for, and at the latest when the
/// CAS has not heard of the service for a while: then there is another.
Launch Renewal::filled(Launch now) {
  if (now.templates.empty()) return now;
  if (lease_) {
    now.lease = lease_;
    try {
      fill_templates(now, options_, http_, clock_);
      return now;
    } catch (const diag::Error& error) {
      if (error.kind() != diag::ErrorKind::refused) throw;
    }
  }
  now = current(true);
  lease_ = now.lease;
  fill_templates(now, options_, http_, clock_);
  return now;
}

/// Each by itself: one that can not be replaced holds up no other.
void Renewal::replace(const std::vector<cas::ConfigurationFile>& files, Renewed& result) {
  for (const auto& file : files) {
    auto digest = digest_of(file);
    const auto found = files_.find(file.path);
    if (found != files_.end() && found->second == digest) continue;
    try {
      replace_file(file);
      files_[file.path] = std::move(digest);
      result.changed = true;
    } catch (const diag::Error& error) {
      if (!result.failed) result.failed = error;
    }
  }
}

Renewed Renewal::renew() {
  Renewed result;
  try {
    Launch now = current(false);
    replace(now.files, result);
    if (!now.templates.empty()) replace(filled(std::move(now)).files, result);
  } catch (const diag::Error& error) {
    if (!result.failed) result.failed = error;
  }
  return result;
}

namespace {

/// Whatever goes wrong here is not the program's fault: it runs on.
Renewed renewed(Renewal& renewal) {
  try {
    return renewal.renew();
  } catch (const std::exception&) {
    return {false, diag::Error(diag::ErrorKind::failed, "the launcher lacks memory or threads")};
  }
}

}  // namespace

void keep_renewing(Renewal& renewal, const Refresh& refresh, int program, const Report& report) {
  std::string failing;
  while (true) {
    std::this_thread::sleep_for(refresh.interval);
    const Renewed result = renewed(renewal);
    if (result.changed && refresh.signal != 0) (void)::kill(program, refresh.signal);
    std::string why;
    if (result.failed) {
      why = result.failed->text();
      for (const auto& cause : result.failed->causes()) why += "; " + cause;
    }
    if (why != failing)
      report(why.empty() ? "injected files are renewed again"
                         : fmt::format("warning: injected files are not renewed: {}", why));
    failing = std::move(why);
    host::give_back_memory();
  }
}

}  // namespace sconectl::launch
