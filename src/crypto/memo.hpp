// Answers for the texts that were asked for last. OpenSSL 3.0 looks up its algorithms anew for
// every certificate that it reads, which takes longer than all the rest of a small request.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sconectl::crypto {

/// For what is public and never changes: a certificate. Safe to use from several threads. When it
/// is full it forgets everything, so that its memory is bounded.
template <typename Answer>
class Memo {
 public:
  [[nodiscard]] std::optional<Answer> find(std::string_view text) const {
    if (text.size() > longest) return std::nullopt;
    const std::scoped_lock guard(mutex_);
    const auto found = answers_.find(std::string(text));
    return found == answers_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(std::string_view text, const Answer& answer) {
    if (text.size() > longest) return;
    const std::scoped_lock guard(mutex_);
    if (answers_.size() >= most) answers_.clear();
    answers_.insert_or_assign(std::string(text), answer);
  }

 private:
  static constexpr std::size_t most = 1024;
  static constexpr std::size_t longest = std::size_t{16} << 10U;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Answer> answers_;
};

}  // namespace sconectl::crypto
