#include "image/packages.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "image/node.hpp"
#include "image/requirements.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

/// Puts a requirements file and what it takes in into the context.
class Requirements {
 public:
  Requirements(const manifest::Text& from, SourceView& view, Context& context,
               diag::Diagnostics& out)
      : from_(from), view_(view), context_(context), out_(out) {}

  /// Returns the name of a file in the context.
  std::string add(const std::string& path) {
    const auto known = names_.find(path);
    if (known != names_.end()) return known->second;
    std::string name =
        names_.empty() ? "requirements.txt" : fmt::format("requirements-{}.txt", names_.size());
    names_.emplace(path, name);
    const std::string& text = view_.source({path, from_.at}).text;
    for (const int line : lines_with_password(text))
      out_.warning(from_.at,
                   fmt::format("line {} of '{}' holds a user name and a password: they stay "
                               "in the image, where everybody who can pull it reads them",
                               line, path));
    context_[name] = {with_names(path, text,
                                 [&](const std::string& included) {
                                   const manifest::Text at{included, from_.at};
                                   return view_.usable(at, "build.requirements") ? add(included)
                                                                                 : included;
                                 }),
                      0644};
    return name;
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [path, name] : names_) result.push_back(name);
    std::sort(result.begin(), result.end());
    return result;
  }

 private:
  const manifest::Text& from_;
  SourceView& view_;
  Context& context_;
  diag::Diagnostics& out_;
  std::map<std::string, std::string> names_;  ///< path -> name in the context
};

}  // namespace

std::vector<std::string> add_requirements(const manifest::Service& service, SourceView& view,
                                          Context& context, diag::Diagnostics& out) {
  const manifest::Text* file = service.requirements_file();
  if (file == nullptr || !view.usable(*file, "build.requirements")) return {};
  const auto lines = text::lines(view.source(*file).text);
  const bool any = std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    return !text::is_blank(line) && !text::trimmed(line).starts_with('#');
  });
  if (!any) return {};
  Requirements requirements(*file, view, context, out);
  (void)requirements.add(file->text);
  return requirements.names();
}

void add_node_packages(const Sources& sources, const std::filesystem::path& directory,
                       const diag::Location& kind_at, Context& context, diag::Diagnostics& out) {
  const auto add = [&](const std::string& name) {
    const bool copied = context.contains("app/" + name) || context.contains("app/");
    const auto found = sources.find(name);
    if (!copied || found == sources.end() || found->second.kind != Source::Kind::file) return false;
    context["node/" + name] = {directory / name, 0644};
    return true;
  };
  if (!add(std::string(node_packages))) return;
  if (!add(std::string(node_lock)))
    out.warning(kind_at, fmt::format("'{}' is not among what is copied: the next build may install "
                                     "other packages",
                                     node_lock));
}

}  // namespace sconectl::image
