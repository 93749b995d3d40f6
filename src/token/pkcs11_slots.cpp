#include "token/pkcs11_slots.hpp"

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/text/ascii.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::token {
namespace {

/// "Slot 0 (0x53f0a1b5): SoftHSM slot ID 0x53f0a1b5"; "" for other lines.
std::string slot_id(std::string_view line) {
  if (!line.starts_with("Slot ")) return "";
  const auto open = line.find('(');
  const auto close = line.find("):", open);
  if (open == std::string_view::npos || close == std::string_view::npos) return "";
  return std::string(line.substr(open + 1, close - open - 1));
}

void read(Slot& slot, std::string_view line) {
  const auto [name_text, value] = text::cut(line, ':');
  if (!value) return;
  const auto name = text::trimmed(name_text);
  const std::string text(text::trimmed(*value));
  if (name == "token label") slot.label = text;
  if (name == "token manufacturer") slot.manufacturer = text;
  if (name == "token model") slot.model = text;
  if (name == "serial num") slot.serial = text;
  if (name == "token flags")
    for (const auto flag : text::split(text, ',')) slot.flags.emplace_back(text::trimmed(flag));
}

}  // namespace

bool Slot::has(std::string_view flag) const {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

bool Slot::pin_in_danger() const {
  return has("user PIN count low") || has("final user PIN try") || has("user PIN locked");
}

std::vector<Slot> parse_slots(std::string_view text) {
  std::vector<Slot> slots;
  for (const auto line : text::lines(text)) {
    if (auto id = slot_id(line); !id.empty())
      slots.push_back({.id = std::move(id)});
    else if (!slots.empty())
      read(slots.back(), line);
  }
  std::erase_if(slots, [](const Slot& slot) { return slot.serial.empty() && slot.label.empty(); });
  for (const auto& slot : slots)
    if (slot.flags.empty())
      throw diag::Error(
          diag::ErrorKind::unavailable,
          "'pkcs11-tool --list-slots' says nothing of the state of token '" + slot.label + "'");
  return slots;
}

}  // namespace sconectl::token
