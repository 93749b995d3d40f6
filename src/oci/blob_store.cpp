#include "sconectl/oci/blob_store.hpp"

#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/signals.hpp"
#include "sconectl/oci/compression.hpp"
#include "sconectl/oci/name.hpp"

namespace sconectl::oci {
namespace {

/// Counts and hashes what passes.
class Counted {
 public:
  void take(std::string_view part) {
    host::throw_if_interrupted();  // there may be gigabytes of them
    hash_.update(part);
    size_ += part.size();
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::string digest() {
    return "sha256:" + crypto::hex(crypto::view(hash_.finish()));
  }

 private:
  crypto::Sha256 hash_;
  std::uint64_t size_ = 0;
};

constexpr std::string_view packing_prefix = "packing-";
constexpr const char* in_use = "lock";

/// A directory for a layer that is packed, locked as long as it is used. What killed runs left of
/// theirs is removed: nobody holds it.
class PackingPlace {
 public:
  PackingPlace(host::Files& files, const std::filesystem::path& store) {
    // Between the making of a place and its lock it looks like one of a killed run.
    const auto one_at_a_time = files.lock(store / "packing.lock");
    for (const std::string& name : files.list(store))
      if (name.starts_with(packing_prefix)) remove_if_left(files, store / name);
    directory_.emplace(files, packing_prefix, store);
    lock_ = files.try_lock(directory_->path() / in_use);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return directory_->path(); }

 private:
  static void remove_if_left(host::Files& files, const std::filesystem::path& place) {
    try {
      if (const auto left = files.try_lock(place / in_use)) files.remove_tree(place);
    } catch (const diag::Error&) {  // its owner has just removed it, or it is another user's
    }
  }

  std::unique_ptr<host::FileLock> lock_;  // goes after the directory
  std::optional<host::TemporaryDirectory> directory_;
};

constexpr unsigned mode_of_blobs = 0600;  // an application may hold what is nobody's business

diag::Error other_bytes(const ImageSource& source, const Descriptor& blob) {
  return {diag::ErrorKind::invalid, fmt::format("{} gives other bytes for {} than the digest says",
                                                source.name(), blob.digest)};
}

/// The digest without "sha256:"; it has been checked to be 64 hex digits.
std::string hex_of(const std::string& digest) {
  return digest.substr(digest.find(':') + 1);
}

}  // namespace

BlobStore::BlobStore(host::Files& files, std::filesystem::path directory)
    : files_(files), directory_(std::move(directory)) {}

std::filesystem::path BlobStore::path(const std::string& digest) const {
  return directory_ / "blobs" / hex_of(digest);
}

void BlobStore::make_room() {
  files_.make_directories(directory_ / "blobs", 0700);
  files_.make_directories(directory_ / "packed", 0700);
}

bool BlobStore::has(const Descriptor& blob) const {
  const auto status = files_.status(path(blob.digest));
  return status && status->kind == host::FileKind::file && status->size == blob.size;
}

void BlobStore::fetch(ImageSource& source, const Descriptor& blob) {
  if (has(blob)) return;
  make_room();
  const auto produce = [&](const Sink& take) {
    Counted counted;
    source.blob(blob, [&](std::string_view part) {
      counted.take(part);
      if (counted.size() > blob.size) throw other_bytes(source, blob);
      take(part);
    });
    if (counted.size() != blob.size || counted.digest() != blob.digest)
      throw other_bytes(source, blob);
  };
  files_.write_in_parts(path(blob.digest), mode_of_blobs, host::Durability::cached, produce);
}

void BlobStore::read(const Descriptor& blob, const Sink& take) {
  Counted counted;
  files_.read_in_parts(path(blob.digest), [&](std::string_view part) {
    counted.take(part);
    take(part);
  });
  if (counted.digest() == blob.digest) return;
  files_.remove_tree(path(blob.digest));
  throw diag::Error(
      diag::ErrorKind::invalid,
      fmt::format("'{}' was damaged and is removed now; run it again", path(blob.digest).string()));
}

void BlobStore::read_or_pass(ImageSource& source, const Descriptor& blob, const Sink& take) {
  if (has(blob)) return read(blob, take);
  Counted counted;
  source.blob(blob, [&](std::string_view part) {
    counted.take(part);
    if (counted.size() > blob.size) throw other_bytes(source, blob);
    take(part);
  });
  if (counted.digest() != blob.digest) throw other_bytes(source, blob);
}

std::optional<MadeLayer> BlobStore::packed_before(const std::string& diff_id) const {
  constexpr std::size_t largest_note = 4096;
  const auto text = files_.read_if_exists(directory_ / "packed" / hex_of(diff_id), largest_note);
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("digest") || !json["digest"].is_string() ||
      !json.contains("size") || !json["size"].is_number_unsigned() ||
      !is_digest(json["digest"].get_ref<const std::string&>()))
    return std::nullopt;
  MadeLayer layer{{std::string(layer_type), json["digest"], json["size"]}, diff_id};
  return has(layer.blob) ? std::optional(std::move(layer)) : std::nullopt;
}

MadeLayer BlobStore::pack(std::uint64_t time, const std::function<void(TarWriter& archive)>& fill,
                          const Packed& packed) {
  const auto write = [&](const Sink& take) {
    const Sink counted = [&](std::string_view part) {
      take(part);
      if (packed) packed(part.size());
    };
    TarWriter archive(counted, time);
    fill(archive);
    archive.finish();
  };
  Counted plain;
  write([&](std::string_view part) { plain.take(part); });
  const std::string diff_id = plain.digest();
  if (auto known = packed_before(diff_id)) return *std::move(known);

  make_room();
  const PackingPlace beside(files_, directory_);
  const auto fresh = beside.path() / "layer";
  Counted compressed;
  files_.write_in_parts(fresh, mode_of_blobs, host::Durability::cached, [&](const Sink& take) {
    Counted again;
    Gzip gzip([&](std::string_view part) {
      compressed.take(part);
      take(part);
    });
    write([&](std::string_view part) {
      again.take(part);
      gzip.take(part);
    });
    gzip.finish();
    if (again.digest() != diff_id)
      throw diag::Error(diag::ErrorKind::failed,
                        "files were changed while they were packed; run it again");
  });
  MadeLayer layer{{std::string(layer_type), "", compressed.size()}, diff_id};
  layer.blob.digest = compressed.digest();
  files_.move_file(fresh, path(layer.blob.digest));
  const nlohmann::json note = {{"digest", layer.blob.digest}, {"size", layer.blob.size}};
  files_.write(directory_ / "packed" / hex_of(diff_id), note.dump(), mode_of_blobs,
               host::Durability::cached);
  return layer;
}

}  // namespace sconectl::oci
