#include "sconectl/action/documents.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/similar_file.hpp"
#include "sconectl/manifest/parse.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/substitute.hpp"

namespace sconectl::action {
namespace {

DocumentKind kind_of(const yaml::Value& value) {
  const yaml::Value* kind = value.find("kind");
  const auto manifest = kind ? manifest::manifest_kind(kind->text()) : std::nullopt;
  if (manifest)
    return *manifest == manifest::ManifestKind::mesh ? DocumentKind::mesh : DocumentKind::service;
  const bool is_session =
      kind == nullptr && value.find("apiVersion") == nullptr && value.find("name") != nullptr;
  return is_session ? DocumentKind::session : DocumentKind::unknown;
}

bool is_yaml_file(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml");
}

class Loader {
 public:
  explicit Loader(System& system) : system_(system) {}

  void add(const std::string& input) {
    if (input == "-") {
      add_text("<stdin>", system_.environment.standard_input(limits_.bytes));
    } else if (system_.files.is_directory(input)) {
      add_directory(input);
    } else {
      add_text(input, read(input));
    }
  }

  std::vector<Document> finish() {
    faults_.throw_if_errors();
    return std::move(documents_);
  }

 private:
  std::string read(const std::string& input) {
    if (auto text = system_.files.read_if_exists(input, limits_.bytes)) return *std::move(text);
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("there is no file '{}'{}", input,
                                  host::did_you_mean_file(system_.files, input)));
  }

  void add_directory(const std::string& directory) {
    std::size_t found = 0;
    for (const std::string& name : system_.files.list(directory)) {
      const std::string path = (std::filesystem::path(directory) / name).string();
      if (!is_yaml_file(name) || system_.files.is_directory(path)) continue;
      add_text(path, system_.files.read(path));
      ++found;
    }
    if (found == 0)
      faults_.error(diag::whole_file(directory), "the directory has no *.yaml or *.yml file");
  }

  void add_text(const std::string& name, std::string text) {
    const std::string sha256 = crypto::hex(crypto::view(crypto::sha256(text)));
    const auto values = yaml::parse_documents(
        name, yaml::with_variable_lines_in_blocks(std::move(text)), faults_, limits_);
    bool any = false;
    for (const yaml::Value& value : values) {
      if (value.is_null()) continue;  // an empty document between two `---`
      any = true;
      documents_.push_back({name, value, kind_of(value), sha256});
    }
    if (!any && !faults_.has_errors())
      faults_.error(diag::whole_file(name), "the file is empty: a manifest is expected");
  }

  System& system_;
  yaml::Limits limits_;
  diag::Diagnostics faults_;
  std::vector<Document> documents_;
};

}  // namespace

std::vector<Document> load_documents(System& system, const std::vector<std::string>& inputs) {
  Loader loader(system);
  for (const std::string& input : inputs) loader.add(input);
  return loader.finish();
}

yaml::Value substituted(System& system, const Document& document,
                        const Substitutions& substitutions, diag::Diagnostics& out) {
  const yaml::Variables variables = [&](std::string_view name) -> std::optional<std::string> {
    const auto given = substitutions.given.find(std::string(name));
    if (given != substitutions.given.end()) return given->second;
    return substitutions.use_environment ? system.environment.get(std::string(name)) : std::nullopt;
  };
  const bool is_manifest = document.kind != DocumentKind::session;
  return yaml::substitute(document.value, variables, out, {.keys = is_manifest});
}

}  // namespace sconectl::action
