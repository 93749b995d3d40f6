// A session as a tree of YAML nodes: what write.cpp prints and hash.cpp hashes.
#pragma once

#include "sconectl/session/session.hpp"
#include "sconectl/yaml/write.hpp"

namespace sconectl::session {

/// The canonical tree differs only in certificates (base64 DER instead of PEM) and in what is
/// absent (no `predecessor: null`).
enum class Style { readable, canonical };

[[nodiscard]] yaml::Node tree(const Session& session, Style style);
[[nodiscard]] yaml::Node tree(const Secret& secret, Style style);
[[nodiscard]] yaml::Node tree(const Service& service);
[[nodiscard]] yaml::Node tree(const Volume& volume);
[[nodiscard]] yaml::Node tree(const Image& image);
[[nodiscard]] yaml::Node tree(const AccessEntries& entries, Style style);
[[nodiscard]] yaml::Node tree(const AccessPolicy& policy, Style style);
[[nodiscard]] yaml::Node tree(const Security& security, Style style);
[[nodiscard]] yaml::Node tree(const TdxVariant& variant);
[[nodiscard]] yaml::Node tree(const SnpVariant& variant);
/// Sorted by processor in the canonical form (XA-020).
[[nodiscard]] yaml::Node tree(std::vector<Setting<MinTcb>> minimums, Style style);
[[nodiscard]] yaml::Node attestation_tree(const Service& service);

/// PEM as it is, or base64 of the DER of all its certificates.
[[nodiscard]] yaml::Node certificate_node(const std::string& pem, Style style);

template <typename T, typename Write>
yaml::Node setting_node(const Setting<T>& setting, Write write) {
  if (const auto* placeholder = std::get_if<Placeholder>(&setting)) return placeholder->text();
  return write(std::get<T>(setting));
}
[[nodiscard]] inline yaml::Node setting_node(const Setting<std::string>& setting) {
  return setting_node<std::string>(setting,
                                   [](const std::string& text) { return yaml::Node(text); });
}

}  // namespace sconectl::session
