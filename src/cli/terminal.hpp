// What people and scripts see: data on stdout, everything else on stderr.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

#include "cli/live_lines.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/host/environment.hpp"

namespace sconectl::cli {

class Terminal {
 public:
  /// Takes text as it is; every call is one piece that must not be mixed with others.
  using Write = std::function<void(std::string_view text)>;
  Terminal(const host::Environment& environment, Write out, Write err);

  /// --json, -q, -v and -o, as the command line gives them.
  bool json = false;
  bool quiet = false;
  int verbosity = 0;
  std::string output_file;

  /// Data: to stdout, or kept for the file of -o. A newline is added if it has none.
  void data(std::string_view text);
  /// One JSON document (--json).
  void document(const nlohmann::json& json_document);
  /// Bytes as they are.
  void bytes(std::string_view text);
  /// A line about what is being done; not with -q.
  void tell(std::string_view line) const;
  /// The same with -v.
  void tell_more(std::string_view line) const;
  /// Whether progress is shown: stderr is a terminal that wants it, and nobody asked for less or
  /// more.
  [[nodiscard]] bool is_live() const { return colour_ && !quiet && !json && verbosity == 0; }
  /// What is happening now about something; "" when it is over. Only if is_live().
  void live(std::string_view about, std::string_view state) { live_lines_.show(about, state); }
  /// Said once, however many documents it is true of.
  void warn(const diag::Diagnostic& warning);
  void error(const diag::Error& error);
  /// What went to the file of -o ("" if there is none).
  [[nodiscard]] const std::string& kept() const { return kept_; }

 private:
  void line(std::string_view text) const;
  [[nodiscard]] std::string coloured(std::string_view word, int colour) const;

  Write out_;
  Write err_;
  bool colour_ = false;
  std::string kept_;
  mutable LiveLines live_lines_;  ///< gone before anything else is written
  std::set<std::string> warned_;
};

}  // namespace sconectl::cli
