#include "token/remembered_key.hpp"

namespace sconectl::token {

std::string RememberedKey::public_point() const {
  const std::scoped_lock guard(mutex_);
  if (point_.empty()) point_ = hardware_->public_point();
  return point_;
}

crypto::Secret RememberedKey::agree(std::string_view theirs) const {
  const std::scoped_lock guard(mutex_);
  if (refusal_) throw diag::Error(*refusal_);
  if (theirs != theirs_ || shared_.empty()) {
    try {
      shared_ = hardware_->agree(theirs);
      theirs_ = theirs;
    } catch (const diag::Error& error) {
      if (error.kind() == diag::ErrorKind::refused) refusal_ = error;
      throw;
    }
  }
  return shared_.clone();
}

}  // namespace sconectl::token
