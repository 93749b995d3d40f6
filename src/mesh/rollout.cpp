#include "sconectl/mesh/rollout.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "mesh/attestation_values.hpp"
#include "sconectl/crypto/file_list.hpp"
#include "sconectl/session/check.hpp"
#include "sconectl/session/resolve.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::mesh {
namespace {

using session::Placeholder;
using session::Secret;
using session::Service;
using session::Session;

constexpr std::size_t longest_label = 63;

template <typename T>
void add_missing(std::vector<T>& into, const std::vector<T>& from) {
  for (const T& item : from)
    if (std::find(into.begin(), into.end(), item) == into.end()) into.push_back(item);
}

template <typename T>
T* named(std::vector<T>& items, std::string_view name) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const T& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

template <typename T>
std::string free_name(std::vector<T>& items, const std::string& name) {
  std::string result = name + "_earlier";
  for (int i = 2; named(items, result) != nullptr; ++i)
    result = fmt::format("{}_earlier{}", name, i);
  return result;
}

/// Names of secrets in the earlier session that have become others.
using Renamed = std::map<std::string, std::string>;

template <typename T>
void rename(session::Setting<T>& setting, const Renamed& names) {
  auto* placeholder = std::get_if<Placeholder>(&setting);
  if (placeholder == nullptr) return;
  if (const auto found = names.find(placeholder->name); found != names.end())
    placeholder->name = found->second;
}

void rename(Service& service, const Renamed& names) {
  for (auto& variant : service.attestation) {
    rename(variant, names);
    auto* given = std::get_if<session::AttestationVariant>(&variant);
    if (given == nullptr) continue;
    session::each_setting(*given, [&](auto& setting) { rename(setting, names); });
  }
  for (auto& mrenclave : service.mrenclaves) rename(mrenclave, names);
}

/// The secrets that say how the services of a session prove themselves.
std::set<std::string> attestation_secrets(const Session& session) {
  std::set<std::string> result;
  const auto add = [&](const auto& setting) {
    if (const auto* placeholder = std::get_if<Placeholder>(&setting))
      result.insert(placeholder->name);
  };
  for (const Service& service : session.services) {
    for (const auto& variant : service.attestation) {
      add(variant);
      const auto* given = std::get_if<session::AttestationVariant>(&variant);
      if (given == nullptr) continue;
      session::each_setting(*given, add);
    }
    for (const auto& mrenclave : service.mrenclaves) add(mrenclave);
  }
  return result;
}

/// A secret of both versions: exports to services of either, measurements of either. False if
/// `current` can not hold what `earlier` says.
bool join(Secret& current, const Secret& earlier) {
  add_missing(current.exports, earlier.exports);
  if (current.body == earlier.body) return true;
  auto* now = std::get_if<session::ConfigFragment>(&current.body);
  const auto* before = std::get_if<session::ConfigFragment>(&earlier.body);
  if (now == nullptr || before == nullptr) return false;
  const auto both = joined_measurements(now->value, before->value);
  if (both) now->value = *both;
  return both.has_value();
}

/// A copy under another name; the same one if it is there already.
std::string add_copy(Session& current, Secret secret) {
  const std::string base = secret.name + "_earlier";
  for (const Secret& known : current.secrets)
    if (known.name.starts_with(base) && known.body == secret.body) return known.name;
  secret.name = free_name(current.secrets, secret.name);
  current.secrets.push_back(secret);
  return secret.name;
}

Renamed join_secrets(Session& current, const Session& earlier) {
  const std::set<std::string> proofs = attestation_secrets(earlier);
  Renamed renamed;
  for (const Secret& secret : earlier.secrets) {
    Secret* same = named(current.secrets, secret.name);
    if (same == nullptr) {
      current.secrets.push_back(secret);
    } else if (!join(*same, secret) && proofs.contains(secret.name)) {
      renamed[secret.name] = add_copy(current, secret);
    }
  }
  return renamed;
}

/// The image of a service that is gone; under another name where the current one differs.
void keep_image(Session& current, const Session& earlier, Service& service) {
  if (!service.image_name) return;
  const session::Image* image = earlier.find_image(*service.image_name);
  if (image == nullptr) return;
  session::Image* same = named(current.images, image->name);
  if (same != nullptr && *same == *image) return;
  session::Image copy = *image;
  if (same != nullptr) copy.name = free_name(current.images, image->name);
  service.image_name = copy.name;
  current.images.push_back(std::move(copy));
}

std::string* file_lists(Service& service) {
  for (auto& [name, value] : service.environment)
    if (name == crypto::file_list_variable) return &value;
  return nullptr;
}

/// Native images of both versions start (docs/native-runtime.md); one without a list could not be
/// told from one that was changed.
void join_file_lists(Service& current, Service& earlier) {
  std::string* const now = file_lists(current);
  const std::string* const before = file_lists(earlier);
  if (now == nullptr || before == nullptr) return;
  for (const std::string_view hash : text::split(*before, ','))
    if (now->find(hash) == std::string::npos) *now += fmt::format(",{}", hash);
}

void join_services(Session& current, const Session& earlier, const Renamed& renamed) {
  for (Service service : earlier.services) {
    rename(service, renamed);
    if (Service* same = named(current.services, service.name)) {
      join_file_lists(*same, service);
      const bool attested = !same->attestation.empty() || !same->mrenclaves.empty();
      if (!attested) continue;  // it asks for no measurement
      add_missing(same->attestation, service.attestation);
      add_missing(same->mrenclaves, service.mrenclaves);
    } else {
      keep_image(current, earlier, service);
      current.services.push_back(std::move(service));
    }
  }
}

void check_accepted(const Session& session, const Rollout& rollout, diag::Diagnostics& out) {
  diag::Diagnostics faults;
  session::check(session, faults);
  for (const diag::Diagnostic& fault : faults.all())
    if (fault.severity == diag::Severity::error)
      out.error(fault.location,
                fmt::format("session '{}' can not accept version {} and the versions before it at "
                            "once: {}; end the rollout first ('sconectl rollout finish')",
                            session.name, version_text(rollout.back()), fault.text));
}

/// Services without evidence are not let in where the current version asks for it.
void warn_of_unattested(const Session& current, const Release& earlier, diag::Diagnostics& out) {
  const Session* before = earlier.find_session(current.name);
  if (before == nullptr) return;
  for (const Service& service : before->services) {
    const Service* now = current.find_service(service.name);
    if (now == nullptr || now->attestation.empty() || !service.attestation.empty() ||
        !service.mrenclaves.empty())
      continue;
    out.warning({}, fmt::format("service '{}' of session '{}' asks for a measurement now, and "
                                "version {} has none: its pods do not start again",
                                service.name, current.name, version_text(earlier)));
  }
}

}  // namespace

const Session* Release::find_session(std::string_view name) const {
  const auto found = std::find_if(sessions.begin(), sessions.end(),
                                  [&](const Session& session) { return session.name == name; });
  return found == sessions.end() ? nullptr : &*found;
}

std::string version_text(const Release& release) {
  return release.version.empty() ? "without a number" : "'" + release.version + "'";
}

std::string version_fault(std::string_view version) {
  if (version.empty()) return "is empty";
  if (version.size() > longest_label)
    return fmt::format("has {} characters, at most {} are allowed", version.size(), longest_label);
  for (const char c : version)
    if (!text::is_alphanumeric(c) && c != '-' && c != '_' && c != '.')
      return "may hold letters, digits, '-', '_' and '.' only: it becomes a label of Kubernetes";
  if (!text::is_alphanumeric(version.front()) || !text::is_alphanumeric(version.back()))
    return "must begin and end with a letter or digit: it becomes a label of Kubernetes";
  return "";
}

Rollout with_release(Rollout rollout, Release next) {
  std::erase_if(rollout, [&](const Release& release) { return release.version == next.version; });
  rollout.push_back(std::move(next));
  return rollout;
}

Session accepting(Session current, const Session& earlier) {
  const Renamed renamed = join_secrets(current, earlier);
  join_services(current, earlier, renamed);
  for (const session::Volume& volume : earlier.volumes)
    if (named(current.volumes, volume.name) == nullptr) current.volumes.push_back(volume);
  return current;
}

std::vector<Session> accepted_sessions(const Rollout& rollout, diag::Diagnostics& out) {
  std::vector<Session> result = rollout.back().sessions;
  if (rollout.size() == 1) return result;
  for (Session& session : result) {
    for (auto release = rollout.rbegin() + 1; release != rollout.rend(); ++release) {
      warn_of_unattested(session, *release, out);
      if (const Session* earlier = release->find_session(session.name))
        session = accepting(std::move(session), *earlier);
    }
    check_accepted(session, rollout, out);
  }
  return result;
}

namespace {

/// The measurements of a confidential virtual machine.
void add_machine(const session::AttestationVariant& variant, std::set<std::string>& result) {
  const auto add = [&](const char* what, const session::Pins& pins) {
    for (const auto& value : pins.values)
      if (const auto* text = std::get_if<std::string>(&value))
        result.insert(fmt::format("{} {}", what, *text));
  };
  if (variant.tdx)
    if (const auto* tdx = std::get_if<session::TdxVariant>(&*variant.tdx)) add("mrtd", tdx->mrtd);
  if (variant.snp)
    if (const auto* snp = std::get_if<session::SnpVariant>(&*variant.snp))
      add("measurement", snp->measurement);
}

}  // namespace

std::vector<std::string> measurements(const Session& session, const Service& service,
                                      const SessionByName& others) {
  std::set<std::string> result;
  const auto value = [&](const Placeholder& placeholder) -> std::optional<yaml::Value> {
    auto known = measurement_value(session, placeholder.name, others);
    if (known.unknown.empty()) return known.value;
    result.insert(known.unknown);
    return std::nullopt;
  };
  diag::Diagnostics faults;  // what can not be read was reported by `value`
  for (const session::AttestationVariant& variant :
       session::resolved_attestation(service, value, faults)) {
    for (const auto& mrenclave : variant.mrenclave)
      if (const auto* text = std::get_if<std::string>(&mrenclave))
        result.insert("mrenclave " + *text);
    const auto* signer =
        variant.signer ? std::get_if<session::EnclaveSigner>(&*variant.signer) : nullptr;
    if (variant.mrenclave.empty() && signer != nullptr)
      result.insert("mrsigner " + signer->mrsigner);
    add_machine(variant, result);
  }
  return {result.begin(), result.end()};
}

}  // namespace sconectl::mesh
