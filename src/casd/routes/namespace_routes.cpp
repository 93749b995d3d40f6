// Namespaces that are sealed with a key of their owner.
#include "casd/routes/handlers.hpp"
#include "sconectl/cas/wire_namespaces.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

AuditEvent namespace_event(const RequestContext& context, std::string_view type,
                           const std::string& name) {
  AuditEvent event(type);
  event.with("session", name).with("identity", context.identity).with("source", context.source);
  return event;
}

Response done(const RequestContext& context, const cas::NamespaceStatus& status,
              std::string_view what, const std::string& name) {
  log_event(*context.state.log, Severity::info, what, {{"namespace", name}});
  return json_response(200, cas::encode(status));
}

Error has_another_version(const std::string& name) {
  return {ErrorKind::conflict, "session '" + name + "' has another version now; try again"};
}

/// What sealing can not reach.
std::vector<std::string> left_behind(const Store& store, const Store::NamespaceSealed& sealed) {
  std::vector<std::string> warnings{
      "copies that were made before (backups, snapshots) open without this key"};
  if (!store.has_others() && !sealed.written_anew)
    warnings.emplace_back(
        "the database was not written anew, because it is large, its disk is full or others use "
        "it: what was replaced in it before may stand in free pages or its log still, which a "
        "backup that is restored has not");
  if (store.has_others())
    warnings.emplace_back(
        "PostgreSQL keeps what was stored before in dead rows until they are vacuumed, and in its "
        "write-ahead log and backups: who runs it and has the key of the database can read that");
  return warnings;
}

}  // namespace

Response read_namespace_seal(RequestContext& context) {
  const auto name = session::normalised(context.call.session_name());
  if (const auto fault = session::path_fault(name); !fault.empty())
    throw Error(ErrorKind::invalid, "the name of the namespace " + fault);
  const auto sealed = context.state.store.sealed_namespace(name);
  cas::NamespaceStatus status;
  if (sealed) status = {sealed->name, sealed->locked, {}};
  return json_response(200, cas::encode(status));
}

Response seal_namespace(RequestContext& context, const OwnedSession& owned) {
  auto& state = context.state;
  const auto& version = owned.session().stored;
  const auto request = cas::decode_namespace_key(context.call.body);
  const auto notes = state.audit.notes(namespace_event(context, "namespace_sealed", version.name));
  const auto sealed =
      state.store.seal_namespace(owned.write_permission(), version.hash, request.key, notes);
  if (!sealed) throw has_another_version(version.name);
  return done(context, {version.name, false, left_behind(state.store, *sealed)}, "namespace sealed",
              version.name);
}

Response unseal_namespace(RequestContext& context, const OwnedSession& owned) {
  auto& state = context.state;
  const auto& version = owned.session().stored;
  const auto notes =
      state.audit.notes(namespace_event(context, "namespace_unsealed", version.name));
  if (!state.store.unseal_namespace(owned.write_permission(), version.hash, notes))
    throw has_another_version(version.name);
  return done(context, {}, "namespace unsealed", version.name);
}

/// Locked first: a log that can not be written keeps no key in memory.
Response lock_namespace(RequestContext& context, const OwnedSession& owned) {
  auto& state = context.state;
  const auto& name = owned.write_permission().name();
  state.store.lock_namespace(owned.write_permission());
  if (state.audit.on()) state.audit.note(namespace_event(context, "namespace_locked", name));
  return done(context, {name, true, {}}, "namespace locked", name);
}

Response unlock_namespace(RequestContext& context, const ProvenNamespaceKey& key) {
  auto& state = context.state;
  if (state.audit.on())
    state.audit.note(namespace_event(context, "namespace_unlocked", key.name()));
  state.store.unlock_namespace(key);
  return done(context, {key.name(), false, {}}, "namespace unlocked", key.name());
}

}  // namespace sconectl::casd
