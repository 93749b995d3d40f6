#include "casd/provisioning/file_system_state.hpp"

#include <algorithm>

#include "casd/store/fields.hpp"
#include "sconectl/cas/wire.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

namespace {

using diag::Error;
using diag::ErrorKind;

/// Copies of a service that were not heard of for longest are forgotten beyond this; one of them
/// has to start from the session's tag again.
constexpr std::size_t most_reported = 256;
constexpr std::size_t instance_bytes = 16;
constexpr std::size_t one_tag_bytes = 16;

Error not_fresh(const std::string& why) {
  return {ErrorKind::refused, std::string(cas::message::fspf_tag_replayed), {why}};
}

std::optional<std::string> newest(const FileSystemState& state,
                                  const std::optional<std::string>& initial) {
  return state.reported.empty() ? initial : std::optional(state.reported.front().tag);
}

/// The newest report is first.
void put_first(std::vector<ReportedTag>& reported, std::vector<ReportedTag>::iterator replaced,
               ReportedTag report) {
  if (replaced != reported.end()) reported.erase(replaced);
  reported.insert(reported.begin(), std::move(report));
  if (reported.size() > most_reported) reported.resize(most_reported);
}

void follow(FileSystemState& state, const std::optional<std::string>& initial,
            const NewTag& fresh) {
  const auto before = newest(state, initial);
  if (fresh.previous != before)
    throw not_fresh(!before           ? "the volume was not made yet, and the service had one"
                    : !fresh.previous ? "the volume exists already: it can be made only once"
                                      : "its state is not the newest one that the CAS knows");
  state.reported = {{fresh.instance, fresh.tag}};
}

/// An instance goes on from its own newest state. Its first report takes over the state of the one
/// that it continues, or starts beside the others from the session's tag.
void follow_instance(FileSystemState& state, const std::optional<std::string>& initial,
                     const NewTag& fresh) {
  auto& reported = state.reported;
  const auto own = std::find_if(reported.begin(), reported.end(), [&](const ReportedTag& report) {
    return report.instance == fresh.instance;
  });
  if (own != reported.end()) {
    if (fresh.previous != own->tag)
      throw not_fresh("its state is not the newest one that this instance reported");
    return put_first(reported, own, {fresh.instance, fresh.tag});
  }
  const auto continued =
      std::find_if(reported.begin(), reported.end(),
                   [&](const ReportedTag& report) { return report.tag == fresh.previous; });
  if (continued == reported.end() && fresh.previous != initial)
    throw not_fresh("its state is neither that of the session nor the newest one of an instance");
  put_first(reported, continued, {fresh.instance, fresh.tag});
}

}  // namespace

crypto::Secret encode(const FileSystemState& state) {
  std::string reported;
  for (const auto& report : state.reported) reported += report.instance + report.tag;
  return join_fields({state.source, state.key.view(), reported});
}

FileSystemState decode_file_system_state(std::optional<std::string_view> stored,
                                         const std::string& source) {
  FileSystemState state;
  state.source = source;
  if (!stored) return state;
  const auto fields = split_fields(*stored, 3);
  if (fields[0] != source) return state;
  state.key = crypto::Secret(fields[1]);
  for (auto rest = fields[2]; !rest.empty(); rest.remove_prefix(instance_bytes + one_tag_bytes)) {
    if (rest.size() < instance_bytes + one_tag_bytes)
      throw Error(ErrorKind::failed, "the stored state of a file system is damaged");
    state.reported.push_back({std::string(rest.substr(0, instance_bytes)),
                              std::string(rest.substr(instance_bytes, one_tag_bytes))});
  }
  return state;
}

std::vector<std::string> acceptable_tags(const FileSystemState& state, TagRule rule,
                                         const std::optional<std::string>& initial) {
  std::vector<std::string> tags;
  const auto add = [&tags](const std::string& tag) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  };
  if (rule == TagRule::reinitializable) {
    for (const auto& report : state.reported) add(report.tag);
    if (initial) add(*initial);
  } else if (const auto tag = newest(state, initial)) {
    add(*tag);
  }
  return tags;
}

bool update(FileSystemState& state, TagRule rule, const std::optional<std::string>& initial,
            const NewTag& fresh) {
  const ReportedTag report{fresh.instance, fresh.tag};
  if (std::find(state.reported.begin(), state.reported.end(), report) != state.reported.end())
    return false;
  switch (rule) {
    case TagRule::fixed:
      return false;
    case TagRule::any:
      state.reported = {report};
      break;
    case TagRule::linear:
      follow(state, initial, fresh);
      break;
    case TagRule::reinitializable:
      follow_instance(state, initial, fresh);
      break;
  }
  return true;
}

}  // namespace sconectl::casd
