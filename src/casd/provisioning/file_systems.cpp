#include "casd/provisioning/file_systems.hpp"

#include <algorithm>

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

std::string volume_label(const std::string& volume, const std::string& session) {
  return "volume '" + volume + "' of session '" + session + "'";
}

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
std::string source_of(const std::optional<session::Setting<std::string>>& key,
                      const std::optional<std::string>& initial) {
  std::string text;
  if (key) {
    const auto* placeholder = std::get_if<session::Placeholder>(&*key);
    text = placeholder != nullptr ? placeholder->text() : std::get<std::string>(*key);
  }
  return crypto::hex(crypto::view(crypto::sha256(text + "/" + initial.value_or(""))));
}

/// SL-240, SL-253: what the exporter allows of what the importer wants.
UpdatePolicy allowed(const session::VolumeExport& target, UpdatePolicy wanted,
                     const std::string& label) {
  switch (target.update_policy.value_or(UpdatePolicy::rollback_protected)) {
    case UpdatePolicy::ephemeral:
      return UpdatePolicy::ephemeral;
    case UpdatePolicy::no_rollback_protection:
      return wanted;
    case UpdatePolicy::rollback_protected:
      break;
  }
  if (wanted == UpdatePolicy::no_rollback_protection)
    throw Error(ErrorKind::refused, label +
                                        " is exported with rollback protection; update_policy: "
                                        "no_rollback_protection is not possible");
  return wanted;
}

/// The volume that `exporter` offers to `importer` under this name, and how (SL-239, SL-241).
struct Offer {
  const session::Volume* volume = nullptr;
  const session::VolumeExport* target = nullptr;
};
Offer offer(const LoadedSession& exporter, const LoadedSession& importer, const std::string& name) {
  for (const auto& volume : exporter.session.volumes)
    for (const auto& target : volume.exports) {
      if (target.volume_alias.value_or(volume.name) != name) continue;
      if (session::resolve(exporter.session.name, target.session) != importer.session.name)
        continue;
      if (target.session_hash && *target.session_hash != importer.stored.hash) continue;
      return {&volume, &target};
    }
  return {};
}

struct Source {
  LoadedSessionPtr exporter;
  Offer offer;
};
/// Missing and not exported answer alike, as with secrets.
Source source(const SessionCache& sessions, const LoadedSession& importer,
              const session::VolumeImport& import) {
  const auto path = session::resolve(importer.session.name, import.session);
  if (path == importer.session.name)
    throw Error(ErrorKind::invalid, "session '" + path + "' imports from itself");
  Source result{sessions.active(path), {}};
  if (!result.exporter) throw session_not_found(path);
  if (import.session_hash && *import.session_hash != result.exporter->stored.hash)
    throw Error(ErrorKind::refused,
                "session '" + path + "' is not the version that the import pins (session_hash)");
  result.offer = offer(*result.exporter, importer, import.volume);
  if (result.offer.volume == nullptr)
    throw Error(ErrorKind::refused, volume_label(import.volume, path) +
                                        " does not exist or is not exported to session '" +
                                        importer.session.name + "'");
  return result;
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
  return ended;
}

FileSystems::Found FileSystems::find_import(const LoadedSession& session,
                                            const session::Volume& volume,
                                            UpdatePolicy wanted) const {
  const auto label = volume_label(volume.name, session.session.name);
  try {
    const auto from = source(sessions_, session, *volume.import);
    auto found = found_volume(*from.exporter, *from.offer.volume,
                              allowed(*from.offer.target, wanted, label));
    found.exporter = from.exporter;
    return found;
  } catch (const Error& error) {
    throw error.within("can not import " + label);
  }
}

FileSystems::Found FileSystems::find_volume(const LoadedSession& session,
                                            const session::ImageVolume& used) const {
  const auto* volume = session.session.find_volume(used.name);
  if (volume == nullptr)
    throw Error(ErrorKind::not_found,
                volume_label(used.name, session.session.name) + " is not defined");
  if (volume->import) return find_import(session, *volume, used.update_policy);
  return found_volume(session, *volume, used.update_policy);
}

FileSystems::Found FileSystems::found_volume(const LoadedSession& owner,
                                             const session::Volume& volume, UpdatePolicy policy) {
  Found found;
  found.session = &owner;
  found.subject = volume_subject(volume.name);
  found.key = volume.fspf_key;
  found.initial = raw(volume.fspf_tag);
  found.policy = policy;
  found.rule = rule_of(policy);
  found.files = volume.files.value_or(session::VolumeFiles::encrypted);
  return found;
}

FileSystems::Found FileSystems::find_own(const LoadedSession& session,
                                         const session::Service& service,
                                         const session::Fspf& fspf) {
  const bool checked =
      fspf.update_policy == session::FspfUpdatePolicy::rollback_protected_reinitializable;
  Found found;
  found.session = &session;
  found.subject = fspf_subject(service.name);
  found.key = fspf.key;
  found.initial = raw(fspf.tag);
  found.policy = checked ? UpdatePolicy::rollback_protected : UpdatePolicy::no_rollback_protection;
  found.rule = checked ? TagRule::reinitializable : TagRule::any;
  return found;
}

std::string FileSystems::given_key(const Found& found) {
  if (const auto* hex = std::get_if<std::string>(&*found.key)) return *crypto::unhex(*hex);
  const auto& placeholder = std::get<session::Placeholder>(*found.key);
  const auto material = secrets_.read(*found.session, placeholder.name);
  if (material->kind != session::SecretKind::binary ||
      material->bytes.size() != key_bytes_of_file_system)
    throw Error(ErrorKind::refused, "fspf_key: secret '" + placeholder.name +
                                        "' is not of kind binary with 32 bytes (SL-078)");
  return std::string(material->bytes.view());
}

/// The first use of a volume without a key in the session makes it (SL-236).
FileSystemState FileSystems::state(const Found& found) {
  const auto& name = found.session->session.name;
  const auto stored = store_.state(name, found.subject);
  auto state = decode_file_system_state(stored ? std::optional(stored->view()) : std::nullopt,
                                        source_of(found.key, found.initial));
  if (found.key || !state.key.empty()) return state;
  store_.change_state(name, found.subject, [&](std::optional<std::string_view> now) {
    state = decode_file_system_state(now, state.source);
    if (!state.key.empty()) return std::optional<crypto::Secret>();
    state.key = crypto::random_bytes(key_bytes_of_file_system);
    return std::optional(encode(state));
  });
  return state;
}

cas::ProtectedFileSystem FileSystems::described(const Found& found) {
  const auto state = this->state(found);
  cas::ProtectedFileSystem result;
  result.key = found.key ? given_key(found) : std::string(state.key.view());
  result.tags = acceptable_tags(state, found.rule, found.initial);
  result.update_policy = found.policy;
  result.files = found.files;
  return result;
}

std::vector<cas::ProtectedFileSystem> FileSystems::volumes(const LoadedSession& session,
                                                           const session::Image& image) {
  std::vector<cas::ProtectedFileSystem> result;
  for (const auto& used : image.volumes) {
    auto volume = described(find_volume(session, used));
    volume.name = used.name;
    volume.path = used.path;
    result.push_back(std::move(volume));
  }
  return result;
}

cas::ProtectedFileSystem FileSystems::own(const LoadedSession& session,
                                          const session::Service& service,
                                          const session::Fspf& fspf) {
  auto result = described(find_own(session, service, fspf));
  result.path = fspf.path;
  return result;
}

cas::TagReply FileSystems::update(const LoadedSession& session, const session::Service& service,
                                  const cas::TagUpdate& update) {
  const auto* image =
      service.image_name ? session.session.find_image(*service.image_name) : nullptr;
  const auto* used =
      image != nullptr && update.volume ? named(image->volumes, *update.volume) : nullptr;
  if (update.volume ? used == nullptr : !service.fspf)
    throw Error(ErrorKind::not_found,
                "service '" + service.name + "' of session '" + session.session.name +
                    (update.volume ? "' does not use volume '" + *update.volume + "'"
                                   : "' has no protected file system"));
  const auto found =
      update.volume ? find_volume(session, *used) : find_own(session, service, *service.fspf);
  cas::TagReply reply;
  store_.change_state(
      found.session->session.name, found.subject, [&](std::optional<std::string_view> stored) {
        auto state = decode_file_system_state(stored, source_of(found.key, found.initial));
        const bool changed = casd::update(state, found.rule, found.initial,
                                          {update.claim.lease, update.previous_tag, update.tag});
        if (found.rule != TagRule::fixed)
          reply.tag = update.tag;
        else if (const auto tags = acceptable_tags(state, found.rule, found.initial); !tags.empty())
          reply.tag = tags.front();
        return changed ? std::optional(encode(state)) : std::nullopt;
      });
  return reply;
}

std::vector<std::string> FileSystems::check_imports(const LoadedSession& session) const {
  std::vector<std::string> warnings;
  for (const auto& volume : session.session.volumes) {
    if (!volume.import) continue;
    const auto label = volume_label(volume.name, session.session.name);
    try {
      (void)source(sessions_, session, *volume.import);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw error.within("can not import " + label);
      warnings.push_back(label + " can not be imported yet: session '" + volume.import->session +
                         "' does not exist yet");
    }
  }
  return warnings;
}

}  // namespace sconectl::casd
