#include "sconectl/action/image_diff.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "action/image_sources.hpp"
#include "sconectl/oci/config.hpp"
#include "sconectl/oci/contents.hpp"

namespace sconectl::action {
namespace {

using Json = nlohmann::json;
using Differences = std::vector<ImageDifference>;

constexpr std::size_t digest_digits = 12;
constexpr std::size_t longest_shown = 200;

/// A value of the configuration, for people: a label may be a whole archive.
std::string shown(const Json& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.size() > longest_shown)
    text = fmt::format("{}… ({} bytes)", text.substr(0, 40), text.size());
  return text;
}

void compare_objects(const Json& left, const Json& right, const std::string& prefix,
                     Differences& out) {
  Json all = left.is_object() ? left : Json::object();
  if (right.is_object()) all.update(right);
  for (const auto& [key, either] : all.items()) {
    const Json a = left.is_object() ? left.value(key, Json()) : Json();
    const Json b = right.is_object() ? right.value(key, Json()) : Json();
    if (a == b) continue;
    if (key == "Labels") {
      compare_objects(a, b, "label ", out);
    } else {
      out.push_back({prefix + key, shown(a), shown(b)});
    }
  }
}

void compare_configs(const std::string& left, const std::string& right, Differences& out) {
  const auto a = oci::parse_config(left, "the first image");
  const auto b = oci::parse_config(right, "the second image");
  compare_objects(Json::parse(a.start), Json::parse(b.start), "", out);
  if (a.created != b.created) out.push_back({"created", a.created, b.created});
}

const char* kind_word(oci::TarKind kind) {
  switch (kind) {
    case oci::TarKind::directory:
      return "directory";
    case oci::TarKind::symbolic_link:
      return "link";
    case oci::TarKind::file:
    case oci::TarKind::hard_link:
      return "file";
    case oci::TarKind::other:
      break;
  }
  return "special file";
}

/// The first thing in which two entries of one path differ, in the order in which it matters.
ImageDifference difference(const std::string& path, const oci::FileFacts& a,
                           const oci::FileFacts& b) {
  const auto made = [&](const std::string& left, const std::string& right) {
    return ImageDifference{"/" + path, left, right};
  };
  if (a.kind != b.kind) return made(kind_word(a.kind), kind_word(b.kind));
  if (a.digest != b.digest)
    return made(fmt::format("{} bytes, sha256 {}…", a.size, a.digest.substr(0, digest_digits)),
                fmt::format("{} bytes, sha256 {}…", b.size, b.digest.substr(0, digest_digits)));
  if (a.link != b.link) return made("leads to " + a.link, "leads to " + b.link);
  if (a.mode != b.mode)
    return made(fmt::format("mode {:o}", a.mode), fmt::format("mode {:o}", b.mode));
  if (a.user != b.user || a.group != b.group)
    return made(fmt::format("owner {}:{}", a.user, a.group),
                fmt::format("owner {}:{}", b.user, b.group));
  return made("changed at " + oci::rfc3339(a.time), "changed at " + oci::rfc3339(b.time));
}

void compare_contents(const oci::Contents& left, const oci::Contents& right, Differences& out) {
  auto a = left.begin();
  auto b = right.begin();
  while (a != left.end() || b != right.end()) {
    if (b == right.end() || (a != left.end() && a->first < b->first)) {
      out.push_back({"/" + a->first, kind_word(a->second.kind), ""});
      ++a;
    } else if (a == left.end() || b->first < a->first) {
      out.push_back({"/" + b->first, "", kind_word(b->second.kind)});
      ++b;
    } else {
      if (a->second != b->second) out.push_back(difference(a->first, a->second, b->second));
      ++a;
      ++b;
    }
  }
}

oci::Contents contents(ImageSources& sources, const FoundImage& image) {
  return oci::contents_of(image.image.manifest.layers, *image.source, sources.store());
}

}  // namespace

ImageDiff diff_images(System& system, const std::string& left, const std::string& right) {
  ImageSources sources(system);
  const FoundImage& a = sources.find(left);
  const FoundImage& b = sources.find(right);
  ImageDiff result{a.image.digest, b.image.digest, {}};
  if (result.left_digest == result.right_digest) return result;
  compare_configs(a.image.config, b.image.config, result.differences);
  compare_contents(contents(sources, a), contents(sources, b), result.differences);
  // The same in every respect, and packed otherwise.
  if (result.differences.empty())
    result.differences.push_back({"packing", result.left_digest, result.right_digest});
  return result;
}

}  // namespace sconectl::action
