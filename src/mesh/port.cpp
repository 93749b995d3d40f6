#include "mesh/port.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/text/number.hpp"

namespace sconectl::mesh {
namespace {

constexpr const char* port_variable = "APP_SERVICE_PORT";
/// Set for the chart: where a probe waits for the program.
constexpr const char* listening_variable = "listening_port";

struct Port {
  std::string text;
  bool promised = false;  ///< the program listens there, or it is not ready
};

Port declared_port(const ServiceInstance& service, const Sections& sections) {
  const auto named = [](const auto& variable) { return variable.name == port_variable; };
  const image::Facts& facts = service.facts;
  const auto local = std::find_if(facts.local.begin(), facts.local.end(), named);
  if (local != facts.local.end()) {
    diag::Diagnostics ignored;  // set_configuration() says what is wrong with it
    return {render::render(local->value, service.variables, render::Dialect::handlebars,
                           service.at(), ignored),
            true};
  }
  const std::string* given = service.variables.find(port_variable);
  const std::string value = given == nullptr ? "" : *given;
  const auto own = sections.find(service.name);
  if (own != sections.end() && own->second.find(port_variable) != own->second.end())
    return {value, true};
  if (std::any_of(facts.global.begin(), facts.global.end(), named)) return {value, true};
  if (!facts.ports.empty()) return {std::to_string(facts.ports.front()), false};
  return {value, false};
}

}  // namespace

void set_port(ServiceInstance& service, const Sections& sections, diag::Diagnostics& out) {
  const Port port = declared_port(service, sections);
  const auto number = text::number<std::uint16_t>(port.text);
  if (!port.text.empty() && number.value_or(0) == 0)
    out.error(service.at(), fmt::format("service '{}': '{}' is '{}', and a port is a number from 1 "
                                        "to 65535",
                                        service.name, port_variable, port.text));
  if (!port.text.empty()) service.variables.set(port_variable, port.text);
  service.variables.set(listening_variable, port.promised ? port.text : std::string());
}

}  // namespace sconectl::mesh
