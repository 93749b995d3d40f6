#include "mesh/connections.hpp"

#include <algorithm>

#include "sconectl/mesh/names.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::mesh {
namespace {

/// `name` stands in `text`, and is no part of a longer host name.
bool names_host(std::string_view text, std::string_view name) {
  const auto continues = [&](std::size_t i) {
    return i < text.size() && (text::is_alphanumeric(text[i]) || text[i] == '-');
  };
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1))
    if ((at == 0 || (!continues(at - 1) && text[at - 1] != '.')) && !continues(at + name.size()))
      return true;
  return false;
}

std::vector<std::string_view> texts(const ServiceInstance& service) {
  std::vector<std::string_view> result = {service.command};
  for (const auto& variable : service.environment) result.push_back(variable.value);
  for (const auto& file : service.files) result.push_back(file.content);
  return result;
}

}  // namespace

std::vector<Connection> connections(const Application& application) {
  std::vector<Connection> result;
  const auto& services = application.services;
  for (std::size_t from = 0; from < services.size(); ++from) {
    const auto own = texts(services[from]);
    for (std::size_t to = 0; to < services.size(); ++to) {
      const std::string host = object_name(application.release, services[to].kubernetes_name);
      const auto named = [&](std::string_view text) { return names_host(text, host); };
      const bool connects = application.release.empty() || !services[from].facts.own ||
                            std::any_of(own.begin(), own.end(), named);
      if (from != to && connects) result.push_back({from, to});
    }
  }
  return result;
}

}  // namespace sconectl::mesh
