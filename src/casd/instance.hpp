// The parts of a running CAS that requests share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "casd/identity.hpp"
#include "casd/provisioning/challenges.hpp"
#include "casd/provisioning/guesses.hpp"
#include "casd/provisioning/leases.hpp"
#include "casd/secrets/other_cases.hpp"
#include "casd/sessions/sessions.hpp"
#include "casd/store/store.hpp"
#include "sconectl/casd/log.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/clock.hpp"

namespace sconectl::casd {

struct Instance {
  Instance(const ServiceOptions& options, host::Clock& system_clock);

  [[nodiscard]] crypto::Time now() const;
  void log(Level level, std::string text,
           std::vector<std::pair<std::string, std::string>> fields = {}) const;

  host::Clock& clock;
  Log logger;
  Store store;
  Identity identity;
  Sessions sessions;
  Challenges challenges;
  Leases leases;
  Guesses guesses;
  OtherCases other_cases;
};

}  // namespace sconectl::casd
