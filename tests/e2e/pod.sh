# What Kubernetes runs in the container of a native service. Sourced by tests/e2e/run.
# shellcheck shell=bash

# A container as strict as a pod can be: no rights, another user, nothing to write to. The CAS is not there yet when it
# starts, and its program listens a while after its start.
case_pod_ready_knows_launcher_program_and_port() {
  local port=16379 cas=16765 api=16081 name=$SUITE-pod
  cat >session.yml <<END
name: pod
version: "0.3"
security: {attestation: {mode: none}}
services: [{name: s, command: "sh -c \"sleep 3; exec python3 -m http.server $port --bind 127.0.0.3\"", environment: {PATH: /usr/bin:/bin}}]
END
  expect 0 docker run --detach --name "$name" --network host --read-only --user 1234:1234 --cap-drop ALL \
    --security-opt no-new-privileges --volume "$BUILD_DIR/sconectl-launcher:/opt/sconectl/sconectl:ro" \
    --env SCONE_CAS_ADDR=127.0.0.1:$cas --env SCONE_CONFIG_ID=pod/s --env SCONECTL_RETRIES=30 \
    --entrypoint /opt/sconectl/sconectl "$PYTHON_IMAGE" run --only_for_testing-trust-any-cas -- program
  at_end docker rm --force "$name"
  local ready=(docker exec "$name" env -i /opt/sconectl/sconectl pod ready)
  expect 1 "${ready[@]}"
  says err 'Error: the launcher still waits for its configuration from the CAS'
  [ "$(wc -l <err)" = 1 ] || fail "more than one line: $(cat err)"
  expect 1 "${ready[@]}" --port $port
  says err 'the launcher still waits'
  sconectl cas serve --data data --listen 127.0.0.1:$api --enclave-listen 127.0.0.1:$cas >cas.log 2>&1 &
  at_end kill $!
  wait_for 10 "the CAS" test -s data/endpoint.json
  client_identity
  expect 0 cas_curl --data-binary @session.yml --output answer --write-out '%{http_code}' "https://127.0.0.1:$api/session"
  [ "$(cat out)" = 201 ] || fail "$(cat out answer)"
  wait_for 40 "the program" "${ready[@]}"
  expect 1 "${ready[@]}" --port $port
  says err "Error: nothing listens on port $port"
  # It listens on none of the addresses that are tried first.
  wait_for 20 "the port" "${ready[@]}" --port $port
  [ "$("${ready[@]}" --port $port 2>&1; echo "status $?")" = 'status 0' ] || fail "it says something, or it is not ready"
}

case_pod_drain_waits_and_ends_at_once_on_sigterm() {
  local begin=$SECONDS status=0
  expect 0 env -i "$(command -v sconectl)" pod drain 2
  [ $((SECONDS - begin)) -ge 1 ] || fail "it waited $((SECONDS - begin)) s"
  sconectl pod drain 600 &
  local drain=$!
  at_end kill "$drain"
  # Until then it is a copy of the shell, which has a handler, too.
  wait_for 5 "the program" test "/proc/$drain/exe" -ef "$(command -v sconectl)"
  wait_for 5 "the handler of SIGTERM" grep -q '^SigCgt:.*[4567cdef]...$' "/proc/$drain/status"
  begin=$SECONDS
  kill -TERM "$drain"
  wait "$drain" || status=$?
  [ "$status" = 143 ] || fail "status $status"
  [ $((SECONDS - begin)) -le 2 ] || fail "it ended after $((SECONDS - begin)) s"
}
