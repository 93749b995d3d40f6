#include "cli/manual.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/version.hpp"

namespace sconectl::cli {
namespace {

/// Text that troff prints as it is. A hyphen becomes a minus, so that options can be copied.
std::string troff(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    line_begins = c == '\n';
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '\'') {
      result += "\\(aq";
    } else if (c == '~') {
      result += "\\(ti";
    } else if (c == '^') {
      result += "\\(ha";
    } else {
      result += c;
    }
  }
  return result;
}

std::string bold(std::string_view text) {
  return fmt::format("\\fB{}\\fR", troff(text));
}

std::string heading(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return fmt::format(".TH {} 1 \"{}\" \"{}\" \"sconectl\"\n", troff(upper), version_date(),
                     troff(version_line()));
}

/// A term and what it means, indented.
std::string paragraph(const std::string& term, std::string_view meaning) {
  return fmt::format(".TP\n{}\n{}\n", term, troff(meaning));
}

std::string table(std::string_view title, std::span<const Meaning> rows) {
  std::string result = fmt::format(".SH {}\n", title);
  for (const Meaning& row : rows) result += paragraph(bold(row.what), row.meaning);
  return result;
}

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

bool may_repeat(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

/// "FILE", "[FILE]", "FILE..."
std::string argument(const CLI::Option& option) {
  const std::string name =
      fmt::format("\\fI{}\\fR{}", troff(option.get_name()), may_repeat(option) ? "..." : "");
  return option.get_required() ? name : "[" + name + "]";
}

/// "-c, --cas CAS"
std::string flags(const CLI::Option& option) {
  std::string result;
  const auto add = [&](const std::string& flag) {
    result += (result.empty() ? "" : ", ") + bold(flag);
  };
  for (const std::string& name : option.get_snames()) add("-" + name);
  for (const std::string& name : option.get_lnames()) add("--" + name);
  if (takes_value(option)) result += fmt::format(" \\fI{}\\fR", troff(option.get_type_name()));
  return result;
}

/// All options, also those of groups, which have a --help of their own.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> result = app.get_options();
  for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; }))
    for (const CLI::Option* option : group->get_options())
      if (option != group->get_help_ptr()) result.push_back(option);
  return result;
}

/// "Examples:\n  sconectl ...": as it stands, under a heading.
std::string examples(const std::string& footer) {
  constexpr std::string_view title = "Examples:\n";
  if (!footer.starts_with(title)) return "";
  return fmt::format(".SH EXAMPLES\n.EX\n{}\n.EE\n", troff(footer.substr(title.size())));
}

}  // namespace

std::string manual_name(std::string_view words) {
  std::string name = "sconectl-" + std::string(words);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string manual_page(const CLI::App& command) {
  const std::string words = command.get_name().substr(command.get_name().find(' ') + 1);
  std::string purpose = command.get_description();
  std::string options;
  std::string arguments;
  std::string usage = fmt::format("{} [\\fIOPTIONS\\fR]", bold(command.get_name()));
  for (const CLI::Option* option : options_of(command)) {
    if (option->get_positional()) {
      usage += " " + argument(*option);
      arguments += paragraph(fmt::format("\\fI{}\\fR", troff(option->get_name())),
                             option->get_description());
    } else {
      options += paragraph(flags(*option), option->get_description());
    }
  }
  std::string page = heading(manual_name(words));
  page += fmt::format(".SH NAME\n{} \\- {}\n", troff(manual_name(words)),
                      troff(purpose.substr(0, purpose.find_last_not_of('.') + 1)));
  page += fmt::format(".SH SYNOPSIS\n{}\n", usage);
  page += fmt::format(".SH DESCRIPTION\n{}\n{}", troff(purpose), arguments);
  page += ".SH OPTIONS\n" + options;
  page += ".SH \"EXIT STATUS\"\nAs for all commands, see\n.BR sconectl (1).\n";
  page += examples(command.get_footer());
  return page + ".SH \"SEE ALSO\"\n.BR sconectl (1)\n";
}

std::string general_manual_page() {
  std::string page = heading("sconectl");
  page +=
      ".SH NAME\nsconectl \\- confidential services, applications and their secrets\n"
      ".SH SYNOPSIS\n" +
      bold("sconectl") + " \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
  page += fmt::format(".SH DESCRIPTION\n{}\n", troff(purpose_of_the_program()));
  page +=
      "Data goes to stdout, everything else to stderr.\n"
      "The same program under the name\n.B scone\ntakes the same commands, and under the name\n"
      ".B kubectl\\-provision\nit is the plugin behind\n.BR \"kubectl provision\" .\n"
      ".PP\nAn argument \\fI@FILE\\fR stands for the lines of FILE, and \\fI@@x\\fR is a "
      "literal \\fI@x\\fR.\n";
  page += ".SH COMMANDS\n";
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    page += paragraph(fmt::format("{}(1)", bold(manual_name(command.words))), command.purpose);
  }
  page += table("OPTIONS", options_before_the_command());
  page += table("\"EXIT STATUS\"", exit_statuses());
  page += table("ENVIRONMENT", environment_variables());
  return page;
}

std::string launcher_manual_page() {
  std::string page = heading("sconectl-launcher");
  page += ".SH NAME\nsconectl\\-launcher \\- starts the program of a service in its container\n";
  page += ".SH SYNOPSIS\n" + bold("sconectl-launcher") + " \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
  page +=
      ".SH DESCRIPTION\n"
      "The part of\n.BR sconectl (1)\nthat native images carry as "
      "\\fI/opt/sconectl/sconectl\\fR,\nbecause it is small and needs nothing of the image.\n"
      ".B sconectl apply\nlooks for it beside the program\n.BR sconectl ,\nthen in "
      "\\fI../libexec/sconectl\\fR.\nNobody has to start it by hand.\n"
      ".SH COMMANDS\n";
  for (const Command& command : commands()) {
    const bool inside = command.words == "run" || command.words.starts_with("pod ");
    if (inside)
      page += paragraph(fmt::format("{}(1)", bold(manual_name(command.words))), command.purpose);
  }
  page +=
      ".SH \"EXIT STATUS\"\nThat of the program that was started, else as for all commands, see\n";
  return page + ".BR sconectl (1).\n.SH \"SEE ALSO\"\n.BR sconectl (1),\n.BR sconectl\\-run (1)\n";
}

}  // namespace sconectl::cli
