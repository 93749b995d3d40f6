// A template to its pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "render/expression.hpp"
#include "sconectl/render/render.hpp"

namespace sconectl::render {

struct Piece {
  std::string_view text;                 ///< as it stands in the template
  std::size_t offset = 0;                ///< of `text`, in bytes
  std::optional<Expression> expression;  ///< nothing: the text itself is the result
};

/// Called with the offset of a mistake and what it is; what can not be read stays text.
using Report = std::function<void(std::size_t offset, std::string problem)>;

/// The pieces in order. Comments and the markers of raw sections are left out.
std::vector<Piece> split(std::string_view text, Dialect dialect, const Report& report);

}  // namespace sconectl::render
