#include "mesh/secrets.hpp"

#include <fmt/core.h>

#include <map>

#include "mesh/template_sessions.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::mesh {
namespace {

/// Replaces `{{NAME}}` in every scalar of the secrets of an image of ours.
yaml::Value filled(const yaml::Value& value, const render::Variables& variables,
                   diag::Diagnostics& out) {
  switch (value.kind()) {
    case yaml::Kind::null:
      return value;
    case yaml::Kind::scalar:
      if (value.text().find("{{") == std::string::npos) return value;
      return yaml::Value::scalar(render::render(value.text(), variables,
                                                render::Dialect::handlebars, value.location(), out),
                                 value.plain(), value.location(), value.tag());
    case yaml::Kind::sequence: {
      std::vector<yaml::Value> items;
      for (const yaml::Value& item : value.items()) items.push_back(filled(item, variables, out));
      return yaml::Value::sequence(std::move(items), value.location(), value.tag());
    }
    case yaml::Kind::mapping: {
      std::vector<yaml::Entry> entries;
      for (const yaml::Entry& entry : value.entries())
        entries.push_back({entry.key, entry.key_location, filled(entry.value, variables, out)});
      return yaml::Value::mapping(std::move(entries), value.location(), value.tag());
    }
  }
  return value;
}

/// Generated private keys outlive an update unless their author wrote what should happen (SL-218):
/// a mesh is applied again and again, and a new key makes clients and running services of the old
/// one useless.
yaml::Value with_migration(const yaml::Value& list) {
  if (!list.is_sequence()) return list;
  const auto given = [](const yaml::Value& item, std::string_view key) {
    const yaml::Value* value = item.find(key);
    return value != nullptr && !value->is_null();
  };
  std::vector<yaml::Value> items;
  for (const yaml::Value& item : list.items()) {
    const yaml::Value* kind = item.find("kind");
    const bool key = kind != nullptr && kind->is_scalar() &&
                     kind->text() == text::word(session::SecretKind::private_key);
    if (!key || given(item, "value") || given(item, "import") || given(item, "import_akv") ||
        item.find("migrate") != nullptr) {
      items.push_back(item);
      continue;
    }
    std::vector<yaml::Entry> entries = item.entries();
    entries.push_back(
        {"migrate", item.location(), yaml::Value::scalar("true", true, item.location())});
    items.push_back(yaml::Value::mapping(std::move(entries), item.location(), item.tag()));
  }
  return yaml::Value::sequence(std::move(items), list.location(), list.tag());
}

/// The text with the secrets of a service: the user's own file, or what its image carries.
struct SecretsText {
  std::string name;
  std::string text;
  bool is_template = false;  ///< YAML only after rendering
  bool is_users = false;
};

SecretsText secrets_text(const ServiceInstance& service, const Options& options) {
  if (const auto& file = service.given->image_secrets)
    return {file->text, options.files.at(file->text), true, true};
  return {service.image + ":/scone/policy/secrets.yaml", service.facts.policy.secrets,
          !service.facts.own, !service.facts.own};
}

std::vector<session::Secret> defined_secrets(const ServiceInstance& service,
                                             const SecretsText& source, diag::Diagnostics& out) {
  std::string text = source.text;
  if (source.is_template) text = rendered(source.name, source.text, service.variables, out);
  const auto documents = yaml::parse_documents(source.name, std::move(text), out);
  if (documents.empty() || out.has_errors()) return {};
  const yaml::Value& list = documents.front();
  return session::parse_secrets(
      with_migration(source.is_template ? list : filled(list, service.variables, out)), out);
}

/// Whether a use of an x509 secret asks for its key too (SL-162).
bool wants_private_key(session::SecretKind kind, std::string_view suffix) {
  const auto format = session::format_of(kind, suffix);
  return format == session::Format::private_key_pem || format == session::Format::private_key_der ||
         format == session::Format::pkcs12;
}

/// Calls `visit` with every text of the service that may hold placeholders.
template <typename Visit>
void for_each_text(const ServiceInstance& service, const Visit& visit) {
  visit(service.command);
  for (const auto& variable : service.environment) visit(variable.value);
  for (const auto& file : service.files) visit(file.content);
}

class SecretUsers {
 public:
  SecretUsers(const Application& application, std::vector<SharedSecret>& secrets,
              diag::Diagnostics& out)
      : application_(application), secrets_(secrets), out_(out) {
    for (std::size_t i = 0; i < secrets.size(); ++i) index_[secrets[i].secret.name] = i;
    for (const auto& [name, position] : index_) names_.insert(name);
  }

  void service_uses(std::size_t service_index) {
    current_ = service_index;
    const ServiceInstance& service = application_.services[service_index];
    for (const std::string& name : service.facts.imports) use(service, name, "secrets.import");
    for_each_text(service, [&](const std::string& text) {
      for (const session::Piece& piece : session::pieces(text))
        if (piece.placeholder) use_placeholder(service, *piece.placeholder);
    });
  }

  void add_user(const std::string& name, std::size_t service_index) {
    users_[name].insert(service_index);
  }

  /// Writes the exports, in the order of the services.
  void set_exports() {
    for (SharedSecret& shared : secrets_) {
      if (shared.keeps_exports) continue;
      shared.secret.exports.clear();
      for (const std::size_t service_index : users_[shared.secret.name]) {
        session::ExportTarget target;
        target.session = application_.services[service_index].session;
        shared.secret.exports.push_back(target);
      }
    }
  }

 private:
  void use_placeholder(const ServiceInstance& service, const session::Placeholder& placeholder) {
    const auto found = session::target(
        placeholder, [&](std::string_view name) { return names_.count(std::string(name)) > 0; });
    if (!use(service, found.secret, "$$SCONE::" + placeholder.name + "$$")) return;
    const session::Secret& secret = secrets_[index_.at(found.secret)].secret;
    const auto* const x509 = std::get_if<session::X509>(&secret.body);
    if (x509 != nullptr && x509->private_key && secret.kind() &&
        wants_private_key(*secret.kind(), found.suffix))
      add_user(*x509->private_key, current_);
  }

  bool use(const ServiceInstance& service, const std::string& name, const std::string& where) {
    if (index_.count(name) > 0) {
      add_user(name, current_);
      return true;
    }
    const std::vector<std::string> candidates(names_.begin(), names_.end());
    out_.error(service.at(),
               fmt::format("service '{}' refers to secret '{}' ({}), which no service of "
                           "the mesh defines in 'secrets.global'{}",
                           service.name, name, where, diag::did_you_mean(name, candidates)));
    return false;
  }

  const Application& application_;
  std::vector<SharedSecret>& secrets_;
  diag::Diagnostics& out_;
  std::map<std::string, std::size_t> index_;
  std::set<std::string> names_;
  std::map<std::string, std::set<std::size_t>> users_;
  std::size_t current_ = 0;
};

/// A CA certificate is no secret, and clients need it to check the application: public by default.
void publish_authority(SharedSecret& shared) {
  if (shared.secret.kind() == session::SecretKind::x509_ca && !shared.keeps_exports)
    shared.secret.export_public = true;
}

}  // namespace

std::set<std::string> used_secrets(const ServiceInstance& service,
                                   const std::function<bool(std::string_view)>& is_defined) {
  std::set<std::string> result(service.facts.imports.begin(), service.facts.imports.end());
  for_each_text(service, [&](const std::string& text) {
    for (const session::Piece& piece : session::pieces(text))
      if (piece.placeholder) result.insert(session::target(*piece.placeholder, is_defined).secret);
  });
  return result;
}

std::vector<SharedSecret> shared_secrets(const Application& application, const Options& options,
                                         diag::Diagnostics& out) {
  std::vector<SharedSecret> result;
  std::map<std::string, std::size_t> index;
  std::vector<std::pair<std::string, std::size_t>> definitions;
  for (std::size_t i = 0; i < application.services.size(); ++i) {
    const ServiceInstance& service = application.services[i];
    const SecretsText source = secrets_text(service, options);
    diag::Diagnostics faults;
    for (session::Secret& secret : defined_secrets(service, source, faults)) {
      const auto [position, is_new] = index.emplace(secret.name, result.size());
      definitions.emplace_back(secret.name, i);
      if (is_new) {
        const bool keeps = source.is_users && (!secret.exports.empty() || secret.export_public);
        result.push_back({std::move(secret), service.name, keeps});
        publish_authority(result.back());
      } else if (const SharedSecret& first = result[position->second];
                 !(first.secret.body == secret.body)) {
        out.error(service.at(), fmt::format("services '{}' and '{}' define secret '{}' differently",
                                            first.defined_by, service.name, secret.name));
      }
    }
    for (const diag::Diagnostic& fault : faults.all())
      if (fault.severity == diag::Severity::error) out.error(fault.location, fault.text);
  }
  SecretUsers users(application, result, out);
  for (const auto& [name, service_index] : definitions) users.add_user(name, service_index);
  for (std::size_t i = 0; i < application.services.size(); ++i)
    if (application.services[i].facts.own) users.service_uses(i);
  users.set_exports();
  return result;
}

}  // namespace sconectl::mesh
