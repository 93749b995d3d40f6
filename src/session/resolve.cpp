#include "sconectl/session/resolve.hpp"

#include <fmt/core.h>

#include "expand.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "section_check.hpp"
#include "sections.hpp"
#include "tree.hpp"

namespace sconectl::session {
namespace {

/// The text may come from a secret, so messages never show it.
Context hidden(diag::Diagnostics& out) {
  return Context{.out = out, .hide_values = true};
}

template <typename T>
yaml::Node section_node(const Setting<T>& section) {
  return setting_node<T>(section, [](const T& part) { return tree(part, Style::readable); });
}

}  // namespace

bool section_has_placeholder(const Setting<AccessPolicy>& section) {
  return holds_placeholder(value_of(section_node(section), {}));
}

bool section_has_placeholder(const Setting<Security>& section) {
  return holds_placeholder(value_of(section_node(section), {}));
}

std::optional<AccessPolicy> resolved_access_policy(const Session& session, const Values& values,
                                                   diag::Diagnostics& out) {
  const std::string path = "access_policy";
  const auto section = value_of(section_node(session.access_policy), session.place.at);
  const auto value = expand(section, values, path, out);
  if (value.is_scalar() && whole_placeholder(value.text())) return std::nullopt;
  Context context = hidden(out);
  context.legacy = session.legacy();
  auto policy = read_access_policy(value, path, context).value_or(AccessPolicy{});
  check_access_policy(policy, session, out);
  return policy;
}

std::optional<Security> resolved_security(const Session& session, const Values& values,
                                          diag::Diagnostics& out) {
  const std::string path = "security";
  const auto section = value_of(section_node(session.security), session.place.at);
  const auto value = expand(section, values, path, out);
  if (value.is_scalar() && whole_placeholder(value.text())) return std::nullopt;
  Context context = hidden(out);
  auto security = read_security(value, path, context).value_or(Security{});
  check_security(security, out);
  return security;
}

std::vector<AttestationVariant> resolved_attestation(const Service& service, const Values& values,
                                                     diag::Diagnostics& out) {
  const std::string path = fmt::format("service '{}': attestation", service.name);
  Context context = hidden(out);
  std::vector<AttestationVariant> result;
  const auto section = value_of(attestation_tree(service), service.place.at);
  for (auto& item : read_attestation(expand(section, values, path, out), path, context))
    if (auto* variant = std::get_if<AttestationVariant>(&item))
      result.push_back(std::move(*variant));
  for (const auto& measurement : service.mrenclaves) {
    AttestationVariant variant;
    variant.mrenclave.push_back(measurement);
    Service one;
    one.attestation.emplace_back(std::move(variant));
    const auto value = value_of(attestation_tree(one), service.place.at);
    for (auto& item : read_attestation(expand(value, values, path, out), path, context))
      if (auto* found = std::get_if<AttestationVariant>(&item)) result.push_back(std::move(*found));
  }
  return result;
}

std::vector<std::string> resolved_platforms(const Service& service, const Values& values,
                                            diag::Diagnostics& out) {
  const std::string path = fmt::format("service '{}': platforms", service.name);
  Context context = hidden(out);
  const auto section = value_of(yaml::Node::texts(service.platforms), service.place.at);
  auto result = read_platforms(expand(section, values, path, out), path, context);
  std::erase_if(result,
                [](const std::string& text) { return whole_placeholder(text).has_value(); });
  return result;
}

AccessEntries entries_of(const yaml::Value& value) {
  if (holds_placeholder(value))
    throw diag::Error(diag::ErrorKind::invalid,
                      "the value holds a placeholder itself, which is not replaced again");
  const bool keyword = value.is_scalar() && (value.text() == text::word(Keyword::any) ||
                                             value.text() == text::word(Keyword::none));
  if (keyword)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the value must be CREATOR, a key hash, a certificate or a list of entries");
  diag::Diagnostics out;
  Context context = hidden(out);
  auto entries = read_entries(value, "the value", context);
  out.throw_if_errors();
  if (entries.empty()) throw diag::Error(diag::ErrorKind::invalid, "the value is an empty list");
  return entries;
}

crypto::Secret one_time_password_key(std::string_view base32) {
  constexpr std::size_t shortest = 16;
  auto bytes = crypto::unbase32(base32);
  if (!bytes)
    throw diag::Error(diag::ErrorKind::invalid,
                      "the shared secret of one-time passwords must be base32 text (A-Z, 2-7)");
  auto key = crypto::Secret::adopt(*std::move(bytes));
  if (key.size() < shortest)
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("the shared secret of one-time passwords has {} bytes, at least {} "
                    "are needed",
                    key.size(), shortest));
  return key;
}

}  // namespace sconectl::session
