# Backups of a CAS: the drill, with another client of age as judge. Sourced by tests/e2e/run.
# shellcheck shell=bash

# backed_up_cas: a CAS of its own in ./data with a session of ours; sets cas_pid, api and key.
backed_up_cas() {
  sconectl cas serve --data data --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 >serve.out 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 10 "the CAS" test -s data/endpoint.json
  api=127.0.0.1:$(jq -r '.api[0]' data/endpoint.json | sed 's/.*://')
  key=$(cat data/cas-key-hash)
  sconectl -q cas attest "$api" -c "$key"
  printf 'name: kept\nversion: "0.3.11"\nsecrets: [{name: s, kind: ascii, value: very-secret, export_public: true}]\n' >kept.yaml
  sconectl session create --cas "$api" kept.yaml >kept.hash
}

case_a_backup_is_restored_on_another_machine_from_shares() {
  # CC-052 CC-076 CC-078
  backed_up_cas
  expect 0 sconectl cas backup keygen --shares 5 --threshold 3 --out shares
  recipient=$(cat out)
  [ "$(stat -c %a shares/share-1-of-5.txt)" = 600 ] || fail "others read the shares"
  expect 0 sconectl cas backup create --data data -r "$recipient" cas.age
  says out "$key"
  kill -9 "$cas_pid"
  mv data lost

  share() { printf ' --share shares/share-%s-of-5.txt' "$@"; }
  # shellcheck disable=SC2046
  expect 3 sconectl cas backup verify cas.age $(share 5 2)
  says err '3 of the shares are needed and 2 were given'
  sconectl -q cas backup keygen --shares 5 --threshold 3 --out others
  # shellcheck disable=SC2046
  expect 3 sconectl cas backup restore cas.age --data data $(share 5 2) --share others/share-1-of-5.txt
  says err 'others/share-1-of-5.txt is of another set'
  [ ! -e data/cas.db ] || fail "something was restored"
  # shellcheck disable=SC2046
  expect 0 sconectl cas backup verify cas.age $(share 5 2 4)
  # shellcheck disable=SC2046
  expect 0 sconectl cas backup restore cas.age --data data $(share 4 1 5)
  says out "$key"
  # The same CAS: the client trusts it as before, and the session is what it was.
  sconectl cas serve --data data --listen "$api" --enclave-listen 127.0.0.1:0 >serve.out 2>&1 &
  at_end kill "$!"
  wait_for 10 "the CAS" test -s data/endpoint.json
  expect 0 sconectl session read --cas "$api" kept
  says out 'very-secret'
}

case_a_backup_opens_with_another_client_of_age() {
  backed_up_cas
  age-keygen -o theirs.txt 2>/dev/null
  sconectl -q cas backup keygen --out ours.txt
  ours=$(sed -n 's/^# public key: //p' ours.txt)
  [ "$(age-keygen -y ours.txt)" = "$ours" ] || fail "another public key"
  expect 0 sconectl cas backup create --data data -r "$(age-keygen -y theirs.txt)" -r "$ours" cas.age
  for identity in theirs.txt ours.txt; do
    age -d -i "$identity" cas.age >cas.tar
    expect 0 tar -tf cas.tar
    says out 'cas.key-store'
  done
  tar -xOf cas.tar backup.json | jq -e --arg key "$key" '.cas_key_hash == $key' >/dev/null || fail "not ours"
  # What the other client writes is read, too, and nothing that was changed.
  age -r "$ours" -o again.age cas.tar
  expect 0 sconectl cas backup verify again.age -i ours.txt
  age -r "$ours" -o text.age kept.yaml
  expect 3 sconectl cas backup verify text.age -i ours.txt
  head -c -100 again.age >short.age
  expect 1 sconectl cas backup verify short.age -i ours.txt
  expect 1 sconectl cas backup create --data data -r "$ours" cas.age
  says err 'is there already'
}

case_a_full_disk_leaves_no_half_of_a_backup() {
  [ "$(id -u)" -eq 0 ] || skip "needs a file system of its own"
  backed_up_cas
  sconectl -q cas backup keygen --out key.txt
  recipient=$(sed -n 's/^# public key: //p' key.txt)
  mkdir small
  mount -t tmpfs -o size=32k tmpfs small
  at_end umount small
  expect 4 sconectl cas backup create --data data -r "$recipient" small/cas.age
  [ "$(find small -mindepth 1 | wc -l)" -eq 0 ] || fail "left behind: $(ls -A small)"
  sconectl -q cas backup create --data data -r "$recipient" cas.age
  expect 4 sconectl cas backup restore cas.age -i key.txt --data small
  [ ! -e small/cas.db ] || fail "half of a CAS"
}

case_snapshots_are_made_when_asked() {
  # CC-079
  sconectl -q cas backup keygen --out key.txt
  local recipient
  recipient=$(sed -n 's/^# public key: //p' key.txt)
  expect 2 sconectl cas serve --data data --snapshots snapshots
  says err 'snapshots need --snapshot-recipient'
  expect 2 sconectl cas serve --data data --snapshot-interval 1h
  says err 'settings of snapshots need --snapshots'
  sconectl cas serve --data data --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 --snapshots snapshots \
    --snapshot-recipient "$recipient" >serve.out 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 10 "the CAS" test -s data/endpoint.json
  wait_for 20 "a snapshot" sh -c "kill -USR1 $cas_pid; sleep 0.2; test -e snapshots/last-completed"
  sconectl -q cas attest "127.0.0.1:$(jq -r '.api[0]' data/endpoint.json | sed 's/.*://')" -c "$(cat data/cas-key-hash)"
  printf 'name: kept\nversion: "0.3.11"\n' >kept.yaml
  expect 0 sconectl session create --cas "127.0.0.1:$(jq -r '.api[0]' data/endpoint.json | sed 's/.*://')" kept.yaml
  local first
  first=$(readlink snapshots/last-completed)
  kill -USR1 "$cas_pid"
  wait_for 20 "a newer snapshot" sh -c "[ \"\$(readlink snapshots/last-completed)\" != '$first' ]"
  expect 0 sconectl cas backup verify "snapshots/$first" -i key.txt --json
  cp out before
  expect 0 sconectl cas backup verify snapshots/last-completed -i key.txt --json
  [ "$(jq .versions out)" -gt "$(jq .versions before)" ] || fail "$(cat before out)"
  expect 0 sconectl cas doctor --cas "127.0.0.1:$(jq -r '.api[0]' data/endpoint.json | sed 's/.*://')" --data data
  says out 'ok       disk: '
  # Killed: its disk is lost, the snapshot is another CAS of the same key.
  kill -9 "$cas_pid"
  expect 0 sconectl cas backup restore snapshots/last-completed --data elsewhere -i key.txt
  expect 4 sconectl cas doctor --data elsewhere --cas 127.0.0.1:1 --cas-key "$(cat data/cas-key-hash)" --retries 0
  says out 'missing  connection: '
  says out 'ok       disk: '
}

case_the_key_of_the_database_is_sealed_to_shares() {
  # CC-062
  backed_up_cas
  expect 0 sconectl cas backup keygen --shares 3 --threshold 2 --out shares
  local recipient
  recipient=$(cat out)
  age-keygen -o theirs.txt 2>/dev/null
  expect 0 sconectl cas key seal --data data -r "$recipient" -r "$(age-keygen -y theirs.txt)"
  # It runs on, and another client of age opens what lies there now.
  expect 0 sconectl session read --cas "$api" kept
  age -d -i theirs.txt data/cas.key-store >opened
  matches opened '^[0-9a-f]{64}$'
  expect 0 sconectl cas doctor --cas "$api" --data data
  says out 'ok       key file: sealed'
  kill "$cas_pid"
  wait "$cas_pid" || true
  # shellcheck disable=SC2317  # expect calls it
  serve_sealed() { timeout 20 sconectl cas serve --data data --listen "$api" --enclave-listen 127.0.0.1:0 "$@"; }
  expect 1 serve_sealed
  says err 'is sealed: --key-identity FILE'
  expect 3 serve_sealed --key-share shares/share-1-of-3.txt
  says err '2 of the shares are needed and 1 were given'
  sconectl -q cas backup keygen --out wrong.txt
  expect 1 serve_sealed --key-identity wrong.txt
  expect 1 grep -r -l -F "$(cat opened)" data
  sconectl cas serve --data data --listen "$api" --enclave-listen 127.0.0.1:0 --key-share shares/share-3-of-3.txt \
    --key-share shares/share-1-of-3.txt >serve.out 2>&1 &
  at_end kill $!
  wait_for 10 "the CAS" test -s data/endpoint.json
  expect 0 sconectl session read --cas "$api" kept
  says out 'very-secret'
  expect 1 sconectl cas backup create --data data -r "$recipient" cas.age
  expect 0 sconectl cas backup create --data data -r "$recipient" --key-identity theirs.txt cas.age
  expect 0 sconectl cas key unseal --data data --key-identity theirs.txt
  cmp opened data/cas.key-store
}
