#include "manifest/secret.hpp"

#include <fmt/core.h>

#include <map>

#include "manifest/read.hpp"

namespace sconectl::manifest {
namespace {

using session::SecretKind;

/// The last kind, session-ca, belongs to sessions of former versions (SL-174).
constexpr auto todays_kinds =
    text::all_words<SecretKind>().first(static_cast<std::size_t>(SecretKind::session_ca));

Secret secret(yaml::MapReader& reader) {
  Secret result;
  const Text name = required_text(reader, "name");
  result.name = name.text;
  result.at = name.at;
  result.source = reader.value();
  reader.require("kind");
  result.kind = reader.word<SecretKind>("kind", todays_kinds).value_or(result.kind);
  result.size = optional_text(reader, "size");
  result.value = optional_text(reader, "value");
  result.private_key = optional_text(reader, "private_key");
  result.common_name = optional_text(reader, "common_name");
  result.issuer = optional_text(reader, "issuer");
  result.dns = texts(reader, "dns");
  result.endpoint = optional_text(reader, "endpoint");
  result.valid_for = optional_text(reader, "valid_for");
  result.key_type = optional_text(reader, "key_type");
  result.export_public = optional_text(reader, "export_public");
  result.migrate = optional_text(reader, "migrate");
  result.tenant_id = optional_text(reader, "tenant_id");
  result.client_id = optional_text(reader, "client_id");
  result.application_secret = optional_text(reader, "application_secret");
  for (const auto key : {"export_public", "migrate"}) reader.boolean(key);
  if (result.size && !yaml::integer(*reader.value().find("size")))
    reader.out().error(result.size->at, fmt::format("'{}' must be a number", reader.path("size")));
  reader.finish();
  return result;
}

}  // namespace

std::vector<Secret> secrets(yaml::MapReader& reader, std::string_view key) {
  std::vector<Secret> result;
  std::map<std::string, int> lines;
  const auto& items = reader.list(key);
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::MapReader item(items[i], reader.item_path(key, i), reader.what(), reader.out());
    if (!item.value().is_mapping()) {
      if (items[i].is_null())
        reader.error(items[i], fmt::format("'{}' is empty", reader.item_path(key, i)));
      continue;
    }
    Secret read = secret(item);
    const auto [first, fresh] = lines.emplace(read.name, read.at.line);
    if (!fresh && !read.name.empty())
      reader.out().error(read.at, fmt::format("secret '{}' is defined twice, first on line {}",
                                              read.name, first->second));
    result.push_back(std::move(read));
  }
  return result;
}

}  // namespace sconectl::manifest
