// A session as its author means it: the typed model that client, mesh and CAS share.
//
// Every struct can be filled in code; text() of write.hpp writes it, parse() of parse.hpp reads it,
// check() of check.hpp judges both. Hex is kept as lower-case text, PEM with LF line ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sconectl/session/access_entry.hpp"
#include "sconectl/session/image.hpp"
#include "sconectl/session/secret.hpp"
#include "sconectl/session/security.hpp"
#include "sconectl/session/service.hpp"
#include "sconectl/session/setting.hpp"

namespace sconectl::session {

struct Session {
  std::string version = "0.3.10";  ///< as written; "" if the file had none (SL-033)
  std::string name{};
  std::optional<std::string> namespace_hash{};
  std::optional<std::string> predecessor{};
  std::optional<std::string> salt{};
  std::vector<Service> services{};
  std::vector<Secret> secrets{};
  std::optional<AkvStore> secret_store{};  ///< absent: values live in the CAS
  std::vector<Volume> volumes{};
  std::vector<Image> images{};
  Setting<AccessPolicy> access_policy{};
  Setting<Security> security{};
  std::optional<Creator> creator{};
  Place place{};

  /// Version 0.1, 0.2 or none: the rules of SL-324 to SL-333 hold too.
  [[nodiscard]] bool legacy() const;
  // Of secrets there may be many: secret_index.hpp.
  [[nodiscard]] const Service* find_service(std::string_view service) const;
  [[nodiscard]] const Image* find_image(std::string_view image) const;
  [[nodiscard]] const Volume* find_volume(std::string_view volume) const;
  bool operator==(const Session&) const = default;
};

}  // namespace sconectl::session
