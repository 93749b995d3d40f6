#include "sconectl/enclave/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sconectl/diag/error.hpp"
#include "support/repository.hpp"

namespace sconectl::enclave {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string digest(64, 'a');

std::string final_manifest(const std::string& sgx) {
  return "loader.entrypoint.uri = \"file:/libsysdb.so\"\nloader.entrypoint.sha256 = \"" + digest +
         "\"\n[sgx]\n" + sgx;
}

std::string mistakes_of(const std::string& manifest) {
  try {
    static_cast<void>(settings_of("app.manifest.sgx", manifest));
  } catch (const diag::Error& error) {
    EXPECT_EQ(error.kind(), diag::ErrorKind::invalid);
    std::string lines;
    for (const diag::Diagnostic& each : error.diagnostics()) lines.append(each.line() + "\n");
    return lines;
  }
  return "";
}

TEST(EnclaveSettings, EV054_a_manifest_of_gramine_itself_is_read) {
  NEEDS_CORPUS("../vectors/dcap/sigstruct");
  std::ostringstream text;
  text << std::ifstream(
              test::corpus("../vectors/dcap/sigstruct/gramine-1.9-helloworld.manifest.sgx"))
              .rdbuf();
  const EnclaveSettings settings = settings_of("helloworld", text.str());
  EXPECT_EQ(settings.shape.size, std::uint64_t{256} << 20U);
  EXPECT_EQ(settings.shape.threads, 4U);
  EXPECT_TRUE(settings.statement.debug());

  // All that the manifest decides of what Gramine signed.
  std::ostringstream sigstruct;
  sigstruct << std::ifstream(test::corpus("../vectors/dcap/sigstruct/gramine-1.9-helloworld.sig"),
                             std::ios::binary)
                   .rdbuf();
  EnclaveStatement expected = parse_sigstruct(sigstruct.str()).statement;
  EnclaveStatement statement = settings.statement;
  statement.date = expected.date;
  statement.mr_enclave = expected.mr_enclave;
  EXPECT_EQ(signed_bytes(statement), signed_bytes(expected));
}

TEST(EnclaveSettings, EV054_what_is_not_said_is_as_gramine_has_it) {
  const EnclaveSettings settings = settings_of("m", final_manifest(""));
  EXPECT_EQ(settings.shape.size, std::uint64_t{256} << 20U);
  EXPECT_EQ(settings.shape.threads, 4U);
  EXPECT_FALSE(settings.shape.edmm);
  EXPECT_FALSE(settings.statement.debug());
  EXPECT_EQ(settings.statement.attribute_xfrm, 3U);
  EXPECT_EQ(settings.statement.attribute_xfrm_mask, 0xfffffffffff9ff1bU | 0x218U);
  const EnclaveSettings edmm = settings_of("m", final_manifest("edmm_enable = true\n"));
  EXPECT_EQ(edmm.shape.size, std::uint64_t{1024} << 30U);
}

TEST(EnclaveSettings, EV054_every_setting_counts) {
  const EnclaveSettings settings = settings_of("m", final_manifest(R"(
enclave_size = "0x200000K"
max_threads = 16
isvprodid = 65535
isvsvn = 3
use_exinfo = true
[sgx.cpu_features]
avx = "required"
amx = "disabled"
pkru = "required"
)"));
  EXPECT_EQ(settings.shape.size, std::uint64_t{2} << 30U);
  EXPECT_EQ(settings.shape.threads, 16U);
  EXPECT_EQ(settings.statement.product_id, 65535);
  EXPECT_EQ(settings.statement.svn, 3);
  EXPECT_EQ(settings.statement.misc_select, 1U);
  EXPECT_EQ(settings.statement.attribute_xfrm, 0x207U);
  EXPECT_EQ(settings.statement.attribute_xfrm_mask & 0x60004U, 0x60004U);
}

TEST(EnclaveSettings, EV054_mistakes_are_told_with_their_places_all_at_once) {
  EXPECT_THAT(mistakes_of(final_manifest("max_threads = 0\nisvprodid = 65536\nisvsvn = -1\n"
                                         "debug = \"yes\"\nenclave_size = \"1T\"\n"
                                         "cpu_features.pkru = \"unspecified\"\n")),
              AllOf(HasSubstr("app.manifest.sgx:4:15: error: 'sgx.max_threads'"),
                    HasSubstr("'sgx.isvprodid' is a number from 0 to 65535, this is 65536"),
                    HasSubstr("this is -1"), HasSubstr("'sgx.debug' has to be true or false"),
                    HasSubstr("'1T' is no size"), HasSubstr("'sgx.cpu_features.pkru'")));
  EXPECT_THAT(mistakes_of("a = 1\nb = [\n"),
              HasSubstr("app.manifest.sgx:2:7: error: this is no TOML"));
  EXPECT_THAT(mistakes_of("sgx = 3\nsgx = 4\n"), HasSubstr("no TOML"));
  // The reader of version 3.3 asserts that nobody writes the first.
  for (const char* broken : {"[,\n", "[[,]]\n", "[a.,]\n", "a = { , }\n", "a = { b. = 1 }\n",
                             "a = \u00e9\n", "\u0416 = 1\n", "a = 1 \u021c\n"})
    EXPECT_THAT(mistakes_of(broken), HasSubstr("app.manifest.sgx:")) << broken;
}

TEST(EnclaveSettings, EV054_a_manifest_that_is_not_final_is_refused) {
  EXPECT_THAT(mistakes_of(""), HasSubstr("'loader.entrypoint' has no 'sha256'"));
  EXPECT_THAT(mistakes_of(final_manifest("trusted_files = [\"file:/a\"]\n")),
              HasSubstr("a trusted file has no 'sha256'"));
  EXPECT_THAT(mistakes_of(final_manifest("trusted_files = [{uri = \"file:/a\", sha256 = \"1\"}]")),
              HasSubstr("a trusted file has no 'sha256'"));
  EXPECT_THAT(mistakes_of(final_manifest("trusted_files = 1\n")), HasSubstr("has to be a list"));
  EXPECT_EQ(mistakes_of(final_manifest("trusted_files = [{uri = \"file:/a\", sha256 = \"" + digest +
                                       "\"}]")),
            "");
}

TEST(EnclaveSettings, EV054_letters_outside_of_texts_are_told_before_anything_is_read) {
  EXPECT_THAT(mistakes_of("# é\na = \"é\"\nb = 'é'\nc = \"\"\"é\n\\\"\"\"\"\"\nd.\u0492 = 1\n"),
              HasSubstr("app.manifest.sgx:6:3: error: this is no TOML: letters"));
  EXPECT_THAT(mistakes_of("a = 1 \u2003\n"), HasSubstr(":1:7: error: this is no TOML: letters"));
  EXPECT_THAT(mistakes_of("a = \"x\né"), HasSubstr(":2:1: error: this is no TOML: letters"));
  EXPECT_THAT(mistakes_of("a = 5d\"x\u028ay\"\n"), HasSubstr("this is no TOML: letters"));
  EXPECT_EQ(mistakes_of("\xef\xbb\xbf# é\n" + final_manifest("x = '''é''''\n")), "");
}

TEST(EnclaveSettings, EV054_broken_documents_are_mistakes_and_not_the_end_of_the_program) {
  for (const char* text :
       {"[(libos]\n", "[[\n", "[a.\n", "[=]\n", "= 1\n", "a = {b = }\n", "[[a]\n"})
    EXPECT_THAT(mistakes_of(text), HasSubstr("this is no TOML")) << text;
}

TEST(EnclaveSettings, sizes) {
  EXPECT_EQ(size_of("0"), 0U);
  EXPECT_EQ(size_of("64K"), 65536U);
  EXPECT_EQ(size_of("0x10M"), std::uint64_t{16} << 20U);
  for (const char* word :
       {"", "K", "-1", "1k", "1.5G", "0x", "99999999999999999999", "20000000000G"})
    EXPECT_THROW(static_cast<void>(size_of(word)), diag::Error) << word;
}

}  // namespace
}  // namespace sconectl::enclave
