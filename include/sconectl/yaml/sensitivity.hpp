// Which values of a document may be secrets: the one place that knows.
#pragma once

#include <string>
#include <string_view>

namespace sconectl::yaml {

/// What of the values below a key may be a secret.
enum class Secrecy {
  none,
  scalars,  ///< the scalars of its list or mapping: `env: {A: x}`; not those of mappings in its
            ///< list
  all,
};

/// The fields of manifests, meshes and sessions that carry values, contents, tokens, keys, commands
/// and environments, names that say so ("db_password"), and what looks like a misspelt field
/// ("vlaue").
[[nodiscard]] Secrecy secrecy_below(std::string_view key);

/// A word of the languages whose value only describes ("kind", "name"): shown beside a mistake.
[[nodiscard]] bool is_description(std::string_view key);

/// A key for messages: its first word of letters, digits, '_', '-' and '.', and "..." for the rest.
/// A value that ran into its key (`password:hunter2`, `value=x`) is not shown.
[[nodiscard]] std::string shown_key(std::string_view key);

}  // namespace sconectl::yaml
