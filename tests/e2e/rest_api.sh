# The REST API and the service interface against docs/openapi.yaml, judged by programs of others:
# openapi-spec-validator, and schemathesis, which makes requests from the description. Sourced by tests/e2e/run.
# shellcheck shell=bash

rest_python() { PYTHONPATH=$JUDGES/rest /usr/bin/python3 "$@"; }

# fuzzed DESCRIPTION CHECKS OPTION...: sends what schemathesis makes of the description; the seed is fixed, so that a
# failure comes again.
fuzzed() {
  rest_python -m schemathesis.cli --config-file "$REPO_ROOT/tests/e2e/judges/rest.toml" run "$1" --checks "$2" \
    --tls-verify false --seed 14 --generation-database none --max-examples 10 --request-timeout 30 \
    --suppress-health-check too_slow --continue-on-failure --no-color --warnings off "${@:3}"
}

answer_checks=status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance
rest_checks=not_a_server_error,unsupported_method,allow_header_conformance,$answer_checks

# described_cas: an operated CAS (operating_cas.sh) without an owner; sets enclave too.
described_cas() {
  operators_file data
  client_identity
  operated --receipts --audit-log audit.log --import-from none
  enclave=127.0.0.1:$(jq -r '.enclave[0]' data/endpoint.json | sed 's/.*://')
}

# owned_by_client: becomes the owner, and stores the session of the description's examples.
# shellcheck disable=SC2154  # api: set by 'operated'
owned_by_client() {
  printf '{"token":"%s","owner_config":{}}' "$(provisioning_token)" >provision.json
  expect 0 cas_curl --fail --data-binary @provision.json "https://$api/v1/provision"
  rest_python - "$REPO_ROOT/docs/openapi.yaml" >shop.yaml <<'END'
import sys, yaml
with open(sys.argv[1], encoding="utf-8") as file:
    yaml.safe_dump(yaml.safe_load(file)["components"]["examples"]["Session"]["value"], sys.stdout)
END
  expect 0 cas_curl --fail --data-binary @shop.yaml "https://$api/v1/sessions"
  printf 'name: shop/old\nversion: "0.3"\n' >old.yaml
  expect 0 cas_curl --fail --data-binary @old.yaml "https://$api/v1/sessions"
}

case_rest_api_is_what_its_description_says() {
  # RA-007, RA-009, RA-011, RA-021
  local description=$REPO_ROOT/docs/openapi.yaml with_certificate=(--request-cert client.crt --request-cert-key client.key)
  expect 0 rest_python -m openapi_spec_validator "$description"
  described_cas
  # Without an owner, nearly everything is 503.
  expect 0 fuzzed "$description" "$answer_checks" --url "https://$api" --exclude-tag services --phases examples \
    "${with_certificate[@]}"
  owned_by_client
  report() { printf '%s\n' --report ndjson --report-ndjson-path "$1.ndjson"; }
  local options
  mapfile -t options < <(report owner)
  expect 0 fuzzed "$description" "$rest_checks" --url "https://$api" --exclude-tag services "${with_certificate[@]}" \
    "${options[@]}"
  # Requests that are not as described are refused. Where YAML is read, 5 is a text too: no harm, and no fault.
  expect 0 fuzzed "$description" negative_data_rejection,missing_required_header --url "https://$api" --phases coverage \
    --exclude-tag services --exclude-operation-id uploadSession --exclude-operation-id createSession \
    --exclude-operation-id checkSession --exclude-operation-id replaceConfig "${with_certificate[@]}"
  mapfile -t options < <(report anybody)
  expect 0 fuzzed "$description" "$rest_checks" --url "https://$api" --exclude-tag services --phases coverage \
    "${options[@]}"
  mapfile -t options < <(report services)
  expect 0 fuzzed "$description" "$rest_checks,negative_data_rejection" --url "https://$enclave" \
    --include-tag services --include-tag status "${options[@]}"
  # What it can not make: encrypted sessions, proofs of a lease, the chain of another CAS, a namespace that is sealed
  # when it is to be locked.
  expect 0 rest_python "$REPO_ROOT/tests/e2e/judges/rest_answers.py" "$description" \
    owner.ndjson anybody.ndjson services.ndjson -- readDenial putEncryptedSession postEncryptedSession provision exportSecret \
    updateVolumeTag updateFspfTag provideSecrets noteExit lockNamespace unlockNamespace
  # Of those without an owner, each is an error in its log.
  grep ' ERROR ' cas.log | grep -v 'not provisioned yet\|it has no owner yet' >errors || true
  [ ! -s errors ] || fail "$(cat errors)"
}

# described_otherwise SED OPERATION CHECK: such a description of an operation is refused by the check.
described_otherwise() {
  sed "$1" "$REPO_ROOT/docs/openapi.yaml" >other.yaml
  ! cmp -s "$REPO_ROOT/docs/openapi.yaml" other.yaml || fail "nothing changed: $1"
  expect 1 fuzzed other.yaml "$rest_checks,negative_data_rejection" --url "https://$api" --include-operation-id "$2" \
    --phases examples,coverage
  says out "$3"
}

case_rest_api_that_is_described_otherwise_is_noticed() {
  described_cas
  owned_by_client
  described_otherwise 's/live: {type: boolean, const: true}/live: {type: string}/' readLiveness 'Response violates schema'
  described_otherwise "/operationId: readVersion/,/'413'/ s/'400':/'409':/" readVersion 'Undocumented status code'
  described_otherwise 's/const: no-store/const: no-cache/' readVersion 'Response header does not conform'
  described_otherwise "/operationId: readVersion/,/'413'/ s|application/json|text/html|" readVersion 'Undocumented Content-Type'
  described_otherwise "s/version: {type: \[integer, 'null'\]/version: {type: integer/" attestByBody 'Schema-violating request accepted'
  # A server that answers 501 where it should not is one with a fault.
  described_otherwise 's/tags: \[not-built-in\]/tags: [owner]/' getBackups 'Server error'
}
