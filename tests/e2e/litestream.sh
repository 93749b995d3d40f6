# A copy of the database of a CAS that litestream makes all the time. Sourced by tests/e2e/run.
# shellcheck shell=bash

litestream() { "$JUDGES/python/bin/litestream" "$@"; }

# manual LANGUAGE N: the n-th block of this language in "A continuous copy" of the manual, with directories of the case for
# those of the machine; `here` is /var/lib/cas, and `recipient` the age1... of it.
manual() {
  sed -n '/^### A continuous copy/,/^### Know/p' "$REPO_ROOT/docs/operating-the-cas.md" |
    awk -v opening="\`\`\`$1" -v wanted="$2" '/^```/ { inside = ($0 == opening && ++n == wanted); next } inside' >block
  [ -s block ] || fail "the manual has no block $2 of $1"
  sed -e 's/ *# .*//' -e "s|/var/lib/cas|$PWD/${here:-data}|g" -e "s|/backup/cas|$PWD/copy|g" -e "s|/safe/|$PWD/safe/|g" \
    -e "s|/etc/cas/cas.toml|$PWD/cas.toml|g" -e "s|/etc/litestream.yml|$PWD/litestream.yml|g" -e "s|age1[.][.][.]|${recipient:-}|" block
}

# commands N: those of the manual, one a line.
commands() { mapfile -t lines < <(manual sh "$1"); }

# served DIRECTORY OPTION...: (re)starts a CAS; sets cas_pid and api.
served() {
  local directory=$1
  shift
  rm -f "$directory/endpoint.json"
  "${as_cas[@]}" sconectl cas serve --data "$directory" --listen "${api:-127.0.0.1:0}" --enclave-listen 127.0.0.1:0 \
    --owner "$(sconectl self show-key-hash)" "$@" >>serve.out 2>&1 &
  cas_pid=$!
  at_end kill "$cas_pid"
  wait_for 20 "the CAS" test -s "$directory/endpoint.json"
  api=127.0.0.1:$(jq -r '.api[0]' "$directory/endpoint.json" | sed 's/.*://')
}
as_cas=()

# copying: (re)starts litestream with what the manual configures; sets copy_pid.
copying() {
  manual yaml 1 >litestream.yml
  "$JUDGES/python/bin/litestream" replicate -config litestream.yml >>litestream.out 2>&1 &
  copy_pid=$!
  at_end kill "$copy_pid"
}

ended() {
  kill -s "${2:-TERM}" "$1"
  wait "$1" || true
}

# stored NAME...: sessions with a secret.
stored() {
  local name
  for name; do
    printf 'name: %s\nversion: "0.3.11"\nsecrets: [{name: s, kind: ascii, value: very-secret-of-it, export_public: true}]\n' \
      "$name" >"$name.yaml"
    sconectl -q session create --cas "$api" "$name.yaml" >"$name.hash"
  done
}

# copied NAME: this session can be restored.
copied() {
  rm -rf looked
  litestream restore -o looked/cas.db "file://$PWD/${copy:-copy}" 2>/dev/null && grep -q -a -F "$1" looked/cas.db
}

# restored DIRECTORY OPTION...: from the copy; the key is not in it.
restored() {
  local directory=$1
  shift
  (umask 077 && mkdir "$directory")
  expect 0 litestream restore -integrity-check full -o "$directory/cas.db" "$@" "file://$PWD/copy"
  cp -p data/cas.key-store "$directory"
}

# refused STATUS TEXT DIRECTORY OPTION...: a CAS does not start there, says why, and has written nothing.
refused() {
  local status=$1 text=$2 directory=$3
  shift 3
  local before
  before=$(sha256sum "$directory/cas.db")
  expect "$status" timeout 20 sconectl cas serve --data "$directory" --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0 "$@"
  says err "$text"
  [ "$(sha256sum "$directory/cas.db")" = "$before" ] || fail "it has written to the database that it refuses"
}

# names: of all sessions, which the CAS verifies and opens for it.
names() {
  expect 0 sconectl cas sessions --cas "$api" /
  sed 's/.* //' out | sort
}

has_one_key() { [ "$(grep -c . "$1")" = 1 ]; }

has_all() {
  local name
  names >there
  for name; do grep -q -x -F "$name" there || fail "'$name' is not there: $(tr '\n' ' ' <there)"; done
}

case_a_continuous_copy_is_restored_on_another_machine_as_the_manual_says() {
  # Until: a writer goes on until its CAS is gone; what is acknowledged stands in a file with the time.
  writing() {
    local i
    for ((i = 0;; ++i)); do
      stored "$1-$i" || return 0
      printf '%s-%d %s\n' "$1" "$i" "$(date +%s%N)" >>"acknowledged.$1"
    done
  }
  mkdir safe
  printf '[database]\npath = "%s/elsewhere/cas.db"\n[api]\napi_listen = "%s"\nenclave_listen = "127.0.0.1:0"\n[audit_log]\npath = "%s/new.log"\n' \
    "$PWD" 127.0.0.1:0 "$PWD" >cas.toml
  served data --audit-log old.log
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  stored kept
  manual yaml 1 >litestream.yml
  commands 1
  [ "${#lines[@]}" = 4 ] || fail "other commands: ${lines[*]}"
  expect 0 eval "${lines[0]}"
  recipient=$(cat out)
  commands 1
  expect 0 eval "${lines[1]}"
  expect 0 eval "${lines[2]}"
  eval "exec ${lines[3]/litestream/$JUDGES/python/bin/litestream}" >litestream.out 2>&1 &
  copy_pid=$!
  at_end kill "$copy_pid"
  wait_for 20 "the copy" copied kept
  local writer writers=()
  for writer in a b c; do
    writing "$writer" 2>/dev/null &
    writers+=($!)
  done
  sleep 6
  local killed
  killed=$(date +%s%N)
  kill -9 "$cas_pid" "$copy_pid"
  wait "${writers[@]}" || true
  cp data/cas-key-hash hash
  # Of the copy: modes, and what who has no key learns from it. It is compressed, so the database in it is what is read.
  [ "$(find copy data/.cas.db-litestream -type f -not -perm 600 | wc -l)" = 0 ] || fail "$(find copy -ls)"
  [ "$(find copy data/.cas.db-litestream -type d -not -perm 700 | wc -l)" = 0 ] || fail "$(find copy -ls)"
  [ "$(find copy -type f | wc -l)" -gt 2 ] || fail "$(find copy -ls)"
  rm -r data

  printf very-secret-of-it >secret
  here=elsewhere
  commands 2
  [ "${#lines[@]}" = 6 ] || fail "other commands: ${lines[*]}"
  local before
  before=$(umask)
  eval "${lines[0]}"
  expect 0 eval "${lines[1]}"
  expect 0 eval "${lines[2]}"
  mode_is 600 elsewhere/cas.db
  grep -q -F -f secret kept.yaml || fail "no secret to look for"
  hides secret kept <elsewhere/cas.db
  refused 4 'the key file' elsewhere
  expect 0 eval "${lines[3]}"
  hides secret 'age-encryption.org' <elsewhere/cas.key-store
  refused 1 'is sealed: --key-identity FILE' elsewhere --accept-missing-counter
  refused 1 'cas.counter is missing' elsewhere --key-identity safe/unseal.txt
  expect 0 eval "${lines[4]}"
  says out "$(cat hash)"
  expect 0 sconectl cas backup verify checked.age -i safe/unseal.txt
  # The client goes on with the CAS that it has pinned; nobody else's key would do.
  sed -i "s/^api_listen = .*/api_listen = \"$api\"/" cas.toml
  eval "exec ${lines[5]} --owner $(sconectl self show-key-hash)" >serve.out 2>&1 &
  at_end kill "$!"
  umask "$before"
  wait_for 20 "the restored CAS" test -s elsewhere/endpoint.json
  cmp hash elsewhere/cas-key-hash || fail "it is another CAS"
  expect 0 sconectl session read --cas "$api" kept
  says out very-secret-of-it
  says serve.out 'cas.counter was missing at this start'

  cat acknowledged.* >acknowledged
  names >there
  local name at lost=0 oldest=0
  while read -r name at; do
    grep -q -x -F "$name" there && continue
    lost=$((lost + 1))
    [ $((killed - at)) -le "$oldest" ] || oldest=$((killed - at))
  done <acknowledged
  printf 'of %d acknowledged sessions %d are lost, the oldest %d ms before the end\n' "$(wc -l <acknowledged)" "$lost" $((oldest / 1000000))
  [ "$(wc -l <acknowledged)" -gt 20 ] || fail "nothing was written"
  # Some two seconds; here, where others use the processor as well, no more than twice that.
  [ "$oldest" -lt 4000000000 ] || fail "a session was acknowledged $((oldest / 1000000)) ms before the end and is lost"
  [ $((killed - $(sort -n -k 2 acknowledged | head -n 1 | cut -d ' ' -f 2))) -gt 4500000000 ] || fail "it was no continuous load"
  expect '0|18' sconectl cas verify-audit-log old.log new.log --cas "$api"
}

case_a_continuous_copy_goes_on_when_the_cas_or_litestream_ends() {
  served data
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  copying
  stored one
  wait_for 20 "the copy" copied one
  ended "$cas_pid"
  exists data/cas.db-wal
  served data
  stored two
  ended "$cas_pid" KILL
  served data
  stored three
  wait_for 20 "the copy" copied three
  # Without litestream the log is emptied and begun anew, which it has not seen.
  ended "$copy_pid" KILL
  stored four
  ended "$cas_pid"
  absent data/cas.db-wal
  served data
  stored five
  copying
  wait_for 20 "the copy" copied five
  # So much that the log begins anew.
  local i
  for i in {1..6}; do
    {
      printf 'name: large-%d\nversion: "0.3.11"\nsecrets: [{name: s, kind: ascii, value: x' "$i"
      head -c 1000000 /dev/zero | tr '\0' x
      printf '}]\n'
    } >large.yaml
    expect 0 sconectl session create --cas "$api" large.yaml
    sleep 0.3
  done
  # Both end as they should: nothing is missing, as the counter says.
  ended "$cas_pid"
  ended "$copy_pid"
  restored elsewhere
  cp -p data/cas.counter elsewhere
  served elsewhere
  has_all one two three four five large-1 large-2 large-3 large-4 large-5 large-6
  [ "$(grep -c 'level=ERROR' litestream.out)" = 0 ] || fail "$(cat litestream.out)"
}

case_an_older_state_is_restored_only_when_it_is_wanted() {
  served data --audit-log old.log
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  copying
  stored before-1 before-2
  wait_for 20 "the copy" copied before-2
  local when
  when=$(date -u +%FT%T.%NZ)
  stored after-1
  wait_for 20 "the copy" copied after-1
  stored after-2
  wait_for 20 "the copy" copied after-2
  ended "$cas_pid" KILL
  ended "$copy_pid" KILL

  restored older -timestamp "$when"
  cp -p data/cas.counter older
  refused 1 '2 acknowledged commits are missing' older
  refused 1 '2 acknowledged commits are missing' older --accept-missing-counter
  rm older/cas.counter
  refused 1 'cas.counter is missing' older
  served older --accept-missing-counter --audit-log new.log
  has_all before-1 before-2
  says_but_not there before-2 after-
  stored later
  expect 18 sconectl cas verify-audit-log old.log new.log --cas "$api"
  matches err 'entries [0-9]+ to [0-9]+ were rolled back'
  # The copy goes on with it, in the same place.
  here=older copying
  wait_for 20 "the copy" copied later
  restored again
  ended "$cas_pid"
  served again --accept-missing-counter
  has_all before-1 before-2 later
  says_but_not there later after-

  # The times are those of its files.
  cp -rp copy moved
  expect 0 litestream restore -timestamp "$when" -o moved-with-times/cas.db "file://$PWD/moved"
  rm -r moved
  cp -r copy moved
  expect 1 litestream restore -timestamp "$when" -o moved-without/cas.db "file://$PWD/moved"
  says err 'timestamp does not exist'
  absent moved-without/cas.db
}

case_keys_are_rotated_and_namespaces_sealed_while_litestream_copies() {
  served data
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  copying
  stored team
  wait_for 20 "the copy" copied team
  # Its lock: without it, what follows would damage the copy.
  grep -q "POSIX .*READ *$copy_pid .*:$(stat -c %i data/cas.db-shm) 12[3-7] " /proc/locks ||
    fail "litestream does not hold the log: $(cat /proc/locks)"
  local when
  when=$(date -u +%FT%T.%NZ)
  cp -p data/cas.key-store old-key
  expect 0 sconectl cas key rotate --data data
  kill -HUP "$cas_pid"
  stored while-it-is-rotated
  wait_for 20 "the new key" has_one_key data/cas.key-store
  cmp -s data/cas.key-store old-key && fail "it is the same key"
  expect 0 sconectl cas backup keygen --out backup-key.txt
  recipient=$(cat out)
  expect 0 sconectl cas backup create --data data -r "$recipient" cas.age
  expect 0 sconectl cas backup verify cas.age -i backup-key.txt
  expect 0 sconectl cas namespace keygen --out team.key
  expect 0 sconectl cas namespace seal team --cas "$api" --key team.key
  says err 'may stand in free pages or its log still'
  stored last
  wait_for 20 "the copy" copied last
  ended "$cas_pid" KILL
  ended "$copy_pid" KILL

  restored older -timestamp "$when"
  refused 1 'its key file belongs to another database' older --accept-missing-counter
  cp -p old-key older/cas.key-store
  served older --accept-missing-counter
  has_all team
  says_but_not there team while-it-is-rotated
  ended "$cas_pid"

  restored newest
  cp -p old-key newest/cas.key-store
  refused 1 'its key file belongs to another database' newest --accept-missing-counter
  cp -p data/cas.key-store newest
  served newest --accept-missing-counter
  has_all team while-it-is-rotated last
  expect 4 sconectl session read --cas "$api" team
  says err "namespace 'team' is sealed and locked"
  expect 0 sconectl cas namespace unlock team --cas "$api" --key team.key
  expect 0 sconectl session read --cas "$api" team
  says out very-secret-of-it
}

case_a_damaged_or_forged_copy_is_not_restored() {
  served data
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  copying
  stored first
  wait_for 20 "the copy" copied first
  sleep 2
  stored last
  wait_for 20 "the copy" copied last
  ended "$copy_pid"
  ended "$cas_pid" KILL
  # Each file that a restore reads: a byte in the middle, and its end.
  expect 0 litestream restore -dry-run -json -o plan/cas.db "file://$PWD/copy"
  jq -r '.files[] | "ltx/\(.level)/\(.name)"' out >files
  [ "$(wc -l <files)" -ge 2 ] || fail "$(cat out)"
  local file
  while read -r file; do
    rm -rf bad
    cp -rp copy bad
    python3 - "bad/$file" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 1
open(sys.argv[1], "wb").write(data)
END
    expect 1 litestream restore -o nothing/cas.db "file://$PWD/bad"
    matches err 'checksum|decode'
    [ "$(find nothing -type f | wc -l)" = 0 ] || fail "left behind: $(find nothing)"
    head -c -40 "copy/$file" >"bad/$file"
    expect 1 litestream restore -o nothing/cas.db "file://$PWD/bad"
    [ "$(find nothing -type f | wc -l)" = 0 ] || fail "left behind: $(find nothing)"
  done <files
  # The last of them is lost: an older state, which only the counter can tell.
  rm -rf bad
  cp -rp copy bad
  # What ends with it: the same commits may be in a file of another level, too.
  file=$(tail -n 1 files)
  find bad -name "*-${file##*-}" -delete
  mkdir short
  expect 0 litestream restore -o short/cas.db "file://$PWD/bad"
  cp -p data/cas.key-store data/cas.counter short
  refused 1 'acknowledged commits are missing' short

  # Somebody who knows the format, and has no key: the copy is sound, and the CAS refuses it.
  restored forged
  python3 - <<'END'
import sqlite3
database = sqlite3.connect("forged/cas.db")
assert database.execute("UPDATE session_versions SET hash = (SELECT hash FROM session_versions WHERE name = 'last') || '' "
                        "WHERE name = 'first'").rowcount == 1
database.commit()
END
  cat >forger.yml <<END
dbs:
  - path: $PWD/forged/cas.db
    replica: {type: file, path: $PWD/forged-copy}
END
  expect 0 litestream replicate -once -config forger.yml
  mkdir victim
  expect 0 litestream restore -integrity-check full -o victim/cas.db "file://$PWD/forged-copy"
  cp -p data/cas.key-store victim
  refused 1 'the CAS database' victim --accept-missing-counter
  expect 1 sconectl cas backup create --data victim -r "$(age-keygen 2>/dev/null | age-keygen -y)" victim.age
  absent victim.age

  # Over a database nothing is restored.
  restored good
  local before
  before=$(sha256sum good/cas.db)
  expect 1 litestream restore -o good/cas.db "file://$PWD/copy"
  says err 'already exists'
  [ "$(sha256sum good/cas.db)" = "$before" ] || fail "it was changed"
  served good --accept-missing-counter
  has_all first last
}

case_litestream_is_stopped_for_an_upgrade() {
  served data
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  copying
  stored one
  wait_for 20 "the copy" copied one
  ended "$cas_pid"
  # As if it were of an earlier schema.
  python3 -c 'import sqlite3; d = sqlite3.connect("data/cas.db"); d.execute("PRAGMA user_version = 2"); d.commit()'
  expect 4 timeout 30 sconectl cas serve --data data --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0
  says err 'another program reads the database, which has to be copied before it is brought up to date'
}

case_litestream_of_root_copies_a_cas_of_another_user_and_waits_for_a_disk() {
  [ "$(id -u)" -eq 0 ] || skip "needs a file system and a user of its own"
  cd "$(mktemp -d)" || exit
  at_end rm -rf "$PWD"
  chmod 755 .
  cp "$(command -v sconectl)" .
  PATH=$PWD:$PATH
  install -d -o 10001 -g 10001 -m 700 data
  mkdir copy
  mount -t tmpfs -o size=64k tmpfs copy
  at_end umount "$PWD/copy"
  as_cas=(setpriv --reuid 10001 --regid 10001 --clear-groups)
  served data
  sconectl -q cas attest "$api" -c "$(cat data/cas-key-hash)"
  copying
  stored one
  wait_for 20 "the copy" copied one
  # All of it is that user's, so he goes on with or without litestream.
  [ "$(find data copy/ltx -uid 10001 | wc -l)" -gt 10 ] || fail "$(find data copy -ls)"
  [ "$(find data copy/ltx -not -uid 10001 | wc -l)" = 0 ] || fail "$(find data copy -ls)"
  ended "$cas_pid"
  served data
  local i
  for i in {1..40}; do stored "filling-$i"; done
  wait_for 20 "an error" grep -q 'level=ERROR.*no space left on device' litestream.out
  stored afterwards
  expect 0 sconectl session read --cas "$api" afterwards
  sleep 2.5
  expect 0 litestream restore -o without/cas.db "file://$PWD/copy"
  grep -a -o -E 'one|afterwards' without/cas.db >found
  says_but_not found one afterwards
  mount -o remount,size=10m copy
  wait_for 40 "the copy" copied afterwards
}
