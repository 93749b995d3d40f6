// Options that all commands about evidence have.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "sconectl/action/system.hpp"
#include "sconectl/crypto/certificate.hpp"

namespace sconectl::cli {

/// `--at TIME`
class TimeOption {
 public:
  void add_to(CLI::App& parser, const std::string& help);
  /// Now, if it was not given. Throws Error{usage}.
  [[nodiscard]] crypto::Time time(const action::System& system) const;

 private:
  std::string text_;
};

/// `--only_for_testing-root FILE` (or another name), PEM or DER. Whoever has its key can claim
/// anything.
class TestRootOption {
 public:
  void add_to(CLI::App& parser, const char* name = "--only_for_testing-root");
  /// Warns when there is one.
  [[nodiscard]] std::optional<crypto::Certificate> certificate(const action::System& system) const;

 private:
  std::string file_;
};

}  // namespace sconectl::cli
