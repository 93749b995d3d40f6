#include "sconectl/session/attestation_provider.hpp"

#include <algorithm>
#include <array>

#include "sconectl/text/ascii.hpp"

namespace sconectl::session {

bool is_attestation_provider(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  constexpr std::array<std::string_view, 2> domains{".attest.azure.net", ".attest.azure.us"};
  if (!url.starts_with(scheme)) return false;
  url.remove_prefix(scheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  const auto* const domain =
      std::find_if(domains.begin(), domains.end(), [&](auto each) { return url.ends_with(each); });
  if (domain == domains.end()) return false;
  url.remove_suffix(domain->size());
  const std::size_t dot = url.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < url.size() &&
         std::all_of(url.begin(), url.end(),
                     [](char c) { return text::is_alphanumeric(c) || c == '-' || c == '.'; }) &&
         url.find('.', dot + 1) == std::string_view::npos;
}

}  // namespace sconectl::session
