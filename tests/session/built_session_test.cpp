// Sessions that were built in code are judged as those that were read.
#include "support.hpp"

namespace sconectl::session::test {
namespace {

std::vector<std::string> faults(const Session& session) {
  diag::Diagnostics out;
  check(session, out);
  std::vector<std::string> result;
  for (const auto& found : out.all())
    if (found.severity == diag::Severity::error) result.push_back(found.text);
  return result;
}

Session named(const std::string& name) {
  Session session;
  session.version = "0.3";
  session.name = name;
  return session;
}

TEST(BuiltSessions, SL036_SL040_names) {
  EXPECT_THAT(faults(named("a")), IsEmpty());
  EXPECT_THAT(faults(named("a b")),
              ElementsAre(HasSubstr("the name of the session holds a space")));
  Session session = named("a");
  session.secrets = {Secret{"b c", Ascii{}, {}, false, {}}, Secret{"self", Ascii{}, {}, false, {}},
                     Secret{"good", Ascii{}, {}, false, {}}};
  EXPECT_THAT(faults(session), ElementsAre(HasSubstr("the name of the secret 'b c' holds a space"),
                                           HasSubstr("a secret can not be named 'self'")));
  session = named("a");
  Service service;
  service.name = "x y";
  service.mrenclaves.emplace_back(mrenclave);
  session.services = {service};
  EXPECT_THAT(faults(session),
              ElementsAre(HasSubstr("the name of the service 'x y' holds a space")));
}

TEST(BuiltSessions, SL053_namespace_hash_excludes_predecessor) {
  Session session = named("a/b");
  session.namespace_hash = hash64;
  EXPECT_THAT(faults(session), IsEmpty());
  session.predecessor = hash64;
  EXPECT_THAT(faults(session), ElementsAre("'namespace_hash' excludes 'predecessor'"));
  session.namespace_hash.reset();
  EXPECT_THAT(faults(session), IsEmpty());
}

TEST(BuiltSessions, SL245_SL246_files_of_images) {
  const auto with_file = [](const std::string& path, std::uint32_t permission) {
    InjectionFile file;
    file.path = path;
    file.permission = permission;
    Image image;
    image.name = "i";
    image.injection_files = {file};
    Session session = named("a");
    session.images = {image};
    return faults(session);
  };
  EXPECT_THAT(with_file("/a", 0777), IsEmpty());
  EXPECT_THAT(with_file("/a", 01000), ElementsAre(HasSubstr("is larger than 0o777")));
  EXPECT_THAT(with_file("", 0700), ElementsAre(HasSubstr("the path is empty")));
}

TEST(BuiltSessions, SL028_names_in_a_list_differ) {
  Session session = named("a");
  session.secrets = {Secret{"x", Ascii{}, {}, false, {}}, Secret{"y", Ascii{}, {}, false, {}}};
  EXPECT_THAT(faults(session), IsEmpty());
  session.secrets.push_back(Secret{"x", Ascii{}, {}, false, {}});
  EXPECT_THAT(faults(session), ElementsAre("the secret 'x' is defined twice"));
}

}  // namespace
}  // namespace sconectl::session::test
