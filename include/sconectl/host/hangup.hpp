// SIGHUP: "read your files anew".
#pragma once

#include <functional>
#include <memory>

namespace sconectl::host {

/// While the object lives, SIGHUP does not end the process: `act` is called, in a thread of its
/// own. There can be one at a time.
class HangupWatch {
 public:
  explicit HangupWatch(std::function<void()> act);
  HangupWatch(const HangupWatch&) = delete;
  HangupWatch& operator=(const HangupWatch&) = delete;
  ~HangupWatch();

 private:
  struct Watching;
  std::unique_ptr<Watching> watching_;
};

}  // namespace sconectl::host
