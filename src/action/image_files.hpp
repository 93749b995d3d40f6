// The files of the machine that this process runs on, as what an enclave may trust.
#pragma once

#include "sconectl/enclave/file_tree.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::action {

class ImageFiles final : public enclave::FileTree {
 public:
  explicit ImageFiles(const host::Files& files) : files_(files) {}

  [[nodiscard]] std::vector<std::string> list(const std::string& directory) const override;
  [[nodiscard]] enclave::EntryKind kind(const std::string& path) const override;
  [[nodiscard]] std::optional<std::string> link(const std::string& path) const override;
  [[nodiscard]] bool executable(const std::string& path) const override;
  [[nodiscard]] std::optional<crypto::Digest> sha256(const std::string& path) const override;
  [[nodiscard]] std::optional<std::string> text(const std::string& path) const override;

 private:
  const host::Files& files_;
};

}  // namespace sconectl::action
