#include "mesh/compose_networks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace sconectl::mesh {
namespace {

using Pair = std::pair<std::size_t, std::size_t>;  // the smaller one first

std::set<Pair> pairs_of(const std::vector<Peers>& peers) {
  std::set<Pair> result;
  const auto add = [&](std::size_t a, std::size_t b) {
    if (a != b) result.emplace(std::min(a, b), std::max(a, b));
  };
  for (std::size_t from = 0; from < peers.size(); ++from) {
    for (const std::size_t to : peers[from].to) add(from, to);
    if (!peers[from].to_any) continue;
    for (std::size_t to = 0; to < peers.size(); ++to) add(from, to);
  }
  return result;
}

ComposeNetwork network_of_all(const Application& application) {
  ComposeNetwork all{"any_service", {}, true};
  all.services.resize(application.services.size());
  std::iota(all.services.begin(), all.services.end(), std::size_t{0});
  return all;
}

}  // namespace

std::vector<ComposeNetwork> compose_networks(const Application& application,
                                             const std::vector<Peers>& peers,
                                             const std::vector<bool>& outside) {
  std::vector<ComposeNetwork> result;
  const bool nothing_known =
      std::all_of(peers.begin(), peers.end(), [](const Peers& one) { return one.to_any; });
  std::set<std::size_t> connected;
  if (nothing_known && peers.size() > 1) {
    result.push_back(network_of_all(application));
    connected.insert(result.back().services.begin(), result.back().services.end());
  } else {
    for (const auto& [a, b] : pairs_of(peers)) {
      result.push_back({fmt::format("{}.{}", application.services[a].kubernetes_name,
                                    application.services[b].kubernetes_name),
                        {a, b},
                        true});
      connected.insert({a, b});
    }
  }
  for (std::size_t i = 0; i < peers.size(); ++i)
    if (outside[i] || connected.count(i) == 0)
      result.push_back({application.services[i].kubernetes_name, {i}, !outside[i]});
  return result;
}

}  // namespace sconectl::mesh
