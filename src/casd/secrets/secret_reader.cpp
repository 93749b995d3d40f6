#include "casd/secrets/secret_reader.hpp"

#include <algorithm>

#include "casd/secrets/jwt.hpp"
#include "casd/secrets/secret_labels.hpp"
#include "casd/secrets/session_ca.hpp"
#include "casd/tracing/trace.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// Keys and issuers on the way count too here; only bounds the recursion.
constexpr std::size_t most_steps = 200;

const session::Secret& defined(const LoadedSession& session, const std::string& name) {
  const auto* secret = secrets::find_secret(session, name);
  if (secret == nullptr)
    throw Error(ErrorKind::not_found, secret_label(session, name) + " is not defined");
  return *secret;
}

session::Target target_of(const LoadedSession& session, const session::Placeholder& placeholder) {
  return session::target(
      placeholder, [&session](std::string_view name) { return session.secret(name) != nullptr; });
}

}  // namespace

SecretReader::SecretReader(const SecretSources& sources, std::shared_ptr<ImportBudget> imports)
    : sources_(sources),
      imports_(std::move(imports)),
      now_(std::chrono::time_point_cast<std::chrono::seconds>(sources.clock.now())) {}

SecretMaterialPtr SecretReader::read(const LoadedSession& session, const std::string& secret) {
  return read_once(session, defined(session, secret), false);
}

SecretMaterialPtr SecretReader::read_once(const LoadedSession& session,
                                          const session::Secret& secret, bool passed_on) {
  const std::string key =
      session.stored.hash + "/" + session.session.name + ":" + secret.name + (passed_on ? "+" : "");
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const std::string step = session.session.name + ":" + secret.name;
  const bool cycle = std::find(path_.begin(), path_.end(), step) != path_.end();
  if (cycle || hops_ > most_import_hops || path_.size() >= most_steps) {
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
  if (const auto* token = std::get_if<session::AadToken>(&secret.body)) {
    const TracedStep traced(TraceStep::import);
    return std::make_shared<const SecretMaterial>(
        sources_.azure.token(sources_.azure.vault_of(session.session, secret), *token, *imports_));
  }
  if (const auto* import = std::get_if<session::AkvImport>(&secret.body))
    return from_vault(session, secret, *import);
  throw Error(ErrorKind::unsupported, secret_label(session, secret.name) +
                                          " is of a kind that this CAS "
                                          "does not support");
}

/// With the token that is named, or the only one.
SecretMaterialPtr SecretReader::from_vault(const LoadedSession& session,
                                           const session::Secret& secret,
                                           const session::AkvImport& import) {
  const auto fits = [&](const session::Secret& each) {
    return std::holds_alternative<session::AadToken>(each.body) &&
           (!import.token || each.name == import.token->name);
  };
  const auto& all = session.session.secrets;
  const auto token = std::find_if(all.begin(), all.end(), fits);
  if (token == all.end())
    throw Error(ErrorKind::refused,
                secret_label(session, secret.name) + " has no token for its vault");
  const auto key =
      import.decryption_key ? read(session, import.decryption_key->name) : SecretMaterialPtr();
  const TracedStep traced(TraceStep::import);
  try {
    return std::make_shared<const SecretMaterial>(sources_.azure.secret(
        secret, std::get<session::AadToken>(token->body), key ? &key->bytes : nullptr, *imports_));
  } catch (const Error& error) {
    throw error.within("can not import " + secret_label(session, secret.name));
  }
}

SecretMaterialPtr SecretReader::generated(const LoadedSession& session,
                                          const session::Secret& secret) {
  const auto siblings = [&](const std::string& name) { return read(session, name); };
  if (unstored_ == &session) {
    const auto value = unstored_values_->find(secret.name);
    if (value == unstored_values_->end())
      throw Error(ErrorKind::failed, secret_label(session, secret.name) + " was not made yet");
    return std::make_shared<const SecretMaterial>(
        secrets::decode(secret, value->second.view(), siblings));
  }
  const auto value = stored_value(session, secret);
  return current(session, secret, secrets::decode(secret, value.view(), siblings), siblings);
}

/// The stored value, or the one that takes its place because it can not be given out any more.
SecretMaterialPtr SecretReader::current(const LoadedSession& session, const session::Secret& secret,
                                        SecretMaterial stored,
                                        const secrets::SiblingLookup& siblings) {
  const auto need = secrets::renewal_need(secret, stored, siblings, now_);
  auto material = std::make_shared<const SecretMaterial>(std::move(stored));
  if (need == secrets::RenewalNeed::none) return material;
  RenewalJob job{session.stored.name, session.stored.hash, secret, {}, now_};
  for (const auto& name : secrets::needs(secret)) job.siblings.emplace(name, siblings(name));
  if (session.session.secret_store) {
    job.elsewhere = vault_keeper(session, secret);
    auto renewed = sources_.renewal.renewed_by_caller(job, need);
    return renewed ? renewed : material;
  }
  if (need == secrets::RenewalNeed::at_once) return sources_.renewal.renewed(std::move(job));
  sources_.renewal.request(std::move(job));
  return material;
}

crypto::Secret SecretReader::text(const LoadedSession& session,
                                  const session::Placeholder& placeholder) {
  const auto target = target_of(session, placeholder);
  if (const auto* secret = session.secret(target.secret))
    if (const auto* jwt = std::get_if<session::Jwt>(&secret->body))
      return token(session, *secret, *jwt);
  const auto material = read(session, target.secret);
  const auto format = session::format_of(material->kind, target.suffix);
  if (!format)
    throw Error(ErrorKind::refused, secret_label(session, target.secret) + " is of kind " +
                                        std::string(text::word(material->kind)) +
                                        ", which has no format '" + target.suffix + "'");
  auto value = secrets::format(*material, *format);
  give(value.size());
  return value;
}

bool SecretReader::gives_text(const LoadedSession& session,
                              const session::Placeholder& placeholder) {
  const auto target = target_of(session, placeholder);
  const auto* secret = session.secret(target.secret);
  if (secret != nullptr && std::holds_alternative<session::Jwt>(secret->body)) return true;
  const auto format = session::format_of(read(session, target.secret)->kind, target.suffix);
  return format && session::is_text(*format);
}

void SecretReader::give(std::size_t bytes) {
  given_bytes_ += bytes;
  if (given_bytes_ > most_value_bytes)
    throw Error(ErrorKind::refused, "the values that are asked for at once have more than " +
                                        std::to_string(most_value_bytes) + " bytes");
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
  const auto target = target_of(session, placeholder);
  const auto material = read(session, target.secret);
  if (material->kind == session::SecretKind::config_fragment && target.suffix.empty())
    return material->fragment;
  const auto format = session::format_of(material->kind, target.suffix);
  if (!format || !session::is_text(*format))
    throw Error(ErrorKind::refused,
                secret_label(session, target.secret) +
                    " can be used here only in a text format (SL-209), for example :hex");
  return yaml::Value::scalar(std::string(secrets::format(*material, *format).view()), false, {});
}

bool SecretReader::may_wait(const LoadedSession& session, const session::Placeholder& placeholder) {
  return may_wait(session, target_of(session, placeholder).secret);
}

void SecretReader::add_unstored(const LoadedSession& session, const SecretValues& values) {
  unstored_ = &session;
  unstored_values_ = &values;
}

void SecretReader::forget_unstored() {
  unstored_ = nullptr;
  unstored_values_ = nullptr;
}

}  // namespace sconectl::casd
