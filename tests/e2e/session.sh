# The `scone` verbs as public scripts use them, with openssl as the other signer. Sourced by tests/e2e/run.
# shellcheck shell=bash

# The CAS of the suite, attested once.
attested_cas() {
  cas_ready
  expect 0 scone cas attest -G -C -S --only_for_testing-debug --only_for_testing-ignore-signer \
    --only_for_testing-trust-any localhost
  says out 'CAS localhost at https://localhost:8081/ is trustworthy'
  expect 0 scone cas set-default localhost
}

# template NAME: a session template with two variables.
template() {
  # shellcheck disable=SC2016  # these variables are the template's own
  printf 'name: $SESSION\nversion: "0.3"\npredecessor: $PREDECESSOR\nsecrets:\n  - {name: x, kind: ascii, value: "%s"}\n' \
    "${1:-1}" >session.yml
}

case_session_create_read_verify_and_update_as_scripts_do() {
  # CL-034, CL-058, CL-059, CL-060, CL-061: what each prints is data for the next one.
  attested_cas
  template
  export SESSION=$SUITE-session PREDECESSOR=\~
  H=$(scone session create --use-env session.yml) # CL-045
  [[ $H =~ ^[0-9a-f]{64}$ ]] || fail "no hash: $H"
  expect 0 scone session verify --use-env session.yml # CL-073: without creator and predecessor
  [ "$(cat out)" = "$H" ] || fail "verify says $(cat out)"
  expect 1 scone session create --use-env session.yml # CL-067, CL-068: the name is in use
  says err 'Session already exists, please specify predecessor hash'
  # CL-071: what `read` prints is uploaded again, with another predecessor line.
  expect 0 scone session read "$SESSION"
  sed -e "s/^predecessor:.*/predecessor: $H/" -e 's/value: .*/value: "2"/' out >next.yml
  H2=$(scone session create next.yml)
  expect 1 scone session create next.yml
  expect 1 scone session verify --use-env session.yml # CL-072
  says err differs
  template 3
  H3=$(PREDECESSOR=\~ scone session update -e SESSION="$SESSION" --use-env session.yml) # CL-069
  expect 0 scone session read "$SESSION"
  matches out "^predecessor: \"?$H2\"?$" # quoted if it could be read as a number
  expect 0 scone session read "$SESSION" --session-hash "$H"
  [ "$H3" != "$H2" ] || fail "the hash did not change"
}

case_session_read_and_list_answer_2_for_what_does_not_exist() {
  attested_cas
  expect 2 scone session read "$SUITE-no-such-session" # CL-006, CL-007
  says err 'Session not found'
  [ ! -s out ] || fail "there is data on stdout"
  expect 2 scone session list "$SUITE-no-such-session"
}

case_session_list_shows_the_children() {
  attested_cas
  printf 'name: %s-ns\nversion: "0.3"\n' "$SUITE" >ns.yml
  printf 'name: %s-ns/b\nversion: "0.3"\n' "$SUITE" >b.yml
  printf 'name: %s-ns/a\nversion: "0.3"\n' "$SUITE" >a.yml
  for file in ns b a; do expect 0 scone session create "$file.yml"; done
  expect 0 scone session list "$SUITE-ns" # CL-062
  [ "$(cat out)" = "$SUITE-ns/a"$'\n'"$SUITE-ns/b" ] || fail "$(cat out)"
}

case_session_missing_variable_names_field_line_and_column() {
  template
  expect 3 scone session check -e PREDECESSOR=\~ session.yml # CL-009, CL-042
  # shellcheck disable=SC2016
  says err 'Value for variable $SESSION is missing'
  matches err 'session\.yml:1:7'
  expect 0 scone session check -e PREDECESSOR=\~ -e SESSION=a session.yml # CL-052
  cp out checked.yml
  expect 0 scone session check checked.yml # CL-063: its output is input
  expect 3 scone session check -e PREDECESSOR=\~ -e SESSION=a..b/../c session.yml
}

case_session_calculate_hash_equals_what_create_says() {
  attested_cas
  export SESSION=$SUITE-hash PREDECESSOR=\~
  template
  expect 3 scone session calculate-hash --use-env session.yml # CL-064
  says err '--with-self-as-creator'
  expect 0 scone session calculate-hash --use-env --with-self-as-creator tls session.yml # CL-053, CL-065, CL-066
  calculated=$(cat out)
  [ "$(scone session create --use-env session.yml)" = "$calculated" ] || fail "another hash"
}

case_session_signed_by_openssl_and_by_ourselves_is_accepted() {
  attested_cas
  openssl genpkey -algorithm ed25519 -out signer.key
  openssl pkey -in signer.key -pubout -out signer.pem
  printf 'name: %s-signed\nversion: "0.3.10"\naccess_policy: {read: [ANY]}\n' "$SUITE" >s.yml
  expect 0 scone session sign s.yml generate-message-to-be-signed signer.pem # CL-055
  cp out message
  openssl pkeyutl -sign -inkey signer.key -rawin -in message -out signature
  expect 0 scone session sign s.yml add-signature signer.pem "$(base64 -w0 signature)" # CL-056
  cp out signed.json
  says signed.json '"signatures"'
  head -c 64 /dev/urandom >wrong
  expect 3 scone session sign s.yml add-signature signer.pem "$(base64 -w0 wrong)" # CL-080
  H=$(scone session create signed.json)
  [ "$(scone session calculate-hash signed.json)" = "$H" ] || fail "another hash"
  # Only the signer may update it: our own TLS identity is not enough.
  printf 'name: %s-signed\nversion: "0.3.10"\npredecessor: %s\n' "$SUITE" "$H" >next.yml
  expect 1 scone session create next.yml
  # P-384 through stdin.
  openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out p384.key
  openssl pkey -in p384.key -pubout -out p384.pem
  printf 'name: %s-signed384\nversion: "0.3.10"\naccess_policy: {read: [ANY]}\n' "$SUITE" >t.yml
  scone session sign t.yml generate-message-to-be-signed p384.pem >message
  openssl dgst -sha384 -sign p384.key message | scone session sign t.yml add-signature p384.pem >signed384.json
  expect 0 scone session create signed384.json
  # And with our own signing key; a signature that does not fit the text is refused.
  printf 'name: %s-signed-self\nversion: "0.3.10"\naccess_policy: {read: [ANY]}\n' "$SUITE" >u.yml
  scone session sign u.yml >own.json # CL-054
  sed "s/$SUITE-signed-self/$SUITE-signed-self2/" own.json >forged.json
  expect 3 scone session create forged.json # CL-078
  jq 'del(.identity, .session_signing_keypair_ed25519_seed)' "$HOME/.cas/config.json" >nobody.json
  expect 0 scone -c nobody.json session create own.json # CL-083
  jq -e '.identity == null' nobody.json
}

case_session_governance_needs_the_number_of_signatures_that_it_says() {
  attested_cas
  local name
  for name in a b c; do
    openssl genpkey -algorithm ed25519 -out "$name.key"
    openssl pkey -in "$name.key" -pubout -out "$name.pem"
  done
  {
    printf 'name: %s-board\nversion: "0.3.10"\naccess_policy:\n  read: [ANY]\n  update:\n    - require-at-least-2:\n' "$SUITE"
    for name in a b c; do
      printf '        - signer: |\n'
      sed 's/^/            /' "$name.pem"
    done
  } >board.yml
  H=$(scone session create board.yml)
  { sed '/^name:/d' board.yml; printf 'name: %s-board\npredecessor: %s\nsecrets: [{name: x, kind: ascii}]\n' "$SUITE" "$H"; } >next.yml
  expect 1 scone session create next.yml
  sign_as() {
    scone session sign "$1" generate-message-to-be-signed "$2.pem" >message
    openssl pkeyutl -sign -inkey "$2.key" -rawin -in message | base64 -w0 >signature
    scone session sign "$1" add-signature "$2.pem" "$(cat signature)" >"$3"
  }
  sign_as next.yml a one.json
  expect 1 scone session create one.json
  says err 2
  sign_as one.json c two.json
  expect 0 scone session create two.json
}

case_session_encrypted_is_read_by_its_cas_only() {
  attested_cas
  printf 'name: %s-encrypted\nversion: "0.3.10"\nsecrets:\n  - {name: x, kind: ascii, value: "visible-word"}\n' "$SUITE" >s.yml
  # SL-267: encrypting signs, and a signer as creator can not read: that is said before anything is sent.
  expect 3 scone session encrypt s.yml
  says err "set 'read' explicitly"
  printf 'access_policy: {read: [ANY]}\n' >>s.yml
  expect 0 scone session encrypt s.yml # CL-035, CL-057
  cp out encrypted.json
  says_but_not encrypted.json encrypted_session visible-word
  expect 2 scone session calculate-hash encrypted.json # CL-082
  jq -e '.encrypted_session and (.encryption_key | test("^[0-9a-f]{64}$"))' encrypted.json
  expect 0 scone session create encrypted.json
  expect 0 scone session encrypt --key "$(openssl rand -hex 32)" s.yml
  cp out other.json
  expect 1 scone session create other.json
  says err 'another CAS'
}

case_self_and_cert_agree_about_the_key_hash() {
  expect 0 scone self show-key-hash # CL-032, CL-114
  H=$(cat out)
  [ "${#H}" -eq 50 ] || fail "$H"
  scone self show-certificate >me.pem # CL-113
  expect 0 openssl x509 -in me.pem -noout -subject
  expect 0 scone cert show-key-hash me.pem # CL-117
  [ "$(cat out)" = "$H" ] || fail "$(cat out)"
  scone self show-session-signing-key >signing.pem # CL-116
  expect 0 openssl pkey -pubin -in signing.pem -noout -text
  expect 0 scone self show-certificate-hash # CL-036, CL-115
  [ "$(cat out)" = "$(sha256sum <me.pem | cut -d' ' -f1)" ] || fail "$(cat out)"
  expect 0 scone self show # CL-112
  says out "Key hash: $H"
  grep -q -x -F -f <(sed -n 2p me.pem) out || fail "no certificate"
  grep -q -x -F -f <(sed -n 2p signing.pem) out || fail "no signing key"
  expect 2 scone self show-key-hash --identity me.pem # CL-118
  mode_is 600 "$HOME/.cas/config.json"
}

case_cas_is_refused_without_the_words_that_accept_it() {
  cas_ready
  expect 1 scone cas attest 127.0.0.1
  matches err '^Error: Error during attestation of CAS' # CL-008
  matches err '^Caused by: '
  hash=$(cat "$HOME/.sconectl/cas/cas-key-hash")
  expect 1 scone cas attest -c 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt 127.0.0.1
  expect 0 scone cas attest -c "$hash" 127.0.0.1
  says out 'CAS 127.0.0.1 at https://127.0.0.1:8081/ is trustworthy' # CL-086
  matches out '^Version of attested CAS: [0-9]+\.[0-9]+'
  expect 0 scone cas show-identification -c 127.0.0.1 # CL-002, CL-087
  [ "$(cat out)" = "$hash" ] || fail "$(cat out)"
  expect 2 scone cas show-identification -c -s 127.0.0.1 # CL-108
  expect 0 scone cas show-identification --session-encryption-key 127.0.0.1
  matches out '^[0-9a-f]{64}$'
  expect 0 scone cas show-certificate 127.0.0.1 # CL-088
  cp out chain.pem
  expect 0 curl --silent --fail --cacert chain.pem --connect-to cas:8081:127.0.0.1:8081 https://cas:8081/v1/version
  expect 0 scone cas version -c 127.0.0.1 # CL-097
  matches out '^[0-9]+\.[0-9]+\.[0-9]+'
  expect 0 scone cas list # CL-085
  matches out '^(\* )?127\.0\.0\.1: https://127\.0\.0\.1:8081/$'
  expect 0 scone cas set-default 127.0.0.1 # CL-089
  expect 0 scone cas list
  matches out '^\* 127\.0\.0\.1: '
  # CL-101: the first one becomes the default, and others do not.
  expect 0 scone -c fresh.json cas attest -c "$hash" 127.0.0.1
  expect 0 scone -c fresh.json cas attest -c "$hash" localhost
  expect 0 scone -c fresh.json cas list
  matches out '^\* 127\.0\.0\.1: '
  matches out '^localhost: '
  expect 1 scone session read x -c never.attested.example
  expect "1|4" scone cas set-default never.attested.example # CL-109
}

case_argument_files_and_json_output() {
  attested_cas
  printf 'name: %s-args\nversion: "0.3"\n' "$SUITE" >s.yml
  printf 'session\ncreate\n@more.args\n' >args
  printf 's.yml\n--json\n' >more.args
  expect 0 sconectl @args # CL-003
  jq -e '.hash | test("^[0-9a-f]{64}$")' out
  expect 3 sconectl check --json -f <(printf 'name: a b\nversoin: "0.3"\n')
  jq -e '.kind == "invalid" and (.diagnostics | length) >= 1' err
  [ ! -s out ] || fail "data on stdout"
}

case_two_commands_at_once_lose_no_entry_of_the_state_file() {
  cas_ready
  local hash pids=() i
  hash=$(cat "$HOME/.sconectl/cas/cas-key-hash")
  for i in 1 2 3 4 5 6 7 8; do
    scone cas attest -c "$hash" "127.0.0.$i" >/dev/null 2>&1 &
    pids+=($!)
    scone cas attest -c "$hash" "LOCALHOST:$((8080 + i % 2))" >/dev/null 2>&1 || true
  done
  wait "${pids[@]}" || true
  jq -e '.cas_db | has("127.0.0.1")' "$HOME/.cas/config.json"
  jq -e . "$HOME/.cas/config.json" >/dev/null
}

case_cas_attest_judges_an_offline_report_with_its_nonce() {
  cas_ready
  local nonce=000102030405060708090a0b0c0d0e0f1011
  curl -sk "https://localhost:8081/v1/attest?nonce=$nonce&version=1" >report.json
  local key
  key=$(cat "$HOME/.sconectl/cas/cas-key-hash")
  expect 0 scone cas attest -c "$key" --offline-report report.json --nonce "$nonce" --verification-time 22.11.2026 \
    offline.example
  says out 'CAS offline.example at https://offline.example:8081/ is trustworthy'
  expect 0 scone cas show-identification -c offline.example
  says out "$key"
  expect 1 scone cas attest -c "$key" --offline-report report.json --nonce "${nonce}ff" other.example
  says err 'does not answer this request'
  expect 1 scone cas attest --offline-report report.json --nonce "$nonce" other.example
  says err 'without a trusted execution environment'
  expect 2 scone cas attest --offline-report report.json other.example
  expect 2 scone cas attest --nonce "$nonce" other.example
  expect 2 scone cas attest --verification-time 31.02.2026 -c "$key" localhost
}
