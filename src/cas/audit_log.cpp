#include "sconectl/cas/audit_log.hpp"

#include <limits>

#include "json.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/text/number.hpp"

namespace sconectl::cas {

namespace {

constexpr std::string_view predecessor_member = ",\"predecessor\":";
constexpr std::string_view digest_member = ",\"predecessor_digest\":";
constexpr std::string_view number_member = ",\"sequence_number\":";
constexpr std::string_view signature_member = ",\"signature\":\"";
constexpr std::string_view timestamp_member = ",\"timestamp\":\"";
constexpr std::string_view transaction_member = "\",\"transaction\":";

std::string hex_or_null(std::string_view bytes) {
  return bytes.empty() ? "null" : '"' + crypto::hex(bytes) + '"';
}

/// Reads a line from left to right; once something is not as expected, all is.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  void expect(std::string_view text) {
    ok_ = ok_ && rest_.starts_with(text);
    if (ok_) rest_.remove_prefix(text.size());
  }
  std::string_view taken(std::size_t bytes) {
    if (!ok_ || rest_.size() < bytes) return ok_ = false, std::string_view();
    const auto result = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return result;
  }
  std::string_view hex_digits(std::size_t digits) {
    const auto result = taken(digits);
    for (const char c : result) ok_ = ok_ && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    return ok_ ? result : std::string_view();
  }
  std::string_view hex_or_null(std::size_t digits) {
    if (ok_ && rest_.starts_with("null")) return expect("null"), std::string_view();
    expect("\"");
    const auto result = hex_digits(digits);
    expect("\"");
    return result;
  }
  std::uint64_t number() {
    std::size_t digits = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') ++digits;
    const auto text = taken(digits);
    const auto value = text::number<std::uint64_t>(text);
    ok_ = ok_ && value && *value > 0 && text.front() != '0';
    return ok_ ? *value : 0;
  }
  std::string_view until(char end) {
    return taken(ok_ ? std::min(rest_.find(end), rest_.size()) : 0);
  }
  [[nodiscard]] bool follows(std::string_view text) const { return ok_ && rest_.starts_with(text); }
  [[nodiscard]] bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::string before_signature(const AuditEntry& entry) {
  return std::string(audit_line_begin) + entry.event + std::string(predecessor_member) +
         hex_or_null(entry.predecessor.signature) + std::string(digest_member) +
         hex_or_null(entry.predecessor.digest) + std::string(number_member) +
         std::to_string(entry.sequence_number);
}

std::string after_signature(const AuditEntry& entry) {
  return std::string(timestamp_member) + entry.timestamp + std::string(transaction_member) +
         std::to_string(entry.transaction) + '}';
}

Json checkpoint_json(const AuditCheckpoint& checkpoint) {
  return {{"sequence_number", checkpoint.sequence_number},
          {"signature", crypto::hex(checkpoint.signature)}};
}

AuditCheckpoint decode_checkpoint(const Json& value) {
  const Members members(value, "checkpoint");
  return {members.number("sequence_number", std::numeric_limits<std::int64_t>::max()),
          members.hex_bytes("signature", 0, audit_signature_bytes)};
}

}  // namespace

std::string audit_signed_text(const AuditEntry& entry) {
  return before_signature(entry) + after_signature(entry);
}

std::string audit_line(const AuditEntry& entry, std::string_view signature) {
  auto line = before_signature(entry);
  if (!signature.empty()) line += std::string(signature_member) + crypto::hex(signature) + '"';
  return line + after_signature(entry);
}

std::optional<AuditLine> parse_audit_line(std::string_view line) {
  // A quote in a text is escaped, so the last one that looks like it is the member.
  const auto tail = line.rfind(predecessor_member);
  if (!line.starts_with(audit_line_begin) || tail == std::string_view::npos ||
      tail < audit_line_begin.size())
    return std::nullopt;
  AuditLine result;
  result.event = line.substr(audit_line_begin.size(), tail - audit_line_begin.size());
  if (!result.event.starts_with('{') || !result.event.ends_with('}')) return std::nullopt;
  LineReader reader(line.substr(tail));
  reader.expect(predecessor_member);
  result.predecessor = reader.hex_or_null(2 * audit_signature_bytes);
  reader.expect(digest_member);
  result.predecessor_digest = reader.hex_or_null(2 * audit_digest_bytes);
  reader.expect(number_member);
  result.sequence_number = reader.number();
  if (reader.follows(signature_member)) {
    reader.expect(signature_member);
    result.signature = reader.hex_digits(2 * audit_signature_bytes);
    reader.expect("\"");
  }
  reader.expect(timestamp_member);
  result.timestamp = reader.until('"');
  reader.expect(transaction_member);
  result.transaction = reader.number();
  reader.expect("}");
  if (!reader.done()) return std::nullopt;
  return result;
}

std::string audit_signed_text(std::string_view line, const AuditLine& parsed) {
  std::string text(line);
  if (parsed.signature.empty()) return text;
  const auto at = static_cast<std::size_t>(parsed.signature.data() - line.data());
  return text.erase(at - signature_member.size(),
                    signature_member.size() + parsed.signature.size() + 1);
}

std::string audit_text(std::string_view text) {
  return json_string(text);
}

bool names_signing_key(std::string_view event) {
  return event.find("\"type\":\"cas_started\"") != std::string_view::npos ||
         event.find("\"type\":\"audit_log_enabled\"") != std::string_view::npos;
}

AuditKeyEvent decode_audit_key_event(std::string_view event) {
  const Json parsed = parse_json(event, "audit log event");
  const Members members(parsed, "audit log event");
  return {members.hex_bytes("signing_key", 32, 32), members.text("certificate_chain")};
}

std::string encode(const AuditCheckpoints& reply) {
  Json checkpoints = Json::array();
  for (const auto& checkpoint : reply.checkpoints)
    checkpoints.push_back(checkpoint_json(checkpoint));
  return json_text({{"latest", reply.latest ? checkpoint_json(*reply.latest) : Json()},
                    {"checkpoints", checkpoints}});
}

AuditCheckpoints decode_audit_checkpoints(std::string_view json) {
  constexpr std::string_view what = "checkpoints of an audit log";
  const Json parsed = parse_json(json, what);
  const Members members(parsed, what);
  AuditCheckpoints result;
  if (members.has("latest") && !parsed.at("latest").is_null())
    result.latest = decode_checkpoint(members.object("latest"));
  for (const Json& element : members.array("checkpoints"))
    result.checkpoints.push_back(decode_checkpoint(element));
  return result;
}

}  // namespace sconectl::cas
