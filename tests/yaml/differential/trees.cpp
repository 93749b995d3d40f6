// Hostile trees as YAML, for other readers to judge (compare.py).
//
// usage: sconectl_yaml_trees generate SEED COUNT DIRECTORY   writes written-N.yaml and meant-N.json
//        sconectl_yaml_trees rewrite DIRECTORY [FILE...]     reads each document, writes it again
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/write.hpp"

namespace {

using sconectl::yaml::Node;
using Json = nlohmann::json;

constexpr std::size_t trees_per_file = 500;

/// A value twice: as it is written, and as every reader must understand it.
struct Tree {
  Node node;
  Json meaning;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Tree tree(int depth) {
    Tree result = some_tree(depth);
    if (below(8) == 0) result.node.on_one_line();
    return result;
  }

 private:
  Tree some_tree(int depth) {
    const auto kind = below(depth > 0 ? 10 : 6);
    if (kind < 4) return text_tree();
    if (kind == 4) return scalar_tree();
    if (kind == 5) return {Node(), Json()};
    return kind < 8 ? sequence(depth) : mapping(depth);
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

  Tree text_tree() {
    auto text = this->text();
    return {Node(text), Json(text)};
  }

  Tree scalar_tree() {
    if (below(2) == 0) {
      const bool value = below(2) == 0;
      return {Node::boolean(value), Json(value)};
    }
    const auto value = static_cast<std::int64_t>(below(2'000'000)) - 1'000'000;
    return {Node::number(value), Json(value)};
  }

  Tree sequence(int depth) {
    Tree result{Node::sequence(), Json::array()};
    for (auto left = below(4); left > 0; --left) {
      auto item = tree(depth - 1);
      result.node.push(std::move(item.node));
      result.meaning.push_back(std::move(item.meaning));
    }
    return result;
  }

  Tree mapping(int depth) {
    Tree result{Node::mapping(), Json::object()};
    std::set<std::string> keys;
    for (auto left = below(4); left > 0; --left) {
      auto key = text();
      if (!keys.insert(key).second) continue;
      auto value = tree(depth - 1);
      result.node.set(key, std::move(value.node));
      result.meaning[key] = std::move(value.meaning);
    }
    return result;
  }

  /// Words that mean something to some reader, and the characters around which quoting turns.
  std::string text() {
    static const std::vector<std::string> words = {"",
                                                   "-",
                                                   "- ",
                                                   "--- ",
                                                   "---",
                                                   "...",
                                                   "?",
                                                   "? a",
                                                   ":",
                                                   ": ",
                                                   "a: b",
                                                   "a:",
                                                   "#",
                                                   " #",
                                                   "# a",
                                                   "~",
                                                   "null",
                                                   "NULL",
                                                   "true",
                                                   "Yes",
                                                   "off",
                                                   "y",
                                                   "N",
                                                   "0",
                                                   "-1",
                                                   "+1",
                                                   "1e3",
                                                   "0x1F",
                                                   "0o7",
                                                   "017",
                                                   "1_000",
                                                   "1:30",
                                                   ".5",
                                                   ".inf",
                                                   "-.INF",
                                                   ".nan",
                                                   "0.3",
                                                   "2026-01-01",
                                                   "2026-01-01T00:00:00Z",
                                                   "<<",
                                                   "=",
                                                   "!",
                                                   "!!str",
                                                   "!x y",
                                                   "&a",
                                                   "*a",
                                                   "|",
                                                   ">",
                                                   "|-",
                                                   "%YAML",
                                                   "@a",
                                                   "`",
                                                   "'",
                                                   "''",
                                                   "\"",
                                                   "\\",
                                                   "\\n",
                                                   "{",
                                                   "}",
                                                   "{}",
                                                   "[",
                                                   "]",
                                                   "[]",
                                                   ",",
                                                   "a,b",
                                                   "{{ x }}",
                                                   " ",
                                                   "  a",
                                                   "a  ",
                                                   "\t",
                                                   "\ta",
                                                   "a\t",
                                                   "\n",
                                                   "\n\n",
                                                   "a\n",
                                                   "a\nb",
                                                   "a\nb\n",
                                                   "a\n\n",
                                                   "\na",
                                                   " a\nb",
                                                   "a\n b\n",
                                                   "a\n \nb",
                                                   "a\n\tb",
                                                   "a: b\nc: d\n",
                                                   "- a\n- b\n",
                                                   "\r",
                                                   "a\r\nb",
                                                   "\x01",
                                                   "\x1b[0m",
                                                   "\x7f",
                                                   "\xC2\x85",
                                                   "a\xC2\x85z",
                                                   "\xC2\xA0",
                                                   "\xE2\x80\xA8",
                                                   "\xE2\x80\xA9",
                                                   "\xEF\xBB\xBF",
                                                   "\xEF\xBF\xBD",
                                                   "\xC3\xA4",
                                                   "\xF0\x9F\x94\x91",
                                                   "$$SCONE::x$$",
                                                   "${A}",
                                                   "0123456789abcdef0123456789abcdef",
                                                   "1e5e",
                                                   "12e4",
                                                   "key",
                                                   "some text",
                                                   "x: |\n  y\n"};
    std::string result;
    const auto parts = below(8) == 0 ? 2 + below(6) : 1 + below(2);
    for (std::size_t i = 0; i < parts; ++i) {
      if (below(4) == 0)
        result += static_cast<char>(' ' + static_cast<char>(below(95)));
      else
        result += words[below(words.size())];
    }
    if (below(200) == 0) result += std::string(100 + below(1'200), 'k');
    return result;
  }

  std::mt19937_64 random_;
};

void save(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("can not write " + path.string());
}

void write_generated(std::uint64_t seed, std::size_t count,
                     const std::filesystem::path& directory) {
  for (std::size_t done = 0; done < count; done += trees_per_file) {
    Node documents = Node::sequence();
    Json meaning = Json::array();
    for (auto i = done; i < std::min(count, done + trees_per_file); ++i) {
      Tree tree = Generator(seed + i).tree(4);
      documents.push(std::move(tree.node));
      meaning.push_back(std::move(tree.meaning));
    }
    const auto name = fmt::format("{:05}", done / trees_per_file);
    save(directory / ("written-" + name + ".yaml"),
         sconectl::yaml::write(Node().set("documents", std::move(documents))));
    save(directory / ("meant-" + name + ".json"), Json{{"documents", std::move(meaning)}}.dump());
  }
}

/// FILE's documents, written again, as FILE-N.before.yaml and FILE-N.after.yaml.
void write_again(const std::filesystem::path& directory, const std::vector<std::string>& files) {
  std::size_t number = 0;
  for (const auto& file : files) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    sconectl::diag::Diagnostics out;
    const auto documents = sconectl::yaml::parse_documents(file, text.str(), out);
    if (out.has_errors() || documents.size() != 1) continue;
    const auto name = fmt::format("{:05}", number++);
    save(directory / ("before-" + name + ".yaml"), text.str());
    save(directory / ("after-" + name + ".yaml"),
         sconectl::yaml::write(Node::from(documents.front())));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 4 && arguments[0] == "generate") {
    write_generated(std::stoull(arguments[1]), std::stoull(arguments[2]), arguments[3]);
  } else if (arguments.size() >= 2 && arguments[0] == "rewrite") {
    write_again(arguments[1], {arguments.begin() + 2, arguments.end()});
  } else {
    std::cerr
        << "usage: sconectl_yaml_trees generate SEED COUNT DIRECTORY | rewrite DIRECTORY FILE...\n";
    return 2;
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "error: " << error.what() << '\n';
  return 1;
}
