#include "casd/provisioning/releases.hpp"

#include "casd/store/fields.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::casd {

namespace {

constexpr const char* releases_subject = "releases";
constexpr std::size_t most_bytes_of_releases = std::size_t{256} << 10U;
/// Of one release; how many more there were is the last word.
constexpr std::size_t most_names = 100;

crypto::Secret encode_releases(const Releases::List& list) {
  auto result = join_fields({std::to_string(list.total)});
  for (const auto& release : list.releases) {
    crypto::Secret names;
    for (const auto& name : release.secrets) names.append(join_fields({name}).view());
    result.append(join_fields({std::to_string(release.time), release.service, release.version,
                               release.source, names.view()})
                      .view());
  }
  return result;
}

Releases::List decode_releases(std::string_view stored) {
  constexpr std::size_t fields_of_release = 5;
  Releases::List list;
  const auto fields = split_fields(stored);
  if (fields.empty()) return list;
  list.total = text::number<std::int64_t>(fields[0]).value_or(0);
  for (std::size_t at = 1; at + fields_of_release <= fields.size(); at += fields_of_release) {
    Release release{.time = text::number<std::int64_t>(fields[at]).value_or(0),
                    .service = std::string(fields[at + 1]),
                    .version = std::string(fields[at + 2]),
                    .source = std::string(fields[at + 3])};
    for (const auto name : split_fields(fields[at + 4])) release.secrets.emplace(name);
    list.releases.push_back(std::move(release));
  }
  return list;
}

}  // namespace

std::vector<Store::StateChange> Releases::changes(Release release) const {
  if (!kept_ || release.secrets.empty()) return {};
  if (const auto count = release.secrets.size(); count > most_names) {
    release.secrets.erase(std::next(release.secrets.begin(), most_names), release.secrets.end());
    release.secrets.insert("and " + std::to_string(count - most_names) + " more");
  }
  release.time =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  return {{releases_subject, [release](std::optional<std::string_view> stored) {
             auto list = decode_releases(stored.value_or(""));
             ++list.total;
             list.releases.push_back(release);
             if (list.releases.size() > most) list.releases.erase(list.releases.begin());
             auto encoded = encode_releases(list);
             while (encoded.size() > most_bytes_of_releases && list.releases.size() > 1) {
               const auto half = static_cast<std::ptrdiff_t>(list.releases.size() / 2);
               list.releases.erase(list.releases.begin(), list.releases.begin() + half);
               encoded = encode_releases(list);
             }
             return std::optional(std::move(encoded));
           }}};
}

Releases::List Releases::of(const std::string& session) const {
  const auto stored = store_.state(session, releases_subject);
  return decode_releases(stored ? stored->view() : std::string_view());
}

}  // namespace sconectl::casd
