#include "sconectl/supply/provenance.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sconectl/diag/error.hpp"
#include "sconectl/supply/bom.hpp"
#include "sconectl/supply/dsse.hpp"
#include "supply/sample.hpp"
#include "support/golden.hpp"
#include "support/repository.hpp"

namespace sconectl::supply {
namespace {

using nlohmann::json;

Provenance sample_provenance() {
  Provenance provenance;
  provenance.subjects = {{"registry.local:5000/team/app", std::string(64, 'a')}};
  provenance.parameters = {{"runtime", "gramine"}, {"mode", "production"}, {"kind", "python"}};
  provenance.manifest = Resource{"service.yaml", "", std::string(64, 'C')};
  provenance.dependencies = {{"base image", "pkg:oci/python@sha256:x", std::string(64, 'd')},
                             {"src/app.py", "", std::string(64, 'e')}};
  provenance.builder = "https://ci.example/runner";
  provenance.tool_version = "0.1.0";
  provenance.started = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000));
  provenance.measurement = Measurement{std::string(64, '1'), std::string(64, '2'), 3, 4, false};
  return provenance;
}

template <typename Call>
std::optional<diag::ErrorKind> fault_of(Call call) {
  try {
    call();
  } catch (const diag::Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

TEST(Provenance, is_as_recorded) {
  test::expect_golden(test::source_directory() / "tests/golden/supply/provenance.json",
                      json::parse(provenance_statement(sample_provenance())).dump(2) + "\n");
  EXPECT_EQ(provenance_statement(sample_provenance()), provenance_statement(sample_provenance()));
}

TEST(Provenance, what_has_no_proper_hash_is_refused) {
  const auto fault = [](auto change) {
    Provenance provenance = sample_provenance();
    change(provenance);
    return fault_of([&] { static_cast<void>(provenance_statement(provenance)); });
  };
  EXPECT_EQ(fault([](Provenance&) {}), std::nullopt);
  const auto invalid = diag::ErrorKind::invalid;
  EXPECT_EQ(fault([](Provenance& p) { p.subjects.clear(); }), invalid);
  EXPECT_EQ(fault([](Provenance& p) { p.subjects[0].sha256.pop_back(); }), invalid);
  EXPECT_EQ(fault([](Provenance& p) { p.dependencies[1].sha256 = "sha256:x"; }), invalid);
  EXPECT_EQ(fault([](Provenance& p) { p.dependencies[1].sha256.clear(); }), invalid);
  EXPECT_EQ(fault([](Provenance& p) { p.dependencies[0].sha256.clear(); }), std::nullopt);
  EXPECT_EQ(fault([](Provenance& p) { p.builder.clear(); }), invalid);
  EXPECT_EQ(fault([](Provenance& p) { p.measurement->mr_signer.clear(); }), invalid);
}

TEST(Provenance, a_statement_is_read_as_it_was_written) {
  const Statement read = parse_statement(provenance_statement(sample_provenance()));
  EXPECT_EQ(read.subjects, sample_provenance().subjects);
  EXPECT_EQ(read.predicate_type, provenance_predicate);
  EXPECT_EQ(json::parse(read.predicate).at("runDetails").at("builder").at("id"),
            "https://ci.example/runner");
}

TEST(Provenance, a_bill_of_materials_is_a_predicate_as_it_is) {
  const std::vector<Subject> subjects{{"app", std::string(64, 'a')}};
  const std::string spdx = spdx_json(sample_bom());
  const Statement read = parse_statement(statement(subjects, spdx_predicate, spdx));
  EXPECT_EQ(json::parse(read.predicate), json::parse(spdx));
  EXPECT_EQ(fault_of([&] { static_cast<void>(statement(subjects, spdx_predicate, "[]")); }),
            diag::ErrorKind::invalid);
}

TEST(Provenance, an_attestation_is_for_one_image_and_of_one_type) {
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::p256);
  const std::string envelope =
      signed_envelope(in_toto_type, provenance_statement(sample_provenance()), key);
  const auto fault = [&](const std::string& digest, std::string_view type) {
    return fault_of(
        [&] { static_cast<void>(verified_statement(envelope, digest, type, key.public_key())); });
  };
  EXPECT_EQ(fault("sha256:" + std::string(64, 'a'), provenance_predicate), std::nullopt);
  EXPECT_EQ(fault("sha256:" + std::string(64, 'b'), provenance_predicate),
            diag::ErrorKind::refused);
  EXPECT_EQ(fault("sha256:" + std::string(64, 'a'), spdx_predicate), diag::ErrorKind::refused);
  EXPECT_EQ(fault("", provenance_predicate), diag::ErrorKind::refused);
}

TEST(Provenance, what_is_no_statement_is_invalid) {
  for (const char* bad :
       {"", "[]", "{}", R"({"_type":"https://in-toto.io/Statement/v2","predicateType":"x"})",
        R"({"_type":"https://in-toto.io/Statement/v1"})",
        R"({"_type":"https://in-toto.io/Statement/v1","predicateType":{}})"}) {
    EXPECT_EQ(fault_of([&] { static_cast<void>(parse_statement(bad)); }), diag::ErrorKind::invalid)
        << bad;
  }
  // Subjects without a digest that is one are not there.
  const Statement odd = parse_statement(
      R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":)"
      R"([1,{},{"name":"a","digest":{"sha256":"ab"}},{"digest":[]},{"digest":{"sha1":"a"}}]})");
  EXPECT_TRUE(odd.subjects.empty());
  EXPECT_EQ(odd.predicate_type, "x");
}

}  // namespace
}  // namespace sconectl::supply
