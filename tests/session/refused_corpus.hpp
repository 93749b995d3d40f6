// Sessions of the corpus that are refused, each with the reason that a person would give.
#pragma once

#include <map>
#include <string>

namespace sconectl::session::test {

struct Refused {
  std::string error;   ///< part of our message
  std::string reason;  ///< what is wrong with the file
};

inline const std::map<std::string, Refused>& refused_corpus() {
  static const std::map<std::string, Refused> list{};
  return list;
}

}  // namespace sconectl::session::test
