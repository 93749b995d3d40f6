// Every public session of the corpus is accepted, or refused for a reason that a person agrees
// with.
#include <iostream>

#include "public_sessions.hpp"
#include "refused_corpus.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/write.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

class Corpus : public ::testing::Test {
 protected:
  void SetUp() override {
    NEEDS_CORPUS("sessions");
    variables_ = variables(sconectl::test::corpus("vars.env"));
  }

  /// The session, with everything that is wrong in `out`.
  Session session(const fs::path& file, diag::Diagnostics& out) const {
    try {
      return parse_and_check(filled_in(file, variables_, out), out);
    } catch (const diag::Error& error) {
      for (const auto& item : error.diagnostics()) out.error(item.location, item.text);
      if (error.diagnostics().empty()) out.error({}, error.text());
    }
    return {};
  }

  std::map<std::string, std::string> variables_;
};

TEST_F(Corpus, every_session_is_accepted_or_in_the_reviewed_list) {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const fs::path& file : files(sconectl::test::corpus("sessions"))) {
    const std::string name = fs::relative(file, sconectl::test::corpus("sessions")).string();
    diag::Diagnostics out;
    (void)session(file, out);
    const auto reason = refused_corpus().find(name);
    const bool expected = reason != refused_corpus().end();
    std::string errors;
    for (const auto& item : out.all())
      if (item.severity == diag::Severity::error) errors += "  " + item.line() + "\n";
    EXPECT_EQ(out.has_errors(), expected) << name << "\n" << errors;
    const std::string part = expected ? reason->second.error : "";
    EXPECT_THAT(errors, HasSubstr(part)) << name;
    ++(out.has_errors() ? refused : accepted);
  }
  std::cout << accepted << " sessions accepted, " << refused << " refused for a reviewed reason\n";
}

TEST_F(Corpus, SL339_reading_back_what_is_written_gives_the_same_session) {
  for (const fs::path& file : files(sconectl::test::corpus("sessions"))) {
    diag::Diagnostics out;
    const Session first = session(file, out);
    if (out.has_errors()) continue;
    const std::string written = text(first);
    const Session second = parse_text("written.yml", written);
    EXPECT_EQ(first, second) << file << "\n" << written;
    EXPECT_EQ(hash(first), hash(second)) << file;
    EXPECT_EQ(text(second), written) << file;
  }
}

}  // namespace
}  // namespace sconectl::session::test
