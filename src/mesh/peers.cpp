#include "mesh/peers.hpp"

#include <set>

#include "mesh/placeholder.hpp"
#include "sconectl/mesh/names.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::mesh {
namespace {

bool is_host_character(char c) {
  return text::is_alphanumeric(c) || c == '-';
}

struct Texts {
  std::vector<std::string_view> certain;
  /// Of variables that are names in certificates, too: perhaps of a client, which connects by
  /// itself.
  std::vector<std::string_view> perhaps;
};

Texts texts(const ServiceInstance& service) {
  Texts result{{service.command}, {}};
  for (const auto& variable : service.environment) {
    const bool in_certificates = fills(service.facts.policy.secrets, variable.name);
    (in_certificates ? result.perhaps : result.certain).push_back(variable.value);
  }
  for (const auto& file : service.files) result.certain.push_back(file.content);
  return result;
}

std::set<std::size_t> named(const std::vector<std::string_view>& texts, const Hosts& hosts,
                            std::size_t except) {
  std::set<std::size_t> result;
  for (const std::string_view text : texts)
    for (const std::size_t to : hosts.named_in(text)) result.insert(to);
  result.erase(except);
  return result;
}

}  // namespace

Hosts::Hosts(const Application& application) {
  if (application.release.empty()) return;
  for (std::size_t i = 0; i < application.services.size(); ++i)
    services_.emplace(object_name(application.release, application.services[i].kubernetes_name), i);
}

std::vector<std::size_t> Hosts::named_in(std::string_view text) const {
  std::vector<std::size_t> result;
  if (services_.empty()) return result;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = begin;
    while (end < text.size() && is_host_character(text[end])) ++end;
    // Behind a dot stands a part of another name.
    if (end > begin && (begin == 0 || text[begin - 1] != '.'))
      if (const auto found = services_.find(std::string(text.substr(begin, end - begin)));
          found != services_.end())
        result.push_back(found->second);
    begin = end + 1;
  }
  return result;
}

std::vector<Peers> peers(const Application& application) {
  const Hosts hosts(application);
  std::vector<Peers> result(application.services.size());
  std::vector<std::size_t> to_any;
  std::vector<std::vector<std::size_t>> perhaps_from(result.size());
  for (std::size_t from = 0; from < result.size(); ++from) {
    const ServiceInstance& service = application.services[from];
    if (application.release.empty() || !service.facts.own) {
      result[from].to_any = true;
      to_any.push_back(from);
      continue;
    }
    const auto [certain, perhaps] = texts(service);
    std::set<std::size_t> found = named(certain, hosts, from);
    for (const std::size_t to : found) result[to].from.push_back(from);
    for (const std::size_t to : named(perhaps, hosts, from))
      if (found.insert(to).second) perhaps_from[to].push_back(from);
    result[from].to.assign(found.begin(), found.end());
  }
  for (std::size_t to = 0; to < result.size(); ++to) {
    auto& from = result[to].from;
    if (from.empty()) continue;
    std::set<std::size_t> all(from.begin(), from.end());
    all.insert(perhaps_from[to].begin(), perhaps_from[to].end());
    all.insert(to_any.begin(), to_any.end());
    all.erase(to);
    from.assign(all.begin(), all.end());
  }
  return result;
}

}  // namespace sconectl::mesh
