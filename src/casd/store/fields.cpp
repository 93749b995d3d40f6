#include "casd/store/fields.hpp"

#include <charconv>

#include "sconectl/diag/error.hpp"

namespace sconectl::casd {

crypto::Secret join_fields(std::initializer_list<std::string_view> fields) {
  std::size_t size = 0;
  for (const auto field : fields) size += field.size() + 21;
  std::string joined;
  joined.reserve(size);  // no growth: nothing is left behind in freed memory
  for (const auto field : fields) {
    joined += std::to_string(field.size());
    joined += ':';
    joined += field;
  }
  return crypto::Secret::adopt(std::move(joined));
}

namespace {

diag::Error damaged_fields() {
  return {diag::ErrorKind::failed, "a stored value of the CAS is damaged"};
}

}  // namespace

std::vector<std::string_view> split_fields(std::string_view joined) {
  std::vector<std::string_view> fields;
  while (!joined.empty()) {
    std::size_t size = 0;
    const auto [end, status] = std::from_chars(joined.data(), joined.data() + joined.size(), size);
    const auto digits = static_cast<std::size_t>(end - joined.data());
    if (status != std::errc() || digits >= joined.size() || joined[digits] != ':' ||
        size > joined.size() - digits - 1)
      throw damaged_fields();
    fields.push_back(joined.substr(digits + 1, size));
    joined.remove_prefix(digits + 1 + size);
  }
  return fields;
}

std::vector<std::string_view> split_fields(std::string_view joined, std::size_t count) {
  auto fields = split_fields(joined);
  if (fields.size() != count) throw damaged_fields();
  return fields;
}

}  // namespace sconectl::casd
