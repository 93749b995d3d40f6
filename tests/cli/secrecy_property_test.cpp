// A secret of a document is never seen in what the program prints, whatever is wrong with the
// document: generated documents with every field that may hold one, written in every style of YAML,
// with mistakes of every kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "program.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/host/files.hpp"
#include "support/loopback_http.hpp"
#include "support/property.hpp"

namespace sconectl::cli {
namespace {

constexpr std::string_view secret = "hunter2";
constexpr int documents = test::property_documents;

/// '@' stands for the secret: the value of a key at the end of its line, an item of a list, or
/// inside of a flow collection.
constexpr std::array session_places = {
    "secrets:\n- name: p\n  kind: ascii\n  value: @\n  export_public: true\n",
    "secrets:\n- value: @\n  name: p\n  kind: ascii\n",
    "secrets:\n- name: p\n  kind: binary\n  value: @\n",
    "secrets:\n- {name: p, kind: ascii, value: @, export_public: true}\n",
    "secrets: [{name: p, value: @, kind: ascii}]\n",
    "secrets:\n- name: k\n  kind: private-key\n  value: @\n- name: c\n  kind: x509\n  private_key: "
    "k\n",
    "secrets:\n- name: c\n  kind: x509\n  value: @\n",
    "secrets:\n- name: j\n  kind: jwt\n  value: @\n",
    "services:\n- name: s\n  command: @\n  environment:\n    MODE: fast\n",
    "services:\n- name: s\n  command:\n  - run\n  - @\n  pwd: /\n",
    "services:\n- name: s\n  command: run\n  environment:\n    PASSWORD: @\n    MODE: fast\n",
    "services:\n- name: s\n  command: run\n  environment: {MODE: fast, DATABASE: @}\n",
    "services:\n- name: s\n  command: run\n  fspf_key: @\n  fspf_path: /f\n",
    "services: [{name: s, command: [run, @], pwd: /}]\n",
    "services:\n- name: s\n  command: run\n  attestation:\n  - mode: none\n    "
    "service_access_token: @\n",
    "images:\n- name: i\n  injection_files:\n  - path: /f\n    content: @\n",
    "images:\n- name: i\n  injection_files: [{path: /f, content: @}]\n",
    "volumes:\n- name: v\n  fspf_key: @\n  fspf_tag: 00112233445566778899aabbccddeeff\n",
    "security:\n  attestation:\n    mode: none\n    service_access_token: @\n    "
    "one_time_password_shared_secret: p\n",
    "security:\n  attestation:\n    one_time_password_shared_secret: @\n    mode: hardware\n",
    "security:\n  attestation: {mode: none, service_access_token: @}\n",
    "secrets:\n- name: p\n  kind: ascii\n  import_akv:\n    vault: v\n    application_secret: @\n  "
    "  client_id: c\n",
};
constexpr std::array manifest_places = {
    "environment:\n  local:\n    - name: PASSWORD\n      value: @\n    - name: MODE\n      value: "
    "fast\n",
    "environment:\n  local: [{name: A, value: @}, {name: B, value: c}]\n",
    "environment:\n  local:\n    PASSWORD: @\n    MODE: fast\n",
    "environment:\n  global:\n    - name: PASSWORD\n      value: @\n",
    "secrets:\n  local:\n    - name: p\n      kind: ascii\n      value: @\n",
    "secrets:\n  global:\n    - {name: p, kind: ascii, value: @}\n",
};
constexpr std::array mesh_places = {
    "env:\n  - service: web\n    env:\n      - name: PASSWORD\n        value: @\n      - name: "
    "MODE\n        value: fast\n",
    "env:\n  - service: web\n    env: [{name: A, value: @}]\n",
    "env:\n  - name: API_PASSWORD\n    value: @\n",
    "services:\n  - name: web\n    image: r/web:1\n    helm_extra_values:\n      auth:\n        "
    "anything: @\n        port: 1\n",
    "services:\n  - name: web\n    image: r/web:1\n    helm_extra_values: {auth: [a, @]}\n",
};

/// A value of several words, or lines, that all hold the secret; or a variable that does.
const std::array<std::string, 6> block_styles = {"hunter2 and hunter2\n",
                                                 "'it''s hunter2'\n",
                                                 "\"hunter2\\thunter2\"\n",
                                                 "|\n~hunter2\n~\n~  more hunter2\n",
                                                 ">-\n~hunter2 folds\n~into hunter2\n",
                                                 "hunter2 goes\n~on with hunter2\n"};
const std::array<std::string, 3> flow_styles = {"hunter2 and-hunter2", "'hunter2'",
                                                "\"a hunter2\n~b hunter2\""};
const std::array<std::string, 3> variables = {"$SECRET", "\"${SECRET}\"", "a$SECRET:b"};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  template <typename Choices>
  const auto& one_of(const Choices& choices) {
    return choices[below(choices.size())];
  }

  /// The document, with the secret in some style at its place.
  std::string document(const std::string& head, std::string_view place) {
    std::string text = head + std::string(place);
    const auto at = text.find('@');
    const auto line = text.rfind('\n', at) + 1;
    const bool flow = text.substr(line, at - line).find_first_of("{[") != std::string::npos;
    std::string value = below(5) == 0 ? one_of(variables)
                        : flow        ? one_of(flow_styles)
                                      : one_of(block_styles);
    if (!value.empty() && value.back() == '\n') value.pop_back();
    const auto indentation = text.find_first_not_of(" -", line) - line + 2;
    for (auto tilde = value.find('~'); tilde != std::string::npos; tilde = value.find('~', tilde))
      value.replace(tilde, 1, std::string(indentation, ' '));
    secret_line_ = static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<long>(at), '\n'));
    secret_lines_ = 1 + static_cast<std::size_t>(std::count(value.begin(), value.end(), '\n'));
    return text.replace(at, 1, value);
  }

  /// The document with one mistake; which one says `mistake`.
  std::string spoiled(const std::string& text) {
    std::vector<std::string> lines = split(text);
    const std::size_t at = below(lines.size());
    std::string& line = lines[at];
    const bool holds_secret = at >= secret_line_ && at < secret_line_ + secret_lines_;
    switch (below(15)) {
      case 0:
        misspell(line);
        break;
      case 1:
        line += " \"unclosed";
        break;
      case 2:
        line += " ]";
        break;
      case 3:
        line += ": x: y";
        break;
      case 4:
        line.insert(0, "\t");
        break;
      case 5:
        line.insert(0, " ");
        break;
      case 6:
        lines.insert(lines.begin() + static_cast<long>(at), line);
        break;
      case 7:
        lines.insert(lines.begin() + static_cast<long>(at),
                     indentation(line) + "unexpected_word: 1");
        break;
      case 8:
        line += " $NOBODY_KNOWS";
        break;
      case 9:
        line += " *anchor";
        break;
      case 10:
        line += '\x01';
        break;
      case 11:
        line += "\xff\xfe";
        break;
      case 12:
        if (const auto colon = line.find(": "); colon != std::string::npos)
          line.erase(colon + 1, 1);
        break;
      case 13:
        if (!holds_secret) line = line.substr(0, below(line.size() + 1));
        break;
      default:
        if (!holds_secret) lines.erase(lines.begin() + static_cast<long>(at));
        break;
    }
    std::string result;
    for (const std::string& each : lines) result += each + "\n";
    return result;
  }

 private:
  static std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> lines(1);
    for (const char c : text)
      if (c == '\n')
        lines.emplace_back();
      else
        lines.back() += c;
    lines.pop_back();
    return lines;
  }
  static std::string indentation(const std::string& line) {
    return std::string(std::min(line.find_first_not_of(' '), line.size()), ' ');
  }
  /// Two letters of the line's first word change places, or one is missing; short words stay.
  void misspell(std::string& line) {
    const auto begin = std::min(line.find_first_not_of(" -{["), line.size());
    const auto end = line.find(':', begin);
    if (end == std::string::npos || end - begin < 5) return;
    const auto at = begin + 1 + below(end - begin - 2);
    if (below(2) == 0)
      std::swap(line[at], line[at + 1]);
    else
      line.erase(at, 1);
  }

  std::mt19937 random_;
  std::size_t secret_line_ = 0;
  std::size_t secret_lines_ = 0;
};

bool shows_secret(const std::string& text) {
  return text.find(secret) != std::string::npos;
}

class SecretsInOutput : public testing::Test {
 protected:
  SecretsInOutput() {
    program.machine.environment.variables["SECRET"] = secret;
    const std::string key_hash = service.key_hash();
    EXPECT_EQ(program.run({"cas", "attest", "cas", "-c", key_hash}), 0) << program.err;
    program.machine.files.put("first.yaml", "name: demo\nversion: \"0.3.10\"\n");
    EXPECT_EQ(program.run({"session", "create", "first.yaml"}), 0) << program.err;
  }

  /// Runs the command over the document; how it ended is counted.
  void judge(const std::vector<std::string>& command, const std::string& file,
             const std::string& document) {
    program.machine.files.put(file, document);
    const int status = program.run(command);
    // What a command delivers ('session check' prints the session) is for the one who asked; the
    // rest is not.
    const bool delivers = status == 0 && command[0] == "session" && command[1] == "check";
    const std::string seen = program.err + program.machine.told + (delivers ? "" : program.out);
    ASSERT_FALSE(shows_secret(seen))
        << "command: " << testing::PrintToString(command) << "\ndocument:\n"
        << document << "\nsaid:\n"
        << seen;
    if (status == 0) {
      ++accepted;
    } else {
      ++refused;
      // It was not silence that kept the secret.
      ASSERT_NE(program.err.find("rror"), std::string::npos)
          << testing::PrintToString(command) << document << seen;
    }
  }

  std::unique_ptr<host::Files> disk = host::system_files();
  host::TemporaryDirectory directory{*disk, "secrecy-test-"};
  test::FixedClock cas_clock;
  casd::Service service{{.data = directory.path() / "data"}, cas_clock};
  test::LoopbackHttp http{service};
  test::Program program{http};
  Generator generate{1};
  int accepted = 0;
  int refused = 0;
};

TEST_F(SecretsInOutput, of_sessions) {
  const std::vector<std::vector<std::string>> commands = {
      {"session", "check", "s.yaml"},
      {"session", "check", "s.yaml", "--json"},
      {"session", "check", "s.yaml", "-vvv"},
      {"session", "calculate-hash", "s.yaml", "--with-self-as-creator", "tls"},
      {"session", "verify", "s.yaml"},
      {"session", "verify", "s.yaml", "--json"},
      {"session", "create", "s.yaml", "-vvv"},
      {"session", "update", "s.yaml", "--json"},
      {"check", "-f", "s.yaml"}};
  for (int i = 0; i < documents / 2 && !HasFatalFailure(); ++i) {
    const std::string text =
        generate.document("name: demo\nversion: \"0.3.10\"\n", generate.one_of(session_places));
    judge(generate.one_of(commands), "s.yaml",
          generate.below(4) == 0 ? text : generate.spoiled(text));
  }
  EXPECT_GT(accepted, documents / 50);
  EXPECT_GT(refused, documents / 4);
}

TEST_F(SecretsInOutput, of_manifests) {
  const std::vector<std::vector<std::string>> commands = {
      {"check", "-f", "m.yaml"},
      {"check", "-f", "m.yaml", "--json"},
      {"check", "-f", "m.yaml", "-vvv"},
      {"apply", "-f", "m.yaml", "--dry-run"},
      {"apply", "-f", "m.yaml", "--dry-run", "-vvv"},
      {"apply", "-f", "m.yaml", "--dry-run", "--json"}};
  const std::string head =
      "apiVersion: scone/5.8\nkind: genservice\nbuild:\n  name: web\n  kind: python\n"
      "  to: r/web:1\n  command: python3 web.py\n";
  for (int i = 0; i < documents / 4 && !HasFatalFailure(); ++i) {
    const std::string text = generate.document(head, generate.one_of(manifest_places));
    judge(generate.one_of(commands), "m.yaml",
          generate.below(4) == 0 ? text : generate.spoiled(text));
  }
  EXPECT_GT(accepted, documents / 100);
  EXPECT_GT(refused, documents / 8);
}

TEST_F(SecretsInOutput, of_meshes) {
  const std::vector<std::vector<std::string>> commands = {{"check", "-f", "m.yaml"},
                                                          {"check", "-f", "m.yaml", "--json"},
                                                          {"check", "-f", "m.yaml", "-vvv"}};
  const std::string head =
      "apiVersion: scone/5.8\nkind: mesh\ncas:\n  - name: cas\n    cas_url: cas\npolicy:\n"
      "  namespace: shop\n";
  for (int i = 0; i < documents / 4 && !HasFatalFailure(); ++i) {
    const std::string text = generate.document(head, generate.one_of(mesh_places));
    judge(generate.one_of(commands), "m.yaml",
          generate.below(4) == 0 ? text : generate.spoiled(text));
  }
  EXPECT_GT(accepted, documents / 100);
  EXPECT_GT(refused, documents / 8);
}

}  // namespace
}  // namespace sconectl::cli
