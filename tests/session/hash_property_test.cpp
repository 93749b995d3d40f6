// The hash of every public session (SL-334, SL-335): style does not change it, meaning does.
#include <iostream>

#include "public_sessions.hpp"
#include "sconectl/session/hash.hpp"
#include "support.hpp"
#include "support/property.hpp"

namespace sconectl::session::test {
namespace {

/// JSON-like text of a document, with the keys of every mapping in reverse order and quotes
/// wherever they change nothing.
void restyle(const yaml::Value& value, std::string& out) {
  if (!value.tag().empty()) out += value.tag() + " ";
  if (value.is_null()) {
    out += "~";
  } else if (value.is_scalar()) {
    const bool might_be_typed =
        value.plain() && value.text().find_first_of("\n\"'{}[],:#&*!|> ") == std::string::npos;
    if (might_be_typed) {
      out += value.text();
      return;
    }
    out += '"';
    for (const char c : value.text()) {
      if (c == '\n')
        out += "\\n";
      else if (c == '\t')
        out += "\\t";
      else if (c == '\r')
        out += "\\r";
      else if (c == '"' || c == '\\')
        (out += '\\') += c;
      else
        out += c;
    }
    out += '"';
  } else if (value.is_sequence()) {
    out += "[";
    for (const auto& item : value.items()) {
      restyle(item, out);
      out += ", ";
    }
    out += "]";
  } else {
    out += "{";
    for (auto entry = value.entries().rbegin(); entry != value.entries().rend(); ++entry) {
      restyle(yaml::Value::scalar(entry->key, false, {}), out);
      out += " : ";
      restyle(entry->value, out);
      out += ", ";
    }
    out += "}";
  }
}

/// The document with its `number`th scalar value changed; nothing when there are fewer.
std::optional<yaml::Value> changed(const yaml::Value& value, int& number) {
  if (value.is_scalar()) {
    if (number-- != 0) return std::nullopt;
    std::string text = value.text();
    char* last = text.empty() ? nullptr : &text.back();
    if (last == nullptr)
      text = "x";
    else
      *last = *last == '1' ? '2' : '1';
    return yaml::Value::scalar(text, value.plain(), value.location(), value.tag());
  }
  if (value.is_sequence()) {
    auto items = value.items();
    for (auto& item : items) {
      if (auto other = changed(item, number)) {
        item = *std::move(other);
        return yaml::Value::sequence(std::move(items), value.location(), value.tag());
      }
    }
  }
  if (value.is_mapping()) {
    auto entries = value.entries();
    for (auto& entry : entries) {
      if (auto other = changed(entry.value, number)) {
        entry.value = *std::move(other);
        return yaml::Value::mapping(std::move(entries), value.location(), value.tag());
      }
    }
  }
  return std::nullopt;
}

std::optional<Session> accepted(const yaml::Value& document) {
  diag::Diagnostics out;
  Session session = parse_and_check(document, out);
  if (out.has_errors()) return std::nullopt;
  return session;
}

TEST(HashOfPublicSessions, SL335_style_does_not_change_it) {
  int judged = 0;
  for (const PublicSession& file : public_sessions()) {
    const auto session = accepted(file.document);
    if (!session) continue;
    ++judged;
    std::string text = "# first\r\n";
    restyle(file.document, text);
    EXPECT_EQ(hash(parse_text("restyled", text + "\r\n# last")), hash(*session)) << file.name;
  }
  EXPECT_GT(judged, 0);
  std::cout << judged << " sessions in another style\n";
}

TEST(HashOfPublicSessions, SL335_a_change_of_meaning_changes_it) {
  int changes = 0;
  int meaningless = 0;
  for (const PublicSession& file : public_sessions()) {
    const auto session = accepted(file.document);
    if (!session) continue;
    const std::string before = hash(*session);
    for (int at = 0;; at += sconectl::test::property_stride) {
      int number = at;
      const auto document = changed(file.document, number);
      if (!document) break;
      const auto other = accepted(*document);
      if (!other) continue;
      EXPECT_EQ(*other == *session, hash(*other) == before) << file.name << ", scalar " << at;
      ++(*other == *session ? meaningless : changes);
    }
  }
  EXPECT_GT(changes, 0);
  std::cout << changes << " changes of meaning, " << meaningless << " without meaning\n";
}

}  // namespace
}  // namespace sconectl::session::test
