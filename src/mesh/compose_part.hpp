// The services of a compose file before they are written.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mesh/chart_values.hpp"
#include "mesh/peers.hpp"

namespace sconectl::mesh {

struct Published {
  std::string port;        ///< of this machine; "": none
  std::string everywhere;  ///< "" for all its addresses, else "127.0.0.1:"
};

/// One service with everything that decides about it.
struct Part {
  const ServiceInstance& service;
  ChartValues values;
  std::string name;  ///< what it is called in the file: its host
  std::string port;  ///< "": none
  Published published;
  std::vector<std::size_t> waits_for;
  bool is_waited_for = false;

  [[nodiscard]] std::string image() const {
    const std::string image = values.ours() ? values.text({"image"}) : "";
    return image.empty() ? service.image : image;
  }
  /// The program in the container can be asked whether it is ready.
  [[nodiscard]] bool has_probe() const {
    return service.native() && values.ours() && values.is_true({"probes", "enabled"});
  }
};

/// One for each service of the application, in their order; who waits for whom is not set yet.
[[nodiscard]] std::vector<Part> parts_of(const Application& application, const Chart& chart,
                                         const std::vector<Peers>& peers);

/// An error for services that want the same port of this machine.
void check_ports(const std::vector<Part>& parts, diag::Diagnostics& out);

/// A warning for each value of the mesh that a compose file has no word for.
void warn_of_left_out(const Part& part, diag::Diagnostics& out);

/// Compose fills in variables behind a '$': the text as it has to stand in the file.
[[nodiscard]] std::string literal(const std::string& text);

}  // namespace sconectl::mesh
