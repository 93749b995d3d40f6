// The forms in which a session is kept: as text, signed, encrypted, and as Kubernetes objects.
#pragma once

#include <string>
#include <vector>

#include "action/mesh_plan.hpp"
#include "sconectl/cas/config.hpp"

namespace sconectl::action {

/// "" where the mode has no use for a form, or the CAS's encryption key is not known.
struct SessionForms {
  std::string session_name;
  std::string yaml;
  std::string signed_json;
  std::string predecessor;  ///< hash of the signed session: the next version's predecessor
  std::string encrypted_json;
  std::string signed_manifest;
  std::string encrypted_manifest;
};

/// Signs and encrypts what the plan did not keep.
[[nodiscard]] std::vector<SessionForms> make_forms(const MeshPlan& plan, cas::ConfigFile& config);

}  // namespace sconectl::action
