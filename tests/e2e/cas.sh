# The embedded CAS as other programs meet it. Sourced by tests/e2e/run.
# shellcheck shell=bash

case_cas_says_when_it_is_ready_and_ends_cleanly() {
  # CC-025
  cas_ready
  expect 0 curl --silent --fail --insecure https://127.0.0.1:8081/v1/health/ready
  stop_cas TERM
  expect 7 curl --silent --fail --insecure https://127.0.0.1:8081/v1/health/ready
  start_cas
}

case_cas_keeps_what_was_acknowledged_after_kill_9() {
  cas_ready
  client_identity
  local turn
  for turn in 1 2 3; do
    printf 'name: %s-kill9-%s\nversion: "0.3"\nsecrets:\n  - {name: x, kind: ascii, value: "4%s", export_public: true}\n' \
      "$SUITE" "$turn" "$turn" >session.yaml
    expect 0 cas_curl --data-binary @session.yaml --output answer --write-out '%{http_code}' https://127.0.0.1:8081/session
    [ "$(cat out)" = 201 ] || fail "$(cat out answer)"
    stop_cas KILL
    start_cas
    expect 0 curl --silent --fail --insecure "https://127.0.0.1:8081/v1/values/session=$SUITE-kill9-$turn,secret=x"
    [ "$(jq -r .value out)" = "4$turn" ] || fail "$(cat out)"
  done
}

case_cas_keeps_its_key_and_the_generated_password_after_kill_9() {
  hello_world
  cas_ready
  docker logs "$HELLO_CONTAINER" | grep checksum >starts
  sort -u starts >before
  stop_cas KILL
  start_cas
  # The key of the CAS is pinned in the container: it would refuse another one.
  local starts
  starts=$(wc -l <starts)
  docker restart --time 5 "$HELLO_CONTAINER"
  wait_for_log "$HELLO_CONTAINER" checksum $((starts + 1))
  docker logs "$HELLO_CONTAINER" | grep checksum | sort -u >after
  cmp before after
}

case_cas_wants_a_client_certificate_for_sessions() {
  cas_ready
  client_identity
  printf 'name: %s-mtls\nversion: "0.3"\n' "$SUITE" >session.yaml
  expect 0 curl --silent --insecure --data-binary @session.yaml --output answer --write-out '%{http_code}' \
    https://127.0.0.1:8081/session
  [ "$(cat out)" = 401 ] || fail "$(cat out answer)"
  expect 0 cas_curl --data-binary @session.yaml --output answer --write-out '%{http_code}' https://127.0.0.1:8081/session
  [ "$(cat out)" = 201 ] || fail "$(cat out answer)"
  # Somebody else's certificate does not read it.
  mkdir other
  mv client.crt client.key other
  client_identity
  expect 0 cas_curl --output answer --write-out '%{http_code}' "https://127.0.0.1:8081/v1/sessions/$SUITE-mtls"
  [[ $(cat out) == 40[34] ]] || fail "$(cat out answer)"
}

case_cas_never_gives_out_a_secret_over_rest() {
  hello_world
  cas_ready
  container_variable "$HELLO_CONTAINER" API_PASSWORD password
  expect 22 curl --silent --fail --insecure "https://127.0.0.1:8081/v1/values/session=$APP_NAMESPACE/secrets,secret=password"
  expect 0 sconectl session read "$APP_NAMESPACE/secrets"
  hides password 'kind: ascii' <out
}

case_cas_serves_tls_only() {
  cas_ready
  expect '52|56|1' curl --silent --fail http://127.0.0.1:8081/v1/health/ready
  expect 0 openssl s_client -connect 127.0.0.1:8081 -tls1_2 </dev/null
  expect 1 openssl s_client -connect 127.0.0.1:8081 -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null
}

# own_home DIR: the rest of the case belongs to another user of this machine, with an embedded CAS of their own.
own_home() {
  mkdir -p "$1"
  export HOME=$PWD/$1
  at_end stop_cas TERM
}

case_embedded_cas_takes_free_ports_when_another_home_has_the_usual_ones() {
  hello_image
  cas_ready
  hello_copy .
  own_home home
  expect 0 hello_mesh "$SUITE-home"
  says err 'another program has 127.0.0.1:8081: the embedded CAS uses 127.0.0.1:80'
  says err 'another program has 127.0.0.1:18765: the embedded CAS uses 127.0.0.1:187'
  local api enclave env=target/session_files/$SUITE-home-pythonservice.env
  api=$(jq -r '.api[0]' home/.sconectl/cas/endpoint.json)
  enclave=$(jq -r '.enclave[0]' home/.sconectl/cas/endpoint.json)
  [ "$api" != 127.0.0.1:8081 ] || fail "two at $api"
  grep -q -x "SCONE_CAS_ADDR=$enclave" "$env" || fail "$enclave is not in the file of the service"
  docker run --detach --name "$SUITE-home" --network host --env-file "$env" "$HELLO_REPO/python_hello_user:1"
  wait_for_log "$SUITE-home" "Hello 'myself'"
  # It is found again, and after a stop it comes back to where the services look for it.
  expect 0 hello_mesh "$SUITE-home"
  says_but_not err 'helm install' 'started the embedded CAS'
  says out unchanged
  cp "$env" before.env
  stop_cas TERM
  expect 0 hello_mesh "$SUITE-home"
  says_but_not err "started the embedded CAS at $api" 'another program'
  cmp "$env" before.env
  # The two know nothing of each other's sessions.
  expect 22 curl --silent --fail --insecure "https://127.0.0.1:8081/v1/values/session=$SUITE-home/secrets"
}

case_cas_does_not_serve_elsewhere_than_it_was_told() {
  cas_ready
  local begin=$SECONDS option
  for option in --listen --enclave-listen; do
    expect 4 timeout 10 sconectl cas serve --data own "$option" 127.0.0.1:8081
    says err 'can not listen on 127.0.0.1:8081'
    says err 'another program listens there'
  done
  [ $((SECONDS - begin)) -lt 8 ] || fail "it took $((SECONDS - begin)) s"
  absent own/endpoint.json
}

case_embedded_cas_that_can_not_start_says_why_at_once() {
  hello_image
  hello_copy .
  own_home home
  expect 0 hello_mesh "$SUITE-broken"
  stop_cas TERM
  rm home/.sconectl/cas/cas.key-store
  local begin=$SECONDS
  expect 4 hello_mesh "$SUITE-broken"
  says err 'the embedded CAS ended at its start with status'
  says err cas.key-store
  [ $((SECONDS - begin)) -lt 5 ] || fail "it took $((SECONDS - begin)) s"
}

case_kubectl_provision_gives_a_shell_the_keys_of_the_cas() {
  cas_ready
  local CAS_KEY='' CAS_SESSION_ENCRYPTION_KEY='' pinned
  pinned=$(<~/.sconectl/cas/cas-key-hash)
  # As the tutorials do it, through the real kubectl; there is no cluster to ask for it.
  # shellcheck disable=SC1090
  source <(kubectl provision cas cas -n "$SUITE" --cas-address 127.0.0.1 -c "$pinned" --print-public-keys)
  [ "$CAS_KEY" = "$pinned" ] || fail "CAS_KEY is '$CAS_KEY'"
  [[ $CAS_SESSION_ENCRYPTION_KEY =~ ^[0-9a-f]{64}$ ]] || fail "CAS_SESSION_ENCRYPTION_KEY is '$CAS_SESSION_ENCRYPTION_KEY'"
  expect 0 kubectl provision cas cas -n "$SUITE" --cas-address 127.0.0.1 --is-provisioned
  [ "$(cat out)" = YES ] || fail "$(cat out)"
  expect 4 kubectl provision cas cas -n "$SUITE" --cas-address 127.0.0.1 --cas-client-port 9 --is-provisioned
}
