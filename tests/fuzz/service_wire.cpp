// Any bytes as what a service and its CAS say to each other, as an attestation report, and as the
// setting of a secret for secret_prov.
#include <cstddef>
#include <cstdint>
#include <string>

#include "casd/secret_prov/listeners.hpp"
#include "require.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/cas/wire_running.hpp"
#include "sconectl/cas/wire_service.hpp"
#include "sconectl/diag/error.hpp"

namespace {

using namespace sconectl;

std::string_view text_of(const std::string& text) {
  return text;
}
std::string_view text_of(const crypto::Secret& text) {
  return text.view();
}

/// What can be read is written in one way, which can be read.
template <typename Decode>
void both_ways(const std::string& text, Decode decode) {
  try {
    const auto read = decode(text);
    const auto written = cas::encode(read);
    const auto again = cas::encode(decode(text_of(written)));
    fuzz::require(text_of(again) == text_of(written), "what was read is written as it is", text);
  } catch (const diag::Error& error) {
    fuzz::require(error.kind() == diag::ErrorKind::invalid, "what can not be read is invalid");
  }
}

void listener(const std::string& text) {
  try {
    const auto read = casd::parse_secret_listener(text);
    std::string written = read.address;
    if (!read.server_name.empty()) written += "/" + read.server_name;
    written += "=" + read.config_id + ":" + read.secret.name;
    if (!read.secret.suffix.empty()) written += ":" + read.secret.suffix;
    const auto again = casd::parse_secret_listener(written);
    fuzz::require(again.address == read.address && again.server_name == read.server_name &&
                      again.config_id == read.config_id && again.secret == read.secret,
                  "a listener is what it says", text + "\n" + written);
    const std::vector<casd::SecretListener> all{read};
    fuzz::require(casd::listener_for(all, read.server_name) == all.data(), "it serves its name");
    fuzz::require(
        (casd::listener_for(all, "another..name") == nullptr) == !read.server_name.empty(),
        "only one without a name serves all others");
  } catch (const diag::Error& error) {
    fuzz::require(error.kind() == diag::ErrorKind::usage, "a wrong setting is one of usage");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  both_ways(text, [](std::string_view json) { return cas::decode_challenge(json); });
  both_ways(text, [](std::string_view json) { return cas::decode_config_request(json); });
  both_ways(text, [](std::string_view json) { return cas::decode_config_reply(json); });
  both_ways(text, [](std::string_view json) { return cas::decode_configuration(json); });
  both_ways(text, [](std::string_view json) { return cas::decode_attestation_report(json); });
  both_ways(text, [](std::string_view json) { return cas::decode_attest_request(json); });
  listener(text);
  return 0;
}
