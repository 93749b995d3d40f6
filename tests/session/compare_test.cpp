#include "sconectl/session/compare.hpp"

#include <fmt/core.h>

#include "support.hpp"

namespace sconectl::session::test {
namespace {

Session session(const std::string& more) {
  return parse_text("s", with(more));
}

const std::string other_hash(64, 'b');

TEST(Compare, order_style_and_defaults_do_not_matter) {
  EXPECT_TRUE(
      same_meaning(session(""), session("access_policy: {read: CREATOR, update: [CREATOR]}\n")));
  EXPECT_TRUE(same_meaning(session("secrets: [{name: a, kind: ascii}]\n"),
                           session("secrets:\n- {kind: ascii, size: 20, name: a}\n")));
  EXPECT_FALSE(same_meaning(session("secrets: [{name: a, kind: ascii}]\n"),
                            session("secrets: [{name: a, kind: ascii, size: 21}]\n")));
  EXPECT_FALSE(same_meaning(session(""), session("salt: 00000000000000000000000000000000\n")));
}

TEST(Compare, only_what_is_left_aside_may_differ) {
  Session old = session("predecessor: " + hash64 + "\n");
  Session fresh = session("predecessor: " + other_hash + "\n");
  EXPECT_FALSE(same_meaning(old, fresh));
  EXPECT_FALSE(same_meaning(old, fresh, {.creator = true}));
  EXPECT_TRUE(same_meaning(old, fresh, {.predecessor = true}));
  fresh.creator = Creator{true, signer_pem};
  EXPECT_FALSE(same_meaning(old, fresh, {.predecessor = true}));
  EXPECT_TRUE(same_meaning(old, fresh, {.predecessor = true, .creator = true}));
  fresh.salt = std::string(32, '0');
  EXPECT_FALSE(same_meaning(old, fresh, {.predecessor = true, .creator = true}));
}

TEST(Compare, differences_are_the_lines_that_one_side_has) {
  EXPECT_THAT(differences(session(""), session("")), IsEmpty());
  EXPECT_THAT(differences(session("secrets: [{name: a, kind: ascii, size: 21}]\n"),
                          session("secrets: [{name: a, kind: ascii, size: 22}]\n")),
              ElementsAre("+   size: 21", "-   size: 22"));
  EXPECT_THAT(differences(session("predecessor: " + hash64 + "\n"), session("")),
              ElementsAre("+ predecessor: " + hash64, "- predecessor: null"));
  EXPECT_THAT(
      differences(session("predecessor: " + hash64 + "\n"), session(""), {.predecessor = true}),
      IsEmpty());
}

TEST(Compare, differences_never_show_a_value) {
  const auto with_secrets = [](const std::string& word) {
    return session(fmt::format(R"(secrets:
- {{name: a, kind: ascii, value: same-word}}
- {{name: b, kind: ascii, value: "first line\n{0}\nlast line"}}
- {{name: c, kind: config-fragment, value: {{list: [{0}, 7]}}}}
security: {{service_access_token: {0}}}
images:
- name: i
  injection_files:
  - {{path: /x, content: {0}}}
)",
                               word));
  };
  const auto lines = differences(with_secrets("hunter2"), with_secrets("swordfish"));
  EXPECT_THAT(
      lines,
      ElementsAre("+   value: (not shown, 2)", "+     - (not shown, 3)",
                  "+     content: (not shown, 3)", "+   service_access_token: (not shown, 3)",
                  "-   value: (not shown, 5)", "-     - (not shown, 6)",
                  "-     content: (not shown, 6)", "-   service_access_token: (not shown, 6)"));
}

}  // namespace
}  // namespace sconectl::session::test
