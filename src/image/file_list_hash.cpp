// The one thing that a build finds out about a native image from inside: apart from the rest,
// because the launcher does it, which is small.
#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/image/facts.hpp"

namespace sconectl::image {

std::string with_file_list(const std::string& service_json, const std::string& hash) {
  auto json = nlohmann::ordered_json::parse(service_json, nullptr, false);
  if (!json.is_object() || !json.contains("format"))
    throw diag::Error(diag::ErrorKind::invalid, "policy/service.json can not be read");
  json["file_list"] = hash;
  return json.dump(2) + "\n";
}

}  // namespace sconectl::image
