#include "sconectl/action/resolve_images.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "action/image_sources.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/substitute.hpp"

namespace sconectl::action {
namespace {

constexpr std::size_t largest_input = std::size_t{4} << 20U;

/// A name of an image in the text, and what it is once variables are replaced.
struct Mention {
  diag::Location at;
  std::string written;
  std::string name;
};

/// Both trees have the same shape: one is the other with its variables replaced.
void collect(const yaml::Value& written, const yaml::Value& replaced, const std::string& parent,
             std::vector<Mention>& out) {
  for (std::size_t i = 0; i < written.items().size() && i < replaced.items().size(); ++i)
    collect(written.items()[i], replaced.items()[i], parent, out);
  for (std::size_t i = 0; i < written.entries().size() && i < replaced.entries().size(); ++i) {
    const yaml::Entry& entry = written.entries()[i];
    const yaml::Value& value = replaced.entries()[i].value;
    const bool names_image = entry.key == "image" || (entry.key == "from" && parent == "build" &&
                                                      value.text() != "scratch");
    if (names_image && value.is_scalar() && !value.text().empty())
      out.push_back({entry.value.location(), entry.value.text(), value.text()});
    collect(entry.value, value, entry.key, out);
  }
}

/// The byte at which a line begins; lines count from 1.
std::size_t line_start(const std::string& text, int line) {
  std::size_t at = 0;
  for (int i = 1; i < line && at != std::string::npos; ++i) {
    at = text.find('\n', at);
    if (at != std::string::npos) ++at;
  }
  return std::min(at, text.size());
}

/// Where the name stands; npos for one that is written in another way (a block, escapes).
std::size_t place_of(const std::string& text, const Mention& mention) {
  const std::size_t start = line_start(text, mention.at.line);
  const std::size_t end = std::min(text.find('\n', start), text.size());
  const auto column = static_cast<std::size_t>(std::max(mention.at.column - 1, 0));
  const std::size_t found = text.find(mention.written, start + column);
  return found != std::string::npos && found + mention.written.size() <= end ? found
                                                                             : std::string::npos;
}

class Resolver {
 public:
  Resolver(System& system, diag::Diagnostics& out) : sources_(system), out_(out) {}

  /// With its digest; as it is if it has one, or none is known.
  std::string resolved(const Mention& mention) {
    const auto known = known_.find(mention.name);
    if (known != known_.end()) return known->second;
    std::string& result = known_[mention.name] = mention.name;
    try {
      const oci::ImageName name = oci::parse_image_name(mention.name);
      if (name.digest) return result;
      const auto digest = sources_.registry(name).digest(name.selector());
      if (digest)
        result = fmt::format("{}@{}", mention.name, *digest);
      else
        missing_.error(mention.at, fmt::format("there is no image '{}'", mention.name));
    } catch (const diag::Error& error) {
      if (error.kind() == diag::ErrorKind::interrupted) throw;
      (error.kind() == diag::ErrorKind::invalid ? out_ : missing_).error(mention.at, error.text());
    }
    return result;
  }

  /// What is wrong in the file comes first: that is what has to be mended.
  void throw_if_missing() const {
    if (out_.has_errors()) out_.add(missing_);
    out_.throw_if_errors();
    if (!missing_.has_errors()) return;
    std::vector<std::string> lines;
    for (const diag::Diagnostic& each : missing_.all()) lines.push_back(each.line());
    throw diag::Error(diag::ErrorKind::unavailable, "the digests of images could not be found",
                      std::move(lines));
  }

 private:
  ImageSources sources_;
  diag::Diagnostics& out_;
  diag::Diagnostics missing_;  ///< images and registries
  std::map<std::string, std::string> known_;
};

}  // namespace

std::string resolve_images(System& system, const std::string& file, const ResolveOptions& options) {
  const std::string name = file == "-" ? "<stdin>" : file;
  std::string text = file == "-" ? system.environment.standard_input(largest_input)
                                 : system.files.read(file, largest_input);
  diag::Diagnostics out;
  std::vector<Mention> mentions;
  for (const yaml::Value& value : yaml::parse_documents(name, text, out)) {
    const Document document{name, value};
    collect(value, substituted(system, document, options.substitutions, out), "", mentions);
  }
  out.throw_if_errors();
  Resolver resolver(system, out);
  std::map<std::size_t, std::pair<std::size_t, std::string>> changes;  // place -> length, new text
  for (const Mention& mention : mentions) {
    const std::string resolved = resolver.resolved(mention);
    if (resolved == mention.written) continue;
    const std::size_t place = place_of(text, mention);
    if (place == std::string::npos)
      out.error(mention.at, "write the name of the image on one line, without escapes");
    else
      changes[place] = {mention.written.size(), resolved};
  }
  resolver.throw_if_missing();
  for (auto change = changes.rbegin(); change != changes.rend(); ++change)
    text.replace(change->first, change->second.first, change->second.second);
  return text;
}

}  // namespace sconectl::action
