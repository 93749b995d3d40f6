#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "enclave/toml_reading.hpp"
#include "enclave/toml_writing.hpp"
#include "enclave/walk.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/gramine_manifest.hpp"
#include "sconectl/text/split.hpp"
#include "sconectl/text/utf8.hpp"

namespace sconectl::enclave {
namespace {

constexpr std::string_view scheme = "file:";

/// The table at a dotted path, made where it is missing.
toml::table& table_at(TomlReading& manifest, std::initializer_list<std::string_view> path) {
  toml::table* table = &manifest.table();
  for (const std::string_view key : path) {
    toml::node* node = table->get(key);
    if (node == nullptr) node = &table->insert(key, toml::table{}).first->second;
    if (!node->is_table()) {
      manifest.error(node, fmt::format("'{}' has to be a table", key));
      manifest.out().throw_if_errors();
    }
    table = node->as_table();
  }
  return *table;
}

/// Makes one manifest final; the members are what every step needs.
class Finisher {
 public:
  Finisher(const std::string& name, const std::string& manifest, const FileTree& tree,
           const FinishOptions& options)
      : manifest_(name, manifest), tree_(tree), options_(options) {}

  std::string run(diag::Diagnostics& out) {
    fill_library_paths();
    fill_defaults();
    read_named_files();
    const bool checked =
        manifest_.value<std::string>("sgx.file_check_policy", "", "a text") != "allow_all_but_log";
    if (options_.whole_image && checked) add_all_files();
    toml::array trusted;
    for (const auto& [uri, digest] : trusted_)
      trusted.push_back(toml::table{{"uri", uri}, {"sha256", digest}});
    table_at(manifest_, {"sgx"}).insert_or_assign("trusted_files", std::move(trusted));
    hash_first_program();
    out.add(manifest_.out());
    return write_toml(manifest_.table());
  }

 private:
  /// The directories that the image's own linker looks into.
  void fill_library_paths() {
    constexpr std::string_view token = "{{library_paths}}";
    toml::table& environment = table_at(manifest_, {"loader", "env"});
    toml::node* node = environment.get("LD_LIBRARY_PATH");
    if (node == nullptr || !node->is_string()) return;
    std::string& text = node->as_string()->get();
    if (text.find(token) == std::string::npos) return;
    std::string paths;
    for (const std::string& path : library_paths("/etc/ld.so.conf", 0)) {
      if (!paths.empty()) paths += ':';
      paths += path;
    }
    for (auto at = text.find(token); at != std::string::npos; at = text.find(token, at)) {
      // Nothing in its place would leave an empty part over, which means the working directory.
      const std::size_t separator = paths.empty() && at > 0 && text[at - 1] == ':' ? 1 : 0;
      text.replace(at - separator, token.size() + separator, paths);
      at += paths.size() - separator;
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by `depth`
  [[nodiscard]] std::vector<std::string> library_paths(const std::string& file, int depth) const {
    constexpr int deepest = 3;
    constexpr std::string_view include = "include ";
    std::vector<std::string> paths;
    const auto text = depth < deepest ? tree_.text(file) : std::nullopt;
    if (!text) return paths;
    for (std::string_view line : text::lines(*text)) {
      line = text::trimmed(text::cut(line, '#').before);
      if (line.starts_with('/') && tree_.kind(std::string(line)) == EntryKind::directory)
        paths.emplace_back(line);
      if (!line.starts_with(include)) continue;
      for (const std::string& each : matching(std::string(text::trimmed(line.substr(8)))))
        for (std::string& path : library_paths(each, depth + 1)) paths.push_back(std::move(path));
    }
    return paths;
  }

  /// "/etc/ld.so.conf.d/*.conf": the only form that is in use.
  [[nodiscard]] std::vector<std::string> matching(const std::string& pattern) const {
    const auto star = pattern.find('*');
    if (star == std::string::npos) return {pattern};
    const auto slash = pattern.find_last_of('/');
    if (slash == std::string::npos || star < slash) return {};
    const std::string directory = pattern.substr(0, slash);
    const std::string before = pattern.substr(directory.size() + 1, star - directory.size() - 1);
    const std::string after = pattern.substr(star + 1);
    std::vector<std::string> files;
    for (const std::string& name : tree_.list(directory))
      if (name.size() >= before.size() + after.size() && name.starts_with(before) &&
          name.ends_with(after))
        files.push_back(below(directory, name));
    return files;
  }

  /// What Gramine's signer fills in.
  void fill_defaults() {
    toml::table& sgx = table_at(manifest_, {"sgx"});
    const auto set = [](toml::table& table, std::string_view key, auto value) {
      if (!table.contains(key)) table.insert(key, value);
    };
    set(sgx, "max_threads", 4);
    set(sgx, "isvprodid", 0);
    set(sgx, "isvsvn", 0);
    set(sgx, "remote_attestation", "none");
    for (const char* flag : {"debug", "enable_stats", "edmm_enable", "use_exinfo"})
      set(sgx, flag, false);
    set(sgx, "enclave_size",
        manifest_.value<bool>("sgx.edmm_enable", false, "true or false") ? "1024G" : "256M");
    toml::table& features = table_at(manifest_, {"sgx", "cpu_features"});
    for (const char* feature : {"avx", "avx512", "amx"}) set(features, feature, "unspecified");
    for (const char* feature : {"mpx", "pkru"}) set(features, feature, "disabled");
  }

  /// The files that the manifest names: trusted ones are hashed, the others are nobody's business.
  void read_named_files() {
    for (const char* list : {"sgx.allowed_files", "sgx.protected_files"})
      for_each_of(list, [&](const toml::node& entry) { read_open_file(entry, list); });
    for_each_of("sgx.trusted_files", [&](const toml::node& entry) { read_trusted_file(entry); });
    for_each_of("fs.mounts", [&](const toml::node& entry) {
      const toml::table* mount = entry.as_table();
      if (mount == nullptr || mount->get("type") == nullptr) return;
      if (mount->get("type")->value<std::string>() != "encrypted") return;
      if (const auto* uri = mount->get("uri")) open_.insert(uri->value_or<std::string>("") + "/");
    });
  }

  template <typename Function>
  void for_each_of(const char* path, const Function& function) {
    const toml::node* list = manifest_.find(path);
    if (list == nullptr) return;
    if (!list->is_array()) {
      manifest_.error(list, fmt::format("'{}' has to be a list", path));
      return;
    }
    for (const toml::node& entry : *list->as_array()) function(entry);
  }

  void read_open_file(const toml::node& entry, const char* list) {
    const auto uri = entry.value_exact<std::string>();
    if (!uri || !uri->starts_with(scheme)) {
      manifest_.error(&entry, fmt::format("'{}' holds texts that begin with 'file:'", list));
      return;
    }
    if (!uri->ends_with('/') && tree_.kind(uri->substr(scheme.size())) == EntryKind::directory)
      manifest_.out().warning(
          manifest_.at(&entry),
          fmt::format("'{}' is a directory; Gramine takes it for one only as '{}/'", *uri, *uri));
    open_.insert(*uri);
  }

  void read_trusted_file(const toml::node& entry) {
    auto uri = entry.value_exact<std::string>();
    std::string digest;
    if (const toml::table* parts = entry.as_table()) {
      if (const auto* node = parts->get("uri")) uri = node->value_exact<std::string>();
      if (const auto* node = parts->get("sha256")) digest = node->value_or<std::string>("");
    }
    if (!uri || !uri->starts_with(scheme)) {
      manifest_.error(&entry,
                      "a trusted file is a text that begins with 'file:', or a table "
                      "{uri, sha256} with one");
      return;
    }
    if (uri->ends_with('/')) {
      add_directory(entry, *uri, digest);
    } else {
      add_file(&entry, *uri, digest);
    }
  }

  void add_directory(const toml::node& entry, const std::string& uri, const std::string& digest) {
    const std::string path = uri.substr(scheme.size());
    if (!digest.empty())
      manifest_.error(&entry, fmt::format("'{}' is a directory and can have no 'sha256'", uri));
    else if (tree_.kind(path) != EntryKind::directory)
      manifest_.error(&entry,
                      fmt::format("'{}' ends with '/', and there is no such directory", uri));
    else
      for (const std::string& file : files_below(tree_, path))
        add_file(&entry, fmt::format("{}{}", scheme, file), "");
  }

  void add_file(const toml::node* entry, const std::string& uri, std::string digest) {
    const std::string path = uri.substr(scheme.size());
    const EntryKind kind = tree_.kind(path);
    if (kind == EntryKind::directory) {
      manifest_.error(
          entry, fmt::format("'{}' is a directory: write '{}/' to trust what is in it", uri, uri));
      return;
    }
    if (digest.empty()) {
      const auto bytes = kind == EntryKind::file ? tree_.sha256(path) : std::nullopt;
      if (!bytes) {
        manifest_.error(
            entry, fmt::format("the trusted file '{}' {}", uri,
                               kind == EntryKind::nothing ? "is not there" : "can not be read"));
        return;
      }
      digest = crypto::hex(crypto::view(*bytes));
    }
    const auto [known, is_new] = trusted_.emplace(uri, digest);
    if (!is_new && known->second != digest)
      manifest_.error(entry, fmt::format("'{}' is trusted with two different hashes", uri));
  }

  /// Named as allowed, protected or encrypted, itself or a directory that it is in.
  [[nodiscard]] bool is_open(const std::string& uri) const {
    if (open_.contains(uri)) return true;
    for (std::size_t at = uri.find('/'); at != std::string::npos; at = uri.find('/', at + 1))
      if (open_.contains(uri.substr(0, at + 1))) return true;
    return false;
  }

  void add_all_files() {
    std::size_t odd = 0;
    std::size_t unreadable = 0;
    for (const std::string& path : all_files(tree_, is_changing)) {
      const std::string uri = fmt::format("{}{}", scheme, path);
      if (!text::is_utf8(path)) {
        ++odd;
        continue;
      }
      if (is_open(uri) || trusted_.contains(uri)) continue;
      if (const auto digest = tree_.sha256(path))
        trusted_.emplace(uri, crypto::hex(crypto::view(*digest)));
      else
        ++unreadable;
    }
    if (unreadable > 0)
      manifest_.out().warning(
          {}, fmt::format("{} files are not trusted, because they can not be read", unreadable));
    if (odd > 0)
      manifest_.out().warning(
          {}, fmt::format("{} files are not trusted, because their names are not UTF-8", odd));
  }

  /// libsysdb.so; only its hash ties it to the measurement.
  void hash_first_program() {
    const toml::node* uri = manifest_.find("loader.entrypoint.uri");
    const auto text = uri == nullptr ? std::nullopt : uri->value_exact<std::string>();
    if (!text || !text->starts_with(scheme)) {
      manifest_.error(uri, "'loader.entrypoint.uri' has to be a text that begins with 'file:'");
      return;
    }
    if (manifest_.find("loader.entrypoint.sha256") != nullptr) return;
    const auto digest = tree_.sha256(text->substr(scheme.size()));
    if (!digest) {
      manifest_.error(uri, fmt::format("'{}' of 'loader.entrypoint.uri' is not there", *text));
      return;
    }
    table_at(manifest_, {"loader", "entrypoint"})
        .insert("sha256", crypto::hex(crypto::view(*digest)));
  }

  TomlReading manifest_;
  const FileTree& tree_;
  const FinishOptions& options_;
  std::map<std::string, std::string> trusted_;  ///< URI -> SHA-256 in hex
  std::set<std::string> open_;                  ///< URIs that are not trusted; directories with '/'
};

}  // namespace

std::string finish_manifest(const std::string& name, const std::string& manifest,
                            const FileTree& tree, const FinishOptions& options,
                            diag::Diagnostics& out) {
  return Finisher(name, manifest, tree, options).run(out);
}

ProgramPlace program_place(const std::string& name, const std::string& manifest) {
  TomlReading reading(name, manifest);
  const auto text = [&](std::string_view path, const char* otherwise) {
    return reading.value<std::string>(path, otherwise, "a text");
  };
  ProgramPlace place{text("libos.entrypoint", ""), text("fs.start_dir", "/"),
                     text("loader.env.PATH", "")};
  reading.out().throw_if_errors();
  return place;
}

std::string find_program(const FileTree& tree, const std::string& program,
                         const std::string& directory, std::string_view path) {
  if (program.find('/') != std::string::npos) {
    std::string absolute = program.front() == '/' ? program : below(directory, program);
    if (tree.kind(absolute) == EntryKind::file && tree.executable(absolute)) return absolute;
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("the program '{}' {}", absolute,
                                  tree.kind(absolute) == EntryKind::file ? "is not executable"
                                                                         : "is not in the image"));
  }
  for (const std::string_view each : text::split(path, ':')) {
    if (!each.starts_with('/')) continue;
    std::string candidate = below(std::string(each), program);
    if (tree.kind(candidate) == EntryKind::file && tree.executable(candidate)) return candidate;
  }
  throw diag::Error(diag::ErrorKind::invalid,
                    fmt::format("the program '{}' is in no directory of PATH ({})", program, path));
}

}  // namespace sconectl::enclave
