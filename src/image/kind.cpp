#include "image/kind.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::image {
namespace {

constexpr int usual_java = 17;
constexpr int usual_node = 22;

struct Language {
  std::string_view name;
  Kind::Family family;
  int oldest;
  int newest;
};
constexpr std::array languages = {Language{"java", Kind::Family::java, 8, 25},
                                  Language{"nodejs", Kind::Family::node, 16, 26},
                                  Language{"node", Kind::Family::node, 16, 26}};

/// "17-glibc", "-glibc", " 8" or nothing.
std::optional<Kind> with_version(const Language& language, std::string_view rest) {
  Kind kind{language.family, std::nullopt};
  if (rest.starts_with(' ') || rest.starts_with('-')) rest.remove_prefix(1);
  const auto digits = static_cast<std::size_t>(
      std::find_if_not(rest.begin(), rest.end(), text::is_digit) - rest.begin());
  if (digits > 0) {
    kind.version = text::number<int>(rest.substr(0, digits));
    if (!kind.version || *kind.version < language.oldest || *kind.version > language.newest)
      return std::nullopt;
    rest.remove_prefix(digits);
    if (!rest.empty() && rest.front() != '-') return std::nullopt;
    if (!rest.empty()) rest.remove_prefix(1);
  }
  const auto plain = [](char c) { return text::is_alphanumeric(c) && text::lower(c) == c; };
  return std::all_of(rest.begin(), rest.end(), plain) ? std::optional(kind) : std::nullopt;
}

std::string or_else(const std::string& given, const std::string& otherwise) {
  return given.empty() ? otherwise : given;
}

}  // namespace

std::optional<Kind> kind_of(std::string_view text) {
  if (text == "python") return Kind{Kind::Family::python, std::nullopt};
  if (text == "sconify_image") return Kind{Kind::Family::sconify_image, std::nullopt};
  for (const Language& language : languages) {
    if (!text.starts_with(language.name)) continue;
    const std::string_view rest = text.substr(language.name.size());
    const bool is_it =
        rest.empty() || text::is_digit(rest.front()) || rest.front() == ' ' || rest.front() == '-';
    if (is_it) return with_version(language, rest);
  }
  return std::nullopt;
}

std::span<const std::string_view> usual_kinds() {
  static constexpr std::array<std::string_view, 9> kinds = {
      "python", "sconify_image", "java", "java8", "java11", "java17", "java21", "node", "node22"};
  return kinds;
}

std::string usual_base(const Kind& kind, const PlanOptions& options) {
  switch (kind.family) {
    case Kind::Family::java:
      return or_else(options.java_image,
                     fmt::format("eclipse-temurin:{}-jre", kind.version.value_or(usual_java)));
    case Kind::Family::node:
      return or_else(options.node_image,
                     fmt::format("node:{}-slim", kind.version.value_or(usual_node)));
    case Kind::Family::python:
    case Kind::Family::sconify_image:
      break;
  }
  return options.python_image;
}

std::string java_compiler(const Kind& kind, const PlanOptions& options) {
  return or_else(options.jdk_image,
                 fmt::format("eclipse-temurin:{}-jdk", kind.version.value_or(usual_java)));
}

std::string maven_image(const Kind& kind, const PlanOptions& options) {
  return or_else(options.maven_image,
                 fmt::format("maven:3-eclipse-temurin-{}", kind.version.value_or(usual_java)));
}

}  // namespace sconectl::image
