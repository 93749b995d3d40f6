# The audit log of a CAS and its verifier, as an operator uses them. Sourced by tests/e2e/run.
# shellcheck shell=bash

# audited_cas OPTION...: a CAS of the case's own in ./audited whose owner we are, and that we trust; sets audited_api.
audited_cas() {
  sconectl cas serve --data audited --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 \
    --owner "$(sconectl self show-key-hash)" "$@" >audited.log 2>&1 &
  audited_pid=$!
  at_end kill "$audited_pid"
  wait_for 10 "the CAS" test -s audited/endpoint.json
  audited_api=$(jq -r '.api[0]' audited/endpoint.json)
  expect 0 sconectl cas attest "$audited_api" -c "$(cat audited/cas-key-hash)"
}

# stop_audited_cas SIGNAL
stop_audited_cas() {
  kill -s "$1" "$audited_pid"
  wait "$audited_pid" || true
  rm -f audited/endpoint.json
}

# create_sessions PREFIX NUMBER
create_sessions() {
  local i
  for ((i = 0; i < $2; ++i)); do
    printf 'name: %s%s\nversion: "0.3"\n' "$1" "$i" >session.yml
    expect 0 sconectl session create session.yml --cas "$audited_api"
  done
}

case_an_audit_log_is_written_and_verified() {
  # CC-041 CC-064 CC-066 CL-094 CL-096 CL-110 CL-111: from the options of the server to the verdict.
  audited_cas --audit-log audit.log
  create_sessions a 3
  mode_is 600 audit.log
  expect 0 sconectl cas verify-audit-log audit.log --cas "$audited_api"
  says err 'the audit log is correct'
  [ ! -s out ] || fail "the verdict is on stdout: $(cat out)"
  expect 0 sconectl cas verify-audit-log audit.log --cas "$audited_api" -p --every-signature
  cmp out audit.log || fail "-p does not print the log"
  expect 0 sconectl cas verify-audit-log audit.log --cas "$audited_api" -c "$(cat audited/cas-key-hash)"
  expect 0 sconectl cas get-audit-log-checkpoints --cas "$audited_api"
  jq -e '.latest.sequence_number >= 5 and (.latest.signature | length == 128)' out >/dev/null || fail "$(cat out)"
  cp out checkpoints.json
  expect 0 sconectl cas verify-audit-log audit.log --checkpoints-json checkpoints.json
  expect 0 sconectl cas verify-audit-log audit.log --checkpoints-json checkpoints.json --json
  [ "$(jq .code out)" = 0 ] || fail "$(cat out)"
  # Nobody is asked: 16. Recent entries cut off: 14. One in the middle: 17. Changed: 20. Of another CAS: 19.
  expect 16 sconectl cas verify-audit-log audit.log --offline
  head -n -1 audit.log >changed.log
  expect 14 sconectl cas verify-audit-log changed.log --checkpoints-json checkpoints.json
  sed 3d audit.log >changed.log
  expect 17 sconectl cas verify-audit-log changed.log --checkpoints-json checkpoints.json
  sed 's/"a1"/"b1"/' audit.log >changed.log
  expect 20 sconectl cas verify-audit-log changed.log --checkpoints-json checkpoints.json
  says err 'was changed'
  expect 19 sconectl cas verify-audit-log audit.log --checkpoints-json checkpoints.json \
    -c 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt
  sed 1,2d audit.log >changed.log
  expect 19 sconectl cas verify-audit-log changed.log --checkpoints-json checkpoints.json
  expect 15 sconectl cas verify-audit-log changed.log --checkpoints-json checkpoints.json \
    --signing-key "$(jq -r 'select(.event.type == "cas_started") | .event.signing_key' audit.log)"
  expect 2 sconectl cas verify-audit-log audit.log --last zz
  # CL-095: the CAS first, then its log.
  expect 0 sconectl cas attest-audit-log audit.log --cas "$audited_api" -c "$(cat audited/cas-key-hash)"
  says err 'is trustworthy'
  says err 'the audit log is correct'
  expect 1 sconectl cas attest-audit-log audit.log --cas "$audited_api" -c 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt
  says err 'but 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt was demanded'
  sed 's/"a1"/"b1"/' audit.log >changed.log
  expect 20 sconectl cas attest-audit-log changed.log --cas "$audited_api" -c "$(cat audited/cas-key-hash)"
  expect 1 sconectl cas attest-audit-log audit.log "$(printf '%064d' 0)" --cas "$audited_api"
  expect 2 sconectl cas attest-audit-log audit.log --cas "$audited_api" --last zz
  # A stranger is told what he can do.
  client_identity
  cat client.key client.crt >stranger.pem
  expect 1 sconectl cas verify-audit-log audit.log --cas "$audited_api" --identity stranger.pem
  says err "no permission to update session '/'"
  says err "'--offline' judges the log without asking the CAS"
  # The CAS is gone: what can be said without it.
  stop_audited_cas TERM
  says audit.log cas_exited
  expect 16 sconectl cas verify-audit-log audit.log --cas "$audited_api"
  says err 'the CAS was not asked'
}

case_parts_of_an_audit_log_are_verified() {
  # CC-073: the file is given another name, SIGHUP begins a new one, and the parts are verified together or alone.
  audited_cas --audit-log audit.log
  create_sessions a 2
  mv audit.log audit.1.log
  kill -s HUP "$audited_pid"
  wait_for 10 "a new file" test -s audit.log
  create_sessions b 2
  expect 0 sconectl cas verify-audit-log audit.1.log audit.log --cas "$audited_api"
  local last
  last=$(tail -n 1 audit.1.log | jq -r .signature)
  expect 0 sconectl cas verify-audit-log audit.log --cas "$audited_api" --predecessor "$last"
  expect 0 sconectl cas verify-audit-log audit.1.log --cas "$audited_api" --last "$last"
  expect 15 sconectl cas verify-audit-log audit.log --cas "$audited_api"
  expect 14 sconectl cas verify-audit-log audit.1.log --cas "$audited_api"
}

case_a_cas_that_was_rolled_back_is_seen() {
  # CC-072: the data of an earlier time are put back, with everything that belongs to them.
  audited_cas --audit-log audit.log
  create_sessions a 2
  stop_audited_cas TERM
  cp -a audited earlier
  audited_cas --audit-log audit.log
  create_sessions b 2
  stop_audited_cas TERM
  rm -r audited
  mv earlier audited
  audited_cas --audit-log audit.log
  expect 18 sconectl cas verify-audit-log audit.log --cas "$audited_api"
  says err 'rolled back'
}

case_the_audit_log_of_a_killed_cas_is_correct() {
  # CC-065: kill -9 leaves at most the entries of one transaction that was not stored.
  local round
  for round in 1 2 3; do
    audited_cas --audit-log audit.log
    create_sessions "r$round-" 3 &
    sleep "0.$round"
    stop_audited_cas KILL
    wait %% 2>/dev/null || true
  done
  audited_cas --audit-log audit.log
  expect '0|10' sconectl cas verify-audit-log audit.log --cas "$audited_api" --every-signature
}

case_a_server_for_the_audit_log_may_be_away() {
  # CC-042 CC-043 CC-044 CC-071: a server that is not there stops nothing; entries that are required do.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -subj /CN=log \
    -days 2 2>/dev/null
  audited_cas --audit-log-url https://127.0.0.1:1/entries --audit-log-server-ca ca.crt --audit-log-mode unsigned \
    --audit-log u.log
  create_sessions a 2
  says audited.log 'THE AUDIT LOG CAN NOT BE WRITTEN'
  expect 0 curl --silent --insecure "https://$audited_api/v1/health"
  [ "$(jq -r .audit_log.state out)" = degraded ] || fail "$(cat out)"
  expect 20 sconectl cas verify-audit-log u.log --cas "$audited_api"
  says err 'is not signed'
  stop_audited_cas TERM
  expect 4 timeout 30 sconectl cas serve --data audited --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 \
    --audit-log-url https://127.0.0.1:1/entries --audit-log-required
  says err 'the audit log takes no entries'
}

case_the_owner_of_a_session_sees_what_was_given_out() {
  # RA-090, and CC-064: receipts need no log.
  audited_cas --receipts
  # shellcheck disable=SC2016  # placeholders of the session
  printf 'name: shop\nversion: "0.3"\nsecurity: {attestation: {mode: none}}\nsecrets: [{name: pin, kind: ascii, size: 24}]\nservices: [{name: web, command: /usr/bin/env, environment: {PIN: $$SCONE::pin$$}}]\n' >shop.yml
  expect 0 sconectl session create shop.yml --cas "$audited_api"
  SCONE_CAS_ADDR=$(jq -r '.enclave[0]' audited/endpoint.json) SCONE_CAS_KEY=$(cat audited/cas-key-hash) \
    expect 0 sconectl run shop/web
  grep -q -E '^PIN=.{24}$' out || fail "$(cat out)"
  expect 0 sconectl session list-releases shop --cas "$audited_api"
  matches out '^20[0-9T:Z-]+ web 127\.0\.0\.1 [0-9a-f]{64} pin$'
  expect 0 sconectl session list-releases shop --cas "$audited_api" --json
  [ "$(jq .total out)" = 1 ] || fail "$(cat out)"
}
