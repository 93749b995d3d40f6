#include "casd/store/active_index.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"

namespace sconectl::casd {

namespace {

constexpr std::size_t most_index_bytes = std::size_t{1} << 30U;
constexpr std::string_view form = "active-1\n";

std::string index_place() {
  return place("index", {"active"});
}

void put_number(std::string& bytes, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> shift & 0xffU);
}

void put_text(std::string& bytes, std::string_view text) {
  put_number(bytes, static_cast<std::int64_t>(text.size()));
  bytes += text;
}

/// Takes numbers and texts from the front of sealed bytes, which have the right form.
struct ByteReader {
  std::string_view rest;

  std::string_view bytes(std::size_t size) {
    if (rest.size() < size) throw diag::Error(diag::ErrorKind::failed, "cas.index is too short");
    const auto taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  }
  std::int64_t number() {
    std::uint64_t result = 0;
    for (const char byte : bytes(8)) result = result << 8U | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(result);
  }
  std::string_view text() { return bytes(static_cast<std::size_t>(number())); }
};

/// One read transaction: everything in it is of the same moment.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection) : connection_(connection) {
    connection_.begin_reading();
  }
  ~Snapshot() {
    try {
      connection_.execute("COMMIT");
    } catch (const std::exception&) {  // nothing was written
    }
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& connection_;
};

ActiveIndex::Moment moment_of(Connection& connection, const IntegrityCounters& counters) {
  const auto sealed = counters.sealed(connection);
  ActiveIndex::Moment moment;
  moment.commits = sealed.commits.value_or(0);
  moment.rows = sealed.rows.at("session_versions");
  Statement last =
      connection.prepare("SELECT id, sealed FROM session_versions ORDER BY id DESC LIMIT 1");
  if (last.step()) {
    moment.last_row = last.number(0);
    moment.last_seal = seal_end(last.text(1));
  }
  return moment;
}

}  // namespace

void ActiveIndex::write(const std::filesystem::path& path, const RowSeal& seal,
                        const IntegrityCounters& counters, Connection& connection) {
  const Snapshot snapshot(connection);
  const auto moment = moment_of(connection, counters);
  std::string bytes(form);
  for (const auto number : {moment.commits, moment.rows, moment.last_row})
    put_number(bytes, number);
  put_text(bytes, moment.last_seal);
  // SQLite takes `id` from the row that has the maximum, and sorts text bytewise.
  Statement row = connection.prepare(
      "SELECT name, max(sequence), id FROM session_versions GROUP BY name ORDER BY name");
  std::string before;
  std::int64_t versions = 0;
  for (; row.step(); versions += row.number(1)) {
    auto name = row.text(0);
    if (name <= before) throw damaged("names are not in their order");
    put_text(bytes, name);
    put_number(bytes, row.number(1));
    put_number(bytes, row.number(2));
    before = std::move(name);
  }
  // Each name has versions from 1 on, and none is missing.
  if (versions != moment.rows) throw entries_missing();
  host::system_files()->write(path, seal.seal(bytes, index_place()), 0600,
                              host::Durability::cached);
}

std::optional<ActiveIndex> ActiveIndex::read(const std::filesystem::path& path,
                                             const RowSeal& seal) {
  try {
    const auto sealed = host::system_files()->read_if_exists(path, most_index_bytes);
    if (!sealed) return std::nullopt;
    ActiveIndex index;
    index.bytes_ = seal.open(*sealed, index_place());
    ByteReader reader{index.bytes_.view()};
    if (reader.bytes(form.size()) != form) return std::nullopt;
    index.moment_.commits = reader.number();
    index.moment_.rows = reader.number();
    index.moment_.last_row = reader.number();
    index.moment_.last_seal = reader.text();
    while (!reader.rest.empty()) {
      Entry entry;
      entry.name = reader.text();
      entry.position.sequence = reader.number();
      entry.position.row = reader.number();
      index.entries_.push_back(entry);
    }
    return index;
  } catch (const diag::Error&) {  // damaged, or of another key
    return std::nullopt;
  }
}

std::optional<ActiveIndex::Position> ActiveIndex::find(std::string_view name) const {
  if (const auto found = newer_.find(name); found != newer_.end()) return found->second;
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), name,
      [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
  if (found == entries_.end() || found->name != name) return std::nullopt;
  return found->position;
}

}  // namespace sconectl::casd
