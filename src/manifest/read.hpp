// Readers that keep the place of every scalar; private to this room.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "sconectl/manifest/text.hpp"
#include "sconectl/manifest/variable.hpp"
#include "sconectl/yaml/map_reader.hpp"

namespace sconectl::manifest {

/// The text of a key; nothing if absent, null or not a scalar (which is reported).
std::optional<Text> optional_text(yaml::MapReader& reader, std::string_view key);
/// The text of a key that must be there and not be empty.
Text required_text(yaml::MapReader& reader, std::string_view key);
/// A list of scalars. A single scalar counts as a list of one.
std::vector<Text> texts(yaml::MapReader& reader, std::string_view key);
/// Words of a comma separated string or of a list, blanks removed.
std::vector<Text> words(yaml::MapReader& reader, std::string_view key);
/// A list of `name: / value:` mappings; `key` is accepted for `name`.
std::vector<Variable> variables(yaml::MapReader& reader, std::string_view key);
Variable variable(yaml::MapReader& reader);
/// Where `require_attestation: true` stands (also written `require-attestation`, like the option).
/// A key without a value is an error: it must not mean "no".
std::optional<diag::Location> required_attestation(yaml::MapReader& reader);
/// An image reference: something that an engine can not take for an option or for two words.
void check_reference(const Text& reference, std::string_view path, diag::Diagnostics& out);

/// An address or a key: one word, if it is there.
void check_word(const std::optional<Text>& word, std::string_view path, diag::Diagnostics& out);

}  // namespace sconectl::manifest
