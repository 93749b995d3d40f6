// What is wrong with a CAS, and how to mend it: `cas doctor`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sconectl/action/cas_status.hpp"
#include "sconectl/action/doctor.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {

/// The data directory of a CAS on this machine.
struct CasDataFacts {
  std::string path;
  bool exists = false;
  bool is_closed_to_us = false;
  bool has_database = false;
  bool key_is_open_to_others = false;
  bool key_is_sealed = false;
  std::uint64_t database_bytes = 0;
  std::uint64_t free_bytes = 0;
};

struct CasDoctorFacts {
  std::optional<diag::Error> unknown;  ///< there is no such CAS for us
  std::optional<diag::Error> fault;    ///< it was asked, and this went wrong
  std::optional<CasStatus> status;
  std::optional<std::string> pinned_key;  ///< --cas-key, which the connection had to have
  std::string own_key_hash;               ///< of our identity
  std::optional<CasDataFacts> data;
};

/// Looks; changes nothing. What goes wrong is a fact, not an Error, except for an interrupt and a
/// wrong command line. `data`: the data directory, if it is on this machine.
[[nodiscard]] CasDoctorFacts cas_doctor_facts(System& system, cas::ConfigFile& config,
                                              const CasOptions& options,
                                              const std::optional<std::string>& data);

/// All of it in a fixed order: the CAS, trust, connection, owner, database, audit log,
/// certificates, clock, data directory. `certificates_left` as for problems_of().
[[nodiscard]] std::vector<Finding> diagnose(const CasDoctorFacts& facts, crypto::Time now,
                                            std::chrono::hours certificates_left);

}  // namespace sconectl::action
