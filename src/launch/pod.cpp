#include "sconectl/launch/pod.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::launch {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds time_to_answer{1000};
constexpr std::string_view listens = "0A";  // TCP_LISTEN
/// Where almost every program listens, so that the system's tables, which are long when there are
/// many connections, need not be read.
const std::vector<std::string> loopback_addresses{"127.0.0.1", "::1"};

/// The last is sconectl-launcher, of which the system keeps this much.
bool is_called_as_we_are(std::string_view name) {
  return name == "sconectl" || name == "scone" || name == "sconectl-launch";
}

bool is_process_number(std::string_view name) {
  return text::number<unsigned>(name).has_value();
}

/// Nothing if the process has ended.
std::optional<Process> process_at(const host::Files& files, const fs::path& directory) {
  try {
    Process process;
    std::string name = files.read(directory / "comm");
    while (name.ends_with('\n')) name.pop_back();
    process.name = std::move(name);
    if (!is_called_as_we_are(process.name)) return process;
    const std::string line = files.read(directory / "cmdline");
    for (const std::string_view word : text::split(line, '\0')) process.argv.emplace_back(word);
    return process;
  } catch (const diag::Error& error) {
    if (error.kind() != diag::ErrorKind::unavailable || files.exists(directory)) throw;
    return std::nullopt;
  }
}

/// "0100007F" or 32 such digits: words of the address as the machine has them in memory.
std::optional<std::string> address_text(std::string_view digits) {
  std::array<std::uint32_t, 4> words{};
  const std::size_t count = digits.size() / 8;
  if (digits.size() % 8 != 0 || (count != 1 && count != 4)) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const auto word = text::number<std::uint32_t>(digits.substr(i * 8, 8), 16);
    if (!word) return std::nullopt;
    words.at(i) = *word;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::inet_ntop(count == 1 ? AF_INET : AF_INET6, words.data(), text.data(), text.size()) ==
      nullptr)
    return std::nullopt;
  return text.data();
}

void add_listening(std::string_view table, std::uint16_t port, std::vector<std::string>& result) {
  for (const std::string_view line : text::lines(table)) {
    const auto words = text::words_in(line);
    if (words.size() < 4 || words[3] != listens) continue;
    const auto [digits, port_digits] = text::cut(words[1], ':');
    if (!port_digits || text::number<std::uint16_t>(*port_digits, 16) != port) continue;
    const auto address = address_text(digits);
    if (address && *address != "0.0.0.0" && *address != "::") result.push_back(*address);
  }
}

host::TcpAnswer answer_of(const host::Files& files, std::uint16_t port, const TcpConnect& connect) {
  using host::TcpAnswer;
  const TcpAnswer loopback = connect(loopback_addresses, port);
  if (loopback != TcpAnswer::refused) return loopback;
  const auto others =
      listening_addresses(files.read_if_exists("/proc/net/tcp").value_or(""),
                          files.read_if_exists("/proc/net/tcp6").value_or(""), port);
  return others.empty() ? loopback : connect(others, port);
}

}  // namespace

bool is_launcher(const Process& process) {
  return process.name == launcher_name ||
         (is_called_as_we_are(process.name) && process.argv.size() > 1 && process.argv[1] == "run");
}

std::vector<Process> processes(const host::Files& files) {
  std::vector<Process> result;
  for (const std::string& name : files.list("/proc")) {
    if (!is_process_number(name)) continue;
    if (auto process = process_at(files, fs::path("/proc") / name))
      result.push_back(*std::move(process));
  }
  return result;
}

std::vector<std::string> listening_addresses(std::string_view tcp, std::string_view tcp6,
                                             std::uint16_t port) {
  std::vector<std::string> result;
  add_listening(tcp, port, result);
  add_listening(tcp6, port, result);
  return result;
}

std::optional<std::string> why_not_ready(const host::Files& files,
                                         std::optional<std::uint16_t> port,
                                         const TcpConnect& connect) {
  const auto seen = processes(files);
  // We see ourselves. Where /proc hides what may not be debugged, it hides the launcher.
  if (seen.size() < 2) return "no process of the service is seen in /proc";
  if (std::any_of(seen.begin(), seen.end(), is_launcher))
    return "the launcher still waits for its configuration from the CAS";
  if (!port) return std::nullopt;
  switch (answer_of(files, *port, connect)) {
    case host::TcpAnswer::accepted:
      return std::nullopt;
    case host::TcpAnswer::refused:
      return fmt::format("nothing listens on port {}", *port);
    case host::TcpAnswer::silent:
      break;
  }
  return fmt::format("port {} accepts no connection within {} s", *port,
                     std::chrono::duration_cast<std::chrono::seconds>(time_to_answer).count());
}

std::optional<std::string> why_not_ready(const host::Files& files,
                                         std::optional<std::uint16_t> port) {
  return why_not_ready(files, port,
                       [](const std::vector<std::string>& addresses, std::uint16_t number) {
                         return host::connect_to_any(addresses, number, time_to_answer);
                       });
}

}  // namespace sconectl::launch
