#include <fmt/core.h>

#include "attest/byte_reader.hpp"
#include "sconectl/attest/snp_verdict.hpp"

namespace sconectl::attest {
namespace {

constexpr std::size_t turin_chip_bytes = 8;

}  // namespace

SnpNeed snp_need(const SnpReport& report) {
  if (!report.cpu)
    unreadable("report",
               "of version 2, which does not say its processor: its certificates have to "
               "come with it");
  const auto product = product_of(*report.cpu);
  if (!product)
    unreadable("report", fmt::format("a processor of family {:#x}, model {:#x} is not known",
                                     report.cpu->family, report.cpu->model));
  const auto tcb = snp_tcb(report.reported_tcb, *product);
  if (!tcb) unreadable("report", "reserved bytes of its REPORTED_TCB are not zero");
  SnpNeed need{*product, report.signing_key, report.chip_id, *tcb};
  if (*product == SnpProduct::turin) need.chip_id.resize(turin_chip_bytes);
  if (all_zero(need.chip_id)) need.chip_id.clear();
  return need;
}

}  // namespace sconectl::attest
