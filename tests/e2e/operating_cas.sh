# A CAS as its operator runs it: configured by a file, provisioned, told by signals. Sourced by tests/e2e/run.
# shellcheck shell=bash

# operators_file DIRECTORY [LINE...]: cas.toml for a CAS in DIRECTORY that listens beyond loopback; more lines of [open_cas].
operators_file() {
  printf '[database]\npath = "%s/cas.db"\n[api]\napi_listen = "0.0.0.0:0"\nenclave_listen = "0.0.0.0:0"\n[log]\nfile = "cas.log"\n[open_cas]\nhostnames = ["one.example"]\n' \
    "$1" >cas.toml
  shift
  printf '%s\n' "$@" >>cas.toml
}

# operated OPTION...: starts the CAS of cas.toml; sets cas_pid, api and key.
operated() {
  sconectl cas serve --config cas.toml "$@" >serve.out 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 10 "the CAS" test -s data/endpoint.json
  api=127.0.0.1:$(jq -r '.api[0]' data/endpoint.json | sed 's/.*://')
  key=$(cat data/cas-key-hash)
}

# provisioning_token: of the last start, as scripts read it.
provisioning_token() { awk '/CAS provisioning token/ { token = $NF } END { print token }' cas.log; }

names_of_the_certificate() {
  openssl s_client -connect "$api" </dev/null 2>/dev/null | openssl x509 -noout -subject -ext subjectAltName
}

status_of() { curl --silent --insecure --output answer --write-out '%{http_code}' "https://$api$1"; }

not_ready() { [ "$(status_of /v1/health/ready)" = 503 ]; }

case_cas_of_a_file_waits_for_its_owner_and_survives_a_restart() {
  operators_file data
  operated
  says cas.log 'the CAS is not provisioned'
  [ "$(status_of /v1/health/ready)" = 503 ] || fail "ready without an owner"
  [ "$(status_of /v1/version)" = 200 ] || fail "no version"
  [ "$(status_of /v1/sessions/x)" = 503 ] || fail "$(cat answer)"
  printf '[api_identity]\ncommon_name = "mine.example"\nalt_names = ["mine.example"]\n' >owner.toml
  expect 1 sconectl cas attest "$api" -c "$key"
  provisioning_token >token
  expect 0 sconectl cas provision "$api" with-attestation -c "$key" --token-file token --config-file owner.toml
  says out 'You are now owner of the CAS.'
  [ "$(status_of /v1/health/ready)" = 200 ] || fail "not ready: $(cat answer)"
  names_of_the_certificate >names
  says names 'CN = mine.example'
  says names 'DNS:one.example'
  expect 1 sconectl cas provision "$api" with-attestation -c "$key" --token-file token --config-file owner.toml
  says err 'provisioned already'
  # Another start: the same owner, and no token in its log any more.
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  rm cas.log
  operated
  grep -q 'provisioning token' cas.log && fail "a token although there is an owner"
  names_of_the_certificate >names
  says names 'CN = mine.example'
  sconectl -q cas attest "$api" -c "$key"
  printf '[api_identity]\ncommon_name = "new.example"\n' >owner.toml
  expect 0 sconectl cas update-config -c "$api" --config-file owner.toml
  names_of_the_certificate >names
  says names 'CN = new.example'
}

case_cas_hears_sighup() {
  # CC-023
  operators_file data 'allow_unprovisioned = true'
  operated
  names_of_the_certificate >names
  says names 'DNS:one.example'
  # logrotate renames the file; the operator has another name for the CAS.
  mv cas.log cas.old
  sed -i 's/one.example/two.example/' cas.toml
  kill -HUP "$cas_pid"
  wait_for 5 "the reload" grep -q 'CAS has reloaded' cas.log
  names_of_the_certificate >names
  says names 'DNS:two.example'
  # A mistake is told, and everything stays.
  sed -i 's/^hostnames.*/hostnames = ["-"]/' cas.toml
  kill -HUP "$cas_pid"
  wait_for 5 "the mistake" grep -q 'goes on with the configuration' cas.log
  says cas.log "cas.toml:9:14: error: 'open_cas.hostnames[0]'"
  [ "$(status_of /v1/health/ready)" = 200 ] || fail "not ready: $(cat answer)"
}

case_cas_is_not_ready_before_it_stops() {
  operators_file data 'allow_unprovisioned = true' 'drain_delay = "2s"'
  operated
  [ "$(status_of /v1/health/ready)" = 200 ] || fail "not ready: $(cat answer)"
  kill "$cas_pid"
  wait_for 2 "the drain" not_ready
  says answer 'about to stop'
  [ "$(status_of /v1/version)" = 200 ] || fail "it does not serve while it drains"
  wait "$cas_pid" || fail "ended with status $?"
  absent data/endpoint.json
}

# What systemd hears of a service with Type=notify.
case_cas_tells_its_service_manager() {
  operators_file data 'allow_unprovisioned = true'
  cat >manager.py <<'END'
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("notify.sock")
while True:
    print(listener.recv(4096).decode().replace("\n", " "), flush=True)
END
  python3 manager.py >told &
  at_end kill $!
  wait_for 5 "the manager" test -S notify.sock
  export NOTIFY_SOCKET=$PWD/notify.sock WATCHDOG_USEC=400000
  operated
  wait_for 5 "READY" grep -q '^READY=1' told
  wait_for 5 "WATCHDOG" grep -q '^WATCHDOG=1' told
  kill -HUP "$cas_pid"
  wait_for 5 "RELOADING" grep -q '^RELOADING=1 MONOTONIC_USEC=[0-9]' told
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  says told 'STOPPING=1'
}

case_cas_for_development_keeps_nothing() {
  export HOME=$PWD
  sconectl cas serve --dev --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 >dev.log 2>&1 &
  local pid=$! data
  at_end kill "$pid"
  wait_for 10 "the CAS" grep -q 'CAS serves clients' dev.log
  says dev.log 'DEVELOPMENT MODE'
  data=$(readlink "/proc/$pid/fd/"* | sed -n 's|\(.*/sconectl-dev-cas-[^/]*\)/.*|\1|p' | head -n 1)
  [ -d "$data" ] || fail "no directory of its own"
  kill "$pid"
  wait "$pid" || fail "ended with status $?"
  absent "$data"
  expect 2 sconectl cas serve --dev --listen 0.0.0.0:0
  says err 'loopback only'
}

case_cas_is_provisioned_by_its_start() {
  operators_file data
  client_identity
  printf '[api_identity]\ncommon_name = "self.example"\n' >owner.toml
  operated --owner-config owner.toml --owner-identity client.crt
  [ "$(status_of /v1/health/ready)" = 200 ] || fail "not ready: $(cat answer)"
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  expect 1 sconectl cas serve --config cas.toml --owner-config owner.toml --owner-identity client.crt
  says cas.log 'CAS'
  operated --owner-config owner.toml --owner-identity client.crt --skip-if-already-provisioned
  [ "$(status_of /v1/health/ready)" = 200 ] || fail "not ready: $(cat answer)"
}

# The unit that the packages bring: what systemd itself says about it.
case_unit_of_the_cas_is_hardened() {
  command -v systemd-analyze >/dev/null || {
    echo "there is no systemd-analyze"
    exit 77
  }
  local unit=$REPO_ROOT/cmake/package/sconectl-cas.service
  expect '0|1' systemd-analyze verify "$unit"
  # It does not find a program or a manual that is not installed; anything else is a mistake of the unit.
  grep -v -e 'is not executable' -e "^sconectl-cas.service: Command 'man " err >mistakes || true
  [ ! -s mistakes ] || fail "$(cat mistakes)"
  expect 0 systemd-analyze security --offline=true --threshold=20 "$unit"
}

case_a_demonstration_leaves_nothing_behind() {
  # RA-091
  sconectl cas serve --data data --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 >serve.out 2>&1 &
  at_end kill "$!"
  wait_for 10 "the CAS" test -s data/endpoint.json
  api=127.0.0.1:$(jq -r '.api[0]' data/endpoint.json | sed 's/.*://')
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  sconectl cas set-default "$api"
  head='version: "0.3.12"
access_policy: {read: CREATOR, update: CREATOR, create_sessions: CREATOR, list_sessions: CREATOR}'
  printf 'name: demo\n%s\n' "$head" >demo.yaml
  printf 'name: demo/a\n%s\nsecrets: [{name: s, kind: ascii, value: demo-secret, export: {session: demo/b}}]\n' "$head" >a.yaml
  printf 'name: demo/b\n%s\nsecrets: [{name: s, import: {session: demo/a, secret: s}}]\n' "$head" >b.yaml
  sconectl session create demo.yaml >hashes
  sconectl session create a.yaml >hashes
  sconectl session create b.yaml >hashes
  expect 0 sconectl cas status
  says out 'owner        nobody'
  expect 1 sconectl session delete demo/a
  says err 'demo/b'
  expect 1 sconectl session delete demo
  expect 0 sconectl cas clean-up demo --dry-run
  [ "$(wc -l <out)" -eq 3 ] || fail "$(cat out)"
  expect 0 sconectl cas clean-up demo
  says out 'demo/a'
  expect 2 sconectl session read demo
  expect 1 sconectl cas clean-up demo
  sconectl session create demo.yaml >hashes
}

# who_trusts CHAIN: a client that has kept these certificates, by OpenSSL and by GnuTLS.
who_trusts() {
  expect 0 curl --silent --fail --cacert "$1" "https://localhost:${api##*:}/v1/version"
  expect 0 gnutls-cli --logfile gnutls.log --x509cafile "$1" --port "${api##*:}" localhost </dev/null
}

case_clients_follow_a_cas_to_its_new_keys() {
  # CC-052 CC-053
  operators_file data
  operated
  printf '[api_identity]\ncommon_name = "localhost"\n' >owner.toml
  expect 0 sconectl cas provision "$api" -c "$key" --token "$(provisioning_token)" --config-file owner.toml
  printf 'name: early\nversion: "0.3"\naccess_policy: {read: ANY}\n' >early.yaml
  expect 0 sconectl session encrypt early.yaml --cas "$api"
  cp out early.json
  cp data/cas-chain.pem first.pem
  for _ in 1 2; do
    expect 0 sconectl cas rotate-keys --root --session-encryption --cas "$api"
    says out "CAS key hash is: $(cat data/cas-key-hash)"
    [ "$(cat data/cas-key-hash)" != "$key" ] || fail "the root is the old one"
    who_trusts first.pem
    who_trusts data/cas-chain.pem
  done
  expect 0 sconectl session create early.json --cas "$api"
  # Whoever has pinned the first root is led to the newest.
  expect 0 sconectl cas attest "$api" -c "$key"
  expect 0 sconectl cas show-identification "$api" --cas-key-hash
  cmp out data/cas-key-hash
  expect 1 sconectl cas attest "$api" -c 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt
  kill -9 "$cas_pid"
  rm data/endpoint.json
  operated
  who_trusts first.pem
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  expect 0 sconectl session read early --cas "$api"
}

case_cas_gets_another_key_while_it_serves() {
  operators_file data 'allow_unprovisioned = true'
  operated
  sconectl -q cas attest "$api" -c "$key"
  printf 'name: kept\nversion: "0.3"\nsecrets:\n  - {name: made, kind: ascii, size: 20}\n' >session.yaml
  expect 0 sconectl session create session.yaml --cas "$api"
  cp data/cas.key-store old.key
  expect 0 sconectl cas key rotate --data data
  expect 1 sconectl cas key rotate --data data
  says err 'there is a next key already'
  kill -HUP "$cas_pid"
  wait_for 5 "the next key" grep -q 'the database has a new key' cas.log
  [ "$(wc -l <data/cas.key-store)" = 1 ] || fail "the old key is still there"
  cmp --silent data/cas.key-store old.key && fail "the key is the old one"
  expect 0 sconectl session read kept --cas "$api"
  kill -9 "$cas_pid"
  rm data/endpoint.json
  operated
  sconectl -q cas attest "$api" -c "$key"
  expect 0 sconectl session read kept --cas "$api"
  # A copy of the directory from before the rotation opens nothing of it.
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  cp old.key data/cas.key-store
  expect 1 sconectl cas serve --data data
  says err 'its key file belongs to another database'
}
