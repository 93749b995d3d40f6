#include "casd/store/copy_rows.hpp"

#include <array>

namespace sconectl::casd {

namespace {

enum class Column { text, bytes, number };

struct Table {
  const char* read;
  const char* write;
  std::array<Column, 8> columns;
  std::size_t count;
};

constexpr auto as_text = Column::text;
constexpr auto as_bytes = Column::bytes;
constexpr auto as_number = Column::number;

/// Ids are not copied: their order is what counts.
constexpr std::array tables{
    Table{"SELECT name, parent, sequence, hash, predecessor, created, salted, sealed "
          "FROM session_versions ORDER BY id",
          "INSERT INTO session_versions (name, parent, sequence, hash, predecessor, created, "
          "salted, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          {as_text, as_text, as_number, as_text, as_text, as_number, as_number, as_bytes},
          8},
    Table{"SELECT session, hash, secret, sealed, version FROM secret_values ORDER BY id",
          "INSERT INTO secret_values (session, hash, secret, sealed, version) "
          "VALUES (?, ?, ?, ?, ?)",
          {as_text, as_text, as_text, as_bytes, as_number},
          5},
    Table{"SELECT session, subject, sealed, version FROM session_states ORDER BY session, subject",
          "INSERT INTO session_states (session, subject, sealed, version) VALUES (?, ?, ?, ?)",
          {as_text, as_text, as_bytes, as_number},
          4},
    Table{"SELECT name, sealed FROM facts ORDER BY name",
          "INSERT INTO facts (name, sealed) VALUES (?, ?)",
          {as_text, as_bytes},
          2}};

void bind_column(Statement& to, const Statement& from, Column type, int column) {
  switch (type) {
    case Column::text:
      to.bind(from.optional_text(column));
      return;
    case Column::bytes:
      to.bind(Blob{from.text(column)});
      return;
    case Column::number:
      to.bind(from.number(column));
      return;
  }
}

}  // namespace

void copy_rows(Connection& from, Connection& to) {
  for (const auto& table : tables) {
    for (Statement row = from.prepare(table.read); row.step();) {
      Statement copy = to.prepare(table.write);
      for (std::size_t i = 0; i < table.count; ++i)
        bind_column(copy, row, table.columns[i], static_cast<int>(i));
      copy.run();
    }
  }
}

}  // namespace sconectl::casd
