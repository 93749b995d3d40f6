// Any bytes as a request to the CAS: it is answered in the published form, and never with "internal
// error". The first byte chooses method, port and caller, the first line is the target, the rest
// the body.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "require.hpp"
#include "sconectl/cas/identity.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/diag/error.hpp"

namespace {

using namespace sconectl;

struct Cas {
  Cas() {
    char directory[] = "/tmp/sconectl-fuzz-XXXXXX";
    fuzz::require(mkdtemp(directory) != nullptr, "a directory for the CAS");
    data = directory;
    service = std::make_unique<casd::Service>(casd::ServiceOptions{data}, *clock);
  }
  ~Cas() {
    service.reset();
    std::filesystem::remove_all(data);
  }
  Cas(const Cas&) = delete;
  Cas& operator=(const Cas&) = delete;

  std::filesystem::path data;
  std::unique_ptr<host::Clock> clock = host::system_clock();
  std::unique_ptr<casd::Service> service;
  std::string caller = cas::make_identity().certificate.pem();
};

casd::Request request_of(std::string_view bytes, const std::string& caller) {
  constexpr std::array<const char*, 4> methods{"GET", "POST", "PUT", "DELETE"};
  constexpr std::array<const char*, 4> types{"", "application/json", "application/yaml",
                                             "text/plain"};
  casd::Request request;
  const auto choice = bytes.empty() ? 0U : static_cast<unsigned char>(bytes.front());
  request.method = methods.at(choice & 3U);
  request.content_type = types.at((choice >> 2U) & 3U);
  request.port = (choice & 16U) != 0 ? casd::Port::enclave : casd::Port::api;
  if ((choice & 32U) != 0) request.peer.certificate_pem = caller;
  bytes.remove_prefix(bytes.empty() ? 0 : 1);
  const auto end = std::min(bytes.find('\n'), bytes.size());
  request.target = bytes.substr(0, end);
  request.body = bytes.substr(std::min(end + 1, bytes.size()));
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Cas cas;
  const casd::Request request = request_of({reinterpret_cast<const char*>(data), size}, cas.caller);
  const casd::Response response = cas.service->handle(request);
  fuzz::require(response.status >= 200 && response.status < 600 && response.status != 500,
                "a status of the interface", request.target + "\n" + response.body);
  if (response.status < 400) return 0;
  try {
    fuzz::require(!cas::decode_error_body(response.body).msg.empty(), "a reason", response.body);
  } catch (const diag::Error& error) {
    fuzz::require(false, "an error in the published form", error.text() + "\n" + response.body);
  }
  return 0;
}
