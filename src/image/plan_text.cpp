#include "sconectl/image/plan_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

namespace fs = std::filesystem;
using PlanJson = nlohmann::json;  // members sorted

constexpr const char* plan_schema = "sconectl/v1/build-plan";
constexpr std::size_t longest_shown = 100;
constexpr int deepest_member = 8;

std::string member_path(const std::string& name, const std::string& entry) {
  return name.empty() ? entry : fmt::format("{}/{}", name, entry);
}

void add_context(PlanJson& out, const host::Files& files, const fs::path& path,
                 const std::string& name, FileHashes& hashes) {
  if (const auto link = files.read_link(path)) {
    out[name] = "link to " + link->string();
    return;
  }
  const auto status = files.status(path);
  if (status && status->kind == host::FileKind::directory) {
    const auto entries = files.list(path);
    if (entries.empty()) out[fmt::format("{}/", name)] = "directory";
    for (const std::string& entry : entries)
      add_context(out, files, path / entry, member_path(name, entry), hashes);
  } else if (status) {
    out[name] =
        fmt::format("{:o} sha256:{}", status->mode, crypto::hex(crypto::view(hashes.of(path))));
  }
}

/// A label may be a whole archive.
std::string shown(const PlanJson& value) {
  if (value.is_null()) return "nothing";
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.size() > longest_shown) text = text.substr(0, longest_shown) + "…";
  return text;
}

void compare(const PlanJson& planned, const PlanJson& now, const std::string& name,
             std::vector<std::string>& out) {
  if (planned == now) return;
  if (!planned.is_object() || !now.is_object()) {
    out.push_back(fmt::format("{}: {}, in the plan {}", name, shown(now), shown(planned)));
    return;
  }
  PlanJson all = planned;
  all.update(now);
  for (const auto& [key, either] : all.items())
    compare(planned.value(key, PlanJson()), now.value(key, PlanJson()), member_path(name, key),
            out);
}

/// Names of files are bytes.
std::string dumped(const PlanJson& json, int indent) {
  return json.dump(indent, ' ', false, PlanJson::error_handler_t::replace);
}

}  // namespace

std::string plan_text(const BuildPlan& plan, const host::Files& files, const fs::path& directory,
                      FileHashes& hashes) {
  PlanJson json;
  json["name"] = plan.name;
  json["image"] = plan.reference;
  json["base"] = plan.recipe.base;
  json["runtime"] = text::word(plan.runtime);
  if (plan.configuration.time) json["time"] = *plan.configuration.time;
  json["dockerfile"] = PlanJson::object();
  std::size_t number = 0;
  for (const std::string_view line : text::lines(plan.dockerfile))
    json["dockerfile"][fmt::format("{:03}", ++number)] = line;
  json["context"] = PlanJson::object();
  add_context(json["context"], files, directory / "context", "", hashes);
  return dumped(json, -1);
}

std::string plan_document(const std::vector<std::string>& texts) {
  std::vector<PlanJson> services;
  services.reserve(texts.size());
  for (const std::string& text : texts) services.push_back(PlanJson::parse(text));
  std::sort(services.begin(), services.end(),
            [](const PlanJson& a, const PlanJson& b) { return a.at("name") < b.at("name"); });
  return dumped({{"schema", plan_schema}, {"services", services}}, 2) + "\n";
}

std::map<std::string, std::string> plans_in(std::string_view document, const std::string& from) {
  const auto refuse = [&](const char* why) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' is no plan of 'apply --plan-out': {}", from, why));
  };
  bool deep = false;
  const auto shallow = [&](int depth, PlanJson::parse_event_t /*event*/, PlanJson& /*value*/) {
    deep = deep || depth > deepest_member;
    return !deep;
  };
  const PlanJson json = PlanJson::parse(document, shallow, false);
  if (deep) refuse("it is nested too deeply");
  if (!json.is_object() || json.value("schema", PlanJson()) != plan_schema)
    refuse("its schema is another");
  const PlanJson services = json.value("services", PlanJson());
  if (!services.is_array()) refuse("it has no services");
  std::map<std::string, std::string> result;
  for (const PlanJson& service : services) {
    const PlanJson name = service.is_object() ? service.value("name", PlanJson()) : PlanJson();
    if (!name.is_string()) refuse("a service has no name");
    if (!result.emplace(name.get<std::string>(), dumped(service, -1)).second)
      refuse("two services have one name");
  }
  return result;
}

std::vector<std::string> plan_differences(const std::string& planned, const std::string& now) {
  std::vector<std::string> result;
  compare(PlanJson::parse(planned), PlanJson::parse(now), "", result);
  return result;
}

}  // namespace sconectl::image
