// A network that answers from a list, and a CAS that answers from memory.
#pragma once

#include <deque>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/http.hpp"

namespace sconectl::test {

/// Calls the verification as the real one does: with the chain, before the request counts as sent.
class ScriptedHttp final : public host::Http {
 public:
  using Answer = std::function<host::HttpResponse(const host::HttpRequest&)>;

  std::vector<std::string> chain;       ///< what the server presents
  std::vector<host::HttpRequest> sent;  ///< requests that passed the verification
  std::vector<bool> with_certificate;   ///< per request: was a client certificate shown
  int attempts = 0;                     ///< connections, refused ones too
  std::deque<Answer> answers;           ///< used up from the front
  Answer otherwise;                     ///< when `answers` is empty

  using host::Http::send;
  host::HttpResponse send(const host::HttpRequest& request, const host::Tls& tls) override {
    ++attempts;
    if (!tls.verify || !tls.verify(chain))
      throw diag::Error(diag::ErrorKind::refused, "verification was not asked or said no");
    sent.push_back(request);
    with_certificate.push_back(tls.client.has_value());
    Answer answer = otherwise;
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    }
    if (!answer) throw std::logic_error("no answer is left for " + request.url);
    host::HttpResponse response = answer(request);
    response.peer_chain = chain;
    return response;
  }

  void reply(int status, std::string body) {
    answers.emplace_back([status, body = std::move(body)](const host::HttpRequest&) {
      return host::HttpResponse{status, {}, body, {}};
    });
  }
  void break_connection() {
    answers.emplace_back([](const host::HttpRequest&) -> host::HttpResponse {
      throw diag::Error(diag::ErrorKind::unavailable, "mycas:8081: connection refused");
    });
  }
};

}  // namespace sconectl::test
