// Any bytes as a template: substitution of `$NAME` and every dialect of `{{NAME}}`.
#include <cstddef>
#include <cstdint>

#include "require.hpp"
#include "sconectl/render/render.hpp"
#include "sconectl/session/placeholder.hpp"
#include "sconectl/yaml/substitute.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sconectl;
  const std::string text(reinterpret_cast<const char*>(data), size);
  render::Variables variables;
  variables.set("A", "{{B}}$A");
  variables.set("cas.cas.cas_url", "x");
  for (const auto dialect :
       {render::Dialect::tera, render::Dialect::handlebars, render::Dialect::helm_values}) {
    diag::Diagnostics out;
    (void)render::render(text, variables, dialect, diag::whole_file("f"), out);
    (void)render::names_in(text, dialect);
  }
  std::string joined;
  for (const session::Piece& piece : session::pieces(text)) joined += piece.text;
  fuzz::require(joined == text, "the pieces are the text");
  diag::Diagnostics out;
  const auto value = yaml::Value::scalar(text, true, {});
  (void)yaml::substitute(
      value, [](std::string_view) { return std::optional<std::string>("$A"); }, out);
  return 0;
}
