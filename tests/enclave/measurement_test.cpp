#include "sconectl/enclave/measurement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "enclave/synthetic_libpal.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::enclave {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string measured(const EnclaveShape& shape, const std::string& manifest,
                     const std::string& libpal = test::synthetic_libpal()) {
  return crypto::hex(crypto::view(mr_enclave(shape, manifest, libpal, "1.9")));
}

std::string why_not(const std::function<void()>& action, diag::ErrorKind kind) {
  try {
    action();
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.text();
  }
  ADD_FAILURE() << "it was accepted";
  return "";
}

std::string refused(const std::string& libpal) {
  return why_not([&] { static_cast<void>(measured({}, "x", libpal)); }, diag::ErrorKind::invalid);
}

// The expected values are those of Gramine 1.9's own signer for the same library and manifests.
TEST(Measurement, EV051_EV052_is_that_of_gramines_own_signer) {
  const std::string manifest = "libos.entrypoint = \"/app\"\n";
  EXPECT_EQ(measured({}, manifest),
            "0cd5589a46da0d57cfed7cd8f9faa787493253229736dd28426cac1f0e8bb782");
  EXPECT_EQ(measured({std::uint64_t{64} << 20U, 1, false}, manifest),
            "631359b6250e36d07347e17d9a304531a75e9f3c4a907a67d3123d1209c26765");
  EXPECT_EQ(measured({std::uint64_t{1024} << 30U, 16, true}, manifest),
            "bfabc316e6f5248f7e379ba82ef0d805607fffe5770c812752e25f16eba3471b");
  EXPECT_EQ(measured({}, std::string(4095, '#')),
            "dbfb43e769dfc33cc9965e02489b21d8836529ba6f08e16da80dea1bc092f8eb");
  EXPECT_EQ(measured({}, std::string(4096, '#')),
            "e0dac3046d9152d60485e8ded9b7bc5b10c1c7489b711ae7418d263c3c7b757c");
}

TEST(Measurement, EV051_every_input_counts) {
  const std::string manifest = "a = 1\n";
  const std::string first = measured({}, manifest);
  EXPECT_EQ(measured({}, manifest), first);
  EXPECT_NE(measured({}, "a = 2\n"), first);
  EXPECT_NE(measured({std::uint64_t{512} << 20U, 4, false}, manifest), first);
  EXPECT_NE(measured({std::uint64_t{256} << 20U, 5, false}, manifest), first);
  EXPECT_NE(measured({std::uint64_t{256} << 20U, 4, true}, manifest), first);
  std::string other = test::synthetic_libpal();
  other[0x1100] = static_cast<char>(other[0x1100] ^ 1);
  EXPECT_NE(measured({}, manifest, other), first);
  // Bytes of the file that no segment takes are not in the enclave.
  other = test::synthetic_libpal();
  other[0x900] = static_cast<char>(other[0x900] ^ 1);
  EXPECT_EQ(measured({}, manifest, other), first);
}

TEST(Measurement, EV052_an_unknown_version_is_refused_and_not_guessed) {
  EXPECT_THAT(known_gramine_versions(), ElementsAre("1.9"));
  const std::string script = "#!/usr/bin/env bash\nif [ \"$1\" == \"--version\" ]; then\n";
  EXPECT_EQ(gramine_version(script + "    echo \"Gramine 1.9 (abc)\"\n"), "1.9");
  for (const char* version : {"1.8", "1.9post~UNRELEASED", "1.91", ""})
    EXPECT_THAT(why_not(
                    [&] {
                      static_cast<void>(
                          gramine_version(script + "    echo \"Gramine " + version + " (abc)\"\n"));
                    },
                    diag::ErrorKind::unsupported),
                HasSubstr("is not guessed"));
  EXPECT_THAT(
      why_not([&] { static_cast<void>(gramine_version(script)); }, diag::ErrorKind::invalid),
      HasSubstr("names no version"));
  EXPECT_THAT(
      why_not([&] { static_cast<void>(mr_enclave({}, "", test::synthetic_libpal(), "1.7")); },
              diag::ErrorKind::unsupported),
      HasSubstr("1.7"));
}

TEST(Measurement, EV051_enclaves_that_no_processor_builds_are_refused) {
  const auto shape_refused = [](const EnclaveShape& shape) {
    return why_not([&] { static_cast<void>(measured(shape, "x")); }, diag::ErrorKind::invalid);
  };
  EXPECT_THAT(shape_refused({std::uint64_t{300} << 20U, 4, false}), HasSubstr("power of two"));
  EXPECT_THAT(shape_refused({0, 4, false}), HasSubstr("power of two"));
  EXPECT_THAT(shape_refused({std::uint64_t{1} << 20U, 4, false}), HasSubstr("too small"));
  EXPECT_THAT(shape_refused({4096, 1, true}), HasSubstr("too small"));
  EXPECT_THAT(shape_refused({std::uint64_t{256} << 20U, 0xffffffff, false}),
              HasSubstr("too small"));
  EXPECT_THAT(shape_refused({std::uint64_t{256} << 20U, 0, false}), HasSubstr("at least 1"));
  EXPECT_THAT(shape_refused({std::uint64_t{2} << 40U, 4, false}), HasSubstr("edmm_enable"));
}

TEST(Measurement, EV053_damaged_libraries_are_refused) {
  const std::string good = test::synthetic_libpal();
  for (std::size_t size = 0; size < 300; ++size)
    EXPECT_THAT(refused(good.substr(0, size)), HasSubstr("no ELF library"));
  const auto with = [&](std::size_t at, std::string bytes) {
    std::string changed = good;
    changed.replace(at, bytes.size(), bytes);
    return refused(changed);
  };
  const std::string ones(8, '\xff');
  EXPECT_THAT(with(4, "\x01"), HasSubstr("header"));   // 32 bits
  EXPECT_THAT(with(18, "\x28"), HasSubstr("header"));  // ARM
  EXPECT_THAT(with(54, "\x38\x01"), HasSubstr("another size"));
  EXPECT_THAT(with(32, ones), HasSubstr("behind the end"));  // program headers
  EXPECT_THAT(with(56, "\xff\xff"), HasSubstr("behind the end"));
  EXPECT_THAT(with(56, std::string(2, '\0')), HasSubstr("no loadable segment"));
  EXPECT_THAT(with(24, ones), HasSubstr("entry point"));
  EXPECT_THAT(with(64 + 8, ones), HasSubstr("behind the end"));   // offset
  EXPECT_THAT(with(64 + 32, ones), HasSubstr("behind the end"));  // size in the file
  EXPECT_THAT(with(64 + 40, ones), HasSubstr("1 GiB"));           // size in memory
  EXPECT_THAT(with(64 + 40, std::string(8, '\0')), HasSubstr("larger in the file"));
  EXPECT_THAT(with(64 + 16, ones), HasSubstr("1 GiB"));  // address
}

TEST(Measurement, EV053_segments_are_sorted_and_share_no_page) {
  EXPECT_THAT(refused(test::synthetic_elf({{5, 0x1000, 0x1000, 16, 16}}, 0x1000)),
              HasSubstr("does not begin at address 0"));
  EXPECT_THAT(
      refused(test::synthetic_elf({{5, 0, 0, 0x1800, 0x1800}, {6, 0x1800, 0x1800, 8, 8}}, 0)),
      HasSubstr("overlap"));
  EXPECT_THAT(
      refused(test::synthetic_elf(
          {{5, 0, 0, 16, 16}, {4, 0x2000, 0x2000, 16, 16}, {4, 0x1000, 0x1000, 16, 16}}, 0)),
      HasSubstr("not sorted"));
  EXPECT_THAT(refused(test::synthetic_elf({{5, 0, 0, 16, 16}, {4, 0x1001, 0x1000, 16, 16}}, 0)),
              HasSubstr("page by page"));
  EXPECT_THAT(refused(test::synthetic_elf({{5, 0, 0, 0, 0}}, 0)), HasSubstr("empty"));
}

}  // namespace
}  // namespace sconectl::enclave
