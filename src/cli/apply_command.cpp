#include <fmt/core.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>

#include "cli/apply_options.hpp"
#include "cli/command.hpp"
#include "cli/next_step.hpp"
#include "cli/version.hpp"
#include "sconectl/action/apply_services.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cli {
namespace {

using action::Document;
using action::DocumentKind;

nlohmann::json as_json(const action::AppliedService& service) {
  nlohmann::json json{{"kind", "service"},
                      {"name", service.name},
                      {"image", service.reference},
                      {"runtime", service.runtime},
                      {"runtime_because", service.runtime_because},
                      {"id", service.id},
                      {"digest", service.digest},
                      {"unchanged", service.unchanged},
                      {"directory", service.directory.string()}};
  if (service.enclave)
    json["enclave"] = {{"mr_enclave", service.enclave->mr_enclave},
                       {"mr_signer", service.enclave->mr_signer},
                       {"isv_prod_id", service.enclave->product_id},
                       {"isv_svn", service.enclave->svn},
                       {"debug", service.enclave->debug}};
  return json;
}

nlohmann::json as_json(const action::AppliedMesh& mesh) {
  nlohmann::json sessions = nlohmann::json::array();
  for (const action::AppliedSession& session : mesh.sessions) {
    sessions.push_back({{"name", session.name},
                        {"result", session.result},
                        {"hash", session.hash},
                        {"file", session.file.string()}});
  }
  return {{"kind", "mesh"},
          {"cas", mesh.cas},
          {"release", mesh.release},
          {"chart", mesh.chart.string()},
          {"sessions", std::move(sessions)},
          {"versions", mesh.versions},
          {"left_out", mesh.left_out}};
}

void print(Terminal& terminal, const action::AppliedService& service, bool dry_run) {
  if (dry_run) {
    terminal.data(fmt::format("image {} would be built from {}:", service.reference,
                              (service.directory / "Dockerfile").string()));
    terminal.data(service.dockerfile);
    terminal.data("context:\n" + service.listing);
  } else {
    const char* done = service.unchanged ? "unchanged"
                       : service.pushed  ? "built and pushed"
                                         : "built";
    terminal.data(fmt::format("image {} {}{}{}", service.reference, done,
                              service.digest.empty() ? "" : ", digest ", service.digest));
    if (service.enclave)
      terminal.data(fmt::format("  mr_enclave {}\n  mr_signer {}\n  isv_prod_id {}, isv_svn {}{}",
                                service.enclave->mr_enclave, service.enclave->mr_signer,
                                service.enclave->product_id, service.enclave->svn,
                                service.enclave->debug ? ", debug" : ""));
  }
}

std::string listed(const std::vector<std::string>& versions) {
  std::string result;
  for (const std::string& version : versions) {
    if (!result.empty()) result += ", ";
    result += version.empty() ? "(no number)" : version;
  }
  return result;
}

void print(Terminal& terminal, const action::AppliedMesh& mesh, const ApplyOptions& options) {
  for (const action::AppliedSession& session : mesh.sessions) {
    terminal.data(fmt::format("session {} {}{}{}", session.name, session.result,
                              session.hash.empty() ? "" : " ", session.hash));
  }
  terminal.data(fmt::format("chart {}", mesh.chart.string()));
  if (!mesh.extra.empty()) terminal.data(fmt::format("written {}", mesh.extra.string()));
  if (mesh.versions.size() > 1 && !options.dry_run)
    terminal.tell(fmt::format("versions {} are accepted until 'sconectl rollout finish'",
                              listed(mesh.versions)));
  if (!options.dry_run)
    terminal.tell(fmt::format("next:\n  {}", next_step(mesh, mesh_output(options))));
}

bool is_mesh(const Document& document) {
  return document.kind == DocumentKind::mesh;
}

/// Services are built before meshes are applied (docs/commands.md), else in the order given.
void services_first(std::vector<Document>& documents) {
  std::stable_partition(documents.begin(), documents.end(), std::not_fn(is_mesh));
}

bool is_interrupt(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const diag::Error& error) {
    return error.kind() == diag::ErrorKind::interrupted;
  } catch (...) {
    return false;
  }
}

/// A failure that is not the one that ends the command. Interrupts speak for themselves.
void tell(Terminal& terminal, const std::exception_ptr& failure) {
  if (is_interrupt(failure)) return;
  try {
    std::rethrow_exception(failure);
  } catch (const diag::Error& error) {
    terminal.error(error);
  }
}

ApplyKinds kinds_of(const std::vector<Document>& documents) {
  ApplyKinds result;
  for (const Document& document : documents) {
    result.service = result.service || document.kind == DocumentKind::service;
    result.mesh = result.mesh || document.kind == DocumentKind::mesh;
  }
  return result;
}

int print_defaults(Invocation& invocation, const std::vector<Document>& documents,
                   const ApplyOptions& options) {
  std::string text;
  for (const Document& document : documents) {
    text +=
        document.kind == DocumentKind::mesh
            ? action::mesh_defaults(invocation.system, document, mesh_options(invocation, options))
            : action::service_defaults(invocation.system, document, service_options(options));
  }
  if (!options.defaults_file.empty()) {
    invocation.system.files.write(options.defaults_file, text);
  } else {
    invocation.terminal.data(text);
  }
  return 0;
}

/// What was done is said in the order of the manifests, then what failed. An interrupt, else the
/// first failure, is thrown, the others are told before it.
void apply_services(Invocation& invocation, const std::vector<Document>& documents,
                    const ApplyOptions& options, nlohmann::json& applied) {
  if (documents.empty()) return;
  Terminal& terminal = invocation.terminal;
  action::System system = invocation.system;
  if (terminal.is_live())
    system.step = [&terminal](std::string_view about, std::string_view state) {
      terminal.live(about, state);
    };
  const auto outcomes =
      action::apply_services(system, documents, service_options(options), jobs(options));
  std::exception_ptr worst;
  std::size_t left = 0;
  for (const action::ServiceOutcome& outcome : outcomes) {
    if (outcome.applied) {
      applied.push_back(as_json(*outcome.applied));
      if (!terminal.json) print(terminal, *outcome.applied, options.dry_run);
    } else if (!outcome.failure) {
      ++left;
    } else if (!worst || (is_interrupt(outcome.failure) && !is_interrupt(worst))) {
      worst = outcome.failure;
    }
  }
  if (!worst) return;
  for (const action::ServiceOutcome& outcome : outcomes)
    if (outcome.failure && outcome.failure != worst) tell(terminal, outcome.failure);
  if (left > 0)
    terminal.tell(fmt::format("{} of {} services were not begun, because another one failed", left,
                              outcomes.size()));
  std::rethrow_exception(worst);
}

int apply_all(Invocation& invocation, const std::vector<Document>& documents,
              const ApplyOptions& options) {
  Terminal& terminal = invocation.terminal;
  nlohmann::json applied = nlohmann::json::array();
  const auto first_mesh = std::find_if(documents.begin(), documents.end(), is_mesh);
  apply_services(invocation, {documents.begin(), first_mesh}, options, applied);
  bool complete = true;
  for (auto document = first_mesh; document != documents.end(); ++document) {
    const auto mesh =
        action::apply_mesh(invocation.system, *document, mesh_options(invocation, options));
    applied.push_back(as_json(mesh));
    complete = complete && mesh.left_out.empty();
    if (!terminal.json) print(terminal, mesh, options);
  }
  if (terminal.json)
    terminal.document(nlohmann::json{{"schema", "sconectl/v1/apply"}, {"applied", applied}});
  return complete ? 0 : 1;  // a dry run that had to leave a service out is no proof of anything
}

}  // namespace

int apply_command(Invocation& invocation, std::vector<std::string> arguments) {
  arguments = with_older_manifest_option(invocation.system, std::move(arguments));
  std::vector<Document> documents;
  std::optional<diag::Error> unreadable;  // reported only after the options are known to be right
  try {
    documents = action::load_documents(invocation.system, inputs_in(arguments));
  } catch (const diag::Error& error) {
    unreadable = error;
  }
  const ApplyKinds kinds = kinds_of(documents);
  const bool help_is_long = kinds.service && !kinds.mesh;  // there -h is --helm-template
  Parser parser(invocation, "apply", "Apply manifests: build service images, join them to a mesh.",
                help_is_long ? "--help" : "-h,--help");
  ApplyOptions options;
  add_apply_options(parser, options, kinds);
  parser.examples({"sconectl apply -f service.yaml",
                   "sconectl apply -f mesh.yaml -e RELEASE=demo --release demo",
                   "sconectl apply -f mesh.yaml --dry-run"});
  if (!parser.read(std::move(arguments))) return 0;
  if (options.version) {
    invocation.terminal.data(version_line());
    return 0;
  }
  if (options.inputs.empty())
    throw diag::Error(diag::ErrorKind::usage, "nothing to apply: name a manifest with '-f FILE'");
  if (unreadable) throw diag::Error(*unreadable);
  services_first(documents);
  if (options.print_defaults) return print_defaults(invocation, documents, options);
  return apply_all(invocation, documents, options);
}

}  // namespace sconectl::cli
