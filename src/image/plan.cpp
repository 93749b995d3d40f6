#include "sconectl/image/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "image/chart.hpp"
#include "image/dockerfile.hpp"
#include "image/gramine_plan.hpp"
#include "image/java.hpp"
#include "image/kind.hpp"
#include "image/maven.hpp"
#include "image/memory_links.hpp"
#include "image/node.hpp"
#include "image/packages.hpp"
#include "image/pod_security.hpp"
#include "image/policy_texts.hpp"
#include "image/scone_plan.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/image/description.hpp"
#include "sconectl/session/command.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

/// Makes one plan; the members are what every step needs.
class Planner {
 public:
  Planner(const manifest::Service& service, const PlanOptions& options,
          const render::TemplateSet& templates, const Sources& sources, diag::Diagnostics& out)
      : service_(service),
        build_(service.build),
        options_(options),
        templates_(templates),
        sources_(sources),
        out_(out) {}

  BuildPlan run() {
    plan_.name = build_.name.text;
    plan_.reference = build_.to.text;
    if (gramine() && build_.gramine.name_prefix)
      plan_.reference = with_name_prefix(plan_.reference, build_.gramine.name_prefix->text);
    plan_.runtime = options_.runtime;
    plan_.runtime_because = options_.runtime_because;
    plan_.configuration = options_.configuration;
    check_kind();
    plan_.facts.pwd = working_directory();
    add_sources();
    fill_facts();
    requirements_ = add_requirements(service_, view_, plan_.context, out_);
    add_links();
    for (auto& [path, text] : scone_folder(plan_.facts))
      plan_.context["scone/" + path] = {std::move(text), 0644};
    if (ordinary()) plan_.context["sconectl"] = {options_.launcher, 0755};
    if (gramine()) add_gramine();
    if (scone()) add_scone();
    if (!scone()) warn_of_scone_fields(build_, options_.runtime, out_);
    if (!out_.has_errors()) write_dockerfile();
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool native() const { return options_.runtime == Runtime::native; }
  [[nodiscard]] bool gramine() const { return options_.runtime == Runtime::gramine; }
  [[nodiscard]] bool scone() const { return options_.runtime == Runtime::scone; }
  /// Built on an ordinary image; only SCONE has images of its own.
  [[nodiscard]] bool ordinary() const { return options_.runtime != Runtime::scone; }

  void fill_facts() {
    Facts& facts = plan_.facts;
    facts.own = true;
    facts.image = plan_.reference;
    facts.name = plan_.name;
    facts.kind = build_.kind.text;
    facts.runtime = options_.runtime;
    facts.mode = options_.mode;
    facts.command = command();
    if (compiles_java()) facts.command = with_class_path(facts.command, class_path());
    if (options_.base) {
      facts.ports = options_.base->ports;
      facts.user = options_.base->user;
    }
    if (options_.base)
      for (const auto& variable : options_.base->environment)
        if (!declared(variable.name))
          text::set(facts.local, variable.name, render::literal(variable.value));
    for (const auto& variable : service_.local)
      if (variable.value) text::set(facts.local, variable.name, *variable.value);
    for (const auto& variable : service_.global)
      facts.global.push_back({variable.name, variable.value});
    for (const auto& file : service_.injection_files)
      facts.injection_files.push_back({file.path.text, file.content.text, file.permission});
    for (const auto& import : service_.imports) facts.imports.push_back(import.text);
    for (const auto& path : build_.host_paths) facts.host_paths.push_back(path.text);
    if (const std::string word = program(); !word.empty()) facts.binaries.push_back(word);
    if (const std::string* text = templates_.find("env.yaml"))
      facts.defaults = parse_env(templates_.name + "/env.yaml", *text);
    for (const auto& variable : facts.global)
      if (variable.fallback) text::set(facts.defaults, variable.name, *variable.fallback);
    facts.policy.env = env_text(facts.defaults);
    facts.policy.secrets = secrets_text(service_.secrets);
    facts.policy.binaries = binaries_text(facts.binaries);
    facts.chart = chart(templates_, chart_variables(), out_);
  }

  /// The service gives this variable a value, or the mesh does.
  [[nodiscard]] bool declared(const std::string& name) const {
    const auto named = [&](const manifest::Variable& variable) { return variable.name == name; };
    return std::any_of(service_.local.begin(), service_.local.end(), named) ||
           std::any_of(service_.global.begin(), service_.global.end(), named);
  }

  /// What the image that it is built on would run, if the manifest names nothing.
  std::string command() {
    std::string line = one_line(build_.command.text);
    if (line.empty() && build_.from && options_.base)
      line = render::literal(session::joined_command(options_.base->words()));
    if (line.empty() && native())
      out_.error(
          build_.command.at,
          fmt::format("'build.command' is missing: a native image has to know its program{}",
                      !build_.from    ? ""
                      : options_.base ? fmt::format(", and '{}' names none", build_.from->text)
                                      : fmt::format(", and '{}' is not here to tell its own",
                                                    build_.from->text)));
    return line;
  }

  /// The working directory, where compiled classes are, and what is copied beside them. What jars
  /// Maven brings is known to it alone: java looks for itself.
  [[nodiscard]] std::vector<std::string> class_path() const {
    const std::string& pwd = plan_.facts.pwd;
    std::vector<std::string> entries = {pwd};
    if (is_maven_project_) entries.push_back(pwd + (pwd.ends_with('/') ? "*" : "/*"));
    for (const std::string& library : java_libraries_)
      entries.push_back(fmt::format("{}{}{}", pwd, pwd.ends_with('/') ? "" : "/", library));
    return entries;
  }

  [[nodiscard]] std::string program() const {
    try {
      const auto words = session::split_command(plan_.facts.command);
      return words.empty() ? "" : words.front();
    } catch (const diag::Error&) {  // the session's own check reports the command
      return "";
    }
  }

  std::string working_directory() {
    if (!build_.pwd || build_.pwd->text.empty())
      return options_.base && options_.base->directory.starts_with('/') ? options_.base->directory
                                                                        : "/";
    const std::string& text = build_.pwd->text;
    const bool odd = std::any_of(text.begin(), text.end(), [](char c) {
      return static_cast<unsigned char>(c) < ' ' ||
             std::string_view("$\\\"'").find(c) != std::string_view::npos;
    });
    if (odd || text.front() != '/')
      out_.error(build_.pwd->at,
                 odd ? "'build.pwd' can not hold quotes, '$', '\\' or control characters"
                     : fmt::format("'build.pwd' must be an absolute path, this is '{}'", text));
    const auto path = std::filesystem::path(text).lexically_normal().string();
    return path.size() > 1 && path.back() == '/' ? path.substr(0, path.size() - 1) : path;
  }

  render::Variables chart_variables() const {
    render::Variables variables;
    for (const auto& variable : plan_.facts.local) variables.set(variable.name, variable.value);
    variables.set("chartname", plan_.name);
    variables.set("runtime", std::string(text::word(options_.runtime)));
    // What only enclaves need: devices, memory of their own, nodes where a LAS runs.
    variables.set_yaml("sgx_device_plugin", native() ? "disabled" : "\"{{useSGXDevPlugin}}\"");
    variables.set_yaml("sgx_memory", native() ? "\"\"" : "\"{{sgxEpcMem}}\"");
    set_pod_security(variables, plan_.facts, kind_.family == Kind::Family::sconify_image);
    variables.set_yaml("runtime_node_selector", options_.runtime == Runtime::scone
                                                    ? "{las.scontain.com/ok: \"true\"}"
                                                    : "{}");
    return variables;
  }

  /// Files keep their relative path below the working directory. Their names stand only in the
  /// context, never in the Dockerfile, so that no name can mean anything there.
  void add_sources() {
    is_maven_project_ = compiles_java() && copies_maven_project(build_, sources_);
    for (const manifest::Text& entry : build_.copy) {
      const auto path = std::filesystem::path(entry.text).lexically_normal();
      if (entry.text.empty() || *path.begin() == "..") {
        out_.error(entry.at, fmt::format("'build.copy' can only name files below the current "
                                         "directory, this is '{}'",
                                         entry.text));
        continue;
      }
      if (path.is_absolute()) {  // public manifests have it; a plan is possible, an image is not
        const std::string text = fmt::format(
            "'build.copy' names '{}', which is not below the current directory", entry.text);
        out_.warning(entry.at, text);
        plan_.missing.push_back(text);
        continue;
      }
      if (!view_.usable(entry, "build.copy")) continue;
      std::string target = path == "." ? "" : path.generic_string();
      while (!target.empty() && target.back() == '/') target.pop_back();
      const bool compiled = compiles_java() && !is_maven_project_ && target.ends_with(".java") &&
                            view_.source(entry).kind == Source::Kind::file;
      const bool is_source = compiled || is_maven_project_;
      if (compiled) java_sources_.push_back(target);
      if (compiles_java() && !is_source && target.ends_with(".jar"))
        java_libraries_.push_back(target);
      plan_.context[(is_source ? "java/" : "app/") + target] = {options_.directory / entry.text,
                                                                0644};
    }
    if (!java_sources_.empty())
      plan_.context["java/.sconectl-arguments"] = {javac_arguments(java_sources_, java_libraries_),
                                                   0644};
    if (kind_.family == Kind::Family::node && !gramine())
      add_node_packages(sources_, options_.directory, build_.kind.at, plan_.context, out_);
  }

  void add_links() {
    if (!native()) return;
    MemoryLinks made = memory_links(plan_.reference, plan_.facts.injection_files);
    for (auto& [path, link] : made.links) plan_.context[path] = {std::move(link), 0644};
    links_ = std::move(made.folders);
  }

  void add_gramine() {
    const auto& own = build_.gramine.manifest;
    const Source none;
    const bool usable_one = own && view_.usable(*own, "build.gramine.manifest");
    const GramineParts parts = gramine_parts(service_, options_, plan_.facts,
                                             usable_one ? view_.source(*own) : none, out_);
    plan_.context["gramine/entrypoint.manifest"] = {parts.manifest, 0644};
    plan_.context["gramine/trusted_argv"] = {parts.arguments, 0644};
    plan_.context["gramine/apploader.sh"] = {parts.loader, 0755};
    gramine_program_ = parts.program;
    gramine_command_ = parts.command;
  }

  void add_scone() {
    std::set<std::string> application;  // first parts of what is copied
    for (const auto& [path, entry] : plan_.context)
      for (const std::string_view folder : {"app/", "java/"})
        if (path.starts_with(folder) && path != "java/.sconectl-arguments")
          application.insert(
              path.substr(folder.size(), path.find('/', folder.size()) - folder.size()));
    if (application.contains("") || is_maven_project_) application = {"*"};
    scone_parts_ = scone_parts(service_, options_, plan_.facts,
                               {application.begin(), application.end()}, out_);
    plan_.scone = scone_build(scone_parts_, build_, program());
    add_scone_context(scone_parts_, plan_);
    if (program().empty())
      out_.error(build_.command.at,
                 "'build.command' is missing: an image for SCONE has to know "
                 "its program, which is signed");
  }

  /// The image to build on.
  std::string base() {
    if (kind_.family == Kind::Family::sconify_image && !build_.from)
      out_.error(build_.kind.at, "kind 'sconify_image' needs 'build.from', the image to build on");
    if (build_.from) return build_.from->text;
    if (ordinary()) return usual_base(kind_, options_);
    std::string name = build_.kind.text;
    std::replace(name.begin(), name.end(), ' ', '-');
    return fmt::format("{}/{}:{}", options_.repository, name, options_.version);
  }

  void check_kind() {
    const std::string& text = build_.kind.text;
    const auto kind = kind_of(text);
    if (kind) kind_ = *kind;
    const bool language = kind_.family == Kind::Family::java || kind_.family == Kind::Family::node;
    if (!kind)
      out_.error(
          build_.kind.at,
          fmt::format("'build.kind' can not be '{}', only 'python', 'java', 'node' (the last "
                      "two also with a version: 'java17') or 'sconify_image'{}",
                      text, diag::did_you_mean(text, usual_kinds())));
    else if (language && gramine())
      out_.error(build_.kind.at,
                 fmt::format("kind '{}' is not built in for the runtime 'gramine'; use 'kind: "
                             "sconify_image' with 'from: <an image with your program>'",
                             text));
  }

  [[nodiscard]] bool compiles_java() const {
    return kind_.family == Kind::Family::java && !gramine();
  }

  void write_dockerfile() {
    plan_.labels = {{"io.sconectl.kind", plan_.facts.kind},
                    {"io.sconectl.mode", std::string(text::word(options_.mode))},
                    {"io.sconectl.name", plan_.name},
                    {"io.sconectl.runtime", std::string(text::word(options_.runtime))}};
    // What only the build finds out (measurements, hashes of files) is not known yet; the empty
    // text stands in the place of what the base may say about itself.
    const bool known = native() && build_.integrity == manifest::Integrity::off;
    plan_.labels[std::string(description_label)] = known ? describe(scone_folder(plan_.facts)) : "";
    Recipe& recipe = plan_.recipe;
    recipe.base = base();
    recipe.labels = plan_.labels;
    recipe.pwd = plan_.facts.pwd;
    recipe.requirements = requirements_;
    recipe.links = {links_.begin(), links_.end()};
    const auto first = plan_.context.lower_bound("app/");
    recipe.application = first != plan_.context.end() && first->first.starts_with("app/");
    for (const manifest::Text& item : build_.run)
      if (std::string line = one_line(item.text); !line.empty()) recipe.run.push_back(line);
    if (!java_sources_.empty()) recipe.java_compiler = java_compiler(kind_, options_);
    recipe.maven = is_maven_project_;
    if (recipe.maven) recipe.java_compiler = maven_image(kind_, options_);
    recipe.node_packages = plan_.context.contains("node/" + std::string(node_packages));
    recipe.node_lock = plan_.context.contains("node/" + std::string(node_lock));
    recipe.configuration = options_.configuration;
    recipe.runtime = options_.runtime;
    recipe.program = gramine() ? gramine_program_ : program();
    if (gramine()) {
      recipe.gramine_image = gramine_image(build_, options_);
      recipe.gramine_prefix = gramine_prefix(build_);
      recipe.user = plan_.facts.user;
      recipe.command = gramine_command_;
    }
    if (scone()) recipe.scone = scone_parts_;
    plan_.integrity = native() ? build_.integrity : manifest::Integrity::off;
    if (plan_.integrity != manifest::Integrity::off)
      recipe.listed_files = {build_.integrity == manifest::Integrity::listed};
    plan_.dockerfile = dockerfile(recipe);
  }

  const manifest::Service& service_;
  const manifest::Build& build_;
  const PlanOptions& options_;
  const render::TemplateSet& templates_;
  const Sources& sources_;
  diag::Diagnostics& out_;
  Kind kind_ = {};
  std::vector<std::string> java_sources_;     ///< paths below the working directory
  std::vector<std::string> java_libraries_;   ///< jars, the same
  bool is_maven_project_ = false;             ///< then all that is copied is the project
  std::vector<std::string> requirements_;     ///< names in the context
  std::map<std::string, std::size_t> links_;  ///< MemoryLinks::folders
  SconeParts scone_parts_;
  std::string gramine_program_;
  std::vector<std::string> gramine_command_;  ///< CMD
  BuildPlan plan_;
  SourceView view_{sources_, out_, plan_.missing};
};

}  // namespace

BuildPlan plan(const manifest::Service& service, const PlanOptions& options,
               const render::TemplateSet& templates, const Sources& sources,
               diag::Diagnostics& out) {
  return Planner(service, options, templates, sources, out).run();
}

std::optional<std::string> inherited_base(const manifest::Build& build,
                                          const PlanOptions& options) {
  if (build.from) return build.from->text;
  const auto kind = kind_of(build.kind.text);
  if (!kind || (kind->family != Kind::Family::java && kind->family != Kind::Family::node))
    return std::nullopt;
  return usual_base(*kind, options);
}

void require_buildable(const BuildPlan& plan) {
  if (!plan.missing.empty())
    throw diag::Error(diag::ErrorKind::unavailable,
                      fmt::format("image '{}' can not be built: files of its manifest are missing",
                                  plan.reference),
                      plan.missing);
}

}  // namespace sconectl::image
