// Where the store keeps what, for reading, writing and verifying alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "casd/store/row_seal.hpp"
#include "casd/store/store.hpp"

namespace sconectl::casd {

/// What Store::read_row reads.
inline constexpr std::string_view version_columns =
    "SELECT name, sequence, hash, predecessor, created, salted, sealed, parent, id "
    "FROM session_versions ";

/// Nothing if there is no such session.
inline std::optional<std::string> active_hash(Connection& connection, const std::string& name) {
  Statement row = connection.prepare(
      "SELECT hash FROM session_versions WHERE name = ? ORDER BY sequence DESC LIMIT 1");
  row.bind(name);
  return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

/// The columns of a row that was read by `version_columns`; its seal vouches for them only when it
/// is opened.
inline StoredSession columns_of_version(const Statement& row) {
  StoredSession session;
  session.name = row.text(0);
  session.sequence = row.number(1);
  session.hash = row.text(2);
  session.predecessor = row.optional_text(3);
  session.created = row.number(4);
  session.salted = row.number(5) != 0;
  return session;
}

// What a seal in a row is tied to: its table and its other columns.

inline std::string version_place(const StoredSession& session) {
  return place("session_versions",
               {session.name, std::to_string(session.sequence), session.hash,
                session.predecessor ? "1" + *session.predecessor : "0",
                std::to_string(session.created), session.salted ? "salted" : "unsalted"});
}

inline std::string value_place(std::string_view session, std::string_view hash,
                               std::string_view secret) {
  return place("secret_values", {session, hash, secret});
}

inline std::string state_place(std::string_view session, std::string_view subject) {
  return place("session_states", {session, subject});
}

/// Of the root session: that a namespace is sealed, and with which key (SealedNamespaces).
inline constexpr std::string_view sealed_namespace_subject = "sealed-namespace:";

/// Not of a row: which version of a session is the newest is known under this name (RowVersions).
inline std::string newest_version_place(std::string_view name) {
  return place("newest version", {name});
}

/// With the version of a row that is replaced as a whole. The first one is written as databases of
/// schema 2 have it.
inline std::string at_version(std::string place_of_row, std::int64_t version) {
  return version == 1 ? std::move(place_of_row)
                      : std::move(place_of_row) + place("", {std::to_string(version)});
}

}  // namespace sconectl::casd
