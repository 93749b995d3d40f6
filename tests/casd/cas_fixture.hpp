// A CAS in a temporary directory, and clients with keys of their own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "casd/log/logger.hpp"
#include "sconectl/casd/service.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/host/files.hpp"
#include "support/fixed_clock.hpp"

namespace sconectl::test {

/// A key with a self-signed certificate, as clients make them.
struct Client {
  explicit Client(const std::string& name, crypto::KeyType type = crypto::KeyType::p256)
      : key(crypto::PrivateKey::generate(type)), certificate(issued(name, key)) {}

  [[nodiscard]] casd::Peer peer() const { return {certificate.pem()}; }
  [[nodiscard]] std::string hash() const { return crypto::key_hash(key.public_key()); }

  crypto::PrivateKey key;
  crypto::Certificate certificate;

 private:
  static crypto::Certificate issued(const std::string& name, const crypto::PrivateKey& key) {
    crypto::CertificateProfile profile;
    profile.common_name = name;
    profile.not_before = crypto::Time(std::chrono::seconds(0));
    return crypto::issue(profile, key.public_key(), key);
  }
};

struct Answer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;

  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(body); }
  [[nodiscard]] std::string hash() const { return json().at("hash").get<std::string>(); }
  /// All of `msg`, one per line.
  [[nodiscard]] std::string messages() const {
    std::string all;
    const auto body_json = json();
    for (const auto& text : body_json.at("msg")) all += text.get<std::string>() + "\n";
    return all;
  }
};

class Cas : public testing::Test {
 protected:
  Cas()
      : files(host::system_files()),
        directory(*files, "casd-test-"),
        data(directory.path() / "data") {
    open();
  }

  void open() {
    casd::ServiceOptions options;
    options.data = data;
    options.http = network;
    options.collateral = collateral;
    options.snp_collateral = snp_collateral;
    options.evidence_test_root = evidence_test_root;
    options.log = casd::make_logger(log_options());
    options.reconnect_timeout = reconnect_timeout;
    options.owner = owner;
    options.demand_owner = demand_owner;
    options.offer_ownership = offer_ownership;
    options.self_provisioning = self_provisioning;
    options.import_from = import_from;
    options.audit = audit;
    if (versions_per_address) options.versions_per_address = *versions_per_address;
    options.traces = traces;
    options.max_sessions = max_sessions;
    options.requests_per_second = requests_per_second;
    if (versions_per_creator) options.versions_per_creator = *versions_per_creator;
    service = std::make_unique<casd::Service>(options, clock);
  }
  /// All that the operator was told.
  [[nodiscard]] std::string log() const { return files->read(log_options().file); }
  [[nodiscard]] casd::LogOptions log_options() const {
    casd::LogOptions options;
    options.file = directory.path() / "cas.log";
    options.lines_per_second = 100'000;
    options.details = true;
    return options;
  }
  void reopen() {
    service.reset();
    open();
  }

  Answer ask(const std::string& method, const std::string& target, const std::string& body = "",
             const casd::Peer& peer = {}, casd::Port port = casd::Port::api,
             const std::string& content_type = "") {
    auto response = service->handle({method, target, content_type, body, peer, port});
    return {response.status, std::move(response.body), std::move(response.headers),
            std::move(response.content_type)};
  }
  Answer get(const std::string& target, const casd::Peer& peer = {}) {
    return ask("GET", target, "", peer);
  }
  Answer upload(const std::string& yaml, const casd::Peer& peer) {
    return ask("POST", "/session", yaml, peer);
  }
  /// Uploads what must succeed.
  std::string created(const std::string& yaml, const casd::Peer& peer) {
    const auto answer = upload(yaml, peer);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.status == 201 ? answer.hash() : "";
  }

  std::unique_ptr<host::Files> files;
  host::TemporaryDirectory directory;
  std::filesystem::path data;
  FixedClock clock;
  std::chrono::seconds reconnect_timeout = std::chrono::hours(24);
  collateral::Source* collateral = nullptr;
  collateral::SnpSource* snp_collateral = nullptr;
  std::optional<crypto::Certificate> evidence_test_root;
  std::optional<std::string> owner;
  casd::AuditOptions audit;
  bool demand_owner = false;
  bool offer_ownership = true;
  std::optional<casd::SelfProvisioning> self_provisioning;
  std::optional<std::vector<std::string>> import_from;
  std::optional<std::int64_t> versions_per_creator;
  std::optional<std::int64_t> versions_per_address;
  casd::TraceOptions traces;
  std::optional<std::int64_t> max_sessions;
  std::optional<std::uint32_t> requests_per_second;
  host::Http* network = nullptr;  ///< to other CASes, from the next open() on
  std::unique_ptr<casd::Service> service;
  Client alice{"alice"};
  Client bob{"bob"};
};

inline std::string session(const std::string& name, const std::string& more = "") {
  return "version: \"0.3.12\"\nname: " + name + "\n" + more;
}

}  // namespace sconectl::test
