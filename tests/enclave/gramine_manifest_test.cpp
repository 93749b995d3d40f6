#include "sconectl/enclave/gramine_manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "enclave/memory_tree.hpp"
#include "enclave/walk.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/enclave/settings.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::enclave {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string hash_of(const std::string& bytes) {
  return crypto::hex(crypto::view(crypto::sha256(bytes)));
}

std::string told(const diag::Diagnostics& out) {
  std::string lines;
  for (const diag::Diagnostic& each : out.all()) lines.append(each.line() + "\n");
  return lines;
}

ManifestRequest python_request() {
  ManifestRequest request;
  request.start.entrypoint = {"python3", "-u"};
  request.start.command = {"app.py", "--name", "a \"quoted\" word"};
  request.start.environment = {{"PATH", "/usr/local/bin:/usr/bin"}, {"LANG", "C.UTF-8"}};
  request.start.directory = "/app";
  return request;
}

/// Of the shape that Azure's example for provisioned secrets has.
const std::string secret_client = R"(loader.env.LD_PRELOAD = "libsecret_prov_attest.so"
loader.env.SECRET_PROVISION_CONSTRUCTOR = "1"
loader.env.SECRET_PROVISION_CA_CHAIN_PATH = "certificates/ca.pem"
loader.env.SECRET_PROVISION_SERVERS = { passthrough = true }

sgx.remote_attestation = "dcap"
sgx.allowed_files = [
  "file:/etc/ethers",
  "file:/etc/hosts",
  "file:/etc/nsswitch.conf",
  "file:/etc/resolv.conf",
]
)";

struct SmallImage : test::MemoryTree {
  SmallImage() {
    files = {{"/usr/lib/x86_64-linux-gnu/gramine/libsysdb.so", "LibOS"},
             {"/gramine/app_files/trusted_argv", "argv"},
             {"/usr/bin/python3", "python"},
             {"/app/app.py", "print()"},
             {"/etc/hosts", "127.0.0.1 build-container"},
             {"/etc/hostname", "build-container"},
             {"/etc/resolv.conf", "nameserver 192.0.2.1"},
             {"/etc/nsswitch.conf", "hosts: files"},
             {"/etc/shadow", "root:!"},
             {"/etc/rc2.d/S01x", "x"},
             {"/proc/self/maps", "x"},
             {"/var/lib/x", "x"},
             {"/gramine/measuring/sconectl", "x"},
             {"/dev/null", ""},
             {"/etc/ld.so.conf", "# libraries\ninclude /etc/ld.so.conf.d/*.conf\n"},
             {"/etc/ld.so.conf.d/local.conf", "/usr/local/lib\n/missing\n"},
             {"/usr/local/lib/libx.so", "x"}};
    links = {{"/bin", "usr/bin"}, {"/usr/bin/X11", "."}, {"/usr/bin/py", "/usr/bin/python3"}};
    programs = {{"/usr/bin/python3", true}};
  }
};

std::string finished(const std::string& manifest, const FileTree& tree, bool whole = true) {
  diag::Diagnostics out;
  std::string result = finish_manifest("entrypoint.manifest", manifest, tree, {whole}, out);
  EXPECT_FALSE(out.has_errors()) << told(out);
  return result;
}

std::string finishing_mistakes(const std::string& manifest, const FileTree& tree) {
  diag::Diagnostics out;
  static_cast<void>(finish_manifest("entrypoint.manifest", manifest, tree, {}, out));
  return told(out);
}

TEST(RenderManifest, EV056_of_an_image_without_a_manifest_of_its_own) {
  diag::Diagnostics out;
  const RenderedManifest rendered = render_manifest(python_request(), out);
  test::expect_golden(test::source_directory() / "tests/golden/gramine/python.manifest",
                      rendered.manifest);
  EXPECT_THAT(out.all(), IsEmpty());
  EXPECT_EQ(rendered.program, "python3");
  EXPECT_EQ(rendered.link, "/gramine/app_files/python3");
  EXPECT_EQ(render_manifest(python_request(), out).manifest, rendered.manifest);
}

TEST(RenderManifest, EV056_a_manifest_of_the_user_is_completed) {
  ManifestRequest request = python_request();
  request.user_manifest_name = "client.manifest";
  request.user_manifest = secret_client;
  request.start.environment.push_back({"SECRET_PROVISION_SERVERS", "localhost:4433"});
  request.start.environment.push_back({"LD_PRELOAD", "libjemalloc.so"});
  diag::Diagnostics out;
  const RenderedManifest rendered = render_manifest(request, out);
  test::expect_golden(test::source_directory() / "tests/golden/gramine/client.manifest",
                      rendered.manifest);
  EXPECT_THAT(told(out), HasSubstr("client.manifest:4:"));
  EXPECT_EQ(out.all().size(), 1U) << told(out);
}

TEST(RenderManifest, EV057_no_word_of_the_command_is_lost) {
  const auto arguments = [](std::vector<std::string> entrypoint, std::vector<std::string> command) {
    ManifestRequest request;
    request.start.entrypoint = std::move(entrypoint);
    request.start.command = std::move(command);
    diag::Diagnostics out;
    std::string words = render_manifest(request, out).arguments;
    std::replace(words.begin(), words.end(), '\0', '|');
    return words;
  };
  const std::string echo = "/gramine/app_files/echo|";
  EXPECT_EQ(arguments({"/bin/echo", "one"}, {"two", "three"}), echo + "one|two|three|");
  EXPECT_EQ(arguments({"/bin/echo"}, {"two", "three"}), echo + "two|three|");
  EXPECT_EQ(arguments({"/bin/echo", "a", "b", "c"}, {"d"}), echo + "a|b|c|d|");
  EXPECT_EQ(arguments({}, {"/bin/echo", "x y", "", "$z"}), echo + "x y||$z|");
  EXPECT_EQ(arguments({"/bin/echo"}, {}), echo);
  EXPECT_EQ(arguments({"/bin/sh", "-c", "echo a"}, {}), "/gramine/app_files/sh|-c|echo a|");
  EXPECT_THROW(static_cast<void>(arguments({}, {})), diag::Error);
  EXPECT_THROW(static_cast<void>(arguments({""}, {})), diag::Error);
}

TEST(RenderManifest, EV057_relative_programs_count_from_the_working_directory) {
  const auto program = [](const std::string& word, const std::string& directory) {
    ManifestRequest request;
    request.start.command = {word};
    request.start.directory = directory;
    diag::Diagnostics out;
    return render_manifest(request, out).program;
  };
  EXPECT_EQ(program("bin/app", "/srv"), "/srv/bin/app");
  EXPECT_EQ(program("./app", ""), "/./app");
  EXPECT_EQ(program("/app", "/srv"), "/app");
  EXPECT_EQ(program("app", "/srv"), "app");
}

TEST(RenderManifest, EV056_values_of_the_environment_stay_values) {
  ManifestRequest request;
  request.start.command = {"/app"};
  request.start.environment = {{"QUOTES", "a\"b\\c"}, {"LINES", "one\ntwo\ttab"},
                               {"EQUALS", "a=b"},     {"odd.name", "x"},
                               {"EMPTY", ""},         {"BINARY", "\xff"}};
  request.start.passed_through = {"TZ"};
  request.insecure_arguments = true;
  request.debug = true;
  diag::Diagnostics out;
  const std::string manifest = render_manifest(request, out).manifest;
  EXPECT_THAT(
      manifest,
      AllOf(HasSubstr("QUOTES = \"a\\\"b\\\\c\""), HasSubstr("LINES = \"one\\u000Atwo\\u0009tab\""),
            HasSubstr("EQUALS = \"a=b\""), HasSubstr("\"odd.name\" = \"x\""),
            HasSubstr("EMPTY = \"\""), HasSubstr("[loader.env.TZ]\npassthrough = true")));
  EXPECT_THAT(manifest,
              AllOf(HasSubstr("insecure__use_cmdline_argv = true"), Not(HasSubstr("argv_src_file")),
                    HasSubstr("debug = true"), HasSubstr("log_level = \"all\"")));
  EXPECT_THAT(told(out), HasSubstr("not UTF-8"));
}

TEST(RenderManifest, EV056_what_the_user_says_wins_and_is_told) {
  ManifestRequest request = python_request();
  request.user_manifest_name = "own.manifest";
  request.user_manifest =
      "sys.enable_extra_runtime_domain_names_conf = false\n"
      "loader.log_level = \"error\"\n"
      "fs.start_dir = \"/elsewhere\"\n"
      "loader.env.PATH = \"/own\"\n"
      "sgx.trusted_files = [\"file:/a\"]\n";
  diag::Diagnostics out;
  const std::string manifest = render_manifest(request, out).manifest;
  EXPECT_THAT(manifest, AllOf(HasSubstr("start_dir = \"/elsewhere\""),
                              HasSubstr("enable_extra_runtime_domain_names_conf = false"),
                              HasSubstr("PATH = \"/own:/usr/local/bin:/usr/bin\""),
                              HasSubstr("trusted_files = [\n  \"file:/a\",\n  "
                                        "\"file:/gramine/app_files/trusted_argv\",\n]")));
  EXPECT_THAT(told(out), AllOf(HasSubstr("own.manifest:1:"), HasSubstr("'fs.start_dir'"),
                               Not(HasSubstr("log_level"))));
}

TEST(RenderManifest, EV056_a_manifest_that_is_no_toml_is_refused_with_its_place) {
  ManifestRequest request = python_request();
  request.user_manifest_name = "own.manifest";
  for (const char* text : {"sgx = \n", "a = 1\na = 2\n", "{{ jinja }}\n"}) {
    request.user_manifest = text;
    diag::Diagnostics out;
    try {
      static_cast<void>(render_manifest(request, out));
      ADD_FAILURE() << text;
    } catch (const diag::Error& error) {
      EXPECT_THAT(error.diagnostics().front().line(), HasSubstr("own.manifest:"));
    }
  }
}

TEST(FinishManifest, EV058_every_file_that_stays_the_same_is_trusted) {
  diag::Diagnostics out;
  const std::string rendered = render_manifest(python_request(), out).manifest;
  const SmallImage tree;
  const std::string manifest = finished(rendered, tree);
  test::expect_golden(test::source_directory() / "tests/golden/gramine/python.manifest.sgx",
                      manifest);
  EXPECT_EQ(finished(rendered, tree), manifest);
  EXPECT_EQ(settings_of("m", manifest).shape.threads, 4U);
  // Both ways to a linked directory, and no circle.
  EXPECT_THAT(manifest,
              AllOf(HasSubstr("\"file:/bin/python3\""), HasSubstr("\"file:/usr/bin/python3\""),
                    HasSubstr("\"file:/usr/bin/py\""), Not(HasSubstr("X11"))));
}

TEST(FinishManifest, EV058_what_differs_between_two_builds_has_no_part_in_it) {
  diag::Diagnostics out;
  const std::string rendered = render_manifest(python_request(), out).manifest;
  SmallImage tree;
  const std::string first = finished(rendered, tree);
  for (const char* path : {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/proc/self/maps",
                           "/etc/shadow", "/var/lib/x", "/gramine/measuring/sconectl"})
    tree.files[path] = "another container";
  EXPECT_EQ(finished(rendered, tree), first);
  tree.files["/app/app.py"] = "print(1)";
  EXPECT_NE(finished(rendered, tree), first);
}

TEST(FinishManifest, EV059_allowed_files_are_not_hashed_and_need_not_exist) {
  ManifestRequest request = python_request();
  request.user_manifest = secret_client +
                          "fs.mounts = [{type = \"encrypted\", path = \"/data\", "
                          "uri = \"file:/data\"}]\nsgx.protected_files = "
                          "[\"file:/old/\"]\n";
  diag::Diagnostics out;
  const std::string rendered = render_manifest(request, out).manifest;
  SmallImage tree;
  tree.files["/data/x"] = "x";
  tree.files["/old/y"] = "x";
  const std::string manifest = finished(rendered, tree);
  EXPECT_THAT(manifest, AllOf(HasSubstr("\"file:/etc/ethers\""),
                              Not(HasSubstr("uri = \"file:/etc/nsswitch.conf\"")),
                              Not(HasSubstr("file:/data/x")), Not(HasSubstr("file:/old/y"))));
  tree.files["/etc/nsswitch.conf"] = "changed";
  tree.files["/data/x"] = "changed";
  EXPECT_EQ(finished(rendered, tree), manifest);
}

const std::string entry =
    "loader.entrypoint.uri = \"file:/usr/lib/x86_64-linux-gnu/gramine/libsysdb.so\"\n";

TEST(FinishManifest, EV060_directories_end_with_a_slash) {
  SmallImage tree;
  tree.files["/srv/b/c"] = "c";
  tree.files["/srv/a"] = "a";
  tree.links["/srv/link"] = "/app";
  const std::string manifest =
      finished(entry + "sgx.trusted_files = [\"file:/srv/\"]\n", tree, false);
  EXPECT_THAT(manifest, HasSubstr("trusted_files = [\n  { sha256 = \"" + hash_of("a") +
                                  "\", uri = \"file:/srv/a\" },\n  { sha256 = \"" + hash_of("c") +
                                  "\", uri = \"file:/srv/b/c\" },\n]"));
  EXPECT_THAT(finishing_mistakes(entry + "sgx.trusted_files = [\"file:/srv\"]\n", tree),
              AllOf(HasSubstr("entrypoint.manifest:2:"), HasSubstr("write 'file:/srv/'")));
  EXPECT_THAT(finishing_mistakes(entry + "sgx.trusted_files = [\"file:/app/app.py/\"]\n", tree),
              HasSubstr("no such directory"));
  EXPECT_THAT(finishing_mistakes(entry + "sgx.allowed_files = [\"file:/srv\"]\n", tree),
              AllOf(HasSubstr("warning"), HasSubstr("'file:/srv/'")));
}

TEST(FinishManifest, EV060_files_named_twice_are_one_unless_their_hashes_differ) {
  const SmallImage tree;
  const std::string same =
      finished(entry + "sgx.trusted_files = [\"file:/app/app.py\", {uri = \"file:/app/app.py\"}]\n",
               tree, false);
  EXPECT_EQ(same, finished(entry + "sgx.trusted_files = [\"file:/app/app.py\"]\n", tree, false));
  EXPECT_THAT(finishing_mistakes(entry + "sgx.trusted_files = [\"file:/app/app.py\", {uri = "
                                         "\"file:/app/app.py\", sha256 = \"00\"}]\n",
                                 tree),
              HasSubstr("two different hashes"));
  EXPECT_THAT(
      finishing_mistakes(entry + "sgx.trusted_files = [\"file:/missing\", 3, \"/app\"]\n", tree),
      AllOf(HasSubstr("'file:/missing' is not there"), HasSubstr(":2:42: error"),
            HasSubstr("begins with 'file:'")));
  for (const char* list : {"sgx.trusted_files", "sgx.allowed_files", "fs.mounts"})
    EXPECT_THAT(finishing_mistakes(entry + list + " = \"file:/app/app.py\"\n", tree),
                HasSubstr("has to be a list"));
  EXPECT_THAT(finishing_mistakes("sgx.trusted_files = []\n", tree),
              HasSubstr("'loader.entrypoint.uri' has to be a text"));
  EXPECT_THAT(finishing_mistakes("loader.entrypoint.uri = \"file:/nowhere\"\n", tree),
              HasSubstr("is not there"));
}

TEST(FinishManifest, EV060_without_checks_only_what_is_named_is_hashed) {
  const std::string manifest = finished(entry +
                                            "sgx.file_check_policy = \"allow_all_but_log\"\n"
                                            "sgx.trusted_files = [\"file:/app/app.py\"]\n",
                                        SmallImage());
  EXPECT_THAT(manifest, AllOf(HasSubstr("uri = \"file:/app/app.py\""), Not(HasSubstr("python3"))));
}

TEST(FinishManifest, EV056_every_place_for_the_images_library_paths_is_filled) {
  const auto paths_of = [](const std::string& value, const FileTree& tree) {
    const std::string manifest =
        finished(entry + "loader.env.LD_LIBRARY_PATH = \"" + value + "\"\n", tree, false);
    const std::string key = "LD_LIBRARY_PATH = \"";
    const std::size_t at = manifest.find(key) + key.size();
    return manifest.substr(at, manifest.find('"', at) - at);
  };
  SmallImage tree;
  EXPECT_EQ(paths_of("/a:{{library_paths}}:/b:{{library_paths}}", tree),
            "/a:/usr/local/lib:/b:/usr/local/lib");
  tree.files["/etc/ld.so.conf"] =
      "include *.conf\ninclude /etc/*/x.conf\ninclude *\ninclude \ninclude /etc/ld.so.conf\n"
      "include /etc/ld.so.conf.d/l*l.conf\n";
  EXPECT_EQ(paths_of("/a:{{library_paths}}", tree).substr(0, 17), "/a:/usr/local/lib");
  tree.files.erase("/etc/ld.so.conf");
  EXPECT_EQ(paths_of("/a:{{library_paths}}:/b:{{library_paths}}", tree), "/a:/b");
  EXPECT_EQ(paths_of("{{library_paths}}", tree), "");
  EXPECT_EQ(paths_of("/a", tree), "/a");
}

TEST(FinishManifest, EV058_files_that_can_not_be_read_or_named_are_left_out) {
  diag::Diagnostics out;
  const std::string rendered = render_manifest(python_request(), out).manifest;
  SmallImage tree;
  tree.files["/root/secret"] = "x";
  tree.unreadable["/root/secret"] = true;
  tree.files["/srv/\xff"] = "x";
  const std::string manifest = finish_manifest("m", rendered, tree, {true}, out);
  EXPECT_THAT(manifest,
              AllOf(HasSubstr("app.py"), Not(HasSubstr("/root/secret")), Not(HasSubstr("/srv"))));
  EXPECT_THAT(told(out), AllOf(HasSubstr("1 files are not trusted, because they can not be read"),
                               HasSubstr("because their names are not UTF-8")));
}

TEST(FinishManifest, EV058_links_that_lead_everywhere_come_to_an_end) {
  test::MemoryTree tree;
  tree.files["/a/file"] = "x";
  tree.links = {{"/a/loop", "/a/loop"}, {"/a/up", ".."}, {"/b", "a"}, {"/c", "/b/up/b"}};
  const auto none = [](const std::string&) { return false; };
  EXPECT_THAT(all_files(tree, none), ElementsAre("/a/file", "/b/file", "/c/file"));
  // 2^11 ways through twelve directories.
  test::MemoryTree wide;
  for (int i = 0; i < 12; ++i) {
    const std::string here = "/d" + std::to_string(i);
    wide.files[here + "/file"] = "x";
    wide.links[here + "/one"] = wide.links[here + "/two"] = "/d" + std::to_string(i + 1);
  }
  EXPECT_THROW(static_cast<void>(all_files(wide, none, 1'000)), diag::Error);
}

TEST(FindProgram, EV061_is_in_path_or_where_it_says_and_can_be_started) {
  const SmallImage tree;
  EXPECT_EQ(find_program(tree, "python3", "/app", "/nowhere::bin:/bin:/usr/bin"), "/bin/python3");
  EXPECT_EQ(find_program(tree, "/usr/bin/py", "/", ""), "/usr/bin/py");
  EXPECT_EQ(find_program(tree, "bin/python3", "/usr", ""), "/usr/bin/python3");
  for (const char* program : {"python4", "/app/app.py", "/bin", "app.py", "../python3"})
    EXPECT_THROW(static_cast<void>(find_program(tree, program, "/app", "/bin:/app")), diag::Error)
        << program;
}

TEST(Walk, is_changing_is_exact) {
  for (const char* path : {"/proc", "/proc/1", "/etc/shadow-", "/etc/rc5.d/x", "/run/x", "/var/x",
                           "/gramine/measuring/x", "/etc/resolv.conf"})
    EXPECT_TRUE(is_changing(path)) << path;
  for (const char* path : {"/processes", "/etc/rc.local", "/etc/rc5.d", "/etc/rcS.dx/y",
                           "/variable", "/etc/hosts.allow", "/gramine/app_files/x", "/usr/var/x"})
    EXPECT_FALSE(is_changing(path)) << path;
}

}  // namespace
}  // namespace sconectl::enclave
