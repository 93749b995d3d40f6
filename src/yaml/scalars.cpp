#include "sconectl/yaml/scalars.hpp"

#include "yaml/parser.hpp"

namespace sconectl::yaml {
namespace {

/// libyaml counts characters, and leaves a byte order mark out.
class ByteCounter {
 public:
  explicit ByteCounter(std::string_view text) : text_(text) {
    if (text.starts_with("\xEF\xBB\xBF")) byte_ = 3;
  }
  /// The offset of a character that is not before the last one that was asked for.
  std::size_t offset(std::size_t character) {
    for (; character_ < character && byte_ < text_.size(); ++character_) do
        ++byte_;
      while (byte_ < text_.size() && (static_cast<unsigned char>(text_[byte_]) & 0xC0U) == 0x80U);
    return byte_;
  }

 private:
  std::string_view text_;
  std::size_t character_ = 0;
  std::size_t byte_ = 0;
};

}  // namespace

std::vector<ScalarPlace> scalar_places(std::string_view text) {
  std::vector<ScalarPlace> result;
  ByteCounter counter(text);
  Scanner scanner(text);
  while (const yaml_token_t* token = scanner.next()) {
    if (token->type == YAML_STREAM_END_TOKEN) break;
    if (token->type != YAML_SCALAR_TOKEN) continue;
    const auto& scalar = token->data.scalar;
    ScalarPlace place;
    place.begin = counter.offset(token->start_mark.index);
    place.end = counter.offset(token->end_mark.index);
    place.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    result.push_back(std::move(place));
  }
  return result;
}

}  // namespace sconectl::yaml
