#include "renew.hpp"

#include <fmt/format.h>

#include <csignal>
#include <thread>

#include "place.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::launch {

namespace {

std::string digest_of(const cas::ConfigurationFile& file) {
  return std::string(
      crypto::view(crypto::sha256(fmt::format("{:o}\n{}", file.mode, file.content))));
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
  options_.is_renewal = true;
}

Renewal::~Renewal() {
  if (lease_) crypto::wipe(lease_->key);
}

bool Renewal::renew() {
  Launch now = plan(fetch(options_, evidence_.get(), http_, clock_, quietly), options_);
  now.lease = lease_;
  fill_templates(now, options_, http_, clock_);
  const PlacedFiles wanted = placed(now.files);
  std::erase_if(now.files, [&](const cas::ConfigurationFile& file) {
    const auto found = files_.find(file.path);
    return found != files_.end() && found->second == wanted.at(file.path);
  });
  replace_files(now.files);
  for (const auto& file : now.files) files_[file.path] = wanted.at(file.path);
  return !now.files.empty();
}

void keep_renewing(Renewal& renewal, const Refresh& refresh, int program, const Report& report) {
  std::string failing;
  while (true) {
    std::this_thread::sleep_for(refresh.interval);
    try {
      if (renewal.renew() && refresh.signal != 0) (void)::kill(program, refresh.signal);
      if (!failing.empty()) report("injected files are renewed again");
      failing.clear();
    } catch (const diag::Error& error) {
      std::string why = error.text();
      for (const auto& cause : error.causes()) why += "; " + cause;
      if (why != failing) report(fmt::format("warning: injected files are not renewed: {}", why));
      failing = std::move(why);
    }
  }
}

}  // namespace sconectl::launch
