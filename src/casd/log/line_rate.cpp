#include "casd/log/line_rate.hpp"

namespace sconectl::casd {

bool LineRate::admit(std::string_view kind, Time now) {
  auto found = kinds_.find(kind);
  if (found == kinds_.end())
    found = kinds_.emplace(kind, Second{now + std::chrono::seconds(1)}).first;
  return ++found->second.lines <= most_;
}

std::vector<LinesLeftOut> LineRate::left_out(Time now) {
  std::vector<LinesLeftOut> result;
  for (auto each = kinds_.begin(); each != kinds_.end();) {
    const auto& [kind, second] = *each;
    if (now < second.end) {
      ++each;
      continue;
    }
    if (second.lines > most_) result.push_back({kind, second.lines - most_});
    each = kinds_.erase(each);  // the next line of this kind begins a new second
  }
  return result;
}

}  // namespace sconectl::casd
