// A service manifest through apply_service() on a machine of fakes.
#pragma once

#include <string>

#include "sconectl/action/apply_service.hpp"
#include "support/fake_system.hpp"

namespace sconectl::action {

/// A small service manifest; `build` is added to its build section.
inline std::string service_manifest(const std::string& build = "") {
  return "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: python\n"
         "  to: r/web:1\n  command: python3 web.py\n" +
         build;
}

/// The documents of `service.yaml` with this text.
inline Document document_of(test::FakeSystem& machine, const std::string& text,
                            const std::string& file = "service.yaml") {
  machine.files.put(file, text);
  return load_documents(machine.system, {file}).at(0);
}

}  // namespace sconectl::action
