#include "sconectl/session/name.hpp"

#include "support.hpp"
#include "support/matchers.hpp"

namespace sconectl::session::test {
namespace {

TEST(Names, SL036_component_charset) {
  for (const char* good : {"a", "Az09_-.~", "a.b~c", "1"}) EXPECT_EQ(path_fault(good), "") << good;
  EXPECT_EQ(path_fault("a b"),
            "holds a space; only letters, digits and '_', '-', '.', '~' are allowed");
  for (const char* bad : {"a:b", "a@b", "a$b", "ä", "a\\b", "a\tb", "a+b"})
    EXPECT_NE(path_fault(bad), "") << bad;
  EXPECT_THAT(path_fault("a\x1f"), HasSubstr("holds the byte 0x1f"));
  EXPECT_THAT(path_fault("a\x7f"), HasSubstr("holds the byte 0x7f"));
  EXPECT_THAT(path_fault("a}"), HasSubstr("holds '}'"));
}

TEST(Names, SL037_component_has_128_characters_and_path_512_bytes) {
  EXPECT_EQ(path_fault(std::string(128, 'a')), "");
  EXPECT_THAT(path_fault(std::string(129, 'a')), HasSubstr("at most 128"));
  const std::string longest = std::string(128, 'a') + "/" + std::string(128, 'b') + "/" +
                              std::string(128, 'c') + "/" + std::string(125, 'd');
  ASSERT_EQ(longest.size(), 512U);
  EXPECT_EQ(path_fault(longest), "");
  EXPECT_THAT(path_fault(longest + "d"), HasSubstr("at most 512"));
  EXPECT_NE(component_fault(""), "");
}

TEST(Names, SL038_dot_components_are_reserved) {
  EXPECT_THAT(path_fault("a/../b"), HasSubstr("relative"));
  EXPECT_THAT(path_fault("."), HasSubstr("relative"));
  EXPECT_EQ(path_fault("a/..b"), "");
  refuses("name: ..\nversion: 0.3\n", "relative");
}

TEST(Names, SL039_empty_components_and_outer_slashes_are_refused) {
  EXPECT_EQ(path_fault("a/b/c"), "");
  for (const char* bad : {"/a", "a/", "a//b", "", "//"}) EXPECT_NE(path_fault(bad), "") << bad;
  EXPECT_EQ(parent("a/b/c"), "a/b");
}

TEST(Names, SL040_root_is_the_parent_of_one_component_names) {
  EXPECT_EQ(path_fault("/"), "");
  EXPECT_EQ(parent("a"), "/");
  EXPECT_EQ(parent("/"), std::nullopt);
  accepts("name: /\nversion: 0.3.11\n");
}

TEST(Names, SL041_name_is_mandatory) {
  refuses("version: 0.3\n", "'name' is missing");
  refuses("name: ~\nversion: 0.3\n", "'name' is missing");
}

TEST(Names, SL042_name_is_shown_in_errors) {
  refuses("name: a b\nversion: 0.3\n", "a space");
}

TEST(Names, SL044_a_session_without_services_is_a_namespace) {
  accepts("name: ns\nversion: 0.3\n");
  EXPECT_TRUE(within("ns/a/b", "ns"));
  EXPECT_TRUE(within("ns", "ns"));
  EXPECT_FALSE(within("nsx", "ns"));
  EXPECT_TRUE(within("anything", "/"));
}

TEST(Names, SL047_root_has_no_namespace_hash_and_nothing_above) {
  refuses("name: /\nversion: 0.3.11\nnamespace_hash: " + hash64 + "\n", "root session");
  EXPECT_THAT(error_of([] { (void)resolve("a", "../../x"); }), HasSubstr("above the root"));
  refuses(secret("import: {session: ../../y, secret: z}"), "above the root");
}

TEST(Names, SL081_config_id) {
  const ConfigId id = parse_config_id("a/b/web@123456");
  EXPECT_EQ(id.session, "a/b");
  EXPECT_EQ(id.service, "web");
  EXPECT_EQ(id.otp, "123456");
  EXPECT_EQ(parse_config_id("a/web").otp, std::nullopt);
  EXPECT_EQ(parse_config_id("/a/web").session, "a");
  EXPECT_EQ(parse_config_id("//web").session, "/");
  EXPECT_EQ(parse_config_id("old:name/web").session, "old:name");
  EXPECT_THAT(error_of([] { (void)parse_config_id("a/old:web"); }), HasSubstr("the service holds"));
  for (const char* bad : {"web", "/web", "a/", "a/@1", "a/web@", "", "a b/c", "a/w b"})
    EXPECT_THAT(error_of([&] { (void)parse_config_id(bad); }), HasSubstr("configuration id"))
        << bad;
  EXPECT_THAT(error_of([&] { (void)parse_config_id("a/w w@987654"); }),
              sconectl::test::HasButNot("configuration id", "987654"));
}

TEST(References, SL314_absolute_paths_start_at_the_root) {
  EXPECT_EQ(resolve("a/b", "c/d"), "c/d");
  accepts(secret("import: {session: other/place, secret: z}"));
  refuses(secret("import: {session: 'other place', secret: z}"), "a space");
}

TEST(References, SL315_relative_paths_count_the_session_as_directory) {
  EXPECT_EQ(resolve("a/b", "./c"), "a/b/c");
  EXPECT_EQ(resolve("a/b", "../c"), "a/c");
  EXPECT_EQ(resolve("a/b", ".."), "a");
  EXPECT_EQ(resolve("a/b", "."), "a/b");
  EXPECT_EQ(resolve("/", "."), "/");
  EXPECT_EQ(resolve("a/b", "../.."), "/");
  EXPECT_EQ(resolve("a/b/c", "../../x/y"), "a/x/y");
  EXPECT_EQ(resolve("a", ".."), "/");
  EXPECT_EQ(resolve("/", "./x"), "x");
  accepts(secret("kind: ascii, export: [{session: ../c}, {namespace: ..}]"));
}

TEST(References, SL316_relative_paths_are_not_for_other_cases) {
  EXPECT_THAT(error_of([] { (void)parse_url_reference("/session=../a,secret=b"); }),
              HasSubstr("relative"));
  refuses(secret("import: {session: ../a, secret: b, cas_url: cas, cas_key: " + key_hash + "}"),
          "relative");
}

TEST(References, SL317_session_hash_has_64_digits) {
  accepts(secret("import: {session: a, secret: b, session_hash: " + hash64 + "}"));
  refuses(secret("import: {session: a, secret: b, session_hash: abc}"), "64 hex digits");
}

TEST(References, SL318_url_short_form) {
  const auto local = parse_url_reference("/session=a/b,secret=c");
  EXPECT_EQ(local.session, "a/b");
  EXPECT_EQ(local.secret, "c");
  EXPECT_FALSE(local.cas);
  const auto remote =
      parse_url_reference("cas.example:8081/secret=c,session=a,cas_key=" + key_hash);
  EXPECT_EQ(remote.cas->url, "cas.example:8081");
  EXPECT_EQ(remote.cas->key, key_hash);
  EXPECT_TRUE(parse_url_reference("/namespace=a").whole_namespace);
  for (const char* bad : {"/session=a,session=b", "/sesion=a", "/session=", "/secret=b",
                          "cas/session=a", "/cas_key=x,session=a", "nothing"})
    EXPECT_THAT(error_of([&] { (void)parse_url_reference(bad); }), HasSubstr("reference")) << bad;
  EXPECT_THAT(error_of([] { (void)parse_url_reference("/sesion=a"); }), HasSubstr("'session'"));
}

TEST(References, SL319_leading_slash_in_map_form_is_absolute) {
  EXPECT_EQ(resolve("a/b", "/c"), "c");
  accepts(secret("import: {session: /a, secret: z}"));
}

}  // namespace
}  // namespace sconectl::session::test
