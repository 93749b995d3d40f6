#include "sconectl/oci/tree.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "oci/whiteout.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::oci {
namespace {

using Json = nlohmann::ordered_json;

constexpr int most_links = 40;
constexpr std::size_t largest_tree = std::size_t{64} << 20U;

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string joined(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : directory + "/" + std::string(name);
}

/// The names of a path, the last first, so that the next one is at the end.
std::vector<std::string> reversed_names(std::string_view path) {
  std::vector<std::string> names;
  for (const std::string_view name : text::split(path, '/')) names.emplace_back(name);
  std::reverse(names.begin(), names.end());
  return names;
}

std::string plain(std::string path) {
  path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
  return path == "." ? "" : path;
}

}  // namespace

void Tree::apply(const TarEntry& entry) {
  const std::string path = plain(entry.path);
  if (const auto whiteout = whiteout_of(path)) {
    (whiteout->only_below ? emptied_ : removed_).insert(whiteout->path);
  } else if (path.empty()) {
    return;
  } else if (entry.kind == TarKind::directory) {
    entries_[path] = Directory{entry.mode, entry.user, entry.group};
  } else if (entry.kind == TarKind::symbolic_link) {
    entries_[path] = entry.link;
  }
}

void Tree::add_layer(const Tree& layer) {
  for (const std::string& path : layer.emptied_) erase_below(entries_, path);
  for (const std::string& path : layer.removed_) take_away(entries_, {path});
  for (const auto& [path, entry] : layer.entries_) {
    const auto old = entries_.find(path);
    // A link in the place of a directory, and nothing below it any more.
    if (old != entries_.end() && old->second.index() != entry.index()) erase_below(entries_, path);
    entries_[path] = entry;
  }
}

std::string Tree::resolved(const std::string& path) const {
  std::vector<std::string> before = reversed_names(path);
  std::string way;
  int links = 0;
  while (!before.empty()) {
    const std::string name = before.back();
    before.pop_back();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      way = parent_of(way);
      continue;
    }
    const std::string next = joined(way, name);
    const auto found = entries_.find(next);
    const auto* link = found == entries_.end() ? nullptr : std::get_if<std::string>(&found->second);
    if (link == nullptr) {
      way = next;
      continue;
    }
    if (++links > most_links)
      throw diag::Error(diag::ErrorKind::invalid,
                        "'/" + path + "' leads through too many symbolic links of the base image");
    if (link->starts_with('/')) way.clear();
    for (std::string& part : reversed_names(*link)) before.push_back(std::move(part));
  }
  return way;
}

const Directory* Tree::directory(const std::string& path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : std::get_if<Directory>(&found->second);
}

std::vector<std::string> Tree::directories() const {
  std::vector<std::string> result;
  for (const auto& [path, entry] : entries_)
    if (std::holds_alternative<Directory>(entry)) result.push_back(path);
  return result;
}

std::vector<std::string> Tree::links() const {
  std::vector<std::string> result;
  for (const auto& [path, entry] : entries_)
    if (std::holds_alternative<std::string>(entry)) result.push_back(path);
  return result;
}

std::string Tree::text() const {
  Json json = {{"removed", removed_}, {"emptied", emptied_}, {"entries", Json::array()}};
  for (const auto& [path, entry] : entries_) {
    if (const auto* directory = std::get_if<Directory>(&entry))
      json["entries"].push_back({path, directory->mode, directory->user, directory->group});
    else
      json["entries"].push_back({path, std::get<std::string>(entry)});
  }
  // Names of files are bytes.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Tree> Tree::parse(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Tree tree;
    tree.removed_ = json.at("removed").get<std::set<std::string>>();
    tree.emptied_ = json.at("emptied").get<std::set<std::string>>();
    for (const Json& item : json.at("entries")) {
      auto& entry = tree.entries_[item.at(0).get<std::string>()];
      if (item.size() == 2) {
        entry = item.at(1).get<std::string>();
      } else {
        entry = Directory{item.at(1), item.at(2), item.at(3)};
      }
    }
    return tree;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Tree tree_of(const std::vector<Descriptor>& layers, ImageSource& source, BlobStore& store,
             host::Files& files, const std::filesystem::path& cache) {
  Tree result;
  for (const Descriptor& layer : layers) {
    const auto note = cache / (store.path(layer.digest).filename().string() + ".json");
    std::optional<Tree> tree;
    if (const auto text = files.read_if_exists(note, largest_tree)) tree = Tree::parse(*text);
    if (!tree) {
      store.fetch(source, layer);
      tree.emplace();
      TarReader reader([&](const TarEntry& entry) -> Sink {
        tree->apply(entry);
        return {};
      });
      Decompress plain_bytes([&](std::string_view part) { reader.take(part); });
      store.read(layer, [&](std::string_view part) { plain_bytes.take(part); });
      plain_bytes.finish();
      reader.finish();
      files.make_directories(cache, 0700);
      files.write(note, tree->text(), 0600, host::Durability::cached);
    }
    result.add_layer(*tree);
  }
  return result;
}

}  // namespace sconectl::oci
