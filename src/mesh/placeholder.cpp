#include "mesh/placeholder.hpp"

#include "sconectl/text/variable.hpp"

namespace sconectl::mesh {
namespace {

/// `name` stands in `text` from `at` on and is no part of a longer name.
bool is_name(std::string_view text, std::size_t at, std::string_view name) {
  const auto continues = [&](std::size_t i) {
    return i < text.size() && text::continues_variable_name(text[i]);
  };
  return (at == 0 || (!continues(at - 1) && text[at - 1] != '.')) && !continues(at + name.size());
}

}  // namespace

bool fills(std::string_view text, std::string_view name) {
  for (auto open = text.find("{{"); open != std::string_view::npos;
       open = text.find("{{", open + 2)) {
    const std::string_view inside = text.substr(open, text.find("}}", open) - open);
    for (auto at = inside.find(name); at != std::string_view::npos; at = inside.find(name, at + 1))
      if (is_name(inside, at, name)) return true;
  }
  return false;
}

}  // namespace sconectl::mesh
