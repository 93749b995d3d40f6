#include "sconectl/mesh/names.hpp"

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::mesh {
namespace {

constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_release = 53;
constexpr std::size_t digest_digits = 8;

/// Names that are too long keep their beginning, and differ by a digest of the whole of them. The
/// charts' own templates do the same (service.limited in templates/service/charts).
std::string limited(std::string name, std::size_t longest) {
  if (name.size() <= longest) return name;
  const std::string digest =
      crypto::hex(crypto::view(crypto::sha256(name))).substr(0, digest_digits);
  name.resize(longest - 1 - digest_digits);
  while (name.ends_with('-')) name.pop_back();
  return name + "-" + digest;
}

std::string label(std::string_view name) {
  std::string result;
  for (const char c : name) result += text::is_alphanumeric(c) ? text::lower(c) : '-';
  const auto letter = result.find_first_not_of("-0123456789");
  result.erase(0, letter == std::string::npos ? result.size() : letter);
  while (result.ends_with('-')) result.pop_back();
  return result;
}

}  // namespace

std::string kubernetes_name(std::string_view name) {
  return limited(label(name), longest_label);
}

std::string release_name(std::string_view name) {
  return limited(label(name), longest_release);
}

std::string object_name(const std::string& release, const std::string& service) {
  return release.empty() ? service : limited(release + "-" + service, longest_label);
}

std::string base_name(std::string_view program) {
  const auto slash = program.rfind('/');
  return std::string(slash == std::string_view::npos ? program : program.substr(slash + 1));
}

}  // namespace sconectl::mesh
