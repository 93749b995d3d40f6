// What a command found out, as facts with names: for JSON and for lines of text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sconectl::cli {

using Facts = nlohmann::ordered_json;

/// Lines of `name: value`; lists with blanks between their elements.
[[nodiscard]] std::string lines_of(const Facts& facts);

}  // namespace sconectl::cli
