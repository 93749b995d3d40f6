#include "sconectl/azure/deadline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sconectl/crypto/secret.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::azure {

using diag::Error;
using diag::ErrorKind;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds first_pause{1'000};
constexpr milliseconds longest_pause{16'000};
constexpr milliseconds longest_connect{5'000};

bool is_busy(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/// Bodies and headers hold credentials.
class Wiped {
 public:
  explicit Wiped(host::HttpRequest& request) : request_(request) {}
  ~Wiped() {
    crypto::wipe(request_.body);
    for (auto& header : request_.headers) crypto::wipe(header.second);
  }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;

 private:
  host::HttpRequest& request_;
};

/// Seconds; a date is not worth a clock that may differ.
milliseconds pause_after(const host::HttpResponse& response, milliseconds otherwise) {
  const auto seconds = text::number<std::uint32_t>(response.header("Retry-After"));
  if (!seconds) return otherwise;
  return std::max<milliseconds>(std::chrono::seconds(*seconds), milliseconds(100));
}

}  // namespace

host::HttpResponse send_in_time(host::Http& http, host::Clock& clock, host::HttpRequest request,
                                std::string_view service, const Deadline& deadline,
                                const host::Tls& tls) {
  request.way = host::Way::outside;
  const Wiped wiped(request);
  milliseconds pause = first_pause;
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - clock.steady());
    if (left.count() <= 0)
      throw Error(ErrorKind::unavailable, fmt::format("{} did not answer in time", service));
    request.timeout = left;
    request.connect_timeout = std::min(left, longest_connect);
    host::HttpResponse response;
    try {
      response = http.send(request, tls);
    } catch (const Error& error) {
      throw error.within(fmt::format("{} can not be asked", service));
    }
    const auto wait = pause_after(response, pause);
    if (!is_busy(response.status) || clock.steady() + wait >= deadline) return response;
    clock.sleep(wait);
    pause = std::min(pause * 2, longest_pause);
  }
}

}  // namespace sconectl::azure
