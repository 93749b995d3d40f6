// The parts of check().
#pragma once

#include <string_view>

#include "sconectl/diag/diagnostics.hpp"
#include "sconectl/session/secret_index.hpp"

namespace sconectl::session {

/// One session under check, with its secrets by name.
struct Checked {
  const Session& session;
  diag::Diagnostics& out;
  SecretIndex secrets;

  Checked(const Session& checked, diag::Diagnostics& diagnostics)
      : session(checked), out(diagnostics), secrets(checked) {}
  [[nodiscard]] const Secret* secret(std::string_view name) const { return secrets.find(name); }
  void error(const Place& place, std::string text) const { out.error(place.at, std::move(text)); }
  void warning(const Place& place, std::string text) const {
    out.warning(place.at, std::move(text));
  }
  /// "no secret of this session is named 'x'; did you mean 'y'?"
  [[nodiscard]] std::string undefined(std::string_view name) const;

 private:
  /// Looking for similar names is linear: after this many the hint is left out.
  mutable int hints_left_ = 20;
};

/// Version 0.1 or none: sessions of that time are completed by imports of whole services and
/// images, so what is missing in them is a warning (SL-332).
[[nodiscard]] bool is_first_dialect(const Session& session);

enum class Missing { error, warning };
/// Where text with placeholders stands: arguments and variables end at a NUL byte, files do not.
enum class Use { argument, file };

void check_secrets(const Checked& checked);
void check_services(const Checked& checked);
void check_images(const Checked& checked);
void check_volumes(const Checked& checked);
void check_sections(const Checked& checked);

/// A service of a confidential virtual machine against the security section, as far as that is
/// known (XA-003, XA-007, XA-008, XA-014, XA-016).
void check_tee(const Checked& checked, const Service& service, const Security* security);
/// One warning if the session uses it (XA-001).
void warn_tee_extension(const Checked& checked);

/// The placeholders of a command, environment value or file content: defined, with a format that
/// the kind has (SL-204, SL-205, SL-208, SL-212).
void check_text(const Checked& checked, const Place& place, const std::string& what,
                const std::string& text, Use use);
/// The shared secret of one-time passwords (SL-307, SL-308).
void check_one_time_password(const Checked& checked, const Place& place, const std::string& what,
                             const std::optional<std::string>& text);
/// Warns about a session outside the own namespace that is named without its hash (SL-342), refuses
/// one above the root (SL-047) and, for imports, the own one (SL-186).
enum class Direction { import, export_ };
void check_reference(const Checked& checked, const Place& place, const std::string& what,
                     const std::string& session, bool pinned, Direction direction);
/// One placeholder of a configuration section: text, not bytes (SL-209).
void check_setting(const Checked& checked, const Place& place, const std::string& what,
                   const Placeholder& placeholder, Missing missing = Missing::error);
/// A string setting that may be a placeholder.
void check_setting(const Checked& checked, const Place& place, const std::string& what,
                   const std::string& text);
/// A key of a file system: 32 bytes of a secret of kind binary (SL-078).
void check_key_setting(const Checked& checked, const Place& place, const std::string& what,
                       const Setting<std::string>& key);

/// The value of an explicit secret of this session for a configuration section (SL-211).
[[nodiscard]] std::optional<yaml::Value> explicit_value(const Checked& checked,
                                                        const Placeholder& placeholder);

}  // namespace sconectl::session
