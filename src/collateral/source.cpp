#include "sconectl/collateral/source.hpp"

#include <fmt/core.h>

#include "collateral/certification_service.hpp"
#include "sconectl/collateral/bundle.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::collateral {
namespace {

using diag::Error;
using diag::ErrorKind;

/// A directory for one kind of platform, or with one for each (bundle_name).
class DirectorySource final : public Source {
 public:
  DirectorySource(const host::Files& files, std::filesystem::path directory)
      : files_(files), directory_(std::move(directory)) {}

  attest::Collateral of(const attest::CollateralNeed& need) override {
    const auto of_kind = directory_ / bundle_name(need);
    if (files_.status(of_kind)) return read_bundle(files_, of_kind);
    if (files_.status(directory_ / "tcbInfo.json")) return read_bundle(files_, directory_);
    throw Error(ErrorKind::not_found,
                fmt::format("'{}' has no collateral for this platform: no '{}' and no "
                            "'tcbInfo.json'",
                            directory_.string(), bundle_name(need)));
  }

 private:
  const host::Files& files_;
  const std::filesystem::path directory_;
};

}  // namespace

std::unique_ptr<Source> make_source(std::string_view setting, host::Http& http,
                                    const host::Files& files) {
  constexpr std::string_view file = "file:";
  if (setting == "pcs") return certification_service(intel_service(), http);
  if (setting == "thim") return certification_service(azure_machine_service(), http);
  if (setting.starts_with("https://"))
    return certification_service(cache_service(std::string(setting)), http);
  if (setting.starts_with(file) && setting.size() > file.size()) {
    setting.remove_prefix(file.size());
    if (setting.starts_with("///")) setting.remove_prefix(2);
    return std::make_unique<DirectorySource>(files, std::filesystem::path(setting));
  }
  throw Error(ErrorKind::usage,
              fmt::format("'{}' is no source of collateral: it is pcs, thim, the https URL of a "
                          "PCCS, or file:DIRECTORY",
                          setting));
}

}  // namespace sconectl::collateral
