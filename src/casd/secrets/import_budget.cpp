#include "casd/secrets/import_budget.hpp"

#include <string>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

using diag::Error;
using diag::ErrorKind;

ImportBudget::Time ImportBudget::take(Time now) {
  if (hops_ >= most_cas_hops)
    throw Error(ErrorKind::refused, "an import goes through more than " +
                                        std::to_string(most_cas_hops) +
                                        " CASes: they may import from each other in a circle");
  if (left_ == 0)
    throw Error(ErrorKind::refused,
                "more secrets of other CASes and key vaults are needed at once than the " +
                    std::to_string(most_remote_imports >> (2 * hops_)) + " that are possible");
  --left_;
  if (!end_) end_ = now + import_patience;
  return *end_;
}

}  // namespace sconectl::casd
