#include "image/dockerfile_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::image {
namespace {

std::string json_list(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& word : list) {
    text += text.empty() ? "[" : ", ";
    text += nlohmann::json(word).dump();
  }
  return text.empty() ? "[]" : text + "]";
}

std::string assignment(std::string_view name, std::string_view value) {
  std::string quoted;
  for (const char c : value) {
    if (std::string_view("\"\\$").find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return fmt::format("{}=\"{}\"", name, quoted);
}

struct Stage {
  std::string_view from;
  std::string_view name;  ///< or ""
};

std::vector<Stage> stages_of(std::string_view dockerfile) {
  constexpr std::string_view instruction = "FROM ";
  constexpr std::string_view naming = " AS ";
  std::vector<Stage> result;
  for (const std::string_view line : text::lines(dockerfile)) {
    if (!line.starts_with(instruction)) continue;
    const std::string_view rest = line.substr(instruction.size());
    const auto named = rest.find(naming);
    result.push_back({rest.substr(0, named), named == std::string_view::npos
                                                 ? std::string_view()
                                                 : rest.substr(named + naming.size())});
  }
  return result;
}

}  // namespace

void Dockerfile::from(std::string_view reference, std::string_view stage) {
  line("FROM", stage.empty() ? std::string(reference) : fmt::format("{} AS {}", reference, stage));
}

void Dockerfile::copy_from(std::string_view stage, std::vector<std::string> from,
                           const std::string& to) {
  from.push_back(to);
  line("COPY", fmt::format("--from={} {}", stage, json_list(from)));
}

void Dockerfile::copy(std::vector<std::string> from, const std::string& to) {
  from.push_back(to);
  words("COPY", from);
}

void Dockerfile::environment(std::string_view name, std::string_view value) {
  line("ENV", assignment(name, value));
}

void Dockerfile::labels(const std::map<std::string, std::string>& values) {
  std::string_view instruction = "LABEL";
  std::size_t left = values.size();
  for (const auto& [name, value] : values) {
    line(instruction, assignment(name, value) + (--left > 0 ? " \\" : ""));
    instruction = "     ";
  }
}

void Dockerfile::words(std::string_view instruction, const std::vector<std::string>& list) {
  line(instruction, json_list(list));
}

void Dockerfile::line(std::string_view instruction, std::string_view argument) {
  const auto odd = std::find_if(argument.begin(), argument.end(),
                                [](char c) { return text::is_control(c) && c != '\t'; });
  if (odd != argument.end())
    throw diag::Error(
        diag::ErrorKind::invalid,
        fmt::format("a control character can not stand in {} of a Dockerfile", instruction));
  text_ += fmt::format("{} {}\n", instruction, argument);
}

std::vector<std::string> base_images(std::string_view dockerfile) {
  std::vector<std::string> result;
  std::set<std::string_view> known;
  for (const Stage& stage : stages_of(dockerfile)) {
    if (known.insert(stage.from).second) result.emplace_back(stage.from);
    if (!stage.name.empty()) known.insert(stage.name);
  }
  return result;
}

std::string base_of_result(std::string_view dockerfile) {
  std::map<std::string_view, std::string_view> bases;
  std::string_view last;
  for (const Stage& stage : stages_of(dockerfile)) {
    const auto before = bases.find(stage.from);
    last = before == bases.end() ? stage.from : before->second;
    if (!stage.name.empty()) bases[stage.name] = last;
  }
  return std::string(last);
}

std::string as_folder(const std::string& path) {
  return path.ends_with('/') ? path : path + "/";
}

}  // namespace sconectl::image
