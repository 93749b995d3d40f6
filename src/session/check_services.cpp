// Services against the rest of the session (SL-057 to SL-097).
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "check_parts.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/command.hpp"
#include "sconectl/session/resolve.hpp"

namespace sconectl::session {
namespace {

std::string title(const Service& service) {
  return fmt::format("service '{}'", service.name);
}

/// What `security` says, as far as the session alone tells.
struct Known {
  std::optional<Security> security;
  std::optional<AttestationMode> mode;
  bool local = false;
};
Known known_attestation(const Checked& checked) {
  diag::Diagnostics ignored;  // check_sections() reports them
  Known known;
  known.security = resolved_security(
      checked.session, [&](const Placeholder& p) { return explicit_value(checked, p); }, ignored);
  const auto* attestation =
      known.security ? std::get_if<SecurityAttestation>(&known.security->attestation) : nullptr;
  if (attestation == nullptr) return known;
  if (const auto* mode = std::get_if<AttestationMode>(&attestation->mode)) known.mode = *mode;
  known.local = is<bool>(attestation->must_be_sgx_local, true);
  return known;
}

void check_command(const Checked& checked, const Service& service) {
  if (!service.command) return;
  const std::string what = title(service) + ": command";
  std::vector<std::string> elements;
  try {
    elements = arguments(*service.command);
  } catch (const diag::Error& error) {
    checked.error(service.place, fmt::format("{}: {}", what, error.text()));
    return;
  }
  if (elements.empty() || elements.front().empty()) {
    checked.error(service.place, what + " is empty");
    return;
  }
  std::set<unsigned> host;
  for (const std::string& element : elements) {
    check_text(checked, service.place, what, element, Use::argument);
    const unsigned number = host_argument(element);
    if (number != 0 && !host.insert(number).second)
      checked.error(service.place,
                    fmt::format("{} uses the host argument @@{} twice", what, number));
  }
}

void check_environment(const Checked& checked, const Service& service) {
  std::unordered_set<std::string_view> names;
  for (const text::Variable& variable : service.environment) {
    const std::string what = fmt::format("{}: environment.{}", title(service), variable.name);
    if (!names.insert(variable.name).second) checked.error(service.place, what + " is given twice");
    if (host_variable(variable.name).empty())
      check_text(checked, service.place, what, variable.value, Use::argument);
  }
}

bool has_placeholder(const Service& service) {
  const auto is_placeholder = [](const auto& setting) {
    return std::holds_alternative<Placeholder>(setting);
  };
  return std::any_of(service.mrenclaves.begin(), service.mrenclaves.end(), is_placeholder) ||
         std::any_of(service.attestation.begin(), service.attestation.end(), [&](const auto& item) {
           const auto* variant = std::get_if<AttestationVariant>(&item);
           if (variant == nullptr || variant->signer || variant->tdx || variant->snp) return true;
           return std::any_of(variant->mrenclave.begin(), variant->mrenclave.end(), is_placeholder);
         });
}

/// Every placeholder of the section is looked up, then the section is read with the values that the
/// session itself gives (SL-211).
void check_attestation(const Checked& checked, const Service& service) {
  const std::string what = title(service) + ": attestation";
  const auto values = [&](const Placeholder& placeholder) {
    check_setting(checked, service.place, what, placeholder);
    return explicit_value(checked, placeholder);
  };
  if (has_placeholder(service)) (void)resolved_attestation(service, values, checked.out);
  if (!service.platforms.empty()) (void)resolved_platforms(service, values, checked.out);
}

void check_proof(const Checked& checked, const Service& service, const Known& known) {
  const bool none = service.attestation.empty() && service.mrenclaves.empty();
  if (service.place.unread || checked.session.place.unread) return;
  if (none && !known.mode)
    checked.warning(service.place, title(service) +
                                       " has no attestation variant; if 'security' turns "
                                       "out to demand attestation, it will not start");
  else if (none && known.mode != AttestationMode::none && is_first_dialect(checked.session))
    checked.warning(service.place, title(service) + " has no 'mrenclaves' and will not start");
  else if (none && known.mode != AttestationMode::none)
    checked.error(service.place, title(service) +
                                     " needs 'attestation' or 'mrenclaves', because "
                                     "security.attestation.mode is not none");
  if (service.platforms.empty()) return;
  if (known.local || known.mode == AttestationMode::none || known.mode == AttestationMode::maa)
    checked.warning(service.place,
                    fmt::format("{}: 'platforms' has no effect with {}", title(service),
                                known.local ? "must_be_sgx_local" : "this attestation mode"));
}

}  // namespace

void check_services(const Checked& checked) {
  const Known known = known_attestation(checked);
  std::unordered_set<std::string_view> images;
  for (const Image& image : checked.session.images) images.insert(image.name);
  for (const Service& service : checked.session.services) {
    check_command(checked, service);
    check_environment(checked, service);
    if (service.image_name && !images.contains(*service.image_name))
      checked.warning(service.place, fmt::format("{}: no image is named '{}'; the service starts "
                                                 "without volumes and injected files",
                                                 title(service), *service.image_name));
    if (service.fspf) {
      check_key_setting(checked, service.place, title(service) + ": fspf_key", service.fspf->key);
      if (service.fspf->update_policy == FspfUpdatePolicy::no_rollback_protection)
        checked.warning(service.place, title(service) +
                                           ": no_rollback_protection accepts any older "
                                           "state of the file system");
    }
    check_attestation(checked, service);
    check_proof(checked, service, known);
    check_tee(checked, service, known.security ? &*known.security : nullptr);
    check_one_time_password(checked, service.place,
                            title(service) + ": one_time_password_shared_secret",
                            service.one_time_password_shared_secret);
  }
  warn_tee_extension(checked);
}

}  // namespace sconectl::session
