# Services that prove themselves: a CAS that judges evidence, a machine that gives it (tests/tee). Sourced by
# tests/e2e/run.
# shellcheck shell=bash

FAKE_TEE=$(dirname "$(readlink -f "$(command -v sconectl)")")/tests/sconectl_fake_tee

# proving_cas [OPTION...]: makes a platform up in ./tee and starts a CAS in ./cas that believes it; sets api, enclave,
# secret_prov, SCONE_CAS_ADDR and SCONE_CAS_KEY.
proving_cas() {
  [ -x "$FAKE_TEE" ] || fail "sconectl_fake_tee is not built"
  client_identity
  "$FAKE_TEE" new tee
  sconectl cas serve --data cas --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 --collateral "file:$PWD/tee/collateral" \
    --only_for_testing-evidence-root tee/root.pem "$@" >cas.log 2>&1 &
  at_end kill $!
  wait_for 10 "the CAS" test -s cas/endpoint.json
  wait_for 10 "the CAS" grep -q 'CAS serves clients' cas.log
  api=$(jq -r '.api[0]' cas/endpoint.json)
  enclave=$(jq -r '.enclave[0]' cas/endpoint.json)
  secret_prov=$(sed -n 's/.*CAS serves secret_prov at //p' cas.log)
  export SCONE_CAS_ADDR=$enclave
  SCONE_CAS_KEY=$(cat cas/cas-key-hash)
  export SCONE_CAS_KEY
}

# tdx_machine: a directory ./report that behaves as configfs-tsm in a TDX domain of that platform.
tdx_machine() {
  if [ ! -c /dev/fuse ]; then
    # shellcheck disable=SC2154  # fixture.sh
    [ -z "$in_ci" ] || fail "there is no /dev/fuse"
    skip "there is no /dev/fuse"
  fi
  mkdir report
  /usr/bin/python3 "$REPO_ROOT/tests/tee/configfs_tsm.py" "$PWD/report" "$PWD/entries" tdx "$PWD/tee" "$FAKE_TEE" >fuse.log 2>&1 &
  at_end kill $!
  at_end umount "$PWD/report"
  wait_for 10 "the file system" grep -q " $PWD/report fuse" /proc/mounts
}

# pinned_session NAME MEASURED: domains whose registers all have the byte MEASURED.
pinned_session() {
  local all
  all=$(printf "$2%.0s" {1..48})
  # shellcheck disable=SC2016  # placeholders of the session
  printf 'name: %s\nversion: "0.3"\nservices:\n  - name: web\n    command: /usr/bin/env\n    environment: {PASSWORD: $$SCONE::pw$$}\n    attestation:\n      - tdx: {mrtd: %s, rtmr0: %s, rtmr1: %s, rtmr2: %s, rtmr3: %s, mrconfigid: %s, mrowner: any, mrownerconfig: any}\nsecrets: [{name: pw, kind: ascii, size: 12}]\n' \
    "$1" "$all" "$all" "$all" "$all" "$all" "$all" >"$1.yml"
}

case_a_confidential_machine_gets_its_configuration_by_evidence() {
  # XA-009, XA-010, XA-019, EV-024, EV-030
  proving_cas
  says cas.log "EVIDENCE UNDER A TEST ROOT IS ACCEPTED"
  tdx_machine
  pinned_session good 0a
  pinned_session other 0b
  upload "$api" good.yml
  upload "$api" other.yml
  expect 0 sconectl run good/web --tsm-report report
  matches out '^PASSWORD=.{12}$'
  cp out first
  # Two at once, and again: each asks with evidence of its own.
  sconectl run good/web --tsm-report report >second 2>&1 &
  SCONECTL_TSM_REPORT=report expect 0 sconectl run good/web
  wait $!
  diff first out
  diff first second
  [ "$(grep -c made entries)" -eq 3 ] || fail "$(cat entries)"
  [ "$(grep -c removed entries)" -eq 3 ] || fail "$(cat entries)"
  # Another machine learns nothing; who runs the CAS learns why.
  expect 1 sconectl run other/web --tsm-report report
  says_but_not err "None of the required enclave properties are met" "rtmr"
  says cas.log 'evidence refused session=other service=web reason="attestation[0]: tdx: EV-024 mrtd"'
  # So does whoever may read the session, with a variant that accepts the machine as it is (RA-092).
  local id
  id=$(sed -n 's/.*denial \([0-9a-f]\{16\}\): .*/\1/p' err)
  says cas.log "denial=$id"
  expect 0 cas_curl "https://$api/v1/denials/$id"
  [[ $(jq -r '.reasons[0] | .text + .weakens' out) = "attestation[0]: tdx: EV-024 mrtd" ]] || fail "$(cat out)"
  {
    sed '/^    attestation:/,/^      - tdx/d; /^secrets/d' other.yml
    jq -r '.reasons[0].change' out | sed '1d; s/^/    /'
    printf 'predecessor: %s\n' "$(jq -r .hash answer)"
  } >accepting.yml
  sed -i 's/, environment.*//; /environment/d' accepting.yml
  upload "$api" accepting.yml
  expect 0 sconectl run other/web --tsm-report report
  # Without evidence, or without knowing whom it is for.
  expect 1 sconectl run good/web --evidence none --tsm-report report
  says err "the service has no evidence"
  SCONE_CAS_KEY='' expect 2 sconectl run good/web --evidence tsm --tsm-report report
  expect 1 env -u SCONE_CAS_KEY SCONE_SERVICE_ACCESS_TOKEN=abcdefghijkl sconectl run good/web --tsm-report report
  says err "no evidence of this machine is sent"
  expect 4 sconectl run good/web --evidence tsm --tsm-report nowhere
  says err "'nowhere' is not there"
}

case_what_a_cas_would_say_is_said_before() {
  # EV-030: the quote of the machine, kept by hand
  proving_cas
  "$FAKE_TEE" quote tee tdx "$(printf '00%.0s' {1..64})" >quote.bin
  pinned_session good 0a
  pinned_session other 0b
  expect 0 sconectl collateral fetch quote.bin --source "file:$PWD/tee/collateral" -o kept --only_for_testing-root tee/root.pem
  says out tdx-00606a000000-platform
  local bundle=kept/tdx-00606a000000-platform
  expect 0 sconectl session explain-attestation good.yml --service web --evidence quote.bin --collateral "$bundle" --only_for_testing-root tee/root.pem
  expect 1 sconectl session explain-attestation other.yml --service web --evidence quote.bin --collateral "$bundle" --only_for_testing-root tee/root.pem
  says out "objection: attestation[0]: tdx: EV-024 mrtd"
  expect 1 sconectl session explain-attestation good.yml --service web --evidence quote.bin --collateral "$bundle"
  says err "does not end in Intel's SGX root"
  # With 'mode: maa' the provider is asked besides, so nothing is known of the state of the platform.
  sed '/^security:/,$d' good.yml >by-azure.yml
  printf 'security: {attestation: {mode: maa, url: "https://a.b.attest.azure.net", tolerate: [maa-managed-tcb]}}\n' >>by-azure.yml
  expect 0 sconectl session explain-attestation by-azure.yml --service web --evidence quote.bin --collateral "$bundle" \
    --only_for_testing-root tee/root.pem
  says out "accepted here; a CAS asks https://a.b.attest.azure.net besides, which was not done"
  expect 1 sconectl collateral check kept --warn-days 60
  expect 0 sconectl collateral check kept --warn-days 7
}

# asked CERT KEY [OPTION...]: what an enclave with this certificate gets over secret_prov, in the file out.
asked() {
  local certificate=$1 key=$2
  shift 2
  printf 'SECRET_PROVISION_RA_TLS_REQUEST_V1\0' |
    timeout 20 openssl s_client -quiet -verify_return_error -verify_hostname localhost -CAfile cas/cas-chain.pem -connect "$secret_prov" \
      -cert "$certificate" -key "$key" "$@" >out 2>err || true
}

case_enclaves_get_their_secret_over_secret_prov() {
  # EV-032, XA-019
  proving_cas --secret-prov 127.0.0.1:0=demo/enclave:wrap
  printf 'name: demo\nversion: "0.3"\nservices: [{name: enclave, attestation: [{mrenclave: %s}]}]\nsecrets: [{name: wrap, kind: ascii, value: 0123456789abcdef}]\n' \
    "$(printf 'e4%.0s' {1..32})" >demo.yml
  upload "$api" demo.yml
  printf 'SECRET_PROVISION_RA_TLS_RESPONSE_V1:\0\0\0\0\0210123456789abcdef\0' >wanted
  openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out p384.key
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out rsa.key 2>/dev/null
  local key form version
  for key in p384 rsa; do
    for form in gramine dice; do
      "$FAKE_TEE" ra-tls tee $form $key.key $key.crt
      for version in -tls1_2 -tls1_3; do
        asked $key.crt $key.key $version
        cmp out wanted || fail "$key $form $version: $(cat cas.log)"
      done
    done
  done
  # A platform that somebody else made up, and a certificate without a quote.
  "$FAKE_TEE" new foreign
  "$FAKE_TEE" ra-tls foreign dice p384.key foreign.crt
  asked foreign.crt p384.key
  [ ! -s out ] || fail "somebody else got $(cat out)"
  says cas.log "it does not end in the given test root"
  asked client.crt client.key
  [ ! -s out ] || fail "somebody else got $(cat out)"
  says cas.log "it holds no quote"
}

# in_container NAME CERTIFICATE: the example's program, behind a client with this certificate.
in_container() {
  docker run --rm --name "$SUITE-$1" --network host --volume "$PWD:/work:ro" --volume "$REPO_ROOT/tests/tee:/tee:ro" \
    --volume "$REPO_ROOT/examples/gramine-secret-prov:/app:ro" --env SECRET_PROVISION_SERVERS="localhost:${secret_prov##*:}" --entrypoint python3 \
    "$PYTHON_IMAGE" /tee/secret_prov_client.py /work/cas/cas-chain.pem "/work/$2" /work/enclave.key python3 /app/client.py
}

case_the_guide_of_gramine_with_a_client_in_a_container() {
  # Rows G01 to G04, G18 of the public documents; the quote is of the made-up platform, whose enclave has product 0.
  proving_cas --secret-prov 127.0.0.1:0=guide/client:wrap_key
  expect 0 sconectl cas attest "$api" -c "$SCONE_CAS_KEY"
  sed 's/isvprodid: 1, isvsvn_min: 1/isvprodid: 0/' "$REPO_ROOT/examples/gramine-secret-prov/session.yaml" >guide.yaml
  expect 0 sconectl session create --cas "$api" -e APP_NAMESPACE=guide -e "MRENCLAVE=$(printf 'e4%.0s' {1..32})" \
    -e "MRSIGNER=$(printf 'ec%.0s' {1..32})" guide.yaml
  openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out enclave.key
  chmod 644 enclave.key
  "$FAKE_TEE" ra-tls tee dice enclave.key enclave.crt
  expect 0 in_container client enclave.crt
  matches out "^--- Received secret = '.{32}'$"
  # Of another maker's platform, it gets nothing.
  "$FAKE_TEE" new foreign
  "$FAKE_TEE" ra-tls foreign gramine enclave.key foreign.crt
  expect 1 in_container stranger foreign.crt
  says err "no secret:"
}
