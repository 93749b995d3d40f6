#include "sconectl/cas/wire_leases.hpp"

#include <limits>

#include "json.hpp"

namespace sconectl::cas {

std::string encode(const LeaseList& reply) {
  Json leases = Json::array();
  for (const auto& lease : reply.leases)
    leases.push_back({{"lease", lease.lease},
                      {"service", lease.service},
                      {"version", lease.version},
                      {"source", lease.source},
                      {"granted", lease.granted},
                      {"expires", lease.expires}});
  return json_text({{"leases", leases}});
}

LeaseList decode_lease_list(std::string_view json) {
  const Json parsed = parse_json(json, "list of leases");
  LeaseList list;
  for (const Json& element : Members(parsed, "list of leases").array("leases")) {
    const Members lease(element, "lease");
    list.leases.push_back({lease.text("lease"), lease.text("service"), lease.hash("version"),
                           lease.text("source"), lease.text("granted"), lease.text("expires")});
  }
  return list;
}

std::string encode(const LeasesRevoked& reply) {
  return json_text({{"revoked", reply.revoked}});
}

std::string encode(const SessionDeleted& reply) {
  return json_text({{"hash", reply.hash}, {"importers", reply.importers}});
}

SessionDeleted decode_session_deleted(std::string_view json) {
  const Json parsed = parse_json(json, "reply to a deletion");
  const Members members(parsed, "reply to a deletion");
  return {members.hash("hash"), members.texts_or_none("importers")};
}

LeasesRevoked decode_leases_revoked(std::string_view json) {
  const Json parsed = parse_json(json, "reply to a revocation");
  return {Members(parsed, "reply to a revocation")
              .number("revoked", std::numeric_limits<std::uint32_t>::max())};
}

}  // namespace sconectl::cas
