// Large and hostile sessions take time and memory in proportion to their size.
#include <ctime>
#include <iostream>

#include "sconectl/session/hash.hpp"
#include "sconectl/session/migration.hpp"
#include "support.hpp"
#include "support/property.hpp"

namespace sconectl::session::test {
namespace {

/// Sizes under sanitizers are smaller, and large enough to tell a line from a square.
constexpr int scaled(int size) {
  return sconectl::test::under_sanitizers ? size / 5 : size;
}

std::string large(int secrets, int services) {
  std::string text = with("secrets:\n- {name: key, kind: private-key}\n");
  for (int i = 0; i < secrets; ++i)
    text += "- {name: s" + std::to_string(i) + ", kind: x509, private_key: key, san: ['dns:a" +
            std::to_string(i) + "'], export: {session: ./b" + std::to_string(i) + "}}\n";
  text += "services:\n";
  for (int i = 0; i < services; ++i)
    text += "- name: w" + std::to_string(i) + "\n  command: run $$SCONE::s" + std::to_string(i) +
            ":crt$$\n  mrenclaves: [" + mrenclave + "]\n  environment: {A: x, B: $$SCONE::s" +
            std::to_string(i) + ":privatekey$$}\n";
  return text;
}

double seconds(const std::string& text) {
  const auto document = yaml::parse_document("s.yml", text);
  const std::clock_t begin = std::clock();
  diag::Diagnostics out;
  const Session session = parse_and_check(document, out);
  const std::clock_t end = std::clock();
  EXPECT_FALSE(out.has_errors());
  return static_cast<double>(end - begin) / CLOCKS_PER_SEC;
}

TEST(Scale, parsing_and_checking_grows_linearly) {
  constexpr int secrets = scaled(1000);
  const double small = seconds(large(secrets, secrets / 5));
  const double big = seconds(large(secrets * 10, secrets * 2));
  std::cout << "parse and check: " << secrets << " secrets and " << secrets / 5 << " services "
            << small * 1000 << " ms, ten times that " << big * 1000 << " ms\n";
  EXPECT_LT(big, 40 * small);
}

TEST(Scale, an_update_is_compared_with_its_predecessor_in_linear_time) {
  const auto compared = [](int count) {
    std::string text = with("secrets:\n");
    for (int i = 0; i < count; ++i)
      text += "- {name: s" + std::to_string(i) + ", kind: private-key, migrate: true}\n";
    const Session session = judged(text).session;
    const std::clock_t begin = std::clock();
    EXPECT_TRUE(replaced_keys(session, session).empty());
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  };
  constexpr int count = scaled(4'000);
  EXPECT_LT(compared(count * 10), 40 * std::max(compared(count), 0.001));
}

TEST(Scale, thousands_of_undefined_names_are_counted) {
  std::string text = with("secrets:\n- {name: key, kind: private-key}\n");
  for (int i = 0; i < 5000; ++i)
    text += "- {name: s" + std::to_string(i) + ", kind: x509, private_key: kex" +
            std::to_string(i) + "}\n";
  const auto errors = judged(text).errors;
  ASSERT_EQ(errors.size(), 101U);
  EXPECT_THAT(errors.back(), HasSubstr("and 4900 more errors"));
}

TEST(Scale, a_long_chain_and_a_cycle_of_issuers_are_walked_once) {
  std::string text = with("secrets:\n- {name: k, kind: private-key}\n");
  constexpr int count = scaled(20'000);
  for (int i = 0; i < count; ++i)
    text += "- {name: c" + std::to_string(i) + ", kind: x509-ca, private_key: k, issuer: c" +
            std::to_string((i + 1) % count) + "}\n";
  const auto outcome = judged(text);
  EXPECT_THAT(outcome.errors, ElementsAre(HasSubstr("issued in a circle")));
}

/// SL-010: what is within 4 MiB is read, however odd; the time is that of its size.
TEST(Scale, SL010_a_hundred_thousand_secrets_and_a_scalar_of_a_mebibyte) {
  std::string many = with("secrets:\n");
  constexpr int count = scaled(100'000);
  for (int i = 0; i < count; ++i) many += "- {name: s" + std::to_string(i) + ", kind: ascii}\n";
  ASSERT_LT(many.size(), 4UL * 1024 * 1024);
  const auto outcome = judged(many);
  EXPECT_THAT(outcome.errors, IsEmpty());
  EXPECT_EQ(outcome.session.secrets.size(), static_cast<std::size_t>(count));

  const std::string mebibyte(1024UL * 1024, 'x');
  EXPECT_THAT(judged(with("secrets: [{name: a, kind: ascii, value: " + mebibyte + "}]\n")).errors,
              IsEmpty());
  EXPECT_THAT(judged(with(mebibyte + ": 1\n")).errors, Not(IsEmpty()));
  EXPECT_THAT(judged("name: " + mebibyte + "\nversion: \"0.3\"\n").errors, Not(IsEmpty()));
  EXPECT_THAT(judged(with("access_policy: {read: [" + mebibyte + "]}\n")).errors, Not(IsEmpty()));
  const std::string marks(200'000, '$');
  EXPECT_THAT(judged(with("security: {attestation: {mode: none}}\nservices: [{name: a, command: '" +
                          marks + "'}]\n"))
                  .errors,
              IsEmpty());
}

}  // namespace
}  // namespace sconectl::session::test
