// What is told about writes outside of the database.
#pragma once

#include <string>
#include <vector>

namespace sconectl::casd {

/// What a write has to be told with, one text each.
using Notes = std::vector<std::string>;

/// Told of the store's transactions by its writer, one after the other, in one thread.
class Journal {
 public:
  /// A state of the root session, to be stored in the same transaction.
  struct State {
    std::string subject;
    std::string value;
  };

  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  /// Before the end of a transaction: the notes of all that was written in it, in this order. What
  /// it throws undoes the transaction.
  [[nodiscard]] virtual std::vector<State> tell(const Notes& notes) = 0;
  /// The transaction that it was told of last is on the disk, or was undone.
  virtual void ended(bool stored) noexcept = 0;
};

}  // namespace sconectl::casd
