#include "sconectl/cas/wire_denials.hpp"

#include "json.hpp"

namespace sconectl::cas {

std::string encode(const DenialInfo& denial) {
  Json reasons = Json::array();
  for (const auto& reason : denial.reasons)
    reasons.push_back(
        {{"text", reason.text}, {"change", reason.change}, {"weakens", reason.weakens}});
  return json_text({{"id", denial.id},
                    {"time", denial.time},
                    {"session", denial.session},
                    {"version", denial.version},
                    {"service", denial.service},
                    {"source", denial.source},
                    {"step", denial.step},
                    {"reasons", reasons}});
}

DenialInfo decode_denial(std::string_view json) {
  constexpr std::string_view what = "denial";
  const Json parsed = parse_json(json, what);
  const Members members(parsed, what);
  DenialInfo denial{members.text("id"),      members.text("time"),
                    members.text("session"), members.hash("version"),
                    members.text("service"), members.text("source"),
                    members.text("step"),    {}};
  for (const Json& element : members.array("reasons")) {
    const Members reason(element, "reason");
    denial.reasons.push_back({reason.text("text"), reason.text("change"), reason.text("weakens")});
  }
  return denial;
}

}  // namespace sconectl::cas
