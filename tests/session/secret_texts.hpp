// Sessions with secrets, as text.
#pragma once

#include "support.hpp"

namespace sconectl::session::test {

inline const std::string key = "- {name: k, kind: private-key}\n";
inline std::string secrets(const std::string& lines) {
  return with("secrets:\n" + lines);
}
inline std::string pem_secret(const std::string& name, const std::string& kind,
                              const std::string& pem, const std::string& more = "") {
  return "- name: " + name + "\n  kind: " + kind + "\n  value: " + block(pem, 4) + more;
}

}  // namespace sconectl::session::test
