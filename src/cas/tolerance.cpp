// The options of an attestation as text: one table for their names.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sconectl/cas/trust.hpp"
#include "sconectl/crypto/encoding.hpp"
#include "sconectl/crypto/key_hash.hpp"
#include "sconectl/diag/error.hpp"
#include "sconectl/diag/suggest.hpp"
#include "sconectl/text/number.hpp"
#include "sconectl/text/split.hpp"

namespace sconectl::cas {
namespace {

using diag::Error;
using diag::ErrorKind;

struct Switch {
  std::string_view name;
  char letter;
  bool AttestOptions::*field;
};
constexpr Switch switches[] = {
    {"accept-configuration-needed", 'C', &AttestOptions::accept_configuration_needed},
    {"accept-group-out-of-date", 'G', &AttestOptions::accept_group_out_of_date},
    {"accept-sw-hardening-needed", 'S', &AttestOptions::accept_sw_hardening_needed},
    // The words of the session language (SL-298) for the same.
    {"insecure-configuration", 0, &AttestOptions::accept_configuration_needed},
    {"outdated-tcb", 0, &AttestOptions::accept_group_out_of_date},
    {"software-hardening-needed", 0, &AttestOptions::accept_sw_hardening_needed},
    {"accept-revoked-pcs-certs", 0, &AttestOptions::accept_revoked_pcs_certs},
    {"accept-unverifiable-pcs-certs", 0, &AttestOptions::accept_unverifiable_pcs_certs},
    {"fail-on-any-advisory", 0, &AttestOptions::fail_on_any_advisory},
    {"allow-cas-owner-secret-access", 0, &AttestOptions::allow_cas_owner_secret_access},
    {"only_for_testing-debug", 0, &AttestOptions::testing_debug},
    {"only_for_testing-ignore-signer", 0, &AttestOptions::testing_ignore_signer},
    {"only_for_testing-trust-any", 0, &AttestOptions::testing_trust_any},
    // The help of the original prints an underscore in this one.
    {"only_for_testing_allow-unprovisioned-cas", 0, &AttestOptions::testing_allow_unprovisioned},
    {"only_for_testing-allow-unprovisioned-cas", 0, &AttestOptions::testing_allow_unprovisioned},
};

std::uint16_t number16(std::string_view name, std::string_view text) {
  const auto value = text::number<std::uint16_t>(text);
  if (!value)
    throw Error(ErrorKind::invalid, fmt::format("--{} needs a number from 0 to 65535", name));
  return *value;
}

struct Valued {
  std::string_view name;
  char letter;
  void (*set)(AttestOptions&, std::string_view);
};
constexpr Valued valued[] = {
    {"cas-key-hash", 'c', [](AttestOptions& o, std::string_view v) { o.cas_key_hash = v; }},
    {"cas-software-key-hash", 's',
     [](AttestOptions& o, std::string_view v) { o.cas_software_key_hash = v; }},
    {"mrenclave", 0, [](AttestOptions& o, std::string_view v) { o.mrenclave.emplace_back(v); }},
    {"mrsigner", 0, [](AttestOptions& o, std::string_view v) { o.mrsigner = v; }},
    {"isvprodid", 0,
     [](AttestOptions& o, std::string_view v) { o.isvprodid = number16("isvprodid", v); }},
    {"isvsvn", 0, [](AttestOptions& o, std::string_view v) { o.isvsvn = number16("isvsvn", v); }},
    {"ignore-advisories", 0,
     [](AttestOptions& o, std::string_view v) {
       for (const auto advisory : text::split(v, ','))
         if (!advisory.empty()) o.ignore_advisories.emplace_back(advisory);
     }},
};

// Reads words as a command line.
class Reader {
 public:
  explicit Reader(std::vector<std::string_view> words) : words_(std::move(words)) {}

  AttestOptions read() {
    for (; next_ < words_.size();) {
      const std::string_view word = words_[next_++];
      if (word.starts_with("--"))
        read_long(word.substr(2));
      else if (word.size() > 1 && word.front() == '-')
        read_letters(word);
      else
        unknown(word);
    }
    return options_;
  }

 private:
  void read_long(std::string_view text) {
    const auto [name, given] = text::cut(text, '=');
    for (const Switch& entry : switches) {
      if (entry.name != name || given) continue;
      options_.*entry.field = true;
      return;
    }
    for (const Valued& entry : valued) {
      if (entry.name != name) continue;
      entry.set(options_, given ? *given : value(name));
      return;
    }
    unknown(fmt::format("--{}", name));
  }

  // "-GCS", "-c HASH", "-cHASH".
  void read_letters(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const auto* flag = std::find_if(std::begin(switches), std::end(switches),
                                      [&](const Switch& s) { return s.letter == word[i]; });
      if (flag != std::end(switches)) {
        options_.*flag->field = true;
        continue;
      }
      const auto* with_value = std::find_if(std::begin(valued), std::end(valued),
                                            [&](const Valued& v) { return v.letter == word[i]; });
      if (with_value == std::end(valued)) unknown(word);
      const std::string_view rest = word.substr(i + 1);
      with_value->set(options_, rest.empty() ? value(with_value->name) : rest);
      return;
    }
  }

  std::string_view value(std::string_view name) {
    if (next_ == words_.size())
      throw Error(ErrorKind::invalid, fmt::format("tolerance: --{} needs a value", name));
    return words_[next_++];
  }

  [[noreturn]] static void unknown(std::string_view word) {
    std::vector<std::string> known;
    for (const Switch& entry : switches) known.push_back(fmt::format("--{}", entry.name));
    for (const Valued& entry : valued) known.push_back(fmt::format("--{}", entry.name));
    throw Error(ErrorKind::invalid, fmt::format("tolerance: '{}' is no option of an attestation{}",
                                                word, diag::did_you_mean(word, known)));
  }

  std::vector<std::string_view> words_;
  std::size_t next_ = 0;
  AttestOptions options_;
};

[[noreturn]] void usage(std::string text) {
  throw Error(ErrorKind::usage, std::move(text));
}

void check_measurement(std::string_view option, std::string_view text) {
  const auto bytes = crypto::unhex(text);
  if (!bytes || bytes->size() != 32) usage(fmt::format("{} needs 64 hex digits", option));
}

void check_key_hash(std::string_view option, const std::optional<std::string>& text) {
  if (text && !crypto::parse_key_hash(*text))
    usage(fmt::format("{} needs a key hash (50 characters, Base58Check); '{}' is none", option,
                      *text));
}

}  // namespace

AttestOptions parse_tolerance(std::string_view text) {
  return Reader(text::words_in(text)).read();
}

void check_options(const AttestOptions& options) {
  check_key_hash("-c", options.cas_key_hash);
  check_key_hash("-s", options.cas_software_key_hash);
  for (const auto& mrenclave : options.mrenclave) check_measurement("--mrenclave", mrenclave);
  if (options.mrsigner) {
    check_measurement("--mrsigner", *options.mrsigner);
    if (!options.isvprodid || !options.isvsvn)
      usage("--mrsigner needs --isvprodid and --isvsvn too");
  }
  if (options.isvprodid && !options.mrsigner) usage("--isvprodid needs --mrsigner");
  if (options.testing_debug && !options.testing_ignore_signer && !options.mrsigner)
    usage("--only_for_testing-debug needs --only_for_testing-ignore-signer or --mrsigner");
  if (options.testing_ignore_signer && options.mrenclave.empty() && !options.testing_trust_any)
    usage(
        "--only_for_testing-ignore-signer needs --mrenclave, or --only_for_testing-trust-any to "
        "take any CAS");
  if (options.testing_trust_any && !options.testing_debug)
    usage("--only_for_testing-trust-any needs --only_for_testing-debug");
}

}  // namespace sconectl::cas
