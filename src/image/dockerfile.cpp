#include "image/dockerfile.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

/// One instruction a line: nothing that is put in begins another.
class Dockerfile {
 public:
  void comment(std::string_view text) { line("#", text); }
  void from(std::string_view reference) { line("FROM", reference); }
  void label(std::string_view name, std::string_view value) {
    std::string quoted;
    for (const char c : value) {
      if (std::string_view("\"\\$").find(c) != std::string_view::npos) quoted += '\\';
      quoted += c;
    }
    line("LABEL", fmt::format("{}=\"{}\"", name, quoted));
  }
  void working_directory(std::string_view path) { line("WORKDIR", path); }
  void copy(std::vector<std::string> from, const std::string& to) {
    from.push_back(to);
    words("COPY", from);
  }
  void run(std::string_view command) { line("RUN", command); }
  void entrypoint(const std::vector<std::string>& argv) { words("ENTRYPOINT", argv); }
  void command(const std::vector<std::string>& argv) { words("CMD", argv); }

  [[nodiscard]] std::string text() const { return text_; }

 private:
  void words(std::string_view instruction, const std::vector<std::string>& list) {
    std::string json;
    for (const std::string& word : list)
      json += (json.empty() ? "" : ", ") + nlohmann::json(word).dump();
    line(instruction, "[" + json + "]");
  }
  void line(std::string_view instruction, std::string_view argument) {
    const auto odd = std::find_if(argument.begin(), argument.end(),
                                  [](char c) { return text::is_control(c) && c != '\t'; });
    if (odd != argument.end())
      throw diag::Error(
          diag::ErrorKind::invalid,
          fmt::format("a control character can not stand in {} of a Dockerfile", instruction));
    text_ += fmt::format("{} {}\n", instruction, argument);
  }

  std::string text_;
};

std::string as_folder(const std::string& path) {
  return path.ends_with('/') ? path : path + "/";
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string result;
  for (std::string_view line : text::lines(text)) {
    line = text::trimmed(line);
    if (line.ends_with('\\')) line = text::trimmed(line.substr(0, line.size() - 1));
    if (line.empty()) continue;
    if (!result.empty()) result += ' ';
    result += line;
  }
  return result;
}

std::string dockerfile(const DockerfileParts& parts) {
  Dockerfile file;
  file.comment(
      "Made by sconectl from a service manifest. Do not edit: the next run writes it again.");
  file.from(parts.base);
  for (const auto& [name, value] : parts.labels) file.label(name, value);
  file.working_directory(parts.pwd);
  if (parts.requirements.size() == 1) {
    file.copy({"requirements.txt"}, "/opt/sconectl/requirements.txt");
  } else if (!parts.requirements.empty()) {
    file.copy(parts.requirements, "/opt/sconectl/");
  }
  // Debian's Python refuses to install beside its own packages unless told that it may.
  if (!parts.requirements.empty())
    file.run(
        "PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install "
        "--no-cache-dir --disable-pip-version-check -r /opt/sconectl/requirements.txt");
  if (parts.application) file.copy({"app/"}, as_folder(parts.pwd));
  for (const std::string& line : parts.run) file.run(line);
  // After what the manifest runs, which may need files of these names.
  for (const auto& [folder, number] : parts.links)
    file.copy({fmt::format("links/{}/", number)}, as_folder(folder));
  file.copy({"scone/"}, "/scone/");
  switch (parts.runtime) {
    case Runtime::native:
      file.copy({"sconectl"}, "/opt/sconectl/sconectl");
      // Behind `--` stands what the container was started with: `docker run IMAGE a b` adds to it.
      file.entrypoint({"/opt/sconectl/sconectl", "run", "--", parts.program});
      file.command({});
      break;
    case Runtime::gramine:
      file.comment("What starts the program under Gramine is not built in yet.");
      break;
    case Runtime::scone:
      file.entrypoint({});
      file.command({parts.program});
      break;
  }
  return file.text();
}

}  // namespace sconectl::image
