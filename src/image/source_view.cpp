#include "image/source_view.hpp"

#include <fmt/core.h>

namespace sconectl::image {

const Source& SourceView::source(const manifest::Text& path) const {
  static const Source missing;
  const auto found = sources_.find(path.text);
  return found == sources_.end() ? missing : found->second;
}

bool SourceView::usable(const manifest::Text& path, const char* field) {
  const Source::Kind kind = source(path).kind;
  if (kind == Source::Kind::file || kind == Source::Kind::directory) return true;
  if (kind == Source::Kind::outside) {
    out_.error(path.at, fmt::format("'{}' names '{}', which leads out of the current directory; "
                                    "copy what is needed into it",
                                    field, path.text));
    return false;
  }
  const std::string text = fmt::format(
      "'{}' names '{}', which {}{}", field, path.text,
      kind == Source::Kind::missing ? "does not exist" : "is neither a file nor a directory",
      source(path).suggestion);
  out_.warning(path.at, text);
  const std::string place = path.at.text();
  missing_.push_back(place.empty() ? text : fmt::format("{}: {}", place, text));
  return false;
}

}  // namespace sconectl::image
