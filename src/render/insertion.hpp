// What a placeholder becomes, and where a mistake in a template stands.
#pragma once

#include "render/split.hpp"

namespace sconectl::render {

/// The value of the piece's expression, or its default; without one that is reported, and nullptr
/// the result.
const std::string* value_of(const Piece& piece, const Variables& variables, const Report& report);

/// Mistakes at the place where the text itself stands (see render()).
Report reporter(std::string_view text, const diag::Location& where, diag::Diagnostics& out);

}  // namespace sconectl::render
