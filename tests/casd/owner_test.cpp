// Who may create sessions at the root, and how many (docs/cas.md).
#include "casd/cas_fixture.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::test {
namespace {

/// Nothing was stored yet.
struct Owner : Cas {
  void open_for(const Client& client) {
    owner = client.hash();
    reopen();
  }
  std::string refusal() {
    service.reset();
    try {
      open();
    } catch (const diag::Error& error) {
      EXPECT_EQ(error.kind(), diag::ErrorKind::conflict);
      return error.text();
    }
    return "opened";
  }
};

TEST_F(Owner, decides_who_may_create_sessions_at_the_root) {
  open_for(alice);
  EXPECT_EQ(upload(session("demo"), bob.peer()).status, 403);
  EXPECT_EQ(upload(session("/"), bob.peer()).status, 409) << "it can not be claimed any more";
  EXPECT_EQ(get("/v1/sessions?namespace=/", bob.peer()).status, 403);
  created(session("demo"), alice.peer());
  // The first session has not sealed the root: it has an owner, who lets others in.
  const auto root = get("/v1/sessions/").hash();
  created(session("/", "predecessor: " + root + "\naccess_policy:\n  update: [" + alice.hash() +
                           "]\n  create_sessions: [" + bob.hash() + "]\n"),
          alice.peer());
  created(session("of-bob"), bob.peer());
  EXPECT_EQ(upload(session("of-alice"), alice.peer()).status, 403);
  reopen();
  created(session("of-bob-too"), bob.peer());
  EXPECT_EQ(get("/v1/session_history/%2F", alice.peer()).status, 200);
}

TEST_F(Owner, is_named_at_the_first_start_or_never) {
  created(session("demo"), bob.peer());
  owner = alice.hash();
  EXPECT_NE(refusal().find("the root session is sealed"), std::string::npos);
  owner = std::nullopt;
  EXPECT_EQ(refusal(), "opened");
}

TEST_F(Owner, does_not_take_the_root_from_another_one) {
  created(session("/"), bob.peer());
  owner = alice.hash();
  EXPECT_NE(refusal().find("belongs to somebody else"), std::string::npos);
  owner = bob.hash();
  EXPECT_EQ(refusal(), "opened") << "he claimed it himself";
}

TEST_F(Owner, a_key_stores_as_many_versions_as_it_may) {
  versions_per_creator = 3;
  reopen();
  const auto first = created(session("a"), alice.peer());
  created(session("a", "predecessor: " + first + "\n"), alice.peer());
  reopen();
  created(session("b"), alice.peer());
  for (const auto* name : {"c", "d"}) {
    const auto answer = upload(session(name), alice.peer());
    EXPECT_EQ(answer.status, 403);
    EXPECT_NE(answer.messages().find("as many versions of sessions as it may (3)"),
              std::string::npos)
        << answer.body;
    EXPECT_EQ(get(std::string("/v1/sessions/") + name, alice.peer()).status, 404);
  }
  // What is refused for another reason is not counted, and others have a number of their own.
  for (int i = 0; i < 5; ++i) EXPECT_EQ(upload(session("a"), bob.peer()).status, 409);
  for (const auto* name : {"e", "f", "g"}) created(session(name), bob.peer());
  EXPECT_EQ(upload(session("h"), bob.peer()).status, 403);
  versions_per_creator = 4;
  reopen();
  created(session("h"), bob.peer());
}

}  // namespace
}  // namespace sconectl::test
