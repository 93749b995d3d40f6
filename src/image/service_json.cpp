#include "image/service_json.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/session/image.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::image {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int format_version = 1;

OrderedJson pairs(const char* key, const char* value, const auto& items, auto first, auto second) {
  OrderedJson result = OrderedJson::array();
  for (const auto& item : items) result.push_back({{key, item.*first}, {value, item.*second}});
  return result;
}

template <typename Enum>
Enum known_word(const std::string& text, const Facts& facts) {
  if (const auto value = text::from_word<Enum>(text)) return *value;
  throw diag::Error(
      diag::ErrorKind::invalid,
      fmt::format("image '{}': /scone/policy/service.json says '{}', which is none of "
                  "{}; build the image again",
                  facts.image, text, text::quoted_list(text::all_words<Enum>())));
}

[[noreturn]] void no_identity(const Facts& facts, const char* key) {
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("image '{}': '{}' in /scone/policy/service.json can not be what an "
                                "image was measured as; build the image again",
                                facts.image, key));
}

/// 64 hex digits in lower case.
std::string measurement(const OrderedJson& enclave, const char* key, const Facts& facts) {
  std::string text = enclave.at(key);
  if (!text::is_hex(text, 64) || text != text::lower(text)) no_identity(facts, key);
  return text;
}

std::uint16_t small_number(const OrderedJson& enclave, const char* key, const Facts& facts) {
  const auto number = enclave.at(key).get<std::int64_t>();
  if (!enclave.at(key).is_number_integer() || number < 0 || number > UINT16_MAX)
    no_identity(facts, key);
  return static_cast<std::uint16_t>(number);
}

std::uint32_t mode_of(const OrderedJson& file, const Facts& facts) {
  const std::string text = file.at("permission");
  if (const auto mode = session::file_mode(text)) return *mode;
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("image '{}': /scone/policy/service.json says '{}', which is no "
                                "file mode; build the image again",
                                facts.image, text));
}

void read(const OrderedJson& json, Facts& facts) {
  facts.name = json.at("name");
  facts.kind = json.at("kind");
  facts.runtime = known_word<Runtime>(json.at("runtime"), facts);
  facts.mode = known_word<Mode>(json.at("mode"), facts);
  facts.command = json.at("command");
  facts.pwd = json.at("pwd");
  facts.ports = json.value("ports", std::vector<std::uint16_t>());
  facts.user = json.value("user", "");
  if (json.contains("enclave")) {
    const OrderedJson& enclave = json.at("enclave");
    facts.enclave = {measurement(enclave, "mr_enclave", facts),
                     measurement(enclave, "mr_signer", facts),
                     small_number(enclave, "isv_prod_id", facts),
                     small_number(enclave, "isv_svn", facts), enclave.at("debug")};
  }
  if (json.contains("fspf")) facts.fspf = {json.at("fspf").at("path"), json.at("fspf").at("tag")};
  if (json.contains("file_list")) facts.file_list = measurement(json, "file_list", facts);
  for (const OrderedJson& item : json.at("local"))
    facts.local.push_back({item.at("name"), item.at("value")});
  for (const OrderedJson& item : json.at("global")) {
    MeshVariable variable{item.at("name"), std::nullopt};
    if (item.contains("fallback")) variable.fallback = item.at("fallback").get<std::string>();
    facts.global.push_back(std::move(variable));
  }
  for (const OrderedJson& item : json.at("injection_files")) {
    InjectedFile file{item.at("path"), item.at("content")};
    if (item.contains("permission")) file.permission = mode_of(item, facts);
    facts.injection_files.push_back(std::move(file));
  }
  facts.imports = json.at("imports").get<std::vector<std::string>>();
  facts.host_paths = json.at("host_paths").get<std::vector<std::string>>();
}

}  // namespace

std::string service_json(const Facts& facts) {
  OrderedJson json;
  json["format"] = format_version;
  json["name"] = facts.name;
  json["image"] = facts.image;
  json["kind"] = facts.kind;
  json["runtime"] = text::word(facts.runtime.value());
  json["mode"] = text::word(facts.mode.value());
  json["command"] = facts.command;
  json["pwd"] = facts.pwd;
  if (!facts.ports.empty()) json["ports"] = facts.ports;
  if (!facts.user.empty()) json["user"] = facts.user;
  if (facts.enclave)
    json["enclave"] = {{"mr_enclave", facts.enclave->mr_enclave},
                       {"mr_signer", facts.enclave->mr_signer},
                       {"isv_prod_id", facts.enclave->product_id},
                       {"isv_svn", facts.enclave->svn},
                       {"debug", facts.enclave->debug}};
  if (facts.fspf) json["fspf"] = {{"path", facts.fspf->path}, {"tag", facts.fspf->tag}};
  json["local"] =
      pairs("name", "value", facts.local, &text::Variable::name, &text::Variable::value);
  json["global"] = OrderedJson::array();
  for (const MeshVariable& variable : facts.global) {
    OrderedJson item = {{"name", variable.name}};
    if (variable.fallback) item["fallback"] = *variable.fallback;
    json["global"].push_back(std::move(item));
  }
  json["injection_files"] = OrderedJson::array();
  for (const InjectedFile& file : facts.injection_files) {
    OrderedJson item = {{"path", file.path}, {"content", file.content}};
    if (file.permission) item["permission"] = fmt::format("0o{:o}", *file.permission);
    json["injection_files"].push_back(std::move(item));
  }
  json["imports"] = facts.imports;
  json["host_paths"] = facts.host_paths;
  if (!facts.file_list.empty()) json["file_list"] = facts.file_list;
  return json.dump(2) + "\n";
}

void read_service_json(const std::string& text, Facts& facts) {
  try {
    const OrderedJson json = OrderedJson::parse(text);
    const int format = json.at("format");
    if (format != format_version)
      throw diag::Error(diag::ErrorKind::invalid,
                        fmt::format("image '{}' was made by another version of sconectl (format "
                                    "{}, this program reads {}); build it again",
                                    facts.image, format, format_version));
    facts.built_as = json.at("image");
    read(json, facts);
  } catch (const OrderedJson::exception& problem) {
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("image '{}': /scone/policy/service.json can not be read", facts.image),
        {problem.what()});
  }
}

}  // namespace sconectl::image
