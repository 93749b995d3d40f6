#include "sconectl/oci/contents.hpp"

#include <memory>

#include "oci/whiteout.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/oci/compression.hpp"

namespace sconectl::oci {
namespace {

/// The facts of one layer; `below` loses what it takes away.
class LayerReader {
 public:
  LayerReader(Contents& below, Contents& own) : below_(below), own_(own) {}

  Sink entry(const TarEntry& entry) {
    finish_file();
    std::string path = entry.path;
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    if (path.empty() || path == ".") return {};
    if (const auto whiteout = whiteout_of(path)) {
      take_away(below_, *whiteout);
      return {};
    }
    FileFacts facts{entry.kind, entry.mode, entry.user, entry.group, entry.time, entry.size};
    if (entry.kind == TarKind::symbolic_link) facts.link = entry.link;
    if (entry.kind == TarKind::hard_link) facts = named_by(entry.link, facts);
    auto& place = own_[path] = facts;
    if (entry.kind != TarKind::file) return {};
    open_ = &place;
    hash_ = std::make_unique<crypto::Sha256>();
    return [this](std::string_view part) { hash_->update(part); };
  }

  void finish_file() {
    if (open_ != nullptr) open_->digest = crypto::hex(crypto::view(hash_->finish()));
    open_ = nullptr;
  }

 private:
  FileFacts named_by(const std::string& link, FileFacts otherwise) const {
    for (const Contents* contents : {&own_, &below_})
      if (const auto found = contents->find(link); found != contents->end()) return found->second;
    otherwise.link = link;
    return otherwise;
  }

  Contents& below_;
  Contents& own_;
  FileFacts* open_ = nullptr;
  std::unique_ptr<crypto::Sha256> hash_;
};

}  // namespace

void add_layer(Contents& contents, const std::function<void(const Sink& take)>& read) {
  Contents own;
  LayerReader layer(contents, own);
  TarReader reader([&](const TarEntry& entry) { return layer.entry(entry); });
  read([&](std::string_view part) { reader.take(part); });
  reader.finish();
  layer.finish_file();
  for (auto& [path, facts] : own) {
    const auto old = contents.find(path);
    if (old != contents.end() && old->second.kind == TarKind::directory &&
        facts.kind != TarKind::directory)
      erase_below(contents, path);
    contents[path] = std::move(facts);
  }
}

Contents contents_of(const std::vector<Descriptor>& layers, ImageSource& source, BlobStore& store) {
  Contents contents;
  for (const Descriptor& layer : layers) {
    store.fetch(source, layer);
    add_layer(contents, [&](const Sink& take) {
      Decompress plain(take);
      store.read(layer, [&](std::string_view part) { plain.take(part); });
      plain.finish();
    });
  }
  return contents;
}

}  // namespace sconectl::oci
