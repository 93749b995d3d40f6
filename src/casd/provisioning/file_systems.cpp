#include "casd/provisioning/file_systems.hpp"

#include <algorithm>
#include <set>

#include "casd/provisioning/leases.hpp"
#include "casd/provisioning/volume_imports.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/crypto/random.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/migration.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;
using session::UpdatePolicy;

constexpr std::size_t key_bytes_of_file_system = 32;

TagRule rule_of(UpdatePolicy policy) {
  switch (policy) {
    case UpdatePolicy::rollback_protected:
      return TagRule::linear;
    case UpdatePolicy::ephemeral:
      return TagRule::fixed;
    case UpdatePolicy::no_rollback_protection:
      return TagRule::any;
  }
  return TagRule::linear;
}

/// The session's text is checked: it is hex.
std::optional<std::string> raw(const std::optional<std::string>& hex) {
  return hex ? crypto::unhex(*hex) : std::nullopt;
}

/// What the session says of a file system, as one text.
std::string key_source(const std::optional<session::Setting<std::string>>& key,
                       const std::optional<std::string>& initial) {
  std::string text;
  if (key) {
    const auto* placeholder = std::get_if<session::Placeholder>(&*key);
    text = placeholder != nullptr ? placeholder->text() : std::get<std::string>(*key);
  }
  return crypto::hex(crypto::view(crypto::sha256(text + "/" + initial.value_or(""))));
}

template <class Part>
const Part* named(const std::vector<Part>& parts, const std::string& name) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&name](const Part& part) { return part.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

std::string volume_subject(std::string_view volume) {
  return "volume:" + std::string(volume);
}

std::string fspf_subject(std::string_view service) {
  return "fspf:" + std::string(service);
}

std::vector<std::string> ended_states(const session::Session& fresh,
                                      const session::Session& before) {
  std::vector<std::string> ended;
  for (const auto& volume : fresh.volumes)
    if (!volume.import && !session::migration(named(before.volumes, volume.name), volume).keep)
      ended.push_back(volume_subject(volume.name));
  for (const auto& service : fresh.services)
    if (service.fspf && !session::migration(named(before.services, service.name), service).keep)
      ended.push_back(fspf_subject(service.name));
  // A service that is gone, and comes back in a later version, proves anew who it is.
  std::set<std::string_view> present;
  for (const auto& service : fresh.services) present.insert(service.name);
  for (const auto& service : before.services)
    if (!present.contains(service.name)) ended.push_back(lease_subject(service.name));
  return ended;
}

FileSystems::Located FileSystems::locate_import(const LoadedSession& session,
                                                const session::Volume& volume,
                                                UpdatePolicy wanted) const {
  const auto label = volume_label(volume.name, session.session.name);
  try {
    const auto from = volume_source(sessions_, session, *volume.import);
    auto result =
        located_volume(*from.exporter, *from.volume, allowed_policy(*from.target, wanted, label));
    result.exporter = from.exporter;
    return result;
  } catch (const Error& error) {
    throw error.within("can not import " + label);
  }
}

FileSystems::Located FileSystems::locate_volume(const LoadedSession& session,
                                                const session::ImageVolume& used) const {
  const auto* volume = session.session.find_volume(used.name);
  if (volume == nullptr)
    throw Error(ErrorKind::not_found,
                volume_label(used.name, session.session.name) + " is not defined");
  if (volume->import) return locate_import(session, *volume, used.update_policy);
  return located_volume(session, *volume, used.update_policy);
}

FileSystems::Located FileSystems::located_volume(const LoadedSession& owner,
                                                 const session::Volume& volume,
                                                 UpdatePolicy policy) {
  Located result;
  result.session = &owner;
  result.subject = volume_subject(volume.name);
  result.key = volume.fspf_key;
  result.initial = raw(volume.fspf_tag);
  result.policy = policy;
  result.rule = rule_of(policy);
  result.files = volume.files.value_or(session::VolumeFiles::encrypted);
  return result;
}

FileSystems::Located FileSystems::locate_own(const LoadedSession& session,
                                             const session::Service& service,
                                             const session::Fspf& fspf) {
  const bool checked =
      fspf.update_policy == session::FspfUpdatePolicy::rollback_protected_reinitializable;
  Located result;
  result.session = &session;
  result.subject = fspf_subject(service.name);
  result.key = fspf.key;
  result.initial = raw(fspf.tag);
  result.policy = checked ? UpdatePolicy::rollback_protected : UpdatePolicy::no_rollback_protection;
  result.rule = checked ? TagRule::reinitializable : TagRule::any;
  return result;
}

std::string FileSystems::given_key(const Located& at) {
  if (const auto* hex = std::get_if<std::string>(&*at.key)) return *crypto::unhex(*hex);
  const auto& placeholder = std::get<session::Placeholder>(*at.key);
  const auto material = secrets_.read(*at.session, placeholder.name);
  if (material->kind != session::SecretKind::binary ||
      material->bytes.size() != key_bytes_of_file_system)
    throw Error(ErrorKind::refused, "fspf_key: secret '" + placeholder.name +
                                        "' is not of kind binary with 32 bytes (SL-078)");
  return std::string(material->bytes.view());
}

/// The first use of a volume without a key in the session makes it (SL-236).
FileSystemState FileSystems::state(const Located& at) {
  const auto& name = at.session->session.name;
  const auto stored = store_.state(name, at.subject);
  auto state = decode_file_system_state(stored ? std::optional(stored->view()) : std::nullopt,
                                        key_source(at.key, at.initial));
  if (at.key) return state;
  // Otherwise the key may be that of somebody else's session of this name.
  if (!state.key.empty() && store_.version(name, at.session->stored.hash)) return state;
  store_.change_state(permission_, at.session->stored, at.subject,
                      [&](std::optional<std::string_view> now) {
                        state = decode_file_system_state(now, state.source);
                        if (!state.key.empty()) return std::optional<crypto::Secret>();
                        state.key = crypto::random_bytes(key_bytes_of_file_system);
                        return std::optional(encode(state));
                      });
  return state;
}

cas::ProtectedFileSystem FileSystems::described(const Located& at) {
  const auto state = this->state(at);
  cas::ProtectedFileSystem result;
  result.key = at.key ? given_key(at) : std::string(state.key.view());
  result.tags = acceptable_tags(state, at.rule, at.initial);
  result.update_policy = at.policy;
  result.files = at.files;
  return result;
}

std::vector<cas::ProtectedFileSystem> FileSystems::volumes(const LoadedSession& session,
                                                           const session::Image& image) {
  std::vector<cas::ProtectedFileSystem> result;
  for (const auto& used : image.volumes) {
    auto volume = described(locate_volume(session, used));
    volume.name = used.name;
    volume.path = used.path;
    result.push_back(std::move(volume));
  }
  return result;
}

cas::ProtectedFileSystem FileSystems::own(const LoadedSession& session,
                                          const session::Service& service,
                                          const session::Fspf& fspf) {
  auto result = described(locate_own(session, service, fspf));
  result.path = fspf.path;
  return result;
}

cas::TagReply FileSystems::update(const LoadedSession& session, const session::Service& service,
                                  const cas::TagUpdate& update, const Notes& notes) {
  const auto* image =
      service.image_name ? session.session.find_image(*service.image_name) : nullptr;
  const auto* used =
      image != nullptr && update.volume ? named(image->volumes, *update.volume) : nullptr;
  if (update.volume ? used == nullptr : !service.fspf)
    throw Error(ErrorKind::not_found,
                "service '" + service.name + "' of session '" + session.session.name +
                    (update.volume ? "' does not use volume '" + *update.volume + "'"
                                   : "' has no protected file system"));
  const auto at =
      update.volume ? locate_volume(session, *used) : locate_own(session, service, *service.fspf);
  cas::TagReply reply;
  const auto change = [&](std::optional<std::string_view> stored) {
    auto state = decode_file_system_state(stored, key_source(at.key, at.initial));
    const bool changed = casd::update(state, at.rule, at.initial,
                                      {update.claim.lease, update.previous_tag, update.tag});
    if (at.rule != TagRule::fixed)
      reply.tag = update.tag;
    else if (const auto tags = acceptable_tags(state, at.rule, at.initial); !tags.empty())
      reply.tag = tags.front();
    return changed ? std::optional(encode(state)) : std::nullopt;
  };
  store_.change_state(permission_, at.session->stored, at.subject, change, &notes);
  return reply;
}

}  // namespace sconectl::casd
