# Several CASes on one PostgreSQL. Sourced by tests/e2e/run.
# shellcheck shell=bash

# a_database: starts a server; sets database (its URL).
a_database() {
  database_directory=$(mktemp -d)
  chmod 755 "$database_directory"
  at_end rm -rf "$database_directory"
  database=$("$REPO_ROOT/tests/support/postgres.sh" start "$database_directory")
  at_end "$REPO_ROOT/tests/support/postgres.sh" stop "$database_directory" immediate
}

# shared_key DIRECTORY...: directories of CASes that share a database.
shared_key() {
  local directory
  for directory; do
    install -d -m 700 "$directory"
    install -m 600 <(printf '%064d\n' 7) "$directory/cas.key-store"
  done
}

# sharing DIRECTORY OPTION...: starts the CAS of this directory; its API is in $api.
sharing() {
  local directory=$1
  shift
  rm -f "$directory/endpoint.json"
  sconectl cas serve --data "$directory" --database "$database" --listen "${listen:-127.0.0.1}:0" --enclave-listen 127.0.0.1:0 \
    --log "$directory.log" "$@" >"$directory.out" 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 20 "the CAS of $directory" test -s "$directory/endpoint.json"
  api=127.0.0.1:$(jq -r '.api[0]' "$directory/endpoint.json" | sed 's/.*://')
}

# they_have_one_key ONE TWO: the same, and no next one.
they_have_one_key() { [ "$(sort -u "$1/cas.key-store" "$2/cas.key-store" | wc -l)" = 1 ]; }

a_session() { printf 'name: %s\nversion: "0.3"\nsecrets:\n  - {name: made, kind: ascii, size: 20, export_public: false}\n' "$1"; }

case_cas_on_a_shared_database_answers_as_one() {
  a_database
  shared_key one two
  sharing one --owner "$(sconectl -q self show-key-hash)" --audit-log one-audit.log
  one=$api one_pid=$cas_pid
  sharing two --owner "$(sconectl -q self show-key-hash)" --audit-log two-audit.log
  two=$api
  cmp one/cas-key-hash two/cas-key-hash || fail "they are not the same CAS"
  key=$(cat one/cas-key-hash)
  for cas in "$one" "$two"; do expect 0 sconectl cas attest "$cas" -c "$key"; done
  a_session shared >session.yaml
  hash=$(sconectl -q session create session.yaml --cas "$one")
  expect 0 sconectl session read shared --cas "$two"
  says out 'name: shared'
  # One of them dies: the other one goes on with all that was acknowledged.
  kill -9 "$one_pid"
  expect 0 sconectl session read shared --cas "$two"
  printf 'predecessor: %s\n' "$hash" >>session.yaml
  sed -i 's/size: 20/size: 30/' session.yaml
  expect 0 sconectl session update session.yaml --cas "$two"
  sharing one --owner "$(sconectl -q self show-key-hash)" --audit-log one-audit.log
  sconectl -q cas attest "$api" -c "$key"
  expect 0 sconectl session read shared --cas "$api"
  says out 'size: 30'
  # One chain of audit entries, in the logs of both.
  expect 0 sconectl cas verify-audit-log --merge one-audit.log two-audit.log --cas "$two"
  expect 17 sconectl cas verify-audit-log one-audit.log --cas "$two"
  # Without the database nobody can know what is active: not ready, and said so.
  "$REPO_ROOT/tests/support/postgres.sh" stop "$database_directory" immediate
  expect 4 sconectl session read shared --cas "$two"
  says err 'the CAS database can not be used now'
  [ "$(curl --silent --insecure --output answer --write-out '%{http_code}' "https://$two/v1/health/ready")" = 503 ] ||
    fail "ready without a database"
  "$REPO_ROOT/tests/support/postgres.sh" start "$database_directory" >/dev/null
  wait_for 10 "the database" sconectl session read shared --cas "$two"
}

case_cas_on_a_shared_database_rotates_its_key() {
  a_database
  shared_key one two
  sharing one --owner "$(sconectl -q self show-key-hash)" --audit-log one-audit.log
  one=$api one_pid=$cas_pid
  sharing two --owner "$(sconectl -q self show-key-hash)" --audit-log two-audit.log
  two=$api
  key=$(cat one/cas-key-hash)
  for cas in "$one" "$two"; do sconectl -q cas attest "$cas" -c "$key"; done
  a_session shared >session.yaml
  stored=$(sconectl -q session create session.yaml --cas "$one")
  expect 0 sconectl cas key rotate --data one
  says err 'put this file to every CAS that shares the database'
  expect 1 sconectl cas key rotate --data one
  says err 'there is a next key already'
  next=$(sed -n 's/^next: //p' one/cas.key-store)
  # The other one does not have it yet: it says so, and goes on when it has.
  cp one/cas.key-store both
  kill -HUP "$one_pid"
  wait_for 10 "the new key" grep -q -x "$next" one/cas.key-store
  expect 4 sconectl session read shared --cas "$two"
  says err 'the CAS database has another key than this CAS'
  grep -q "put that one's cas.key-store here" two.log || fail "two.log does not say what to do: $(cat two.log)"
  install -m 600 both two/cas.key-store
  wait_for 10 "the other one" sconectl session read shared --cas "$two"
  wait_for 10 "the new key" cmp -s one/cas.key-store two/cas.key-store
  # With the file in place first, nobody notices.
  sconectl -q cas key rotate --data two
  install -m 600 two/cas.key-store one/cas.key-store
  printf 'predecessor: %s\n' "$stored" >>session.yaml
  sed -i 's/size: 20/size: 30/' session.yaml
  kill -HUP "$cas_pid"
  expect 0 sconectl session update session.yaml --cas "$one"
  expect 0 sconectl session read shared --cas "$two"
  says out 'size: 30'
  wait_for 10 "both to have the new key alone" they_have_one_key one two
  [ "$(cat one/cas.key-store)" != "$next" ] || fail "the key is the one before"
  expect 0 sconectl cas verify-audit-log --merge one-audit.log two-audit.log --cas "$two"
  [ "$(cat one-audit.log two-audit.log | grep -c database_key_rotated)" = 2 ] || fail "not audited"
}

case_cas_on_a_shared_database_follows_its_owner() {
  a_database
  shared_key one two
  listen=0.0.0.0
  sharing one --require-provisioning
  one=$api
  sharing two --require-provisioning
  two=$api
  key=$(cat one/cas-key-hash)
  [ "$(curl --silent --insecure --output answer --write-out '%{http_code}' "https://$two/v1/health/ready")" = 503 ] ||
    fail "ready without an owner"
  printf '[api_identity]\ncommon_name = "mine.example"\n' >owner.toml
  sed -n 's/.*CAS provisioning token[^0-9a-f]*//p' one.log | tail -1 >token
  expect 0 sconectl cas provision "$one" with-attestation -c "$key" --token-file token --config-file owner.toml
  wait_for 5 "the other one to know its owner" curl --silent --insecure --fail --output /dev/null "https://$two/v1/health/ready"
  openssl s_client -connect "$two" </dev/null 2>/dev/null | openssl x509 -noout -subject >names
  says names 'CN = mine.example'
  sed -n 's/.*CAS provisioning token[^0-9a-f]*//p' two.log | tail -1 >token
  expect 1 sconectl cas provision "$two" with-attestation -c "$key" --token-file token --config-file owner.toml
  says err 'provisioned already'
}

case_cas_moves_to_a_shared_database_and_back() {
  sconectl cas serve --data one --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 >serve.out 2>&1 &
  cas_pid=$!
  wait_for 10 "the CAS" test -s one/endpoint.json
  api=127.0.0.1:$(jq -r '.api[0]' one/endpoint.json | sed 's/.*://')
  key=$(cat one/cas-key-hash)
  sconectl -q cas attest "$api" -c "$key"
  a_session moved >session.yaml
  expect 0 sconectl session create session.yaml --cas "$api"
  a_database
  expect 4 sconectl cas migrate --data one --to "$database"
  says err 'another CAS already uses'
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  expect 0 sconectl cas migrate --data one --to "$database"
  says out "$key"
  [ ! -e one/cas.db ] || fail "cas.db is still there"
  [ -s one/before-postgres/cas.db ] || fail "cas.db is gone"
  expect 4 sconectl cas migrate --data one --to "$database"
  says err 'there is no one/cas.db'
  # Another CAS does not take the place of this one.
  sconectl cas serve --data other --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 >other.out 2>&1 &
  other_pid=$!
  wait_for 10 "another CAS" test -s other/endpoint.json
  kill "$other_pid"
  wait "$other_pid" || fail "ended with status $?"
  expect 1 sconectl cas migrate --data other --to "$database"
  says err 'holds a CAS already'
  [ -s other/cas.db ] || fail "the other CAS lost its database"
  # The old directory is one of those that share it, and a copy of its key makes another one.
  install -d -m 700 two
  install -m 600 one/cas.key-store two/cas.key-store
  sharing two
  [ "$(cat two/cas-key-hash)" = "$key" ] || fail "another CAS"
  sconectl -q cas attest "$api" -c "$key"
  expect 0 sconectl session read moved --cas "$api"
  expect 1 sconectl cas migrate --data one --from "$database"
  says err 'stop all of them first'
  # A backup of it is one like any other.
  recipient=$(sconectl -q cas backup keygen --out backup.key)
  expect 0 sconectl cas backup create --data two --database "$database" -r "$recipient" shared.age
  expect 0 sconectl cas backup verify shared.age -i backup.key
  says out "$key"
  kill "$cas_pid"
  wait "$cas_pid" || fail "ended with status $?"
  expect 0 sconectl cas migrate --data one --from "$database"
  sconectl cas serve --data one --listen "$api" --enclave-listen 127.0.0.1:0 >serve.out 2>&1 &
  at_end kill $!
  wait_for 10 "the CAS" sconectl session read moved --cas "$api"
}

case_cas_on_a_shared_database_says_what_is_missing() {
  expect 2 sconectl cas serve --database postgresql://cas:geheim@db/cas --data one
  says_but_not err 'a password does not belong on a command line' 'geheim'
  expect 2 sconectl cas serve --database postgresql://cas@db/cas
  says err 'needs --data DIR'
  expect 2 sconectl cas serve --database mysql://db --data one
  says err 'is not the URL of a PostgreSQL'
  a_database
  expect 4 sconectl cas serve --database "$database" --data one
  says err 'has to be given'
  shared_key two
  expect 4 sconectl cas serve --database "postgresql://cas@127.0.0.1:1/x" --data two
  says err 'the CAS database can not be used now'
  # A password that the file of the configuration has is in no message.
  printf '[database]\npath = "two/cas.db"\nurl = "postgresql://cas:geheim@127.0.0.1:1/x"\n' >cas.toml
  expect 4 sconectl cas serve --config cas.toml
  says_but_not err 'the CAS database can not be used now' 'geheim'
}
