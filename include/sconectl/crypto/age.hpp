// Files in the format of age (age-encryption.org/v1) for keys on X25519, or on P-256 in hardware
// (recipient type p256tag): any client of age makes and opens them. Bytes come and go part by part,
// so that memory does not grow with them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/crypto/p256.hpp"
#include "sconectl/crypto/secret.hpp"

namespace sconectl::crypto {

/// "age1..." or "age1tag1...": who can open a file. `public_key` is a raw X25519 key (32 bytes) or
/// a compressed point of P-256 (33 bytes); so are all recipients here.
[[nodiscard]] std::string age_recipient(std::string_view public_key);
/// The raw key. Throws Error{invalid} for anything else, with what is wrong.
[[nodiscard]] std::string parse_age_recipient(std::string_view text);
[[nodiscard]] std::vector<std::string> parse_age_recipients(const std::vector<std::string>& texts);
/// "AGE-SECRET-KEY-1...".
[[nodiscard]] Secret age_identity(std::string_view private_key);

/// Who opens files.
struct AgeIdentities {
  std::vector<Secret> keys;                               ///< raw X25519
  std::vector<std::shared_ptr<const P256Key>> elsewhere;  ///< in hardware

  [[nodiscard]] bool empty() const { return keys.empty() && elsewhere.empty(); }
  [[nodiscard]] AgeIdentities clone() const;
};

/// What a line of an identity file names that is no key itself; a null pointer for all others.
using IdentityElsewhere = std::function<std::shared_ptr<const P256Key>(std::string_view line)>;
/// The identities of a file: one a line, empty lines and those with # are left out. Throws
/// Error{invalid} if there is none or a line is something else; no message quotes one.
[[nodiscard]] AgeIdentities parse_age_identities(std::string_view text,
                                                 const IdentityElsewhere& elsewhere = {});

/// Whether they are the first bytes of a file in this format.
[[nodiscard]] bool is_age_file(std::string_view bytes);

/// Encrypts to all recipients (at least one).
class AgeWriter {
 public:
  using Take = std::function<void(std::string_view part)>;
  /// Throws Error{invalid} for a key that is none.
  AgeWriter(const std::vector<std::string>& recipients, Take out);
  ~AgeWriter();
  AgeWriter(const AgeWriter&) = delete;
  AgeWriter& operator=(const AgeWriter&) = delete;

  void write(std::string_view part);
  /// Nothing is added after it; without it the file does not open.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Decrypts. What it hands out is what was written, but perhaps not all of it before finish().
class AgeReader {
 public:
  using Take = std::function<void(std::string_view part)>;
  /// With any of these.
  AgeReader(const AgeIdentities& identities, Take out);
  ~AgeReader();
  AgeReader(const AgeReader&) = delete;
  AgeReader& operator=(const AgeReader&) = delete;

  /// Throws Error{invalid} for what is no file of age, Error{refused} if no key opens it or it was
  /// changed.
  void take(std::string_view part);
  /// Throws Error{invalid} if the file ends too early.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sconectl::crypto
