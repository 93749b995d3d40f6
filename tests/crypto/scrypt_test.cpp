#include "sconectl/crypto/scrypt.hpp"

#include <gtest/gtest.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::crypto {
namespace {

TEST(Scrypt, gives_the_vectors_of_RFC_7914) {
  EXPECT_EQ(hex(scrypt("", "", {16, 1, 1}, 64).view()),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  EXPECT_EQ(hex(scrypt("password", "NaCl", {1024, 8, 16}, 64).view()),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
}

TEST(Scrypt, refuses_costs_that_are_none_or_too_high) {
  for (const ScryptCost cost : {ScryptCost{0, 8, 1}, ScryptCost{3, 8, 1}, ScryptCost{16, 0, 1},
                                ScryptCost{16, 1, 0}, ScryptCost{1U << 30U, 8, 1}}) {
    EXPECT_THROW(static_cast<void>(scrypt("password", "salt", cost, 32)), diag::Error) << cost.n;
  }
}

}  // namespace
}  // namespace sconectl::crypto
