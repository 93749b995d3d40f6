#include "casd/cas_state.hpp"

#include "casd/access/authorization.hpp"
#include "casd/sessions/root_session.hpp"

namespace sconectl::casd {

namespace {

crypto::Time seconds_of(const host::Clock& clock) {
  return std::chrono::time_point_cast<std::chrono::seconds>(clock.now());
}

}  // namespace

CasState::CasState(const ServiceOptions& options, host::Clock& system_clock)
    : clock(system_clock),
      logger(options.log),
      store(options.data),
      identity(store, options.names, seconds_of(system_clock)),
      sessions(store),
      leases(store),
      remote_secrets(options.http, system_clock, identity) {
  if (!store.active("/")) {
    NewSession root;
    root.session = default_root(now());
    root.based_on = {{"/", {}}};
    (void)store.add(Authorization::first_start(), root);
    store.checkpoint();
  }
}

crypto::Time CasState::now() const {
  return seconds_of(clock);
}

void CasState::log(Level level, std::string text,
                   std::vector<std::pair<std::string, std::string>> fields) const {
  if (logger) logger({level, std::move(text), std::move(fields)});
}

}  // namespace sconectl::casd
