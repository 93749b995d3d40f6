// Any bytes as a session: an accepted one is written, read back, and keeps its hash.
#include <cstddef>
#include <cstdint>

#include "require.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/hash.hpp"
#include "sconectl/session/parse.hpp"
#include "sconectl/session/write.hpp"
#include "sconectl/yaml/parse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sconectl;
  diag::Diagnostics out;
  session::Session session;
  try {
    const auto documents = yaml::parse_documents("f", {reinterpret_cast<const char*>(data), size},
                                                 out, {.nodes = 10'000});
    if (documents.size() != 1 || out.has_errors()) return 0;
    session = session::parse_and_check(documents[0], out);
  } catch (const diag::Error&) {
    return 0;
  }
  if (out.has_errors()) return 0;
  const std::string text = session::text(session);
  try {
    const session::Session read = session::parse_text("written", text);
    fuzz::require(session::hash(read) == session::hash(session), "the hash stays", text);
  } catch (const diag::Error& error) {
    fuzz::require(false, "what was written is a session", error.text() + "\n" + text);
  }
  return 0;
}
