#include "casd/secrets/secret_reader.hpp"

#include <algorithm>

#include "casd/cas_state.hpp"
#include "casd/secrets/exports.hpp"
#include "casd/secrets/jwt.hpp"
#include "casd/secrets/session_ca.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/crypto/openpgp.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/name.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t most_hops = 8;  // SL-112
/// Keys and issuers on the way count too here; only bounds the recursion.
constexpr std::size_t most_steps = 200;

std::string label(const LoadedSession& session, const std::string& secret) {
  return "secret '" + secret + "' of session '" + session.session.name + "'";
}

const session::Secret& defined(const LoadedSession& session, const std::string& name) {
  const auto* secret = secrets::find(session.session, name);
  if (secret == nullptr)
    throw Error(ErrorKind::not_found, label(session, name) + " is not defined");
  return *secret;
}

/// All secrets are looked at: a missing name takes no longer than one that may not be read
/// (RA-016).
const session::Secret* found_among_all(const LoadedSession& session, std::string_view name) {
  const session::Secret* found = nullptr;
  for (const auto& secret : session.session.secrets)
    if (secret.name == name) found = &secret;
  return found;
}

/// Counts the imports that are followed now.
class Hop {
 public:
  explicit Hop(std::size_t& hops) : hops_(hops) { ++hops_; }
  ~Hop() { --hops_; }
  Hop(const Hop&) = delete;
  Hop& operator=(const Hop&) = delete;

 private:
  std::size_t& hops_;
};

/// What may leave the exporter's session: a certificate or OpenPGP key without its private part,
/// unless that is exported to the same session (SL-162, SL-183).
SecretMaterialPtr for_importer(const SecretMaterialPtr& material, bool with_key) {
  const bool is_pgp = material->kind == session::SecretKind::pgp_key;
  if (with_key || (material->certificates.empty() && !is_pgp)) return material;
  auto copy = std::make_shared<SecretMaterial>();
  copy->kind = material->kind;
  copy->certificates = material->certificates;
  if (is_pgp) copy->bytes = crypto::Secret(crypto::pgp_public_key(material->bytes.view()));
  return copy;
}

}  // namespace

SecretReader::SecretReader(CasState& state, bool may_wait)
    : state_(state),
      store_(state.store),
      sessions_(state.sessions),
      now_(state.now()),
      may_wait_(may_wait) {}

SecretMaterialPtr SecretReader::read(const LoadedSession& session, const std::string& secret) {
  return guarded(session, defined(session, secret), false);
}

SecretMaterialPtr SecretReader::guarded(const LoadedSession& session, const session::Secret& secret,
                                        bool passed_on) {
  const std::string key =
      session.stored.hash + "/" + session.session.name + ":" + secret.name + (passed_on ? "+" : "");
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const std::string step = session.session.name + ":" + secret.name;
  const bool cycle = std::find(path_.begin(), path_.end(), step) != path_.end();
  if (cycle || hops_ > most_hops || path_.size() >= most_steps) {
    std::vector<std::string> steps = path_;
    steps.push_back(step);
    throw Error(
        ErrorKind::refused,
        cycle ? "secrets depend on each other in a circle" : "a chain of imports is too long",
        steps);
  }
  path_.push_back(step);
  try {
    const auto* import = std::get_if<session::SecretImport>(&secret.body);
    auto material =
        import != nullptr ? imported(session, secret, *import, passed_on) : own(session, secret);
    path_.pop_back();
    known_.emplace(key, material);
    return material;
  } catch (...) {
    path_.pop_back();
    throw;
  }
}

SecretMaterialPtr SecretReader::own(const LoadedSession& session, const session::Secret& secret) {
  const auto siblings = [&](const std::string& name) { return read(session, name); };
  if (secret.is_explicit())
    return std::make_shared<const SecretMaterial>(secrets::from_text(secret, siblings));
  if (secret.generated()) return generated(session, secret);
  throw Error(ErrorKind::unsupported, label(session, secret.name) +
                                          " is of a kind that this CAS "
                                          "does not support");
}

SecretMaterialPtr SecretReader::generated(const LoadedSession& session,
                                          const session::Secret& secret) {
  const auto siblings = [&](const std::string& name) { return read(session, name); };
  const auto& stored = session.stored;
  if (unstored_ == &session) {
    const auto value = unstored_values_->find(secret.name);
    if (value == unstored_values_->end())
      throw Error(ErrorKind::failed, label(session, secret.name) + " was not made yet");
    return std::make_shared<const SecretMaterial>(
        secrets::decode(secret, value->second.view(), siblings));
  }
  const auto value = store_.value(stored.name, stored.hash, secret.name);
  if (!value) throw Error(ErrorKind::failed, label(session, secret.name) + " has lost its value");
  auto material = secrets::decode(secret, value->view(), siblings);
  if (secrets::outdated(secret, material, siblings, now_)) {
    material = secrets::generate(secret, siblings, now_);
    store_.replace_value(stored.name, stored.hash, secret.name,
                         secrets::encode(secret, material).view());
  }
  return std::make_shared<const SecretMaterial>(std::move(material));
}

SecretReader::Exported SecretReader::exporter(const Importer& importer, const Wanted& wanted) {
  const bool same_cas = importer.cas_chain.empty();
  if (same_cas && wanted.session == importer.name)
    throw Error(ErrorKind::invalid, "session '" + wanted.session + "' imports from itself");
  Exported result{sessions_.active(wanted.session), nullptr};
  if (!result.session) throw session_not_found(wanted.session);
  if (wanted.hash && *wanted.hash != result.session->stored.hash)
    throw Error(ErrorKind::refused, "session '" + wanted.session +
                                        "' is not the version that the import pins (session_hash)");
  const auto* secret = found_among_all(*result.session, wanted.secret);
  // Missing and forbidden answer alike: the exporter's secrets are nobody else's business.
  if (secret == nullptr || !exported_to(*result.session, *secret, importer,
                                        wanted.passed_on ? Reach::by_name : Reach::any))
    throw Error(ErrorKind::refused, "secret '" + wanted.secret + "' of session '" + wanted.session +
                                        "' does not exist or is not exported to session '" +
                                        importer.name + (same_cas ? "'" : "' of that CAS"));
  result.secret = secret;
  return result;
}

SecretMaterialPtr SecretReader::from_here(const Importer& importer, const Wanted& wanted) {
  const auto source = exporter(importer, wanted);
  const Hop hop(hops_);
  const auto material = guarded(*source.session, *source.secret, true);
  const bool with_key = material->kind == session::SecretKind::pgp_key
                            ? exported_by_target(*source.session, *source.secret, importer)
                            : key_exported_to(*source.session, *source.secret, importer);
  return for_importer(material, with_key);
}

SecretMaterialPtr SecretReader::from_other_cas(const Importer& importer, const Wanted& wanted,
                                               const session::RemoteCas& cas) {
  if (!may_wait_) throw MustWait{};
  cas::ExportRequest request;
  request.importer = importer.name;
  request.importer_hash = importer.hash;
  request.passed_on = wanted.passed_on;
  request.session = wanted.session;
  request.session_hash = wanted.hash;
  request.secret = wanted.secret;
  return std::make_shared<const SecretMaterial>(
      state_.remote_secrets.fetch(cas, std::move(request)));
}

SecretMaterialPtr SecretReader::read_for(const Importer& importer, bool passed_on,
                                         const std::string& session,
                                         const std::optional<std::string>& hash,
                                         const std::string& secret) {
  return from_here(importer, {session::normalised(session), hash, secret, passed_on});
}

SecretMaterialPtr SecretReader::imported(const LoadedSession& session,
                                         const session::Secret& secret,
                                         const session::SecretImport& import, bool passed_on) {
  try {
    const Importer importer{session.session.name, session.stored.hash};
    const Wanted wanted{session::resolve(importer.name, import.session), import.session_hash,
                        import.secret, passed_on};
    auto material =
        import.cas ? from_other_cas(importer, wanted, *import.cas) : from_here(importer, wanted);
    if (import.kind && *import.kind != material->kind)
      throw Error(ErrorKind::refused, "it is of kind " +
                                          std::string(text::word(material->kind)) + ", not " +
                                          std::string(text::word(*import.kind)));
    return material;
  } catch (const Error& error) {
    throw error.within("can not import " + label(session, secret.name));
  }
}

bool SecretReader::is_public(const LoadedSession& session, const session::Secret& secret,
                             int depth) {
  if (!secret.export_public) return false;
  const auto* import = std::get_if<session::SecretImport>(&secret.body);
  if (import == nullptr) return true;
  if (depth == 0 || import->cas) return false;
  const auto source = sessions_.active(session::resolve(session.session.name, import->session));
  const auto* origin = source ? source->session.find_secret(import->secret) : nullptr;
  return origin != nullptr && is_public(*source, *origin, depth - 1);
}

SecretMaterialPtr SecretReader::read_public(const LoadedSession& session, const std::string& name) {
  const auto* secret = found_among_all(session, name);
  if (secret == nullptr || !is_public(session, *secret, static_cast<int>(most_hops)))
    return nullptr;
  return guarded(session, *secret, false);
}

crypto::Secret SecretReader::text(const LoadedSession& session,
                                  const session::Placeholder& placeholder) {
  const auto target = session::target(placeholder, [&session](std::string_view name) {
    return session.session.find_secret(name) != nullptr;
  });
  if (const auto* secret = session.session.find_secret(target.secret))
    if (const auto* jwt = std::get_if<session::Jwt>(&secret->body))
      return token(session, *secret, *jwt);
  const auto material = read(session, target.secret);
  const auto format = session::format_of(material->kind, target.suffix);
  if (!format)
    throw Error(ErrorKind::refused, label(session, target.secret) + " is of kind " +
                                        std::string(text::word(material->kind)) +
                                        ", which has no format '" + target.suffix + "'");
  return secrets::format(*material, *format);
}

/// Made anew at every use; a native service has no software identity (SL-172).
crypto::Secret SecretReader::token(const LoadedSession& session, const session::Secret& secret,
                                   const session::Jwt& jwt) {
  const auto siblings = [&](const std::string& name) { return read(session, name); };
  const auto values = [&](const session::Placeholder& placeholder) {
    return std::string(text(session, placeholder).view());
  };
  return secrets::make_jwt(secret, jwt, siblings, values, std::nullopt, now_);
}

yaml::Value SecretReader::node(const LoadedSession& session,
                               const session::Placeholder& placeholder) {
  const auto target = session::target(placeholder, [&session](std::string_view name) {
    return session.session.find_secret(name) != nullptr;
  });
  const auto material = read(session, target.secret);
  if (material->kind == session::SecretKind::config_fragment && target.suffix.empty())
    return material->fragment;
  const auto format = session::format_of(material->kind, target.suffix);
  if (!format || !session::is_text(*format))
    throw Error(ErrorKind::refused,
                label(session, target.secret) +
                    " can be used here only in a text format (SL-209), for example :hex");
  return yaml::Value::scalar(std::string(secrets::format(*material, *format).view()), false, {});
}

void SecretReader::add_unstored(const LoadedSession& session, const SecretValues& values) {
  unstored_ = &session;
  unstored_values_ = &values;
}

std::vector<std::string> SecretReader::check_imports(const LoadedSession& session) {
  std::vector<std::string> warnings;
  const Importer importer{session.session.name, session.stored.hash};
  for (const auto& secret : session.session.secrets) {
    const auto* import = std::get_if<session::SecretImport>(&secret.body);
    if (import == nullptr) continue;
    try {
      const Wanted wanted{session::resolve(importer.name, import->session), import->session_hash,
                          import->secret};
      if (import->cas)
        (void)from_other_cas(importer, wanted, *import->cas);
      else
        (void)exporter(importer, wanted);
    } catch (const Error& error) {
      const bool not_yet =
          error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::unavailable;
      if (!not_yet) throw error.within("can not import " + label(session, secret.name));
      warnings.push_back(label(session, secret.name) + " can not be imported yet: " +
                         (error.kind() == ErrorKind::not_found
                              ? "session '" + import->session + "' does not exist yet"
                              : error.text()));
    }
  }
  return warnings;
}

}  // namespace sconectl::casd
