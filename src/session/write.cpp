#include "sconectl/session/write.hpp"

#include "tree.hpp"

namespace sconectl::session {

std::string text(const Session& session) {
  return yaml::write(tree(session, Style::readable));
}

}  // namespace sconectl::session
