#include "sconectl/collateral/inventory.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "collateral/snp_bundle.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/crl.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::collateral {
namespace {

namespace fs = std::filesystem;
using diag::Error;
using diag::ErrorKind;

constexpr std::size_t largest_file = std::size_t{1} << 20U;

/// DER or PEM.
void add_certificate(Holding& holding, const std::string& bytes) {
  if (bytes.empty()) return;
  const auto certificate = bytes.find("-----BEGIN") == std::string::npos
                               ? crypto::Certificate::from_der(bytes)
                               : crypto::Certificate::from_pem(bytes);
  holding.parts.push_back({fmt::format("certificate '{}'", certificate.common_name()),
                           certificate.not_before(), certificate.not_after()});
}

class Inventory {
 public:
  Inventory(const host::Files& files, const fs::path& root) : files_(files), root_(root) {}

  std::vector<Holding> all() {
    look_at(".");
    for (const auto& name : files_.list(root_)) {
      const auto status = files_.status(root_ / name);
      if (!status || status->kind != host::FileKind::directory) continue;
      if (name != "vcek") {
        look_at(name);
        continue;
      }
      for (const auto& chip : files_.list(root_ / name)) add_chip(fs::path(name) / chip);
    }
    if (found_.empty())
      throw Error(ErrorKind::not_found, fmt::format("'{}' holds no collateral", root_.string()));
    std::sort(found_.begin(), found_.end(),
              [](const Holding& a, const Holding& b) { return a.name < b.name; });
    return std::move(found_);
  }

 private:
  void look_at(const fs::path& name) {
    const auto has = [&](const char* file) {
      return files_.status(root_ / name / file).has_value();
    };
    if (has("tcbInfo.json") || has("rootCaCrl.der"))
      add(name, [&](Holding& holding) {
        holding.parts = validity_of(read_bundle(files_, root_ / name));
      });
    if (has("ark.der")) add(name, [&](Holding& holding) { read_amd(holding, root_ / name); });
  }

  void read_amd(Holding& holding, const fs::path& directory) const {
    const auto found = read_certificates(files_, directory);
    for (const auto& bytes : {found.ark, found.ask, found.asvk, found.vcek, found.vlek})
      add_certificate(holding, bytes);
    if (found.crl.empty()) return;
    const auto list = crypto::Crl::from_text(found.crl);
    holding.parts.push_back({"AMD's CRL", list.this_update(), list.next_update()});
  }

  void add_chip(const fs::path& directory) {
    for (const auto& file : files_.list(root_ / directory))
      if (file.ends_with(".der"))
        add(directory / file, [&](Holding& holding) {
          add_certificate(holding, files_.read(root_ / directory / file, largest_file));
        });
  }

  template <typename Read>
  void add(const fs::path& name, Read read) {
    Holding holding{name.string(), {}, {}};
    try {
      read(holding);
    } catch (const Error& error) {
      holding.parts.clear();
      holding.fault = error.text();
    }
    std::stable_sort(holding.parts.begin(), holding.parts.end(),
                     [](const auto& a, const auto& b) { return a.until < b.until; });
    found_.push_back(std::move(holding));
  }

  const host::Files& files_;
  const fs::path& root_;
  std::vector<Holding> found_;
};

}  // namespace

std::vector<Holding> inventory(const host::Files& files, const fs::path& directory) {
  return Inventory(files, directory).all();
}

}  // namespace sconectl::collateral
