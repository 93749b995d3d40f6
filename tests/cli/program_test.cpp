#include "program.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/command.hpp"
#include "cli/exit_status.hpp"

namespace sconectl::cli {
namespace {

using nlohmann::json;
using test::Program;
using testing::HasSubstr;

TEST(Program, without_arguments_help_goes_to_stdout) {
  Program program;
  EXPECT_EQ(program.run({}), 0);
  EXPECT_THAT(program.out, HasSubstr("Usage: sconectl COMMAND"));
  EXPECT_EQ(program.err, "");
}

TEST(Program, help_names_every_command_that_is_not_hidden) {
  Program program;
  ASSERT_EQ(program.run({"--help"}), 0);
  for (const Command& command : commands()) {
    const std::string row = "\n  " + std::string(command.words) + " ";
    EXPECT_EQ(testing::Value(program.out, HasSubstr(row)), !command.hidden) << command.words;
  }
}

TEST(Program, every_command_has_help_with_its_own_usage_line) {
  for (const Command& command : commands()) {
    if (command.words == "help" || command.hidden) continue;
    Program program;
    std::vector<std::string> arguments;
    std::istringstream words{std::string(command.words)};
    for (std::string word; words >> word;) arguments.push_back(word);
    arguments.emplace_back("--help");
    EXPECT_EQ(program.run(arguments), 0) << command.words;
    EXPECT_THAT(program.out, HasSubstr("Usage: sconectl " + std::string(command.words)));
    EXPECT_EQ(program.err, "");
    EXPECT_EQ(program.machine.files.writes(), 0) << command.words;
  }
}

TEST(Program, a_group_alone_lists_its_commands) {
  Program program;
  EXPECT_EQ(program.run({"session"}), 0);
  EXPECT_THAT(program.out, AllOf(HasSubstr("session create"), Not(HasSubstr("cas attest"))));
}

TEST(Program, help_about_a_command_is_that_commands_help) {
  Program program;
  ASSERT_EQ(program.run({"session", "create", "--help"}), 0);
  const std::string own = program.out;
  EXPECT_EQ(program.run({"help", "session", "create"}), 0);
  EXPECT_EQ(program.out, own);
}

TEST(Program, an_unknown_command_is_wrong_usage_and_the_nearest_is_named) {
  Program program;
  EXPECT_EQ(program.run({"aply"}), 2);
  EXPECT_THAT(program.err, HasSubstr("unknown command 'aply'; did you mean 'apply'?"));
  EXPECT_EQ(program.run({"session", "crate"}), 2);
  EXPECT_THAT(program.err, HasSubstr("did you mean 'session create'?"));
  EXPECT_EQ(program.out, "");
}

TEST(Program, an_unknown_option_is_wrong_usage_and_the_nearest_is_named) {
  Program program;
  EXPECT_EQ(program.run({"apply", "--dry-rum"}), 2);
  EXPECT_THAT(program.err, HasSubstr("did you mean '--dry-run'?"));
}

TEST(Program, an_option_without_its_value_is_not_taken_for_a_slip) {
  Program program;
  EXPECT_EQ(program.run({"apply", "--plan"}), 2);
  EXPECT_THAT(program.err, HasSubstr("required FILE missing (see 'sconectl apply --help')"));
}

TEST(Program, a_cas_does_not_start_with_an_option_that_says_nothing) {
  for (const auto& [option, value, said] :
       {std::tuple{"--owner", "", "--owner: '' is not a key hash"},
        {"--owner", "hash", "--owner: 'hash' is not a key hash"},
        {"--enclave-reconnect-timeout", "soon", "--enclave-reconnect-timeout: "},
        {"--enclave-reconnect-timeout", "", "--enclave-reconnect-timeout: "},
        {"--lock-timeout", "", "--lock-timeout: "},
        {"--lock-timeout", "00", "--lock-timeout: "},
        {"--lock-timeout", "-1s", "--lock-timeout: "}}) {
    Program program;
    EXPECT_EQ(program.run({"cas", "serve", option, value}), 2);
    EXPECT_THAT(program.err, HasSubstr(said));
  }
}

/// Whoever gives them believes that there is an audit log.
TEST(Program, options_of_an_audit_log_without_one_are_mistakes) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--audit-log-required"},
        {"--audit-log-mode", "unsigned"},
        {"--audit-log-server-ca", "ca.pem", "--audit-log", "audit.log"}}) {
    Program program;
    std::vector<std::string> words{"cas", "serve"};
    words.insert(words.end(), options.begin(), options.end());
    EXPECT_EQ(program.run(words), 2);
    EXPECT_THAT(program.err, HasSubstr(options.front() + " goes with --audit-log"));
  }
}

TEST(Program, CL005_version_is_one_line_that_ends_with_the_version) {
  Program program;
  EXPECT_EQ(program.run({"--version"}), 0);
  const std::string line = program.out;
  EXPECT_THAT(line, testing::MatchesRegex("sconectl [0-9][^ ]*\n"));
  EXPECT_EQ(program.run({"-V"}), 0);
  EXPECT_EQ(program.out, line);
  EXPECT_EQ(program.run({"version"}), 0);
  EXPECT_EQ(program.out, line);
  EXPECT_EQ(program.run({"version", "--json"}), 0);
  EXPECT_EQ("sconectl " + json::parse(program.out).at("version").get<std::string>() + "\n", line);
}

TEST(Program, CL003_an_argument_file_stands_for_its_lines) {
  Program program;
  program.machine.files.put("arguments", "--json\r\n\nversion\n");
  EXPECT_EQ(program.run({"@arguments"}), 0);
  EXPECT_TRUE(json::accept(program.out)) << program.out;
}

TEST(Program, CL003_argument_files_that_include_each_other_are_refused) {
  Program program;
  program.machine.files.put("a", "@b\n");
  program.machine.files.put("b", "@a\n");
  EXPECT_EQ(program.run({"@a"}), 2);
  EXPECT_THAT(program.err, HasSubstr("includes itself"));
  EXPECT_EQ(program.run({"@none"}), 4);
  EXPECT_THAT(program.err, HasSubstr("none"));
}

TEST(Program, CL003_a_doubled_at_sign_is_a_literal_one) {
  Program program;
  EXPECT_EQ(program.run({"@@version"}), 2);
  EXPECT_THAT(program.err, HasSubstr("unknown command '@version'"));
}

TEST(Program, CL001_options_before_the_command_are_taken) {
  Program program;
  EXPECT_EQ(program.run({"-o", "out.txt", "--json", "version"}), 0);
  EXPECT_EQ(program.out, "");
  EXPECT_TRUE(json::accept(program.machine.files.read("out.txt", 1000)));
  EXPECT_EQ(program.run({"-o"}), 2);
  EXPECT_THAT(program.err, HasSubstr("-o needs a value"));
}

TEST(Program, nothing_is_written_to_the_file_of_o_by_a_command_that_fails) {
  Program program;
  EXPECT_EQ(program.run({"-o", "out.txt", "check", "-f", "none.yaml"}), 4);
  EXPECT_FALSE(program.machine.files.exists("out.txt"));
}

TEST(Program, with_json_errors_are_one_document_on_stderr) {
  Program program;
  program.machine.files.put("bad.yaml",
                            "apiVersion: scone/5.8\nkind: genservise\n"
                            "build: {name: a, kind: python, to: a, command: b}\n");
  EXPECT_EQ(program.run({"--json", "check", "-f", "bad.yaml"}), 3);
  EXPECT_EQ(program.out, "");
  const json error = json::parse(program.err);
  EXPECT_EQ(error.at("schema"), "sconectl/v1/error");
  EXPECT_EQ(error.at("kind"), "invalid");
  EXPECT_EQ(error.at("diagnostics").at(0).at("file"), "bad.yaml");
  EXPECT_EQ(error.at("diagnostics").at(0).at("line"), 2);
  EXPECT_EQ(error.at("diagnostics").at(0).at("column"), 7);
}

TEST(Program, with_json_bytes_that_are_no_text_do_not_break_the_document) {
  Program program;
  EXPECT_EQ(program.run({"--json", "check", "-f", "none\xff\xfe.yaml"}), 4);
  EXPECT_EQ(json::parse(program.err).at("kind"), "unavailable");
}

TEST(ExitStatus, every_kind_of_error_has_its_status) {
  using diag::ErrorKind;
  EXPECT_EQ(exit_status(ErrorKind::failed), 1);
  EXPECT_EQ(exit_status(ErrorKind::refused), 1);
  EXPECT_EQ(exit_status(ErrorKind::unauthenticated), 1);
  EXPECT_EQ(exit_status(ErrorKind::not_found), 1);
  EXPECT_EQ(exit_status(ErrorKind::conflict), 1);
  EXPECT_EQ(exit_status(ErrorKind::unsupported), 1);
  EXPECT_EQ(exit_status(ErrorKind::usage), 2);
  EXPECT_EQ(exit_status(ErrorKind::invalid), 3);
  EXPECT_EQ(exit_status(ErrorKind::unavailable), 4);
  EXPECT_EQ(exit_status(ErrorKind::too_many), 4);
  EXPECT_EQ(exit_status(ErrorKind::interrupted), 130);
}

TEST(Completion, names_every_visible_command_for_each_shell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    Program program;
    ASSERT_EQ(program.run({"completion", shell}), 0);
    for (const Command& command : commands()) {
      if (command.hidden) continue;
      const std::string last(command.words.substr(command.words.rfind(' ') + 1));
      EXPECT_THAT(program.out, HasSubstr(last)) << shell;
    }
    EXPECT_THAT(program.out, HasSubstr("sconectl")) << shell;
  }
}

TEST(Completion, an_unknown_shell_is_wrong_usage) {
  Program program;
  EXPECT_EQ(program.run({"completion", "csh"}), 2);
  EXPECT_THAT(program.err, HasSubstr("csh"));
}

TEST(Terminal, quiet_leaves_data_and_errors_only) {
  Program program;
  program.machine.files.put("session.yaml", "name: a\nversion: \"0.3.10\"\npredecessor: ~\n");
  EXPECT_EQ(program.run({"check", "-q", "-f", "session.yaml"}), 0);
  EXPECT_EQ(program.err, "");
  EXPECT_EQ(program.out, "session.yaml: valid session 'a'\n");
  EXPECT_EQ(program.run({"check", "-q", "-f", "none.yaml"}), 4);
  EXPECT_THAT(program.err, HasSubstr("none.yaml"));
}

TEST(Terminal, colour_is_only_for_a_terminal_that_wants_it) {
  Program program;
  program.machine.environment.terminal = true;
  EXPECT_EQ(program.run({"aply"}), 2);
  EXPECT_THAT(program.err, HasSubstr("\033[31m"));
  for (const char* variable : {"NO_COLOR", "CI"}) {
    Program plain;
    plain.machine.environment.terminal = true;
    plain.machine.environment.variables[variable] = "1";
    EXPECT_EQ(plain.run({"aply"}), 2);
    EXPECT_THAT(plain.err, AllOf(HasSubstr("Error:"), Not(HasSubstr("\033")))) << variable;
  }
}

std::string service_with(const std::string& more) {
  return "apiVersion: scone/5.8\nkind: genservice\n" + more +
         "build: {name: a, kind: python, to: r/a:1, pwd: /, command: python3 a.py}\n";
}

TEST(Check, of_a_service_tells_what_its_session_would_be_refused_for) {
  const auto check = [](const std::string& more) {
    Program program;
    program.machine.files.put("service.yaml", service_with(more));
    const int status = program.run({"check", "-f", "service.yaml"});
    EXPECT_EQ(status, program.err.empty() ? 0 : 3) << program.err;
    return program.err;
  };
  const std::string secrets = "secrets:\n  global:\n    - {name: k, kind: private-key}\n    - ";
  EXPECT_THAT(check(secrets + "{name: c, kind: x509, private_key: k, dns: 'a,b'}\n"),
              AllOf(HasSubstr("service.yaml:6:"), HasSubstr("more than one name in one text")));
  EXPECT_THAT(check(secrets + "{name: h, kind: binary, value: 'fe ed'}\n"),
              HasSubstr("must be hex digits"));
  EXPECT_EQ(check(secrets + "{name: h, kind: binary, value: \"feed\\n\"}\n"), "");
  EXPECT_EQ(check(secrets + "{name: c, kind: x509, private_key: k, dns: '{{HOST}}'}\n"), "");
  EXPECT_THAT(check("injection_files:\n  - {path: /x, content: 'a {{ \\$labels.instance }}'}\n"),
              AllOf(HasSubstr("service.yaml:4:25: error: '$labels.instance' is not the name"),
                    HasSubstr("write '\\{{'")));
  EXPECT_EQ(check("injection_files:\n  - {path: /x, content: 'a \\{{ \\$x }} {{NAME}}'}\n"), "");
}

}  // namespace
}  // namespace sconectl::cli
