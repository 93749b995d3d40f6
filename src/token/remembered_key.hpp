// A key that is asked once.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sconectl/crypto/p256.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::token {

/// Remembers what the hardware has answered: a key file that is opened again (by the snapshots of a
/// CAS that serves) asks for no PIN and no touch, and a PIN that was refused is never sent twice.
class RememberedKey final : public crypto::P256Key {
 public:
  explicit RememberedKey(std::unique_ptr<const crypto::P256Key> hardware)
      : hardware_(std::move(hardware)) {}

  [[nodiscard]] std::string public_point() const override;
  [[nodiscard]] crypto::Secret agree(std::string_view theirs) const override;

 private:
  std::unique_ptr<const crypto::P256Key> hardware_;
  mutable std::mutex mutex_;
  mutable std::string point_;
  mutable std::string theirs_;  ///< of the newest agreement
  mutable crypto::Secret shared_;
  mutable std::optional<diag::Error> refusal_;
};

}  // namespace sconectl::token
