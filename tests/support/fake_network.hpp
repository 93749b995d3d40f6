// A network that answers as a function says, and remembers what was asked.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::test {

class FakeNetwork final : public host::Http {
 public:
  using Answer = std::function<host::HttpResponse(const host::HttpRequest&)>;

  FakeNetwork() = default;
  explicit FakeNetwork(Answer its_answer) : answer(std::move(its_answer)) {}

  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& tls) override {
    {
      const std::scoped_lock lock(mutex_);
      asked.push_back(request);
      trusts.push_back(tls.trust);
      verified = verified && std::holds_alternative<host::SystemTrust>(tls.trust);
    }
    host::HttpResponse response = answer(request);
    if (request.take && response.status == 200) {
      request.take(response.body);
      response.body.clear();
    }
    return response;
  }

  static host::HttpResponse reply(int status, std::string body, host::HttpHeaders headers = {}) {
    return {status, std::move(headers), std::move(body), {}};
  }
  [[nodiscard]] std::size_t asked_of(std::string_view part) {
    const std::scoped_lock lock(mutex_);
    std::size_t count = 0;
    for (const auto& request : asked)
      count += request.url.find(part) == std::string::npos ? 0U : 1U;
    return count;
  }

  Answer answer;
  std::vector<host::HttpRequest> asked;
  std::vector<host::ServerTrust> trusts;  ///< of each that was asked
  bool verified = true;                   ///< every server had to be one that the system trusts

 private:
  std::mutex mutex_;
};

}  // namespace sconectl::test
