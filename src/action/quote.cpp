#include "sconectl/action/quote.hpp"

#include <fmt/core.h>

#include "sconectl/crypto/encoding.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"

namespace sconectl::action {
namespace {

/// The largest quotes that occur have 10 kB.
constexpr std::size_t largest_quote = std::size_t{1} << 20U;

/// Text is hex or base64, over one or several lines.
std::string decoded(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    if (text::is_blank(c)) continue;
    if (c < '!' || c > '~') return bytes;
    text += c;
  }
  if (auto raw = crypto::unhex(text)) return *std::move(raw);
  if (auto raw = crypto::unbase64(text)) return *std::move(raw);
  return bytes;
}

}  // namespace

attest::Quote read_quote(const host::Files& files, const std::filesystem::path& file) {
  const std::string bytes = files.read(file, largest_quote);
  try {
    return attest::parse_quote(decoded(bytes));
  } catch (const diag::Error& error) {
    throw error.within(fmt::format("'{}' holds no quote", file.string()));
  }
}

}  // namespace sconectl::action
