#include <gtest/gtest.h>

#include "support/matchers.hpp"

#include "manifest/reading.hpp"

namespace sconectl::manifest {
namespace {

Reading with_value(const std::string& value) {
  return read(service_head + "environment:\n  local:\n  - name: V\n    value: \"" + value +
              "\"\nsecrets:\n  import: [shared]\n  global:\n  - {name: password, kind: ascii}\n"
              "  - {name: a.b, kind: ascii}\n" +
              build_section);
}

TEST(SecretReferences, SL197_defined_and_imported_names_with_every_suffix) {
  for (const char* value :
       {"$$SCONE::password$$", "$$SCONE::shared.crt$$", "$$SCONE::password:base64$$",
        "x$$SCONE::password$$$$SCONE::shared|hex$$y", "$$SCONE::a.b$$", "$$SCONE::a.b.crt$$",
        "$$SCONE::{{which}}$$", "$$SCONE::self::software_identity$$", "no reference, $$ alone"})
    EXPECT_EQ(with_value(value).errors, "") << value;
}

TEST(SecretReferences, undefined_name_is_an_error_with_a_suggestion) {
  EXPECT_EQ(with_value("$$SCONE::pasword$$").errors,
            "m:6:12: error: secret 'pasword' is neither defined in 'secrets.global' nor imported "
            "with 'secrets.import'; did you mean 'password'?\n");
  EXPECT_NE(with_value("$$SCONE::password$$ $$SCONE::nope.key$$").errors, "");
  EXPECT_NE(with_value("$$SCONE::$$").errors, "");
}

TEST(SecretReferences, SL199_without_closing_it_is_text_and_a_warning) {
  const Reading reading = with_value("x $$SCONE::password");
  EXPECT_EQ(reading.errors, "");
  EXPECT_NE(reading.warnings.find("'$$SCONE::password' has no closing '$$'"), std::string::npos);
}

TEST(SecretReferences, one_that_is_the_whole_value_is_completed_by_the_mesh) {
  const Reading reading = with_value("$$SCONE::password");
  EXPECT_EQ(reading.errors, "");
  EXPECT_EQ(reading.warnings, "");
  EXPECT_NE(with_value("$$SCONE::pasword").errors.find("did you mean 'password'?"),
            std::string::npos)
      << "its name is judged like any other";
}

TEST(SecretReferences, private_key_and_issuer_must_exist) {
  const Reading reading = read(service_head +
                               "secrets:\n  global:\n  - {name: ca_key, kind: private-key}\n"
                               "  - {name: ca, kind: x509-ca, private_key: ca_kye}\n"
                               "  - {name: crt, kind: x509, issuer: nobody}\n" +
                               build_section);
  EXPECT_NE(reading.errors.find("m:6:44: error: 'private_key' of secret 'ca' names 'ca_kye'"),
            std::string::npos)
      << reading.errors;
  EXPECT_NE(reading.errors.find("did you mean 'ca_key'?"), std::string::npos);
  EXPECT_NE(reading.errors.find("'issuer' of secret 'crt' names 'nobody'"), std::string::npos);
}

TEST(SecretReferences, defined_and_imported_or_defined_twice) {
  const Reading reading = read(service_head +
                               "secrets:\n  import: [a]\n  global:\n  - {name: a, kind: ascii}\n"
                               "  - {name: b, kind: ascii}\n  - {name: b, kind: ascii}\n" +
                               build_section);
  EXPECT_EQ(reading.errors,
            "m:8:12: error: secret 'b' is defined twice, first on line 7\n"
            "m:4:12: error: secret 'a' is imported and defined here (line 6)\n");
}

TEST(SecretReferences, wrong_kind_names_the_nearest) {
  const Reading reading = read(
      service_head + "secrets:\n  global:\n  - {name: a, kind: asci, size: ten}\n" + build_section);
  EXPECT_NE(reading.errors.find("did you mean 'ascii'?"), std::string::npos);
  EXPECT_NE(reading.errors.find("'secrets.global[0].size' must be a number"), std::string::npos);
}

TEST(SecretReferences, values_never_stand_in_messages) {
  const Reading reading = read(service_head +
                               "secrets:\n  global:\n  - {name: a, kind: ascii, value: {x: "
                               "hunter2}}\n  - {name: a, kind: ascii, value: hunter2}\n" +
                               build_section);
  EXPECT_THAT(reading.errors + reading.warnings,
              test::HasButNot("'a' is defined twice", "hunter2"));
}

}  // namespace
}  // namespace sconectl::manifest
