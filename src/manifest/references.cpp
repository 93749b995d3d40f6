#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "manifest/kinds.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/manifest/open_placeholder.hpp"

namespace sconectl::manifest {
namespace {

constexpr std::string_view opening = "$$SCONE::";

/// The secrets that a service may refer to.
class Names {
 public:
  explicit Names(const Service& service) {
    for (const Secret& secret : service.secrets) add(secret.name);
    for (const Text& import : service.imports) add(import.text);
  }

  /// `reference` is what stands between `$$SCONE::` and `$$`: a name, perhaps with `:suffix`,
  /// `|encoding` or the older `.suffix` (SL-106: the whole name first).
  [[nodiscard]] bool know(std::string_view reference) const {
    const std::string_view name = reference.substr(0, reference.find_first_of(":|"));
    return has(name) || has(name.substr(0, name.rfind('.'))) ||
           name.find("{{") != std::string_view::npos || reference.substr(0, 6) == "self::";
  }
  [[nodiscard]] std::string hint(std::string_view reference) const {
    return diag::did_you_mean(reference.substr(0, reference.find_first_of(":|.")), names_);
  }

 private:
  void add(const std::string& name) { names_.push_back(name); }
  [[nodiscard]] bool has(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  std::vector<std::string> names_;
};

void check_text(std::string_view text, const diag::Location& at, const Names& names,
                diag::Diagnostics& out) {
  auto start = text.find(opening);
  while (start != std::string_view::npos) {
    const std::string_view rest = text.substr(start + opening.size());
    const auto end = rest.find("$$");
    if (end == std::string_view::npos) {
      out.warning(at, fmt::format("'{}' has no closing '$$': it stays text and no secret is put "
                                  "there",
                                  text.substr(start, text.find_first_of(" \n", start) - start)));
      return;
    }
    const std::string_view reference = rest.substr(0, end);
    if (!names.know(reference))
      out.error(at, fmt::format("secret '{}' is neither defined in 'secrets.global' nor imported "
                                "with 'secrets.import'{}",
                                reference.substr(0, reference.find_first_of(":|")),
                                names.hint(reference)));
    start = text.find(opening, start + opening.size() + end + 2);
  }
}

void check_name(const std::optional<Text>& name, std::string_view role, const Secret& secret,
                const Names& names, diag::Diagnostics& out) {
  if (!name || name->text.empty() || name->text.find("$$") != std::string::npos) return;
  if (names.know(name->text)) return;
  out.error(name->at, fmt::format("'{}' of secret '{}' names '{}', which is neither defined in "
                                  "'secrets.global' nor imported with 'secrets.import'{}",
                                  role, secret.name, name->text, names.hint(name->text)));
}

}  // namespace

void check_references(const Service& service, diag::Diagnostics& out) {
  const Names names(service);
  for (const Variable& variable : service.local)
    if (variable.value)
      check_text(closed_placeholder(*variable.value), variable.value_at, names, out);
  for (const InjectionFile& file : service.injection_files)
    check_text(file.content.text, file.content.at, names, out);
  check_text(service.build.command.text, service.build.command.at, names, out);
  for (const Secret& secret : service.secrets) {
    check_name(secret.private_key, "private_key", secret, names, out);
    check_name(secret.issuer, "issuer", secret, names, out);
    for (const Text& import : service.imports)
      if (import.text == secret.name)
        out.error(import.at, fmt::format("secret '{}' is imported and defined here (line {})",
                                         import.text, secret.at.line));
  }
}

}  // namespace sconectl::manifest
