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

/// An SNP report begins with its version in 4 bytes, a quote with 2 bytes for it and a type of key,
/// which is never 0.
bool is_snp_report(std::string_view bytes) {
  return bytes.size() == attest::snp_report_size && bytes[1] == '\0' && bytes[2] == '\0' &&
         bytes[3] == '\0';
}

}  // namespace

Evidence read_evidence(const host::Files& files, const std::filesystem::path& file) {
  const std::string bytes = decoded(files.read(file, largest_quote));
  const bool snp = is_snp_report(bytes);
  try {
    if (snp) return attest::parse_snp_report(bytes);
    return attest::parse_quote(bytes);
  } catch (const diag::Error& error) {
    throw error.within(
        fmt::format("'{}' holds no {}", file.string(), snp ? "report of SEV-SNP" : "quote"));
  }
}

}  // namespace sconectl::action
