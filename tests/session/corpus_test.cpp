// Every session of the samples is accepted; every public one is too, or refused for a reason that a
// person agrees with.
#include <iostream>

#include "public_sessions.hpp"
#include "refused_corpus.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/write.hpp"
#include "support.hpp"

namespace sconectl::session::test {
namespace {

/// A folder of sessions with the values of their variables.
class Collection {
 public:
  Collection(fs::path sessions, const fs::path& values)
      : sessions_(std::move(sessions)), variables_(variables(values)) {}

  [[nodiscard]] std::vector<fs::path> files() const { return test::files(sessions_); }
  [[nodiscard]] std::string name(const fs::path& file) const {
    return fs::relative(file, sessions_).string();
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

 private:
  fs::path sessions_;
  std::map<std::string, std::string> variables_;
};

Collection public_collection() {
  return {sconectl::test::corpus("sessions"), sconectl::test::corpus("vars.env")};
}

Collection samples() {
  const fs::path directory = sconectl::test::source_directory() / "tests/samples";
  return {directory / "sessions", directory / "vars.env"};
}

std::string errors_in(const diag::Diagnostics& out) {
  std::string result;
  for (const auto& item : out.all())
    if (item.severity == diag::Severity::error) result += "  " + item.line() + "\n";
  return result;
}

void expect_the_same_after_writing_and_reading(const Collection& sessions) {
  for (const fs::path& file : sessions.files()) {
    diag::Diagnostics out;
    const Session first = sessions.session(file, out);
    if (out.has_errors()) continue;
    const std::string written = text(first);
    const Session second = parse_text("written.yml", written);
    EXPECT_EQ(first, second) << file << "\n" << written;
    EXPECT_EQ(hash(first), hash(second)) << file;
    EXPECT_EQ(text(second), written) << file;
  }
}

TEST(Samples, every_session_is_accepted) {
  const Collection sessions = samples();
  EXPECT_GT(sessions.files().size(), 20U);
  for (const fs::path& file : sessions.files()) {
    diag::Diagnostics out;
    EXPECT_FALSE(sessions.session(file, out).name.empty()) << file;
    EXPECT_EQ(errors_in(out), "") << file;
  }
}

TEST(Samples, SL339_reading_back_what_is_written_gives_the_same_session) {
  expect_the_same_after_writing_and_reading(samples());
}

TEST(Corpus, every_session_is_accepted_or_in_the_reviewed_list) {
  NEEDS_CORPUS("sessions");
  const Collection sessions = public_collection();
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const fs::path& file : sessions.files()) {
    diag::Diagnostics out;
    (void)sessions.session(file, out);
    const auto reason = refused_corpus().find(sessions.name(file));
    const bool expected = reason != refused_corpus().end();
    EXPECT_EQ(out.has_errors(), expected) << file << "\n" << errors_in(out);
    EXPECT_THAT(errors_in(out), HasSubstr(expected ? reason->second.error : "")) << file;
    ++(out.has_errors() ? refused : accepted);
  }
  EXPECT_GT(accepted, 100U);
  std::cout << accepted << " sessions accepted, " << refused << " refused for a reviewed reason\n";
}

TEST(Corpus, SL339_reading_back_what_is_written_gives_the_same_session) {
  NEEDS_CORPUS("sessions");
  expect_the_same_after_writing_and_reading(public_collection());
}

}  // namespace
}  // namespace sconectl::session::test
