#include "action/merged_audit_logs.hpp"

#include <fstream>
#include <memory>
#include <string>
#include <tuple>

#include "sconectl/cas/audit_log.hpp"
#include "sconectl/diag/error.hpp"

namespace sconectl::action {

namespace {

using diag::Error;
using diag::ErrorKind;

constexpr std::size_t longest_line = std::size_t{16} << 20U;

/// One file and the line that it is at.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& path)
      : path_(path), stream_(path, std::ios::binary) {
    if (!stream_) throw Error(ErrorKind::unavailable, "can not read " + path_.string());
    next();
  }

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const std::string& line() const { return line_; }
  [[nodiscard]] bool before(const LogFile& other) const {
    return std::tie(transaction_, timestamp_) < std::tie(other.transaction_, other.timestamp_);
  }

  void next() {
    read_line();
    ended_ = line_.empty();
    auto text = std::string_view(line_);
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (const auto parsed = cas::parse_audit_line(text)) {
      transaction_ = parsed->transaction;
      timestamp_ = parsed->timestamp;
    }
  }

 private:
  void read_line() try {
    line_.clear();
    while (line_.empty() || line_.back() != '\n') {
      const int byte = stream_.rdbuf()->sbumpc();
      if (byte == std::ifstream::traits_type::eof()) break;
      line_ += static_cast<char>(byte);
      if (line_.size() > longest_line)
        throw Error(ErrorKind::invalid, path_.string() + " has a line that no audit log has");
    }
  } catch (const std::ios_base::failure&) {  // a directory, a disk that does not read
    throw Error(ErrorKind::unavailable, "can not read " + path_.string());
  }

  const std::filesystem::path path_;
  std::ifstream stream_;
  std::string line_;
  std::uint64_t transaction_ = 0;
  std::string timestamp_;
  bool ended_ = false;
};

}  // namespace

void merge_audit_logs(const std::vector<std::filesystem::path>& files,
                      const std::function<void(std::string_view)>& take) {
  std::vector<std::unique_ptr<LogFile>> logs;
  logs.reserve(files.size());
  for (const auto& file : files) logs.push_back(std::make_unique<LogFile>(file));
  while (true) {
    LogFile* first = nullptr;
    for (const auto& log : logs)
      if (!log->ended() && (first == nullptr || log->before(*first))) first = log.get();
    if (first == nullptr) return;
    take(first->line());
    first->next();
  }
}

}  // namespace sconectl::action
