// What the tests of the session room share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/check.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/yaml/parse.hpp"

namespace sconectl::session::test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

inline const std::string mrenclave(64, 'a');
inline const std::string hash64 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
inline const std::string tag32 = "0123456789abcdef0123456789abcdef";
/// The signer of the language documentation, in both forms (CL-033).
inline const std::string signer_pem =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAOsufQ7RCOXueVLQBpk7Y44GAaj+LzPbmHfdr/TPdlrE=\n"
    "-----END PUBLIC KEY-----\n";
inline const std::string signer_short = "LtLcbPVddnCkH36ZcRdgYsw4H8xDbYaFZfuefkDc25uq2qdjmM";
inline const std::string key_hash = "3s1pm8W6Be6cxvAQRbRP5YXd9YuERAr7KswN97uGtoPkRW87x1";

struct Outcome {
  Session session;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Parses and checks; a text that is not YAML gives its errors too.
inline Outcome judged(const std::string& text) {
  Outcome outcome;
  diag::Diagnostics out;
  try {
    outcome.session = parse_and_check(yaml::parse_document("s.yml", text), out);
  } catch (const diag::Error& error) {
    for (const auto& diagnostic : error.diagnostics()) outcome.errors.push_back(diagnostic.line());
    if (error.diagnostics().empty()) outcome.errors.push_back(error.text());
  }
  for (const auto& diagnostic : out.all())
    (diagnostic.severity == diag::Severity::error ? outcome.errors : outcome.warnings)
        .push_back(diagnostic.line());
  return outcome;
}

/// A session with a name and a version, and `more` after them.
inline std::string with(const std::string& more) {
  return "name: s\nversion: \"0.3\"\n" + more;
}
/// A session with one service that is complete, and more keys of the service (8 spaces deep in the
/// text is not needed: `more` lines are indented here).
inline std::string service(const std::string& more, const std::string& rest = "") {
  std::string text =
      with("services:\n- name: web\n  command: /bin/web\n  mrenclaves: [" + mrenclave + "]\n");
  if (!more.empty()) text += "  " + more + "\n";
  return text + rest;
}
inline std::string secret(const std::string& flow) {
  return with("secrets:\n- {name: x, " + flow + "}\n");
}

inline void accepts(const std::string& text) {
  EXPECT_THAT(judged(text).errors, IsEmpty()) << text;
}
inline void refuses(const std::string& text, const std::string& part) {
  const Outcome outcome = judged(text);
  EXPECT_THAT(outcome.errors, ::testing::Contains(HasSubstr(part))) << text;
}
inline void warns(const std::string& text, const std::string& part) {
  const Outcome outcome = judged(text);
  EXPECT_THAT(outcome.errors, IsEmpty()) << text;
  EXPECT_THAT(outcome.warnings, ::testing::Contains(HasSubstr(part))) << text;
}
/// The session is read, and nothing is said about it.
inline void no_warning(const std::string& text) {
  const Outcome outcome = judged(text);
  EXPECT_THAT(outcome.errors, IsEmpty()) << text;
  EXPECT_THAT(outcome.warnings, IsEmpty()) << text;
  EXPECT_NE(outcome.session.name, "") << text;
}
/// The accepted session.
inline Session read(const std::string& text) {
  Outcome outcome = judged(text);
  EXPECT_THAT(outcome.errors, IsEmpty()) << text;
  return std::move(outcome.session);
}

/// A literal block under a key, `indent` spaces deep.
inline std::string block(const std::string& text, std::size_t indent) {
  std::string result = "|\n";
  const std::string spaces(indent, ' ');
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result += spaces + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return result;
}

template <typename Run>
std::string error_of(Run run) {
  try {
    run();
  } catch (const diag::Error& error) {
    return error.text();
  }
  return "no error";
}

}  // namespace sconectl::session::test
