// Where an image comes from: in-toto statements (v1), and the one about its build, SLSA provenance
// v1.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/key.hpp"

namespace sconectl::supply {

inline constexpr std::string_view provenance_predicate = "https://slsa.dev/provenance/v1";

/// What a statement is about.
struct Subject {
  std::string name;    ///< the repository of the image: "registry.local/team/app"
  std::string sha256;  ///< of its manifest, 64 hex digits

  bool operator==(const Subject&) const = default;
};

/// Something that went into the build.
struct Resource {
  std::string name;    ///< "src/app.py", "base image"; may be empty
  std::string uri;     ///< "pkg:oci/python@sha256:…", "file:src/app.py"
  std::string sha256;  ///< 64 hex digits; empty for what is known by its URI only
};

/// Of the enclave in the image: what a quote of it will show.
struct Measurement {
  std::string mr_enclave;  ///< 64 hex digits, as the next
  std::string mr_signer;
  std::uint16_t product_id = 0;
  std::uint16_t security_version = 0;
  bool debug = false;
};

struct Provenance {
  std::vector<Subject> subjects;
  /// What the user chose: runtime, mode, kind and the like.
  std::map<std::string, std::string> parameters;
  std::optional<Resource> manifest;    ///< the service manifest
  std::vector<Resource> dependencies;  ///< base image, sources, requirements
  std::string builder;                 ///< a URI that names who built: "https://ci.example/runner"
  std::string tool_version;            ///< of sconectl
  std::string invocation;              ///< names this run of the build; may be empty
  std::optional<std::chrono::sys_seconds> started;
  std::optional<std::chrono::sys_seconds> finished;
  std::optional<Measurement> measurement;
};

/// An in-toto statement as compact JSON. `predicate` is a JSON object, for example spdx_json().
/// Throws Error{invalid} for subjects without a proper digest and for another predicate.
[[nodiscard]] std::string statement(std::span<const Subject> subjects,
                                    std::string_view predicate_type, std::string_view predicate);

/// The statement with SLSA provenance. The measurement is a byproduct, `enclave`, with digests
/// `mrenclave` and `mrsigner`. Throws as statement() does, and for hashes that are none.
[[nodiscard]] std::string provenance_statement(const Provenance& provenance);

/// A statement of anybody.
struct Statement {
  std::vector<Subject> subjects;  ///< those with a SHA-256 digest
  std::string predicate_type;
  std::string predicate;  ///< compact JSON, members in the order in which they stood
};

/// Reads a statement of in-toto v1 or v0.1. Throws Error{invalid}.
[[nodiscard]] Statement parse_statement(std::string_view statement);

/// Throws Error{refused} unless the statement is about this digest ("sha256:…") and has this
/// predicate type.
void require_about(const Statement& statement, std::string_view digest,
                   std::string_view predicate_type);

/// All of the checks of an attestation: its envelope, its digest and its type. Throws as
/// verified_payload(), parse_statement() and require_about() do.
[[nodiscard]] Statement verified_statement(std::string_view envelope, std::string_view digest,
                                           std::string_view predicate_type,
                                           const crypto::PublicKey& key);

}  // namespace sconectl::supply
