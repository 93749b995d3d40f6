#include "sconectl/session/session.hpp"

#include <algorithm>

namespace sconectl::session {
namespace {

template <typename T>
const T* named(const std::vector<T>& list, std::string_view name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const T& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

struct KindOf {
  std::optional<SecretKind> operator()(const Ascii&) const { return SecretKind::ascii; }
  std::optional<SecretKind> operator()(const Binary&) const { return SecretKind::binary; }
  std::optional<SecretKind> operator()(const PrivateKey&) const { return SecretKind::private_key; }
  std::optional<SecretKind> operator()(const PublicKey&) const { return SecretKind::public_key; }
  std::optional<SecretKind> operator()(const X509& body) const {
    return body.ca ? SecretKind::x509_ca : SecretKind::x509;
  }
  std::optional<SecretKind> operator()(const AadToken&) const { return SecretKind::aad_token; }
  std::optional<SecretKind> operator()(const ConfigFragment&) const {
    return SecretKind::config_fragment;
  }
  std::optional<SecretKind> operator()(const PgpKey&) const { return SecretKind::pgp_key; }
  std::optional<SecretKind> operator()(const Jwt&) const { return SecretKind::jwt; }
  std::optional<SecretKind> operator()(const SessionCa&) const { return SecretKind::session_ca; }
  std::optional<SecretKind> operator()(const SecretImport& body) const { return body.kind; }
  std::optional<SecretKind> operator()(const AkvImport& body) const { return body.kind; }
};

}  // namespace

std::optional<SecretKind> Secret::kind() const {
  return std::visit(KindOf{}, body);
}

bool Secret::imported() const {
  return std::holds_alternative<SecretImport>(body) || std::holds_alternative<AkvImport>(body);
}

bool Secret::is_explicit() const {
  return std::visit(
      [](const auto& part) {
        using Body = std::decay_t<decltype(part)>;
        if constexpr (std::is_same_v<Body, ConfigFragment>) return true;
        if constexpr (requires { part.value.has_value(); }) return part.value.has_value();
        return false;
      },
      body);
}

bool Secret::generated() const {
  if (imported() || is_explicit()) return false;
  return !std::holds_alternative<AadToken>(body) && !std::holds_alternative<Jwt>(body);
}

bool Session::legacy() const {
  return version.empty() || version == "0.1" || version == "0.2";
}
const Service* Session::find_service(std::string_view service) const {
  return named(services, service);
}
const Image* Session::find_image(std::string_view image) const {
  return named(images, image);
}
const Volume* Session::find_volume(std::string_view volume) const {
  return named(volumes, volume);
}

}  // namespace sconectl::session
