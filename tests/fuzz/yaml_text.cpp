// Any bytes as YAML: a document that is read can be written, and reads the same again.
#include <cstddef>
#include <cstdint>

#include "require.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/yaml/parse.hpp"
#include "sconectl/yaml/write.hpp"

namespace {

using sconectl::yaml::Value;

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind() || a.text() != b.text() || a.items().size() != b.items().size() ||
      a.entries().size() != b.entries().size())
    return false;
  for (std::size_t i = 0; i < a.items().size(); ++i)
    if (!same(a.items()[i], b.items()[i])) return false;
  for (std::size_t i = 0; i < a.entries().size(); ++i)
    if (a.entries()[i].key != b.entries()[i].key ||
        !same(a.entries()[i].value, b.entries()[i].value))
      return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sconectl;
  diag::Diagnostics out;
  yaml::Limits limits;
  limits.nodes = 10'000;  // aliases written out: enough to find faults, little enough to be fast
  std::vector<yaml::Value> documents;
  try {
    documents =
        yaml::parse_documents("f", {reinterpret_cast<const char*>(data), size}, out, limits);
  } catch (const diag::Error&) {
    return 0;
  }
  if (out.has_errors()) return 0;
  for (const yaml::Value& document : documents) {
    if (!document.tag().empty()) continue;  // a tag at the root has no place in block style
    const std::string text = yaml::write(yaml::Node::from(document));
    diag::Diagnostics again;
    const auto read = yaml::parse_documents("written", text, again);
    fuzz::require(!again.has_errors(), "what was written is YAML", text);
    fuzz::require(read.size() == 1 && same(read[0], document), "it means the same", text);
  }
  return 0;
}
