// How fast an audit log is verified, beside SHA-256 of the same bytes: entries per second with
// the signatures that vouch for the others, the same with every signature, and the ratio of the
// time of the first to that of the digest alone.
//
// usage: sconectl_audit_bench ENTRIES THREADS
//        sconectl_audit_bench ENTRIES > audit.log      only writes such a log, of any size, for
//        `sconectl cas verify-audit-log --signing-key KEY audit.log`; KEY goes to standard error
#include <fmt/core.h>

#include <chrono>
#include <cstdlib>

#include "sconectl/cas/audit_verifier.hpp"
#include "sconectl/crypto/certificate.hpp"
#include "sconectl/crypto/ed25519_signer.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/hash.hpp"

namespace {

using namespace sconectl;

/// A log as a busy CAS writes it, 20 entries in a transaction; returns the key that signs it.
template <class Sink>
std::string write_log(std::uint64_t entries, const Sink& take) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::ed25519);
  const crypto::Ed25519Signer signer(key);
  crypto::CertificateProfile profile;
  profile.common_name = cas::audit_certificate_name;
  const auto certificate = crypto::issue(profile, key.public_key(), key).pem();
  std::string pem;
  for (const char c : certificate) pem += c == '\n' ? std::string("\\n") : std::string(1, c);
  cas::AuditPredecessor newest;
  for (std::uint64_t number = 1; number <= entries; ++number) {
    const auto event =
        number == 1
            ? fmt::format(R"({{"certificate_chain":"{}","signing_key":"{}","type":"cas_started"}})",
                          pem, crypto::hex(key.public_key().raw_ed25519()))
            : fmt::format(
                  R"({{"identity":"3s1p7sVb6dWxwnZBxNbmJkmMLAvWn1HmWnmPkwgoBWhCgpVr8a",)"
                  R"("session":"team/app-{}","source":"192.0.2.7","type":"session_created"}})",
                  number);
    const cas::AuditEntry entry{.sequence_number = number,
                                .timestamp = "2026-11-27T10:00:00.000Z",
                                .event = event,
                                .predecessor = newest,
                                .transaction = number - (number - 1) % 20};
    const auto signature = signer.sign(cas::audit_signed_text(entry));
    const auto line = cas::audit_line(entry, signature);
    newest = {number, signature, std::string(crypto::view(crypto::sha256(line)))};
    take(line + "\n");
  }
  return crypto::hex(key.public_key().raw_ed25519());
}

template <class Work>
double seconds(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double verification(const std::string& log, std::size_t threads, bool every) {
  return seconds([&] {
    cas::AuditVerifier verifier({.every_signature = every, .threads = threads});
    for (std::size_t at = 0; at < log.size(); at += 1U << 16U)
      verifier.add(std::string_view(log).substr(at, 1U << 16U));
    if (verifier.finish().fault != cas::AuditFault::rollback_not_excluded) std::exit(1);
  });
}

}  // namespace

int main(int count, char** words) {
  if (count != 2 && count != 3) return 2;
  const auto entries = std::strtoull(words[1], nullptr, 10);
  if (count == 2) {
    const auto key = write_log(entries, [](std::string_view line) { fmt::print("{}", line); });
    fmt::print(stderr, "{}\n", key);
    return 0;
  }
  const auto threads = std::strtoull(words[2], nullptr, 10);
  std::string log;
  write_log(entries, [&](std::string_view line) { log += line; });
  const double digest = seconds([&] { (void)crypto::sha256(log); });
  const double chain = verification(log, threads, false);
  const auto number = static_cast<double>(entries);
  fmt::print("bytes/entry {:.0f}  entries/s {:.0f}  times SHA-256 {:.2f}\n",
             static_cast<double>(log.size()) / number, number / chain, chain / digest);
  const double every = verification(log, threads, true);
  fmt::print("every signature: entries/s {:.0f}\n", number / every);
}
