// Where the traces of a CAS go.
#pragma once

#include <string>

namespace sconectl::casd {

struct TraceOptions {
  /// Base URL of a collector that speaks OTLP/HTTP; spans go to `/v1/traces` below it. Empty: there
  /// are no traces.
  std::string collector = {};
  /// Of the requests that belong to no trace yet: the part that begins one, 0 to 1.
  double ratio = 1;
  std::string service_name = "sconectl-cas";  ///< fits service_name_fault
};

}  // namespace sconectl::casd
