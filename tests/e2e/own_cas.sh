# CASes of the case's own, beside the embedded one. Sourced by tests/e2e/run.
# shellcheck shell=bash

# own_cas NAME: starts a CAS with its data in ./NAME and the most talkative log in NAME.log; sets NAME_api,
# NAME_enclave and NAME_key.
own_cas() {
  local name=$1
  sconectl -v -v -v cas serve --data "$name" --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 >"$name.log" 2>&1 &
  at_end kill $!
  wait_for 10 "CAS $name" test -s "$name/endpoint.json"
  printf -v "${name}_api" '%s' "$(jq -r '.api[0]' "$name/endpoint.json")"
  printf -v "${name}_enclave" '%s' "$(jq -r '.enclave[0]' "$name/endpoint.json")"
  printf -v "${name}_key" '%s' "$(cat "$name/cas-key-hash")"
}

# upload API FILE: with the case's own client certificate.
upload() {
  expect 0 cas_curl --data-binary "@$2" --output answer --write-out '%{http_code}' "https://$1/session"
  [ "$(cat out)" = 201 ] || fail "$(cat out answer)"
}

# SL-188: the exporter names the key of the importer's CAS, the importer that of the exporter's.
case_two_cases_exchange_a_secret() {
  client_identity
  own_cas near
  own_cas far
  # shellcheck disable=SC2154,SC2016  # set by own_cas; placeholders of the session
  {
    printf 'name: from\nversion: "0.3"\nsecrets:\n  - {name: x, kind: ascii, size: 24, export: {session: to, cas_url: "%s", cas_key: %s}}\n' \
      "$near_api" "$near_key" >from.yml
    printf 'name: to\nversion: "0.3"\nsecurity: {attestation: {mode: none}}\nsecrets:\n  - {name: y, import: {session: from, secret: x, cas_url: "%s", cas_key: %s}}\nservices:\n  - {name: s, command: /usr/bin/env, environment: {Y: $$SCONE::y$$}}\n' \
      "$far_api" "$far_key" >to.yml
  }
  upload "$far_api" from.yml
  upload "$near_api" to.yml
  # shellcheck disable=SC2154
  SCONE_CAS_ADDR=$near_enclave SCONE_CAS_KEY=$near_key expect 0 sconectl run to/s
  local first
  first=$(sed -n 's/^Y=//p' out)
  [ "${#first}" -eq 24 ] || fail "no secret of 24 characters: $(cat out)"
  # The exporter withdraws it: the next start gets nothing, and is told why.
  H=$(cas_curl "https://$far_api/v1/sessions/from" | jq -r .hash)
  printf 'name: from\nversion: "0.3"\npredecessor: %s\nsecrets: [{name: x, kind: ascii, size: 24}]\n' "$H" >from.yml
  upload "$far_api" from.yml
  SCONE_CAS_ADDR=$near_enclave SCONE_CAS_KEY=$near_key expect 1 sconectl run to/s
  says err 'does not exist or is not exported to session'
  # Another CAS at that address is not believed.
  sed -i "s/cas_key: $far_key/cas_key: $near_key/; s/^name: to/name: to2/" to.yml
  expect 0 cas_curl --data-binary @to.yml --output answer --write-out '%{http_code}' "https://$near_api/session"
  [ "$(cat out)" = 403 ] || fail "$(cat out answer)"
  says answer "$far_key"
}

# Item 7 of the CAS: no secret in what the process wrote, whatever happens to it.
case_the_log_of_a_cas_holds_no_secret() {
  client_identity
  own_cas near
  # shellcheck disable=SC2016  # placeholders of the session
  printf 'name: all\nversion: "0.3"\nsecurity: {attestation: {mode: none}, service_access_token: $$SCONE::token$$}\nsecrets:
  - {name: token, kind: ascii, value: topsecret-token}
  - {name: a, kind: ascii, size: 32}
  - {name: b, kind: binary, size: 32}
  - {name: k, kind: private-key}
  - {name: p, kind: pgp-key}
  - {name: given, kind: ascii, value: topsecret-value}
services:
  - name: s
    command: /usr/bin/env
    environment: {A: $$SCONE::a$$, B: "$$SCONE::b:hex$$", C: "$$SCONE::b:base64$$", K: "$$SCONE::k:pkcs8:pem$$", P: "$$SCONE::p:privatekey:base64$$", G: $$SCONE::given$$}
' >all.yml
  expect 0 cas_curl --data-binary @all.yml --output answer --write-out '%{http_code}' "https://$near_api/session"
  [ "$(cat out)" = 201 ] || fail "$(cat out answer)"
  export SCONE_CAS_ADDR=$near_enclave SCONE_CAS_KEY=$near_key
  SCONE_SERVICE_ACCESS_TOKEN=topsecret-token expect 0 sconectl run all/s
  cp out environment
  SCONE_SERVICE_ACCESS_TOKEN=topsecret-wrong expect 1 sconectl run all/s
  cat err >>near.log
  # Refusals quote what they were given, but no value of a secret.
  printf 'name: bad\nversion: "0.3"\nsecrets: [{name: x, kind: binary, value: topsecret-zz}, {name: y, kind: private-key, value: topsecret-key}]\n' >bad.yml
  expect 0 cas_curl --data-binary @bad.yml https://"$near_api"/session
  cat out >>near.log
  expect 0 cas_curl --data-binary @all.yml https://"$near_api"/session
  cat out >>near.log
  kill -TERM "$(jq -r .pid near/endpoint.json)"
  local value
  for value in topsecret $(sed -n 's/^[ABCGP]=//p' environment) "$(sed -n '/BEGIN PRIVATE KEY/{n;p}' environment | cut -c1-40)"; do
    [ "${#value}" -ge 9 ] || fail "too short to look for: $value"
    if grep -q -F -- "$value" near.log; then fail "the log holds '$value'"; fi
  done
  [ "$(wc -l <near.log)" -ge 5 ] || fail "the log says nothing: $(cat near.log)"
}

# Clients in other languages: their TLS, their HTTP, an RSA identity in a PKCS#12 file for Java.
case_clients_in_node_and_java_upload_and_read() {
  own_cas near
  openssl req -x509 -newkey rsa:4096 -nodes -keyout rsa.key -out rsa.crt -subj /CN=java -days 2 2>/dev/null
  openssl pkcs12 -export -inkey rsa.key -in rsa.crt -out rsa.p12 -passout pass:changeit -name java
  client_identity
  printf 'name: node\nversion: "0.3"\n' >node.yml
  printf 'name: java\nversion: "0.3"\n' >java.yml
  expect 0 node "$REPO_ROOT/tests/e2e/clients/client.mjs" "$near_api" near/cas-chain.pem client.key client.crt node.yml
  matches out '^[0-9a-f]{64} node$'
  expect 0 java "$REPO_ROOT/tests/e2e/clients/Client.java" "$near_api" near/cas-chain.pem rsa.p12 changeit java.yml
  matches out '^[0-9a-f]{64} java$'
  # Neither may touch what the other made.
  sed 's/^name: .*/name: java/' node.yml >stolen.yml
  expect 1 node "$REPO_ROOT/tests/e2e/clients/client.mjs" "$near_api" near/cas-chain.pem client.key client.crt stolen.yml
}

# enclave WHAT...: service vol/s of the CAS `near`.
enclave() {
  # shellcheck disable=SC2154
  /usr/bin/python3 "$REPO_ROOT/tests/e2e/clients/enclave.py" "$near_enclave" vol/s "$@"
}

# SL-236, SL-252: the protocol of docs/cas.md in another language, over the real port, with a CAS that is killed.
case_a_volume_that_was_rolled_back_is_detected() {
  client_identity
  own_cas near
  printf 'name: vol\nversion: "0.3"\nsecurity: {attestation: {mode: none}}\nvolumes: [{name: "däta"}]
images: [{name: i, volumes: [{name: "däta", path: /data}]}]\nservices: [{name: s, command: x, image_name: i}]\n' >vol.yml
  upload "$near_api" vol.yml
  local one=11111111111111111111111111111111 two=22222222222222222222222222222222
  expect 0 enclave start
  [ "$(jq -c '.volumes[0] | [.name, .path, .tags, .update_policy]' out)" = '["däta","/data",[],"rollback_protected"]' ] ||
    fail "$(cat out)"
  local key
  key=$(jq -r '.volumes[0].key' out)
  expect 0 enclave tag däta - $one
  expect 0 enclave tag däta $one $two
  kill -KILL "$(jq -r .pid near/endpoint.json)"
  rm near/endpoint.json
  own_cas near
  expect 1 enclave tag däta $one 33333333333333333333333333333333
  says out 'The FSPF tag is not fresh - suspected replay attack'
  expect 1 enclave tag däta - $one
  says out 'it can be made only once'
  expect 0 enclave start
  [ "$(jq -r '.volumes[0].tags[0]' out)" = $two ] || fail "$(cat out)"
  [ "$(jq -r '.volumes[0].key' out)" = "$key" ] || fail "the volume has another key"
  expect 0 enclave exit 137
  says near.log 'service exited'
  # Without an enclave a service is told so.
  SCONE_CAS_ADDR=$near_enclave SCONE_CAS_KEY=$near_key expect 1 sconectl run vol/s
  says err 'encrypted volumes: only an enclave can use them'
  if grep -q -F -- "$key" near.log; then fail "the log holds the key of the volume"; fi
}

# SL-250, SL-248: a file of the image with placeholders, filled in at every start.
case_a_template_of_the_image_is_filled_in_at_every_start() {
  client_identity
  own_cas near
  # shellcheck disable=SC2016  # placeholders
  printf 'password=$$SCONE::pw$$\nhex=$$SCONE::bin:hex$$\n' >app.conf
  # shellcheck disable=SC2016
  printf 'name: tpl\nversion: "0.3.12"\nsecurity: {attestation: {mode: none}}
secrets: [{name: pw, kind: ascii, value: geheim}, {name: bin, kind: binary, value: 00ff}]
images: [{name: i, injection_files: [{path: %s, permission: 0o400}]}]
services: [{name: s, command: cat %s, image_name: i}]\n' "$PWD/app.conf" "$PWD/app.conf" >tpl.yml
  upload "$near_api" tpl.yml
  export SCONE_CAS_ADDR=$near_enclave SCONE_CAS_KEY=$near_key
  local start
  for start in first second; do
    expect 0 sconectl run tpl/s
    [ "$(cat out)" = $'password=geheim\nhex=00ff' ] || fail "$start start: $(cat out)"
  done
  # The image may provide fewer: then nothing is put in place.
  rm app.conf && mv app.conf.sconectl-template app.conf
  local hash
  hash=$(cas_curl "https://$near_api/v1/sessions/tpl" | jq -r .hash)
  sed -i "s/name: i, /name: i, provide_secrets: [pw], /; \$a predecessor: $hash" tpl.yml
  upload "$near_api" tpl.yml
  expect 1 sconectl run tpl/s
  says err "secret 'bin' is not provided to service 's' (provide_secrets)"
  says app.conf 'SCONE::pw'
}

# ended_cas NAME: ends a CAS that own_cas started, and waits until its files are free.
ended_cas() {
  kill "$(jq -r .pid "$1/endpoint.json")"
  wait_for 10 "end of CAS $1" test ! -e "$1/endpoint.json"
  wait_for 10 "lock of CAS $1" flock -n "$1/cas.lock" true
}

# volume_session NAME MORE: a session with one volume.
volume_session() {
  printf 'name: vol\nversion: "0.3.12"\n%ssecurity:\n  attestation: {mode: none}\n%svolumes: [{name: v}]
images: [{name: i, volumes: [{name: v, path: /data}]}]\nservices: [{name: s, command: x, image_name: i}]\n' "$@" >vol.yml
  # shellcheck disable=SC2154
  upload "$near_api" vol.yml
}

# RA-087, RA-089: leases end by the word of who may update the session, and when it demands something else.
case_leases_are_revoked_by_the_owner_and_end_with_a_new_token() {
  client_identity
  cat client.key client.crt >client.pem
  own_cas near
  # shellcheck disable=SC2154
  local as_owner=(--cas "$near_api" --cas-key "$near_key" --identity client.pem)
  local one=11111111111111111111111111111111 two=22222222222222222222222222222222
  volume_session '' ''
  expect 0 enclave start
  expect 0 sconectl session list-leases vol "${as_owner[@]}"
  matches out '^[0-9a-f]{32} s 127\.0\.0\.1 20[0-9TZ:-]* 20[0-9TZ:-]*$'
  expect 0 enclave tag v - $one
  expect 0 sconectl session revoke-leases vol --service s "${as_owner[@]}"
  [ "$(cat out)" = 1 ] || fail "$(cat out)"
  expect 1 enclave tag v $one $two
  says out 'it has ended or was revoked'
  expect 0 enclave start
  expect 0 enclave tag v $one $two
  local hash
  hash=$(cas_curl "https://$near_api/v1/sessions/vol" | jq -r .hash)
  volume_session "predecessor: $hash"$'\n' $'  service_access_token: twelve-chars\n'
  expect 1 enclave tag v $two $one
  says out 'demands other proofs now'
}

# One row of an earlier time, put back by somebody who knows no key; and a counter that is missing.
case_an_old_row_of_the_database_starts_no_cas() {
  client_identity
  own_cas near
  local one=11111111111111111111111111111111 two=22222222222222222222222222222222
  volume_session '' ''
  expect 0 enclave start
  expect 0 enclave tag v - $one
  ended_cas near
  cp near/cas.db old.db
  own_cas near
  expect 0 enclave tag v $one $two
  ended_cas near
  cp -a near good
  /usr/bin/python3 - <<'PYTHON'
import sqlite3

database = sqlite3.connect("near/cas.db")
database.execute("ATTACH 'old.db' AS old")
changed = database.execute(
    "UPDATE session_states SET (sealed, version) = (SELECT sealed, version FROM old.session_states AS o "
    "WHERE o.subject = session_states.subject) WHERE subject = 'volume:v'")
assert changed.rowcount == 1
database.commit()
PYTHON
  expect 1 sconectl cas serve --data near --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0
  says err 'not the one that was stored last in its place'
  rm -r near
  cp -a good near
  rm near/cas.counter
  expect 1 sconectl cas serve --data near --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0
  says err '--accept-missing-counter'
  [ ! -e near/cas.counter ] || fail "the refusal has made a counter"
  rm -r near
  mv good near
  own_cas near
  expect 0 enclave tag v $two 33333333333333333333333333333333
}
