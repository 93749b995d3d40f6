// The configuration of a service as JSON (RA-084).
#include <set>

#include "json.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "wiped_json.hpp"

namespace sconectl::cas {
namespace {

constexpr std::size_t file_system_key_bytes = 32;
constexpr std::size_t lease_key_bytes = 32;

// ---------------------------------------------------------------- writing

void append_text(crypto::Secret& out, std::string_view text) {
  out.append(json_text(Json(text)));
}

void append_quoted(crypto::Secret& out, std::string&& text) {
  out.append("\"");
  out.append(text);
  out.append("\"");
  crypto::wipe(text);
}

/// `"key":[...]`, with `write` for each element.
template <class Items, class Write>
void append_list(crypto::Secret& out, std::string_view key, const Items& items, Write write) {
  out.append("\"");
  out.append(key);
  out.append("\":[");
  const char* separator = "";
  for (const auto& item : items) {
    out.append(std::exchange(separator, ","));
    write(item);
  }
  out.append("]");
}

void append_file_system(crypto::Secret& out, const ProtectedFileSystem& file_system) {
  out.append(R"({"name":)");
  append_text(out, file_system.name);
  out.append(R"(,"path":)");
  append_text(out, file_system.path);
  out.append(R"(,"key":)");
  append_quoted(out, crypto::hex(file_system.key));
  out.append(",");
  append_list(out, "tags", file_system.tags,
              [&](const std::string& tag) { append_quoted(out, crypto::hex(tag)); });
  out.append(R"(,"update_policy":)");
  append_text(out, text::word(file_system.update_policy));
  out.append(R"(,"files":)");
  append_text(out, text::word(file_system.files));
  out.append("}");
}

/// What only a service that comes back for more gets.
void append_lease(crypto::Secret& out, const Configuration& configuration) {
  if (!configuration.templates.empty()) {
    out.append(",");
    append_list(out, "templates", configuration.templates, [&](const auto& file) {
      out.append(R"({"path":)");
      append_text(out, file.path);
      out.append(R"(,"mode":)" + std::to_string(file.mode) + "}");
    });
  }
  if (configuration.fspf) {
    out.append(R"(,"fspf":)");
    append_file_system(out, *configuration.fspf);
  }
  if (!configuration.volumes.empty()) {
    out.append(",");
    append_list(out, "volumes", configuration.volumes,
                [&](const auto& volume) { append_file_system(out, volume); });
  }
  if (configuration.lease) {
    out.append(R"(,"lease":{"id":)");
    append_text(out, crypto::hex(configuration.lease->id));
    out.append(R"(,"key":)");
    append_quoted(out, crypto::hex(configuration.lease->key));
    out.append("}");
  }
}

// ---------------------------------------------------------------- reading

std::string bytes_without_nul(const Members& members, const char* key) {
  std::string bytes = members.base64_bytes(key);
  if (bytes.find('\0') != std::string::npos) members.fail(key, "without NUL bytes");
  return bytes;
}

std::string path_text(const Members& members, const char* key) {
  std::string text = members.text(key);
  if (text.find('\0') != std::string::npos) members.fail(key, "without NUL bytes");
  return text;
}

std::string file_path(const Members& members) {
  std::string path = path_text(members, "path");
  if (path.empty()) members.fail("path", "a path");
  return path;
}

unsigned file_mode(const Members& members) {
  return static_cast<unsigned>(members.number("mode", 0777));
}

/// The member of an enum whose word stands there.
template <class Enum>
Enum word_of(const Members& members, const char* key) {
  const auto value = text::from_word<Enum>(members.text(key));
  if (!value) members.fail(key, "one of the words of the session language");
  return *value;
}

ProtectedFileSystem file_system(const Json& json) {
  const Members members(json, "service configuration: protected file system");
  members.only({"name", "path", "key", "tags", "update_policy", "files"});
  ProtectedFileSystem result;
  result.name = members.text("name");
  result.path = file_path(members);
  result.key = members.hex_bytes("key", file_system_key_bytes, file_system_key_bytes);
  for (const std::string& text : members.texts("tags")) {
    auto tag = crypto::unhex(text);
    if (!tag || tag->size() != tag_bytes) members.fail("tags", "texts of 32 hex digits");
    result.tags.push_back(*std::move(tag));
  }
  result.update_policy = word_of<session::UpdatePolicy>(members, "update_policy");
  result.files = word_of<session::VolumeFiles>(members, "files");
  return result;
}

std::vector<std::string> arguments(const Members& members) {
  std::vector<std::string> result;
  for (const Json& element : members.array("argv")) {
    if (!element.is_string()) members.fail("argv", "an array of base64 texts");
    auto bytes = crypto::unbase64(element.get_ref<const std::string&>());
    if (!bytes || bytes->find('\0') != std::string::npos)
      members.fail("argv", "base64 texts without NUL bytes");
    result.push_back(*std::move(bytes));
  }
  return result;
}

void read_environment(const Members& members, Configuration& result) {
  std::set<std::string> names;
  for (const Json& element : members.array("environment")) {
    const Members variable(element, "service configuration: environment");
    variable.only({"name", "value"});
    std::string name = path_text(variable, "name");
    if (name.empty() || name.find('=') != std::string::npos || !names.insert(name).second)
      variable.fail("name", "a name without '=' that stands there once");
    result.environment.push_back({std::move(name), bytes_without_nul(variable, "value")});
  }
}

void read_files(const Members& members, Configuration& result) {
  for (const Json& element : members.array("files")) {
    const Members file(element, "service configuration: file");
    file.only({"path", "content", "mode"});
    ConfigurationFile& added = result.files.emplace_back();
    added.path = file_path(file);
    added.content = file.base64_bytes("content");
    added.mode = file_mode(file);
  }
}

void read_lease(const Members& members, Configuration& result) {
  if (members.has("templates"))
    for (const Json& element : members.array("templates")) {
      const Members file(element, "service configuration: template");
      file.only({"path", "mode"});
      result.templates.push_back({file_path(file), file_mode(file)});
    }
  if (members.has("fspf")) result.fspf = file_system(members.object("fspf"));
  if (members.has("volumes"))
    for (const Json& element : members.array("volumes"))
      result.volumes.push_back(file_system(element));
  if (members.has("lease")) {
    const Members lease(members.object("lease"), "service configuration: lease");
    lease.only({"id", "key"});
    result.lease = {lease.hex_bytes("id", lease_id_bytes, lease_id_bytes),
                    lease.hex_bytes("key", lease_key_bytes, lease_key_bytes)};
  }
}

}  // namespace

Configuration::~Configuration() {
  for (auto& argument : argv) crypto::wipe(argument);
  for (auto& variable : environment) crypto::wipe(variable.value);
  for (auto& file : files) crypto::wipe(file.content);
  for (auto& volume : volumes) crypto::wipe(volume.key);
  if (fspf) crypto::wipe(fspf->key);
  if (lease) crypto::wipe(lease->key);
}

crypto::Secret encode(const Configuration& configuration) {
  crypto::Secret out;
  out.append("{");
  append_list(out, "argv", configuration.argv,
              [&](const std::string& argument) { append_quoted(out, crypto::base64(argument)); });
  out.append(",");
  append_list(out, "environment", configuration.environment, [&](const text::Variable& variable) {
    out.append(R"({"name":)");
    append_text(out, variable.name);
    out.append(R"(,"value":)");
    append_quoted(out, crypto::base64(variable.value));
    out.append("}");
  });
  out.append(R"(,"pwd":)");
  append_text(out, configuration.pwd);
  out.append(",");
  append_list(out, "files", configuration.files, [&](const ConfigurationFile& file) {
    out.append(R"({"path":)");
    append_text(out, file.path);
    out.append(R"(,"mode":)" + std::to_string(file.mode) + R"(,"content":)");
    append_quoted(out, crypto::base64(file.content));
    out.append("}");
  });
  append_lease(out, configuration);
  out.append("}");
  return out;
}

Configuration decode_configuration(std::string_view json) {
  const WipedJson parsed{parse_json(json, "service configuration")};
  const Members members(parsed.json, "service configuration");
  members.only({"argv", "environment", "pwd", "files", "templates", "fspf", "volumes", "lease"});
  Configuration result;
  result.argv = arguments(members);
  read_environment(members, result);
  result.pwd = path_text(members, "pwd");
  read_files(members, result);
  read_lease(members, result);
  return result;
}

}  // namespace sconectl::cas
