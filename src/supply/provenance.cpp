#include "sconectl/supply/provenance.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "sconectl/diag/error.hpp"
#include "sconectl/supply/dsse.hpp"
#include "sconectl/text/ascii.hpp"
#include "supply/bom.hpp"
#include "supply/json.hpp"

namespace sconectl::supply {
namespace {

constexpr std::string_view statement_type = "https://in-toto.io/Statement/v1";
/// What cosign writes up to today.
constexpr std::string_view old_statement_type = "https://in-toto.io/Statement/v0.1";
/// What its parameters mean: docs/supply-chain.md.
constexpr std::string_view build_type = "urn:sconectl:build:v1";
constexpr std::size_t sha256_digits = 64;

[[noreturn]] void invalid_statement(std::string text) {
  throw diag::Error(diag::ErrorKind::invalid, std::move(text));
}

std::string checked_sha256(std::string_view of, std::string_view digits) {
  if (!text::is_hex(digits, sha256_digits)) {
    invalid_statement(fmt::format("a statement needs the SHA-256 of '{}', 64 hex digits", of));
  }
  return text::lower(digits);
}

/// A resource descriptor of in-toto has a URI or a digest.
Json descriptor(const Resource& resource) {
  Json result = Json::object();
  if (!resource.name.empty()) result["name"] = resource.name;
  if (!resource.uri.empty()) result["uri"] = resource.uri;
  if (!resource.sha256.empty()) {
    const std::string& shown = resource.name.empty() ? resource.uri : resource.name;
    result["digest"] = {{"sha256", checked_sha256(shown, resource.sha256)}};
  } else if (resource.uri.empty()) {
    invalid_statement(fmt::format("what went into a build needs a URI or a digest; '{}' has none",
                                  resource.name));
  }
  return result;
}

Json build_definition(const Provenance& provenance) {
  Json parameters = Json::object();
  for (const auto& [name, value] : provenance.parameters) parameters[name] = value;
  if (provenance.manifest) parameters["manifest"] = descriptor(*provenance.manifest);
  Json dependencies = Json::array();
  for (const Resource& resource : provenance.dependencies) {
    dependencies.push_back(descriptor(resource));
  }
  return {{"buildType", build_type},
          {"externalParameters", std::move(parameters)},
          {"internalParameters", Json::object()},
          {"resolvedDependencies", std::move(dependencies)}};
}

Json enclave_byproduct(const Measurement& measurement) {
  return {{"name", "enclave"},
          {"digest",
           {{"mrenclave", checked_sha256("the enclave", measurement.mr_enclave)},
            {"mrsigner", checked_sha256("the enclave's signer", measurement.mr_signer)}}},
          {"annotations",
           {{"isvprodid", measurement.product_id},
            {"isvsvn", measurement.security_version},
            {"debug", measurement.debug}}}};
}

Json run_details(const Provenance& provenance) {
  if (provenance.builder.empty()) {
    invalid_statement("provenance names who built: a URI of the builder is missing");
  }
  Json metadata = Json::object();
  if (!provenance.invocation.empty()) metadata["invocationId"] = provenance.invocation;
  if (provenance.started) metadata["startedOn"] = time_text(*provenance.started);
  if (provenance.finished) metadata["finishedOn"] = time_text(*provenance.finished);
  Json details{{"builder",
                {{"id", provenance.builder}, {"version", {{"sconectl", provenance.tool_version}}}}},
               {"metadata", std::move(metadata)}};
  if (provenance.measurement) {
    details["byproducts"] = Json::array({enclave_byproduct(*provenance.measurement)});
  }
  return details;
}

std::string statement_of(std::span<const Subject> subjects, std::string_view predicate_type,
                         Json predicate) {
  if (subjects.empty()) invalid_statement("a statement is about something: it has no subject");
  Json list = Json::array();
  for (const Subject& subject : subjects) {
    list.push_back({{"name", subject.name},
                    {"digest", {{"sha256", checked_sha256(subject.name, subject.sha256)}}}});
  }
  return compact({{"_type", statement_type},
                  {"subject", std::move(list)},
                  {"predicateType", predicate_type},
                  {"predicate", std::move(predicate)}});
}

}  // namespace

std::string statement(std::span<const Subject> subjects, std::string_view predicate_type,
                      std::string_view predicate) {
  return statement_of(subjects, predicate_type, parse_object(predicate, "the predicate"));
}

std::string provenance_statement(const Provenance& provenance) {
  return statement_of(
      provenance.subjects, provenance_predicate,
      {{"buildDefinition", build_definition(provenance)}, {"runDetails", run_details(provenance)}});
}

Statement parse_statement(std::string_view statement) {
  const Json parts = parse_object(statement, "the in-toto statement");
  const std::string type = text_member(parts, "_type");
  if (type != statement_type && type != old_statement_type) {
    invalid_statement("not an in-toto statement of version 1 or 0.1");
  }
  Statement result;
  for (const Json& subject : array_member(parts, "subject")) {
    const std::string digest = text_member(object_member(subject, "digest"), "sha256");
    if (!text::is_hex(digest, sha256_digits)) continue;
    result.subjects.push_back({text_member(subject, "name"), text::lower(digest)});
  }
  result.predicate_type = text_member(parts, "predicateType");
  if (result.predicate_type.empty())
    invalid_statement("the in-toto statement has no predicate type");
  result.predicate = compact(object_member(parts, "predicate"));
  return result;
}

void require_about(const Statement& statement, std::string_view digest,
                   std::string_view predicate_type) {
  const auto is_it = [&](const Subject& subject) { return "sha256:" + subject.sha256 == digest; };
  if (std::none_of(statement.subjects.begin(), statement.subjects.end(), is_it)) {
    throw diag::Error(diag::ErrorKind::refused,
                      fmt::format("the attestation is about another image than {}", digest));
  }
  if (statement.predicate_type != predicate_type) {
    throw diag::Error(diag::ErrorKind::refused,
                      fmt::format("the attestation is not of the type {}", predicate_type));
  }
}

Statement verified_statement(std::string_view envelope, std::string_view digest,
                             std::string_view predicate_type, const crypto::PublicKey& key) {
  Statement result = parse_statement(verified_payload(envelope, in_toto_type, key));
  require_about(result, digest, predicate_type);
  return result;
}

}  // namespace sconectl::supply
