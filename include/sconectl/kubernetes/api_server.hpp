// Requests to the API server of a cluster.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "sconectl/host/files.hpp"
#include "sconectl/host/http.hpp"
#include "sconectl/kubernetes/cluster.hpp"

namespace sconectl::kubernetes {

/// Sends the credentials of a Cluster along. Error{unavailable} if the server can not be reached or
/// breaks off; any answer is an answer. A `target` is a path, with its query.
class ApiServer {
 public:
  /// `http` and `files` must outlive the object.
  ApiServer(host::Http& http, const host::Files& files, Cluster cluster);

  [[nodiscard]] host::HttpResponse get(const std::string& target,
                                       std::chrono::milliseconds timeout = default_timeout);
  [[nodiscard]] host::HttpResponse post(const std::string& target, std::string object);
  [[nodiscard]] host::HttpResponse patch(const std::string& target, std::string merge_patch);

 private:
  static constexpr std::chrono::seconds default_timeout{60};
  [[nodiscard]] host::HttpResponse send(host::HttpRequest request);

  host::Http& http_;
  const host::Files& files_;
  Cluster cluster_;
  host::Tls tls_;
};

/// Throws what a status other than the hoped-for one means: Error{unavailable} where it may pass
/// (404, 408, 429, 5xx), Error{unauthenticated} and Error{refused} for 401 and 403, Error{failed}
/// for the rest, each with the server's reason. `doing` ends "when asked to …".
[[noreturn]] void throw_status(const host::HttpResponse& response, std::string_view doing);

/// Text as a part of a path or query.
[[nodiscard]] std::string encoded(std::string_view text);

}  // namespace sconectl::kubernetes
