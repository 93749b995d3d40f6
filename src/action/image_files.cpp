#include "action/image_files.hpp"

#include "sconectl/diag/error.hpp"

namespace sconectl::action {
namespace {

/// What can not be looked at is as if it were not there.
template <typename Look>
auto if_possible(const Look& look) -> decltype(look()) {
  try {
    return look();
  } catch (const diag::Error& error) {
    if (error.kind() == diag::ErrorKind::interrupted) throw;
    return {};
  }
}

}  // namespace

std::vector<std::string> ImageFiles::list(const std::string& directory) const {
  return if_possible([&] { return files_.list(directory); });
}

enclave::EntryKind ImageFiles::kind(const std::string& path) const {
  const auto status = if_possible([&] { return files_.status(path); });
  if (!status) return enclave::EntryKind::nothing;
  if (status->kind == host::FileKind::file) return enclave::EntryKind::file;
  return status->kind == host::FileKind::directory ? enclave::EntryKind::directory
                                                   : enclave::EntryKind::other;
}

std::optional<std::string> ImageFiles::link(const std::string& path) const {
  const auto target = if_possible([&] { return files_.read_link(path); });
  return target ? std::optional(target->string()) : std::nullopt;
}

bool ImageFiles::executable(const std::string& path) const {
  constexpr unsigned any_execute = 0111;
  const auto status = if_possible([&] { return files_.status(path); });
  return status && (status->mode & any_execute) != 0;
}

std::optional<crypto::Digest> ImageFiles::sha256(const std::string& path) const {
  return if_possible([&]() -> std::optional<crypto::Digest> {
    crypto::Sha256 hash;
    files_.read_in_parts(path, [&](std::string_view part) { hash.update(part); });
    return hash.finish();
  });
}

std::optional<std::string> ImageFiles::text(const std::string& path) const {
  constexpr std::size_t largest = std::size_t{1} << 20U;
  return if_possible([&] { return files_.read_if_exists(path, largest); });
}

}  // namespace sconectl::action
