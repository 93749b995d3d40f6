#include "azure/entra_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "azure/json.hpp"

namespace sconectl::azure {
namespace {

struct Row {
  std::uint64_t number;
  const char* meaning;
};
constexpr std::array meanings{
    Row{7000215, "the client secret is wrong; often the ID of the secret was taken for its value"},
    Row{7000222, "the client secret has ended; make a new one and update the session"},
    Row{7000218, "no client secret and no assertion was sent"},
    Row{700027,
        "the certificate of this thumbprint is not registered for the application, or the "
        "private key is another's"},
    Row{700024, "the assertion is not valid now: is the clock of this CAS right?"},
    Row{50027, "the assertion is malformed, or for another tenant's endpoint"},
    Row{700016, "the tenant has no application with this client_id"},
    Row{90002, "there is no such tenant: tenant_id is wrong, or of another cloud"},
    Row{900144, "a parameter was missing"},
    Row{9002313, "the request was malformed"},
    Row{70011, "the scope is wrong"},
    Row{1002012, "the scope is wrong"},
    Row{500011, "the tenant does not know the service that the token is for"},
    Row{70003, "the application may not ask for tokens of its own (client credentials)"},
    Row{7000112, "the application is disabled"},
    Row{53003, "a conditional access policy of the tenant refuses"},
    Row{50196, "too many equal requests were made; Entra ID refuses for a while"},
    Row{90055, "too many requests were made"},
    Row{90033, "Entra ID is out of order for the moment"},
    Row{90006, "Entra ID is out of order for the moment"},
};

std::uint64_t number_in(std::string_view body) {
  try {
    const auto error = parse_json(body, "error of Entra ID");
    const auto codes = error.find("error_codes");
    if (codes != error.end() && codes->is_array() && !codes->empty() &&
        codes->front().is_number_unsigned())
      return codes->front().get<std::uint64_t>();
  } catch (const diag::Error&) {  // a page of a proxy, say
  }
  return 0;
}

}  // namespace

std::string entra_reason(int status, std::string_view body) {
  const auto number = number_in(body);
  if (number == 0) return fmt::format("it answers with status {}", status);
  const auto* row = std::find_if(meanings.begin(), meanings.end(),
                                 [&](const Row& each) { return each.number == number; });
  return fmt::format(
      "AADSTS{}: {}", number,
      row == meanings.end() ? "see https://login.microsoftonline.com/error" : row->meaning);
}

}  // namespace sconectl::azure
