#include "mesh/compose_environment.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/mesh/compose.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::mesh {
namespace {

constexpr std::string_view token_line = "SCONE_SERVICE_ACCESS_TOKEN=";
constexpr std::string_view key_line = "SCONE_CAS_KEY=";

/// What follows `start` in the line that begins with it, or "".
std::string value_in(const std::string& text, std::string_view start) {
  const auto found = ("\n" + text).find("\n" + std::string(start));
  if (found == std::string::npos) return "";
  const auto value = found + start.size();
  return text.substr(value, text.find('\n', value) - value);
}

/// A line of what `docker run --env-file` reads; it knows no quotes.
std::string line(std::string_view variable, std::string_view value) {
  if (std::any_of(value.begin(), value.end(), text::is_control))
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("a control character can not stand behind {}", variable));
  return fmt::format("{}{}\n", variable, value);
}

/// Every reader of such files takes it for itself, wherever it stands.
bool is_plain(char c) {
  return text::is_alphanumeric(c) || std::string_view("_-./:@+,=%[]~").find(c) != std::string::npos;
}

}  // namespace

std::string environment_file(const Application& application, const ServiceInstance& service) {
  std::string result = line("SCONE_CONFIG_ID=", service.config_id()) +
                       line("SCONE_CAS_ADDR=", application.cas_address);
  if (!application.cas_key.empty()) result += line(key_line, application.cas_key);
  if (!service.access_token.empty()) result += line(token_line, service.access_token);
  return result;
}

std::string access_token_in(const std::string& environment_file, const std::string& cas_key) {
  if (value_in(environment_file, key_line) != cas_key) return "";
  return value_in(environment_file, token_line);
}

void check_environment(const Application& application, const ServiceInstance& service,
                       diag::Diagnostics& out) {
  const std::string file = environment_file(application, service);
  for (const std::string_view given : text::lines(file)) {
    const auto [name, value] = text::cut(given, '=');
    if (!value || std::all_of(value->begin(), value->end(), is_plain)) continue;
    out.error(service.at(),
              fmt::format("service '{}': compose would not read {} as it is: it may hold letters, "
                          "digits and _-./:@+,=%[]~ only",
                          service.name, name));
  }
}

}  // namespace sconectl::mesh
