#include "sconectl/cas/wire_releases.hpp"

#include <limits>

#include "json.hpp"

namespace sconectl::cas {

std::string encode(const ReleaseList& reply) {
  Json releases = Json::array();
  for (const auto& release : reply.releases)
    releases.push_back({{"time", release.time},
                        {"service", release.service},
                        {"version", release.version},
                        {"source", release.source},
                        {"secrets", release.secrets}});
  return json_text({{"total", reply.total}, {"releases", releases}});
}

ReleaseList decode_release_list(std::string_view json) {
  constexpr std::string_view what = "list of releases";
  const Json parsed = parse_json(json, what);
  const Members members(parsed, what);
  ReleaseList list;
  list.total = members.number("total", std::numeric_limits<std::int64_t>::max());
  for (const Json& element : members.array("releases")) {
    const Members release(element, "release");
    list.releases.push_back({release.text("time"), release.text("service"), release.hash("version"),
                             release.text("source"), release.texts("secrets")});
  }
  return list;
}

}  // namespace sconectl::cas
