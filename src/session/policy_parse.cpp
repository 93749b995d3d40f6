// `access_policy` and `creator` (SL-254 to SL-285).
#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/session/access_policy.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"
#include "sections.hpp"

namespace sconectl::session {
namespace {

/// Governance rules that people write have two or three levels.
constexpr int deepest_entry = 16;
constexpr std::string_view at_least = "require-at-least-";

AccessEntries read_list(const yaml::Value& value, const std::string& path, Context& context,
                        int depth);

/// `$$SCONE::x` without its end, as an example of the 0.2 documentation has it (SL-331).
std::optional<Placeholder> open_placeholder(std::string_view text) {
  if (!text.starts_with("$$SCONE::") || text.ends_with("$$")) return std::nullopt;
  return whole_placeholder(std::string(text) + "$$");
}

std::optional<AccessEntry> scalar_entry(const yaml::Value& value, const std::string& path,
                                        Context& context) {
  AccessEntry entry;
  entry.place.at = value.location();
  const std::string& text = value.text();
  if (const auto keyword = text::from_word<Keyword>(text)) {
    entry.rule = *keyword;
  } else if (auto placeholder = whole_placeholder(text)) {
    entry.rule = *std::move(placeholder);
  } else if (auto open = context.legacy ? open_placeholder(text) : std::nullopt) {
    entry.rule = *std::move(open);
  } else if (text.find("-----BEGIN") != std::string::npos) {
    const std::string pem = normal_pem(text);
    if (const auto wrong = single_certificate_fault(pem); !wrong.empty())
      context.error(value, fmt::format("'{}' is no certificate: {}", path, wrong));
    entry.rule = CertificateEntry{pem};
  } else if (crypto::parse_key_hash(text)) {
    entry.rule = KeyHashEntry{text};
  } else if (text::is_hex(text, 64)) {
    auto hex = hex_of(value, path, 32, context);
    if (!context.legacy)
      context.error(value,
                    fmt::format("'{}' is the hash of a certificate, which belongs to version "
                                "0.2; use the key hash ('self show-key-hash' or 'cert "
                                "show-key-hash' print it)",
                                path));
    entry.rule = CertificateHashEntry{*hex};
  } else {
    const std::string hint =
        context.hide_values ? "" : diag::did_you_mean(text, text::all_words<Keyword>());
    context.error(value,
                  fmt::format("'{}': {} is neither CREATOR, ANY, NONE, a key hash (50 characters "
                              "with a checksum), a certificate nor a placeholder{}",
                              path, context.shown(text), hint));
    return std::nullopt;
  }
  return entry;
}

std::optional<Require> read_require(const yaml::Entry& item, const std::string& path,
                                    Context& context, int depth) {
  Require require;
  if (item.key != "require-all") {
    const auto number = std::string_view(item.key).substr(at_least.size());
    require.at_least = text::number<std::uint32_t>(number).value_or(0);
    if (*require.at_least == 0) {
      context.out.error(
          item.key_location,
          fmt::format("'{}': the number after 'require-at-least-' must be 1 or more", path));
      return std::nullopt;
    }
  }
  require.members = read_list(item.value, path, context, depth + 1);
  return require;
}

std::optional<AccessEntry> map_entry(const yaml::Value& value, const std::string& path,
                                     Context& context, int depth) {
  AccessEntry entry;
  entry.place.at = value.location();
  if (value.entries().size() != 1) {
    context.error(value, fmt::format("'{}' must have exactly one key: 'signer', 'require-all' or "
                                     "'require-at-least-N'",
                                     path));
    return std::nullopt;
  }
  const yaml::Entry& item = value.entries().front();
  const std::string item_path = path + "." + item.key;
  if (item.key == "signer") {
    context.since(10, item.value, item_path);
    auto key = read_signer(item.value, item_path, context);
    if (!key) return std::nullopt;
    entry.rule = SignerEntry{*std::move(key)};
    return entry;
  }
  if (item.key == "require-all" || item.key.starts_with(at_least)) {
    context.since(10, item.value, item_path);
    auto require = read_require(item, item_path, context, depth);
    if (!require) return std::nullopt;
    entry.rule = *std::move(require);
    return entry;
  }
  const std::vector<std::string> known{"signer", "require-all", "require-at-least-1"};
  context.out.error(item.key_location, fmt::format("unknown key '{}' in session{}", item_path,
                                                   diag::did_you_mean(item.key, known)));
  return std::nullopt;
}

std::optional<AccessEntry> read_entry(const yaml::Value& value, const std::string& path,
                                      Context& context, int depth) {
  if (depth > deepest_entry) {
    context.error(value,
                  fmt::format("'{}' is nested more than {} levels deep", path, deepest_entry));
    return std::nullopt;
  }
  if (value.is_scalar()) return scalar_entry(value, path, context);
  if (value.is_mapping()) return map_entry(value, path, context, depth);
  context.error(value, fmt::format("'{}' must be an entry, this is {}", path, kind_name(value)));
  return std::nullopt;
}

AccessEntries read_list(const yaml::Value& value, const std::string& path, Context& context,
                        int depth) {
  AccessEntries result;
  if (!value.is_sequence()) {
    if (auto entry = read_entry(value, path, context, depth)) result.push_back(*std::move(entry));
    return result;
  }
  for (std::size_t i = 0; i < value.items().size(); ++i)
    if (auto entry = read_entry(value.items()[i], fmt::format("{}[{}]", path, i), context, depth))
      result.push_back(*std::move(entry));
  return result;
}

}  // namespace

AccessEntries read_entries(const yaml::Value& value, const std::string& path, Context& context) {
  return read_list(value, path, context, 0);
}

std::optional<AccessPolicy> read_access_policy(const yaml::Value& value, const std::string& path,
                                               Context& context) {
  Reader map(value, path, context);
  AccessPolicy policy;
  map.since(5, "create_sessions");
  map.since(12, "list_sessions");
  const auto operation = [&](std::string_view key) -> std::optional<AccessEntries> {
    const yaml::Value* given = map.find(key);
    if (given == nullptr) return std::nullopt;
    if (given->is_sequence() && given->items().empty()) {
      map.refuse(key, "is an empty list; write NONE to allow nobody");
      return std::nullopt;
    }
    return read_entries(*given, map.path(key), context);
  };
  if (auto read = operation("read")) policy.read = *std::move(read);
  if (auto update = operation("update")) policy.update = *std::move(update);
  policy.create_sessions = operation("create_sessions");
  policy.list_sessions = operation("list_sessions");
  map.finish();
  return policy;
}

std::optional<Setting<std::string>> read_signer(const yaml::Value& value, const std::string& path,
                                                Context& context) {
  return setting_of<std::string>(
      value, path, context, [&](const yaml::Value& given) -> std::optional<std::string> {
        const auto text = text_of(given, path, context);
        if (!text) return std::nullopt;
        const std::string key = text->starts_with("-----") ? normal_pem(*text) : *text;
        try {
          (void)signer_key(key);
          return key;
        } catch (const diag::Error& error) {
          context.error(given, fmt::format("'{}': {}", path, error.text()));
          return std::nullopt;
        }
      });
}

std::optional<Creator> read_creator(const yaml::Value& value, Context& context) {
  if (value.is_mapping()) {
    Reader map(value, "creator", context);
    const auto* signer = map.require("signer");
    map.finish();
    if (signer == nullptr) return std::nullopt;
    auto key = read_signer(*signer, "creator.signer", context);
    const auto* text = key ? std::get_if<std::string>(&*key) : nullptr;
    if (key && text == nullptr)
      context.error(*signer, "'creator.signer' must be a key, not a placeholder");
    return text == nullptr ? std::nullopt : std::optional(Creator{true, *text});
  }
  const auto text = text_of(value, "creator", context);
  if (!text) return std::nullopt;
  const std::string pem = normal_pem(*text);
  if (const auto wrong = single_certificate_fault(pem); !wrong.empty())
    context.error(value, fmt::format("'creator' must be one certificate in PEM form: {}", wrong));
  return Creator{false, pem};
}

}  // namespace sconectl::session
