#include "sconectl/session/name.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::session {
namespace {

constexpr std::size_t longest_component = 128;
constexpr std::size_t longest_path = 512;

std::string char_text(char c) {
  const auto code = static_cast<unsigned char>(c);
  if (code < 0x20U || code >= 0x7FU) return fmt::format("the byte 0x{:02x}", code);
  return c == ' ' ? "a space" : fmt::format("'{}'", c);
}

std::string fault(std::string_view text, bool legacy) {
  if (text.empty()) return "is empty";
  if (text.size() > longest_component)
    return fmt::format("has {} characters, at most {} are allowed", text.size(), longest_component);
  for (const char c : text)
    if (!text::is_unreserved(c) && !(legacy && c == ':'))
      return fmt::format("holds {}; only letters, digits and '_', '-', '.', '~' are allowed",
                         char_text(c));
  return "";
}

}  // namespace

std::string component_fault(std::string_view text) {
  return fault(text, false);
}

std::string path_fault(std::string_view path, bool legacy) {
  if (path == "/") return "";
  if (path.empty()) return "is empty";
  if (path.size() > longest_path)
    return fmt::format("has {} bytes, at most {} are allowed", path.size(), longest_path);
  if (path.front() == '/') return "starts with '/'; write it without";
  if (path.back() == '/') return "ends with '/'";
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component == "." || component == "..")
      return fmt::format("holds '{}', which is reserved for relative references", component);
    if (const std::string wrong = fault(component, legacy); !wrong.empty())
      return slash == std::string_view::npos ? wrong
                                             : fmt::format("has a component that {}", wrong);
    if (slash == std::string_view::npos) return "";
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::string> parent(std::string_view path) {
  if (path == "/") return std::nullopt;
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

bool within(std::string_view path, std::string_view space) {
  if (space == "/" || path == space) return true;
  return path.size() > space.size() && path.starts_with(space) && path[space.size()] == '/';
}

std::string normalised(std::string_view path) {
  if (path.size() > 1 && path.front() == '/') path.remove_prefix(1);
  return std::string(path);
}

bool is_relative(std::string_view reference) {
  return reference == "." || reference == ".." || reference.starts_with("./") ||
         reference.starts_with("../");
}

std::string resolve(std::string_view base, std::string_view reference) {
  if (!is_relative(reference)) return normalised(reference);
  std::string path = base == "/" ? "" : std::string(base);
  std::string_view rest = reference;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    if (part == ".") continue;
    if (part == "..") {
      if (path.empty())
        throw diag::Error(diag::ErrorKind::invalid,
                          fmt::format("'{}' leads above the root namespace, seen from session '{}'",
                                      reference, base));
      const std::size_t last = path.rfind('/');
      path.erase(last == std::string::npos ? 0 : last);
      continue;
    }
    if (!path.empty()) path += '/';
    path += part;
  }
  return path.empty() ? "/" : path;
}

ConfigId parse_config_id(std::string_view text) {
  ConfigId id;
  const std::size_t slash = text.rfind('/');
  const auto fail = [&](std::string_view why) {
    throw diag::Error(diag::ErrorKind::invalid,
                      fmt::format("'{}' is no configuration id: {}; expected "
                                  "<session>/<service>[@<one-time password>]",
                                  text.substr(0, text.find('@')), why));
  };
  if (slash == std::string_view::npos || slash == 0) fail("it names no session");
  id.session = normalised(text.substr(0, slash));
  std::string_view service = text.substr(slash + 1);
  if (const std::size_t at = service.find('@'); at != std::string_view::npos) {
    id.otp = std::string(service.substr(at + 1));
    if (id.otp->empty()) fail("the one-time password after '@' is empty");
    service = service.substr(0, at);
  }
  id.service = service;
  if (const auto wrong = path_fault(id.session, true); !wrong.empty()) fail("the session " + wrong);
  if (const auto wrong = component_fault(service); !wrong.empty()) fail("the service " + wrong);
  return id;
}

}  // namespace sconectl::session
