#include "sconectl/mesh/names.hpp"

#include "sconectl/text/ascii.hpp"

namespace sconectl::mesh {
namespace {

constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_release = 53;

std::string label(std::string_view name, std::size_t longest) {
  std::string result;
  for (const char c : name) result += text::is_alphanumeric(c) ? text::lower(c) : '-';
  const auto letter = result.find_first_not_of("-0123456789");
  result.erase(0, letter == std::string::npos ? result.size() : letter);
  result.resize(std::min(result.size(), longest));
  while (!result.empty() && result.back() == '-') result.pop_back();
  return result;
}

}  // namespace

std::string kubernetes_name(std::string_view name) {
  return label(name, longest_label);
}

std::string release_name(std::string_view name) {
  return label(name, longest_release);
}

std::string base_name(std::string_view program) {
  const auto slash = program.rfind('/');
  return std::string(slash == std::string_view::npos ? program : program.substr(slash + 1));
}

}  // namespace sconectl::mesh
