#include "image/dockerfile.hpp"

#include <fmt/core.h>

#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

std::string quoted(std::string_view text, std::string_view escaped) {
  std::string result = "\"";
  for (const char c : text) {
    if (escaped.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result + '"';
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
  std::string text =
      "# Made by sconectl from a service manifest. Do not edit: the next run "
      "writes it again.\n";
  text += fmt::format("FROM {}\n", parts.base);
  for (const auto& [name, value] : parts.labels)
    text += fmt::format("LABEL {}={}\n", name, quoted(value, "\"\\$"));
  text += fmt::format("WORKDIR {}\n", parts.pwd);
  if (parts.requirements.size() == 1)
    text += "COPY [\"requirements.txt\", \"/opt/sconectl/requirements.txt\"]\n";
  if (parts.requirements.size() > 1) {
    text += "COPY [";
    for (const std::string& name : parts.requirements) text += quoted(name, "") + ", ";
    text += "\"/opt/sconectl/\"]\n";
  }
  if (!parts.requirements.empty()) {
    // Debian's Python refuses to install beside its own packages unless told that it may.
    text +=
        "RUN PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore python3 -m pip install "
        "--no-cache-dir --disable-pip-version-check -r /opt/sconectl/requirements.txt\n";
  }
  if (parts.application)
    text += fmt::format("COPY [\"app/\", \"{}{}\"]\n", parts.pwd, parts.pwd == "/" ? "" : "/");
  for (const std::string& line : parts.run) text += fmt::format("RUN {}\n", line);
  // After what the manifest runs, which may need files of these names.
  for (const auto& [folder, number] : parts.links)
    text += fmt::format("COPY [\"links/{}/\", {}]\n", number,
                        quoted(folder == "/" ? folder : folder + "/", "\"\\"));
  text += "COPY [\"scone/\", \"/scone/\"]\n";
  switch (parts.runtime) {
    case Runtime::native:
      text += "COPY [\"sconectl\", \"/opt/sconectl/sconectl\"]\n";
      // What is behind `--` is what the container was started with; `docker run IMAGE a b` adds to
      // it.
      text += fmt::format("ENTRYPOINT [\"/opt/sconectl/sconectl\", \"run\", \"--\", {}]\nCMD []\n",
                          quoted(parts.program, "\"\\"));
      break;
    case Runtime::gramine:
      text += "# What starts the program under Gramine is not built in yet.\n";
      break;
    case Runtime::scone:
      text += fmt::format("ENTRYPOINT []\nCMD [{}]\n", quoted(parts.program, "\"\\"));
      break;
  }
  return text;
}

}  // namespace sconectl::image
