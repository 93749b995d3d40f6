#include "casd/store/row_seal.hpp"

#include "sconectl/crypto/seal.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

std::string place(std::string_view table, std::initializer_list<std::string_view> columns) {
  std::string result(table);
  for (const auto column : columns) {
    result += '/';
    result += std::to_string(column.size());
    result += ':';
    result += column;
  }
  return result;
}

std::string RowSeal::seal(std::string_view plaintext, std::string_view place) const {
  return crypto::seal(key_.view(), plaintext, place);
}

crypto::Secret RowSeal::open(std::string_view sealed, std::string_view place) const {
  try {
    return crypto::open(key_.view(), sealed, place);
  } catch (const diag::Error&) {
    throw diag::Error(
        diag::ErrorKind::failed,
        "the CAS database was changed from outside, or its key file belongs to another "
        "database",
        {"an entry of table " + std::string(place.substr(0, place.find('/'))) + " does not open"});
  }
}

}  // namespace sconectl::casd
