#include "sconectl/cas/backup_facts.hpp"

#include <limits>

#include "json.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::cas {

namespace {

constexpr std::uint64_t backup_format = 1;
constexpr std::uint64_t most_of_any = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::string encode(const BackupFacts& facts) {
  return json_text({{"format", backup_format},
                    {"cas_key_hash", facts.cas_key_hash},
                    {"created", facts.created},
                    {"commits", facts.commits},
                    {"versions", facts.versions}});
}

BackupFacts decode_backup_facts(std::string_view json) {
  const Json parsed = parse_json(json, "description of a backup");
  const Members members(parsed, "description of a backup");
  if (members.number("format", most_of_any) != backup_format)
    throw diag::Error(diag::ErrorKind::unsupported, "the backup is one of a newer program");
  return {members.text("cas_key_hash"), members.text("created"),
          static_cast<std::int64_t>(members.number("commits", most_of_any)),
          static_cast<std::int64_t>(members.number("versions", most_of_any))};
}

}  // namespace sconectl::cas
