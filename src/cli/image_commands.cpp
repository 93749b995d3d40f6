// `sconectl image ...` and `sconectl resolve`: what images are, and which ones are meant.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "sconectl/action/image_diff.hpp"
#include "sconectl/action/image_rebase.hpp"
#include "sconectl/action/resolve_images.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/files.hpp"
#include "sconectl/text/terminal_text.hpp"

namespace sconectl::cli {
namespace {

std::string line_of(const action::ImageDifference& difference) {
  const auto line = [&] {
    if (difference.left.empty())
      return fmt::format("{}: only in the second ({})", difference.what, difference.right);
    if (difference.right.empty())
      return fmt::format("{}: only in the first ({})", difference.what, difference.left);
    return fmt::format("{}: {}, in the second {}", difference.what, difference.left,
                       difference.right);
  };
  return text::without_escapes(line());  // names in images are anybody's
}

nlohmann::json as_json(const action::ImageDiff& diff) {
  nlohmann::json list = nlohmann::json::array();
  for (const action::ImageDifference& each : diff.differences)
    list.push_back({{"what", each.what}, {"left", each.left}, {"right", each.right}});
  return {{"schema", "sconectl/v1/image-diff"},
          {"left", diff.left_digest},
          {"right", diff.right_digest},
          {"differences", std::move(list)}};
}

nlohmann::json as_json(const action::ImageRebase& made, bool dry_run) {
  return {{"schema", "sconectl/v1/image-rebase"},
          {"image", made.image},
          {"digest", made.digest},
          {"id", made.id},
          {"old_base", made.old_base},
          {"new_base", made.new_base},
          {"layers",
           {{"old_base", made.layers_of_old_base},
            {"new_base", made.layers_of_new_base},
            {"own", made.own_layers}}},
          {"file_list", made.file_list},
          {"unchanged", made.unchanged},
          {"dry_run", dry_run}};
}

}  // namespace

int image_diff_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "image diff",
                "Say why two images are not the same: the configuration, then the first file that "
                "differs. Status 0 if they are, 1 if not.");
  std::string left;
  std::string right;
  bool all = false;
  parser.add_option("A", left, "An image in a registry, or oci:DIR[:NAME]")->required();
  parser.add_option("B", right, "Another one")->required();
  parser.add_flag("--all", all, "Every file that differs");
  parser.examples({"sconectl image diff registry/app:1 registry/app:2",
                   "sconectl image diff oci:target/images/app/image registry/app:1"});
  if (!parser.read(std::move(arguments))) return 0;
  const action::ImageDiff diff = action::diff_images(invocation.system, left, right);
  Terminal& terminal = invocation.terminal;
  if (terminal.json) {
    terminal.document(as_json(diff));
    return diff.differences.empty() ? 0 : 1;
  }
  if (diff.differences.empty()) {
    terminal.data("the images are the same");
    return 0;
  }
  std::size_t files = 0;
  for (const action::ImageDifference& each : diff.differences) {
    const bool is_file = each.what.starts_with('/');
    if (!is_file || all || files == 0) terminal.data(line_of(each));
    files += is_file ? 1U : 0U;
  }
  if (files > 1 && !all)
    terminal.data(fmt::format("and {} more files; '--all' names them", files - 1));
  return 1;
}

int image_rebase_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(invocation, "image rebase",
                "Put a native image on another base without building it again: its own layers, the "
                "list of their files and its session stay. Refused where that would not be the "
                "same image.");
  action::RebaseOptions options;
  parser.add_option("IMAGE", options.image, "An image in a registry, or oci:DIR[:NAME]")
      ->required();
  parser.add_option("--base", options.base, "The new base")->required()->type_name("IMAGE");
  parser.add_option("--from", options.from, "The base it was built on, where it does not say that")
      ->type_name("IMAGE");
  parser.add_option("--to", options.to, "Where the result goes (default: over IMAGE)")
      ->type_name("IMAGE");
  parser.add_flag("--keep-environment", options.keep_environment,
                  "Where the bases have other variables, keep those of the session");
  parser.add_flag("-d,--dry-run", options.dry_run, "Say what it would be, but send nothing");
  parser.examples(
      {"sconectl image rebase registry/app:1 --base registry/python:3 --to registry/app:2",
       "sconectl image rebase registry/app:1 --base registry/python:3 --dry-run"});
  if (!parser.read(std::move(arguments))) return 0;
  const action::ImageRebase made = action::rebase_image(invocation.system, options);
  Terminal& terminal = invocation.terminal;
  if (terminal.json) {
    terminal.document(as_json(made, options.dry_run));
    return 0;
  }
  terminal.data(fmt::format("base {} -> {}", made.old_base, made.new_base));
  terminal.data(fmt::format("layers of the base {} -> {}, its own {}", made.layers_of_old_base,
                            made.layers_of_new_base, made.own_layers));
  if (!made.file_list.empty())
    terminal.data(fmt::format("list of files {}, as before", made.file_list));
  terminal.data(fmt::format("image {} {}, digest {}", made.image,
                            made.unchanged    ? "unchanged"
                            : options.dry_run ? "would be rebased"
                                              : "rebased",
                            made.digest));
  return 0;
}

int resolve_command(Invocation& invocation, std::vector<std::string> arguments) {
  Parser parser(
      invocation, "resolve",
      "Print a manifest, or any YAML that names images, with the digest that each of them "
      "has now behind its tag.");
  std::string file;
  std::vector<std::string> given;
  action::ResolveOptions options;
  bool write = false;
  parser.add_option("-f,--filename", file, "The file, or '-' for stdin")
      ->required()
      ->type_name("FILE");
  parser.add_option("-e", given, "Replace $NAME and ${NAME} in names of images (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
  parser.add_flag("--use-env", options.substitutions.use_environment,
                  "Replace them from the environment");
  parser.add_flag("-w,--write", write, "Write it back to the file");
  parser.examples({"sconectl resolve -f mesh.yaml -e APP_IMAGE_REPO=registry/app > pinned.yaml",
                   "sconectl resolve -f service.yaml --write"});
  if (!parser.read(std::move(arguments))) return 0;
  if (write && file == "-")
    throw diag::Error(diag::ErrorKind::usage, "--write needs a file: '-' is stdin");
  options.substitutions.given = assignments(given);
  const std::string text = action::resolve_images(invocation.system, file, options);
  if (write) {
    host::Files& files = invocation.system.files;
    const auto status = files.status(file);
    if (files.read(file) != text) files.write(file, text, status ? status->mode : 0644U);
  } else {
    invocation.terminal.bytes(text);
  }
  return 0;
}

}  // namespace sconectl::cli
