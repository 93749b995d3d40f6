// `GET /metrics` for Prometheus: plain HTTP on an address of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

namespace sconectl::casd {

/// Answers in one thread of its own, which may wait for what it tells: requests to the CAS do not
/// notice it. Whoever reaches the address is answered.
class MetricsListener {
 public:
  /// Makes the text of a scrape.
  using Scrape = std::function<std::string()>;

  /// Listens on `ip:port` or `[v6]:port`; port 0 picks a free one. Throws Error{unavailable}, or
  /// Error{usage} for a text that is no such address. `scrape` is called until the end of this.
  MetricsListener(const std::string& address, Scrape scrape);
  ~MetricsListener();
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

  /// With the real port.
  [[nodiscard]] const std::string& address() const;

  struct Loop;

 private:
  std::unique_ptr<Loop> loop_;
};

}  // namespace sconectl::casd
