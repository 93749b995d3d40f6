# Secrets of Azure's key vault, and the public sample's sessions, against the stand-in that Microsoft's own clients take for
# Azure (tests/azure). Sourced by tests/e2e/run.
# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR

# shellcheck source=../azure/sample.sh
. "$REPO_ROOT/tests/azure/sample.sh"

# azure_stand_in OPTION...: the stand-in in ./azure, with what the sample has there.
azure_stand_in() {
  azure_sample azure a13f688c3a95
  "$REPO_ROOT/tests/azure/stand_in.py" "$PWD/azure" "$@" >azure.log 2>&1 &
  at_end kill $!
  wait_for 20 "the stand-in of Azure" test -s azure/port
}

# azure [OPTION...]: the stand-in, and a CAS in ./cas that reaches Azure only by it, with these options; sets api, SCONE_CAS_ADDR,
# SCONE_CAS_KEY and the variables of the sample.
azure() {
  client_identity
  azure_stand_in
  env -u https_proxy -u no_proxy -u NO_PROXY "HTTPS_PROXY=http://127.0.0.1:$(cat azure/port)" "SSL_CERT_FILE=$PWD/azure/ca.pem" \
    sconectl cas serve --data cas --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 "$@" >cas.log 2>&1 &
  at_end kill $!
  wait_for 10 "the CAS" test -s cas/endpoint.json
  api=$(jq -r '.api[0]' cas/endpoint.json)
  SCONE_CAS_ADDR=$(jq -r '.enclave[0]' cas/endpoint.json)
  SCONE_CAS_KEY=$(cat cas/cas-key-hash)
  export SCONE_CAS_ADDR SCONE_CAS_KEY SCONE_CLI_CONFIG=$PWD/config.json
  expect 0 sconectl cas attest "$api" -c "$SCONE_CAS_KEY"
}

# azure_becomes JQ: what Azure holds from now on.
azure_becomes() {
  jq "$1" azure/settings.json >azure/new
  mv azure/new azure/settings.json
}

# vault_session: a session 'demo' whose service prints what it got.
vault_session() {
  # shellcheck disable=SC2016  # variables and placeholders of the session
  printf '%s\n' 'name: demo' 'version: "0.3.10"' 'security: {attestation: {mode: none}}' 'services:' \
    '  - {name: api, command: /usr/bin/env, environment: {AKV: "$$SCONE::akv$$", OWN: "$$SCONE::own$$"}}' 'secrets:' \
    '  - {name: token, kind: aad-token, tenant_id: $AZURE_TENANT_ID, client_id: $AZURE_CLIENT_ID, application_secret: "$AZURE_CLIENT_SECRET"}' \
    '  - {name: akv, kind: ascii, import_akv: {vault: $AKV_VAULT, secret_name: $AKV_SECRET_NAME}}' \
    '  - {name: own, kind: ascii, size: 12}' >demo.yml
  expect 0 sconectl session create --use-env demo.yml
}

# nowhere TEXT: in no log of the CAS or the stand-in, and not in what it was asked.
nowhere() {
  cat cas.log azure.log azure/requests >everything
  says_but_not everything '"host": "scone-sample.vault.azure.net"' "$1"
}

case_azure_one_start_gets_a_secret_of_the_vault_and_one_of_the_cas() {
  # SL-190, SL-163. Rows A01 to A06
  azure
  vault_session
  expect 0 sconectl run demo/api
  says out AKV=a13f688c3a95
  matches out '^OWN=.{12}$'
  # Another start within the half minute asks nobody; a changed value comes with the next one after it.
  azure_becomes '.vaults["scone-sample.vault.azure.net"].secrets["api-secret"] += [{value: "renewed"}]'
  expect 0 sconectl run demo/api
  says out AKV=a13f688c3a95
  [ "$(jq -s 'map(select(.host == "scone-sample.vault.azure.net")) | length' azure/requests)" = 1 ] || fail "$(cat azure/requests)"
  sleep 31
  expect 0 sconectl run demo/api
  says out AKV=renewed
  [ "$(jq -s 'map(select(.host == "login.microsoftonline.com")) | length' azure/requests)" = 1 ] || fail "$(cat azure/requests)"
  nowhere a13f688c3a95
  nowhere s3cret
}

case_azure_refusals_reach_whoever_starts_the_service() {
  # Rows A03, A07, A10: what is missing is named, and nothing is released.
  azure
  azure_becomes '.tenants[].applications[].secret = "another"'
  vault_session
  expect 1 sconectl run demo/api
  says_but_not err 'AADSTS7000215: the client secret is wrong' s3cret
  sleep 3.1
  azure_becomes '.tenants[].applications[].secret = "s3cret~._=+&" | .vaults[].access = {}'
  expect 1 sconectl run demo/api
  says err "secret 'api-secret' of the vault scone-sample.vault.azure.net is not given"
  says err "the application lacks the right 'get' on secrets"
  sleep 3.1
  azure_becomes '.vaults[].access = {(env.AZURE_CLIENT_ID): ["get"]} | .faults = {"scone-sample.vault.azure.net": {status: 429, retry_after: 1, times: 2}}'
  expect 0 sconectl run demo/api
  says out AKV=a13f688c3a95
  nowhere a13f688c3a95
}

case_azure_out_of_order_holds_nobody_up_who_needs_it_not() {
  azure
  vault_session
  printf 'name: plain\nversion: "0.3"\nsecurity: {attestation: {mode: none}}\nservices: [{name: api, command: /bin/true}]\n' >plain.yml
  expect 0 sconectl session create plain.yml
  local fault begin waiting
  # After what hangs comes a new connection, whose certificate is looked at.
  for fault in '{redirect: "https://evil.example/"}' '{hang: true}' '{wrong_certificate: true}' '{garbage: true}' '{big: 5000000}' \
    '{status: 503}'; do
    azure_becomes ".faults = {\"scone-sample.vault.azure.net\": $fault}"
    begin=$SECONDS
    SCONECTL_RETRIES=0 sconectl run demo/api >fault.out 2>fault.err &
    waiting=$!
    expect 0 timeout 2 sconectl run plain/api
    ! wait "$waiting" || fail "a service started although the vault is $fault"
    # 5 seconds for the attempt
    [ $((SECONDS - begin)) -le 15 ] || fail "$fault took $((SECONDS - begin)) s"
    says_but_not fault.err scone-sample.vault.azure.net a13f688c3a95
    sleep 3.1
  done
  says_but_not azure/requests scone-sample.vault.azure.net evil.example
  # An answer that comes too late for one attempt of the launcher is there for the next.
  azure_becomes '.faults = {"scone-sample.vault.azure.net": {delay: 7, times: 1}}'
  expect 0 sconectl run demo/api
  says out AKV=a13f688c3a95
}

case_azure_vault_keeps_the_values_of_a_session() {
  # SL-193 to SL-195, with the official clients' idea of a vault.
  local given hash keep='.vaults["scone-sample.vault.azure.net"].secrets | with_entries(select(.key | startswith("cas-")))' kept
  azure
  vault_session
  hash=$(cat out)
  expect 0 sconectl run demo/api
  given=$(grep '^OWN=' out)
  # shellcheck disable=SC2016  # placeholders of the session
  printf '%s\n' 'secret_config:' '  store_in: !akv' '    token: $$SCONE::token$$' '    vault: $AKV_VAULT' "predecessor: $hash" >>demo.yml
  expect 1 sconectl session update --use-env demo.yml
  says_but_not err "the application lacks the right 'set' on secrets (AccessDenied)" s3cret
  azure_becomes '.vaults[].access = {(env.AZURE_CLIENT_ID): ["get", "set", "delete"]}'
  expect 0 sconectl session update --use-env demo.yml
  kept=$(jq "$keep" azure/settings.json)
  matches <(jq -r 'keys[]' <<<"$kept") "^cas-$(cat out)-[0-9a-f]{32}$"
  nowhere "${given#OWN=}"
  says_but_not azure/settings.json '"cas-' "${given#OWN=}"
  # A vault that lost it, and then one that has something else under the name.
  azure_becomes '.vaults[].secrets |= with_entries(select(.key | startswith("cas-") | not))'
  expect 1 sconectl run demo/api
  says err "the value of secret 'own' can not be had from the session's key vault"
  sleep 3.1
  azure_becomes ".vaults[].secrets += ($kept | map_values([{value: .[0].value}]))"
  expect 1 sconectl run demo/api
  says err 'it was changed, or an older state of the vault was restored'
  sleep 31
  azure_becomes ".vaults[].secrets += $kept"
  expect 0 sconectl run demo/api
  says out "$given"
}

# sample_enclave NAME: an enclave of the made-up platform, as Gramine's library shows it, in NAME.crt and NAME.key.
sample_enclave() {
  [ -d "$1" ] || "$FAKE_TEE" new "$1"
  openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"
  "$FAKE_TEE" ra-tls "$1" dice "$1.key" "$1.crt"
}

# attested TEXT: the enclave asks and gets it; refused_by REASON: it gets nothing, and the log of the CAS says why.
attested() {
  asked enclave.crt enclave.key
  grep -q -a -F -- "$1" out || fail "$(cat out cas.log)"
}
refused_by() {
  local before
  before=$(wc -c <cas.log)
  asked enclave.crt enclave.key
  [ ! -s out ] || fail "it got $(cat out)"
  tail -c "+$((before + 1))" cas.log >new.log
  says_but_not new.log "$1" a13f688c3a95
}

case_azure_attests_the_enclave_of_the_public_sample() {
  # Rows A01, A08, A17, A20, A21, R04, R05, Z13; the enclave is the one of the made-up platform.
  local hash wrong sample=${SCONECTL_CORPUS:-$REPO_ROOT/../shared/corpus}/sessions/scontain+scone-azure-integration
  if [ ! -d "$sample" ]; then
    if [ -n "${SCONECTL_CORPUS:-}" ] || [ -d "$REPO_ROOT/../shared" ]; then
      fail "there is no $sample"
    fi
    skip "the public files are not beside the repository"
  fi
  "$FAKE_TEE" new enclave
  azure --secret-prov 127.0.0.1:0=azure-integration/demo/rest-api:MY_AKV_SECRET --only_for_testing-evidence-root enclave/root.pem
  # shellcheck disable=SC2034  # asked() of evidence.sh
  secret_prov=$(sed -n 's/.*CAS serves secret_prov at //p' cas.log)
  expect 0 sconectl session create --use-env "$sample/namespace.template.yml"
  (
    unset AKV_VAULT
    expect 3 sconectl session create --use-env "$sample/session.template.yml"
    says err 'AKV_VAULT'
  )
  expect 0 sconectl session create --use-env "$sample/session.template.yml"
  hash=$(cat out)
  sample_enclave enclave
  refused_by 'attestation[0]: its mrenclave is e4e4'
  # The enclave that the session names, and the shared provider, which has no policy.
  sed "s/291645fc02749ef4f895da626d1ffe9bf45d34aad2177507844e1b87d220219f/$(printf 'e4%.0s' {1..32})/" "$sample/session.template.yml" >session.yml
  printf 'predecessor: %s\n' "$hash" >>session.yml
  expect 0 sconectl session create --use-env session.yml
  attested a13f688c3a95
  [ "$(jq -s 'map(select(.host == "sharedcus.cus.attest.azure.net" and .method == "POST")) | length' azure/requests)" = 1 ] ||
    fail "$(cat azure/requests)"
  # A quote that no processor signed costs the provider nothing.
  sample_enclave foreign
  asked foreign.crt foreign.key
  [ ! -s out ] || fail "somebody else got $(cat out)"
  says cas.log 'it does not end in the given test root'
  [ "$(jq -s 'map(select(.host == "sharedcus.cus.attest.azure.net" and .method == "POST")) | length' azure/requests)" = 1 ] ||
    fail "$(cat azure/requests)"
  # A provider whose policy knows another enclave, and tokens that are none.
  azure_becomes '.providers[] = {policy: {mrenclave: ["00"]}}'
  refused_by 'PolicyEvaluationError'
  for wrong in '{token: {header: {alg: "none"}}}' '{token: {claims: {iss: "https://other.cus.attest.azure.net"}}}' '{token: {age: 30000}}' \
    '{token: {claims: {"x-ms-sgx-report-data": "00"}}}' '{token: {claims: {"x-ms-sgx-is-debuggable": "false"}}}'; do
    azure_becomes ".providers[] = $wrong"
    refused_by sharedcus.cus.attest.azure.net
  done
  azure_becomes '.providers[] = {}'
  attested a13f688c3a95
  # A machine that is no TEE is told exactly that.
  expect 1 sconectl run azure-integration/demo/rest-api
  says err 'demands attestation by Azure'
  says err 'it does not run in an SGX enclave'
}

case_azure_example_runs_from_image_to_answer_and_leaves_nothing() {
  # Rows Z01, Z02, A22, A25 to A29; the usual port is that of flask-redis, which other cases leave running.
  expect 0 env -u AZURE_TENANT_ID -u AZURE_CLIENT_ID -u AZURE_CLIENT_SECRET "TMPDIR=$PWD" "APP_IMAGE_REPO=$REGISTRY/$SUITE" \
    "APP_NAMESPACE=$SUITE-azure" PORT=16996 "$SUITE_DIR/examples/azure-rest-api/run.sh"
  matches out '"secret": ?"[0-9a-f]{32}"'
  matches out '"access_timestamp": ?[0-9.]+'
  says err 'SCONE_CONFIG_ID is not set'
  [ "$(docker ps --all --quiet --filter "name=$SUITE-azure" | wc -l)" = 0 ] || fail "a container is left"
  ! pgrep -f -a "$PWD/azure-rest-api\." || fail "a process is left"
  [ "$(find . -name 'azure-rest-api.*' | wc -l)" = 0 ] || fail "what it held is left"
  local secret transcript
  secret=$(sed -n 's/.*"secret": *"\([0-9a-f]*\)".*/\1/p' out)
  says_but_not err 'what they held are removed' "$secret"
  # What readers see is what this run printed.
  cat err >both
  grep -v '^==\|^+' out >>both || true
  transcript=$SUITE_DIR/examples/setup/transcript.sh
  env -u REGISTRY "APP_IMAGE_REPO=$REGISTRY/$SUITE" "APP_NAMESPACE=$SUITE-azure" "$transcript" azure-rest-api <both | sed 's/16996/4996/g' >shown.md
  grep '^[$#] \|^## ' shown.md >steps
  [ "$(grep -c '^[$] ' steps)" -ge 8 ] || fail "$(cat shown.md)"
  grep '^[$#] \|^## ' "$REPO_ROOT/examples/azure-rest-api/transcript.md" | diff - steps >steps.diff ||
    fail "write it again: examples/run azure-rest-api --transcript examples/azure-rest-api/transcript.md"$'\n'"$(cat steps.diff)"
  cat shown.md "$REPO_ROOT/examples/azure-rest-api/transcript.md" >both.md
  says_but_not both.md '"secret":"SECRET"' "$secret"
  [ "$(grep -c -E '[0-9a-f]{32}|/tmp/|127\.0\.0\.1:[0-9]{5}' both.md)" = 0 ] || fail "something of one run or machine is in a transcript"
  AZURE_TENANT_ID=x expect 1 env "APP_IMAGE_REPO=$REGISTRY/$SUITE" "$SUITE_DIR/examples/azure-rest-api/run.sh"
  says err 'the environment lacks: AZURE_CLIENT_ID AZURE_CLIENT_SECRET AKV_VAULT AKV_SECRET_NAME AKV_CERT_SECRET_NAME'
}

# ask CURL-OPTION...: the API of the compose file.
ask() {
  curl --silent --show-error --noproxy '*' --resolve rest-api.scone.sample:16296:127.0.0.1 "$@" \
    https://rest-api.scone.sample:16296/secret
}

case_azure_compose_serves_the_secret_of_the_vault() {
  # Rows A09, R02, X05, A25, A27
  local example=$SUITE_DIR/examples/azure-rest-api compose key gateway proxy
  # A daemon that was started again may have forgotten it.
  gateway=$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}')
  [ -n "$gateway" ] || gateway=$(ip -4 -o address show docker0 | sed 's|.*inet \([0-9.]*\)/.*|\1|')
  azure_stand_in --address "$gateway"
  export CAS_IMAGE=$SUITE-compose-cas:1 API_IMAGE=$REGISTRY/$SUITE/azure_rest_api:1 CAS_PORT=16281 CAS_ENCLAVE_PORT=16265 API_PORT=16296 PORT=4996
  expect 0 sconectl platform image cas --to "$CAS_IMAGE" --no-push
  expect 0 env --chdir "$example" sconectl apply -f service.yaml --runtime native -e "APP_IMAGE_REPO=$REGISTRY/$SUITE"
  printf 'version: "3.3"\nservices:\n  cas:\n    environment: {SSL_CERT_FILE: /azure/ca.pem}\n    volumes: ["%s:/azure/ca.pem:ro"]\n' \
    "$PWD/azure/ca.pem" >stand-in.yaml
  proxy=http://$gateway:$(cat azure/port)
  compose=(docker-compose -p "$SUITE-azure-compose" -f "$example/compose.yaml" -f stand-in.yaml)
  at_end docker image rm "$CAS_IMAGE"
  at_end "${compose[@]}" down --volumes --timeout 2
  expect 0 env HTTPS_PROXY="$proxy" "${compose[@]}" up -d cas
  wait_for 20 "the CAS" curl --noproxy '*' --insecure --silent --fail https://127.0.0.1:16281/v1/health/ready
  key=$("${compose[@]}" logs --no-color cas 2>/dev/null | sed -n 's/.*CAS key hash is: //p')
  export SCONE_CLI_CONFIG=$PWD/config.json SCONE_CAS_KEY=$key SERVICE_ACCESS_TOKEN
  expect 0 sconectl cas attest 127.0.0.1:16281 -c "$key"
  SERVICE_ACCESS_TOKEN=$(openssl rand -hex 20)
  export SCONE_SERVICE_ACCESS_TOKEN=$SERVICE_ACCESS_TOKEN
  expect 0 sconectl session create --use-env "$example/namespace.template.yml"
  expect 0 sconectl session create --use-env "$example/session.template.yml"
  # The name without its namespace, as the public file has it: strangers are not told what there is.
  expect 1 env HTTPS_PROXY="$proxy" SCONE_CONFIG_ID=demo/rest-api "${compose[@]}" run --rm api
  cat out err >said
  says_but_not said "SCONE_CONFIG_ID 'demo/rest-api'" azure-integration
  expect 0 env HTTPS_PROXY="$proxy" SCONE_CONFIG_ID=azure-integration/demo/rest-api "${compose[@]}" up -d api
  wait_for 30 "the API" ask --insecure
  # Its certificate is its own: nobody knows it without -k.
  expect 60 ask
  expect 0 ask --insecure
  expect 0 ask --fail --cacert web.crt
  [ "$(jq -r .secret out)" = a13f688c3a95 ] || fail "$(cat out)"
  "${compose[@]}" ps -q | xargs docker inspect >seen
  "${compose[@]}" logs --no-color >>seen
  says_but_not seen SCONE_CONFIG_ID a13f688c3a95
  says_but_not seen SCONE_CONFIG_ID s3cret
  expect 0 "${compose[@]}" down --volumes --timeout 2
  [ "$(docker volume ls --quiet --filter "name=$SUITE-azure-compose" | wc -l)" = 0 ] || fail "a volume is left"
}

case_azure_stand_in_is_azure_to_the_clients_of_microsoft() {
  local status=0
  "$REPO_ROOT/tests/azure/judges/run" >out 2>err || status=$?
  [ "$status" -ne 77 ] || skip "$(tail -n 1 err)"
  [ "$status" -eq 0 ] || fail "$(tail -n 20 out err)"
  [ "$(grep -c '^ok ' out)" -ge 40 ] || fail "$(cat out)"
}
