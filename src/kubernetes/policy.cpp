#include "sconectl/kubernetes/policy.hpp"

#include <fmt/core.h>

namespace sconectl::kubernetes {

std::string_view kind_name(PolicyKind kind) {
  return kind == PolicyKind::signed_policy ? "SignedPolicy" : "EncryptedPolicy";
}

std::string Policy::title() const {
  return fmt::format("{} {}/{}", kind_name(kind), meta.name_space, meta.name);
}

}  // namespace sconectl::kubernetes
