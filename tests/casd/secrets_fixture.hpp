// A session whose secrets are made, stored and read back as the CAS does it, without a CAS.
#pragma once

#include <gmock/gmock.h>

#include <map>

#include "casd/secrets/format.hpp"
#include "casd/secrets/secret_material.hpp"
#include "casd/secrets/session_ca.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/session/parse.hpp"

namespace sconectl::casd::secrets {

inline const crypto::Time test_now = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1};

class Values {
 public:
  /// `secrets`: the YAML list below `secrets:`, without indentation.
  explicit Values(const std::string& secrets, crypto::Time now = test_now,
                  const std::string& version = "\"0.3.12\"")
      : session_(shared(StoredSession{}), parse(secrets, version)), now_(now) {}

  /// Imported secrets and others that the session does not make.
  void put(const std::string& name, SecretMaterial material) {
    known_[name] = std::make_shared<const SecretMaterial>(std::move(material));
  }

  SecretMaterialPtr get(const std::string& name) {
    if (const auto found = known_.find(name); found != known_.end()) return found->second;
    const auto* secret = find_secret(session_, name);
    if (secret == nullptr) throw diag::Error(diag::ErrorKind::not_found, "no secret " + name);
    auto material = secret->is_explicit() ? from_text(*secret, siblings()) : generated(*secret);
    return known_[name] = std::make_shared<const SecretMaterial>(std::move(material));
  }

  std::string text(const std::string& name, std::string_view suffix = "") {
    return std::string(format_as(*get(name), name, suffix).view());
  }

  /// "" or the error's text.
  std::string fault(const std::string& name, std::string_view suffix = "") {
    try {
      static_cast<void>(text(name, suffix));
      return "";
    } catch (const diag::Error& error) {
      return error.text();
    }
  }

  SiblingLookup siblings() {
    return [this](const std::string& name) { return get(name); };
  }
  const session::Secret& secret(const std::string& name) { return *find_secret(session_, name); }
  /// A later moment; what was made before is forgotten, what was stored is not.
  void at(crypto::Time now) {
    now_ = now;
    known_.clear();
  }

 private:
  static session::Session parse(const std::string& secrets, const std::string& version) {
    std::string text = "version: " + version + "\nname: s\nsecrets:\n";
    std::string line;
    for (const char c : secrets + "\n") {
      if (c != '\n') {
        line += c;
        continue;
      }
      if (!line.empty()) text += "  " + line + "\n";
      line.clear();
    }
    return session::parse_text("test", text);
  }

  SecretMaterial generated(const session::Secret& secret) {
    auto stored = stored_.find(secret.name);
    if (stored == stored_.end() || renewal_need(secret, decode(secret, stored->second, siblings()),
                                                siblings(), now_) != RenewalNeed::none) {
      const auto material = generate(secret, siblings(), now_);
      stored_[secret.name] = std::string(encode(secret, material).view());
      stored = stored_.find(secret.name);
    }
    return decode(secret, stored->second, siblings());
  }

  LoadedSession session_;
  crypto::Time now_;
  std::map<std::string, SecretMaterialPtr> known_;
  std::map<std::string, std::string> stored_;
};

}  // namespace sconectl::casd::secrets
