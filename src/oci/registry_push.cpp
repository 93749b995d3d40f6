// What is sent to a registry.
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "oci/registry_host.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/oci/registry.hpp"

namespace sconectl::oci {
namespace {

/// Larger blobs go in parts of this length: the memory for one is all that is needed. Registries
/// ask for parts of 5 MiB and more.
constexpr std::size_t part_size = std::size_t{8} << 20U;

/// What a registry answers to a manifest with blobs that it does not see (OCI distribution
/// specification, "Error Codes").
bool misses_blobs(const host::HttpResponse& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  const auto code = nlohmann::json::json_pointer("/errors/0/code");
  return json.is_object() && json.contains(code) &&
         (json[code] == "MANIFEST_BLOB_UNKNOWN" || json[code] == "BLOB_UNKNOWN");
}

/// What Debian's registry answers to the slower one of two who push the same bytes.
bool may_have_tripped(const host::HttpResponse& response) {
  return response.status == 400 || response.status == 500;
}

host::HttpHeaders part_headers(std::uint64_t first, std::size_t length) {
  return {{"Content-Type", "application/octet-stream"},
          {"Content-Range", fmt::format("{}-{}", first, first + length - 1)}};
}

}  // namespace

std::string Registry::upload_target(const host::HttpResponse& response) const {
  std::string location = response.header("Location");
  if (location.empty())
    throw diag::Error(diag::ErrorKind::failed,
                      fmt::format("{} does not say where an upload goes", name()));
  return location;
}

bool Registry::mount(const Descriptor& blob, const std::string& from_repository) {
  const auto response =
      send({"POST", path(fmt::format("blobs/uploads/?mount={}&from={}", blob.digest,
                                     query_value(from_repository)))});
  constexpr int created = 201;
  // Another answer is an upload that nobody goes on with; registries forget it.
  return response.status == created;
}

std::string Registry::begin_upload() {
  const auto response = send({"POST", path("blobs/uploads/")});
  constexpr int accepted = 202;
  if (response.status != accepted) refuse(response, "push to");
  return upload_target(response);
}

void Registry::finish_upload(const std::string& target, const Descriptor& blob, std::string last) {
  const char joint = target.find('?') == std::string::npos ? '?' : '&';
  const auto response = send({"PUT",
                              fmt::format("{}{}digest={}", target, joint, query_value(blob.digest)),
                              {{"Content-Type", "application/octet-stream"}},
                              std::move(last)});
  constexpr int created = 201;
  if (response.status == created) return;
  if (may_have_tripped(response) && comes_from_another(blob)) return;
  refuse(response, "push to");
}

bool Registry::comes_from_another(const Descriptor& blob) {
  for (const auto pause : before_asking_again) {
    std::this_thread::sleep_for(pause);
    if (has_blob(blob)) return true;
  }
  return false;
}

void Registry::push_parts(const Descriptor& blob, const Read& read,
                          const std::function<void(std::uint64_t)>& sent) {
  std::string target = begin_upload();
  std::string part;
  std::uint64_t first = 0;
  const auto send_part = [&] {
    const std::size_t length = part.size();
    const auto response = send({"PATCH", target, part_headers(first, length), std::move(part)});
    constexpr int accepted = 202;
    if (response.status != accepted) refuse(response, "push to");
    target = upload_target(response);
    first += length;
    part.clear();
    if (sent) sent(length);
  };
  read([&](std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t some = std::min(part_size - part.size(), bytes.size());
      part += bytes.substr(0, some);
      bytes.remove_prefix(some);
      if (part.size() == part_size) send_part();
    }
  });
  if (!part.empty()) send_part();
  finish_upload(target, blob, "");
}

void Registry::push_blob(const Descriptor& blob, const Read& read,
                         const std::function<void(std::uint64_t bytes)>& sent) {
  if (blob.size > part_size) return push_parts(blob, read, sent);
  std::string bytes;
  read([&](std::string_view part) { bytes += part; });
  finish_upload(begin_upload(), blob, std::move(bytes));
  if (sent) sent(blob.size);
}

void Registry::push_manifest(const std::string& selector, std::string_view media_type,
                             const std::string& bytes) {
  const auto put = [&] {
    return send(
        {"PUT", path("manifests/" + selector), {{"Content-Type", std::string(media_type)}}, bytes});
  };
  constexpr int created = 201;
  auto response = put();
  // Somebody pushes the same blob at this moment: while a registry notes it again, it has none.
  for (const auto pause : before_asking_again) {
    if (response.status == created || !misses_blobs(response)) break;
    std::this_thread::sleep_for(pause);
    response = put();
  }
  if (response.status != created) refuse(response, "push to");
  const std::string told = response.header("Docker-Content-Digest");
  if (!told.empty() && told != digest_of(bytes))
    throw diag::Error(diag::ErrorKind::failed,
                      fmt::format("{} keeps other bytes than it was given", name()));
}

}  // namespace sconectl::oci
