// Which function answers which request, and who may have the answer.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "casd/access/authorization.hpp"
#include "casd/cas_state.hpp"
#include "casd/routes/call.hpp"
#include "casd/secrets/secret_reader.hpp"
#include "sconectl/casd/service.hpp"

namespace sconectl::casd {

// The access rule of a route is the type of its function, so that no route can be without one.

/// For everybody; what the function shows is public.
struct Public {
  Response (*function)(CasState&, const Call&);
};
/// For whoever may read the session that the path names: the router looks the session up and asks,
/// before the function is called (RA-016, RA-024).
struct ForReaders {
  Response (*function)(CasState&, const Call&, const StoredSession&);
};
/// The function asks the Authorization itself, because who is asked depends on the body or on the
/// session. What it may write is guarded by SessionWritePermission.
struct AsksItself {
  Response (*function)(CasState&, const Call&, SecretReader&, const Authorization&);
};
using Access = std::variant<Public, ForReaders, AsksItself>;

enum class Ports { api, enclave, both };

/// A path with a slash at its end matches everything below it (the rest is a session name); another
/// path matches itself, with or without a slash at its end (RA-008).
struct Route {
  Route(Ports where, std::string_view verb, std::string_view at, Access rule,
        std::initializer_list<std::string_view> allowed = {})
      : ports(where), method(verb), path(at), access(rule), parameters(allowed) {}

  Ports ports;
  std::string_view method;
  std::string_view path;
  Access access;
  /// Query parameters that the function understands; others are refused by name.
  std::vector<std::string_view> parameters;
};

[[nodiscard]] std::span<const Route> routes();

/// Finds the route and runs it. Throws the Error that the caller gets.
[[nodiscard]] Response answer(CasState& state, const Request& request);

}  // namespace sconectl::casd
