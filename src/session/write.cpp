#include "sconectl/session/write.hpp"

#include "tree.hpp"

namespace sconectl::session {

std::string text(const Session& session) {
  return yaml::write(tree(session, Style::readable));
}

std::string attestation_text(const AttestationVariant& variant) {
  Service service;
  service.attestation.emplace_back(variant);
  return yaml::write(yaml::Node::mapping({{"attestation", attestation_tree(service)}}));
}

}  // namespace sconectl::session
