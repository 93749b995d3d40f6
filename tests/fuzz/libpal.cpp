// Any bytes as Gramine's libpal.so, which is measured into an enclave; and one with any changes to
// its headers.
#include <cstddef>
#include <cstdint>
#include <string>

#include "enclave/synthetic_libpal.hpp"
#include "judged.hpp"
#include "sconectl/enclave/measurement.hpp"

namespace {

using namespace sconectl;

/// In the smallest enclave: what is measured takes time.
auto measured(std::string_view libpal) {
  return fuzz::judged([&] {
    return enclave::mr_enclave({std::uint64_t{1} << 20U, 1, true}, "", libpal, "1.9");
  });
}

/// Two bytes of the input are which byte of the headers changes, and to what.
void changed(std::string_view input) {
  constexpr std::size_t headers = 64 + std::size_t{3} * 56;
  static const std::string good = test::synthetic_libpal();
  static const auto expected = measured(good);
  fuzz::require(expected.has_value(), "the synthetic one is measured");
  std::string bytes = good;
  for (; input.size() >= 2; input.remove_prefix(2))
    bytes.at(static_cast<unsigned char>(input[0]) % headers) = input[1];
  if (bytes == good)
    fuzz::require(measured(bytes) == expected, "one libpal has one measurement");
  else
    static_cast<void>(measured(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(measured(bytes));
  changed(bytes);
  return 0;
}
