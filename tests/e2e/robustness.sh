# Interruptions, two at once, and the same bytes every time. Sourced by tests/e2e/run.
# shellcheck shell=bash

case_dry_run_contacts_nothing_and_gives_the_same_bytes_twice() {
  hello_image
  local turn
  for turn in first second; do
    hello_copy "$turn"
    # Neither an engine nor a CAS can be reached.
    (
      cd "$turn" || exit
      with=(DOCKER_HOST="unix://$PWD/no-docker.sock")
      expect 0 env "${with[@]}" sconectl apply -f service.yaml --runtime native --dry-run \
        -e APP_IMAGE_REPO="$HELLO_REPO" -e RELEASE=pythonapp
      expect 0 hello_mesh "$SUITE-dry" --dry-run --cas 127.0.0.1:9
      rm out err
    )
  done
  exists first/target/helm/Chart.yaml
  exists first/target/images/python-hello-user/Dockerfile
  same_tree first/target second/target
  cas_ready
  expect 2 sconectl session read "$SUITE-dry/pythonservice"
}

case_real_run_gives_the_same_bytes_twice() {
  hello_image
  hello_copy .
  expect 0 hello_mesh "$SUITE-bytes"
  cp -r target first
  expect 0 hello_mesh "$SUITE-bytes"
  same_tree first target
}

case_two_applies_at_once_in_one_directory() {
  hello_image
  hello_copy .
  local turn statuses
  for turn in 1 2 3 4 5; do
    rm -rf target
    hello_mesh "$SUITE-both$turn" >a.out 2>&1 &
    local a=$!
    hello_mesh "$SUITE-both$turn" >b.out 2>&1 &
    local b=$! a_status=0 b_status=0
    wait "$a" || a_status=$?
    wait "$b" || b_status=$?
    statuses="$a_status $b_status"
    # Both may succeed one after the other; one may be told that the other is at work. Nothing else.
    case $statuses in
      '0 0') ;;
      '1 0') matches a.out 'another|in use|busy|at work|locked' ;;
      '0 1') matches b.out 'another|in use|busy|at work|locked' ;;
      *) fail "statuses $statuses"$'\n'"$(cat a.out b.out)" ;;
    esac
    expect 0 helm lint --strict target/helm
    cp -r target between
    expect 0 hello_mesh "$SUITE-both$turn"
    same_tree between target
    rm -rf between
  done
}

case_killed_apply_leaves_the_old_or_the_new_result() {
  hello_image
  hello_copy .
  expect 0 hello_mesh "$SUITE-kill"
  cp -r target old
  sed -i 's/value: myself/value: somebody/' mesh.yaml
  local delay interrupted=0
  for delay in 0.001 0.002 0.004 0.006 0.008 0.01 0.015 0.02 0.03 0.04 0.05 0.06 0.08 0.1 0.15 0.2; do
    hello_mesh "$SUITE-kill" >kill.out 2>&1 &
    local pid=$!
    sleep "$delay"
    # The subshell's child is sconectl itself.
    pkill -KILL -P "$pid" -x sconectl 2>/dev/null || true
    wait "$pid" || interrupted=$((interrupted + 1))
    expect 0 helm lint --strict target/helm
    # What was being written beside the target may be cut short; the next run removes it (see the end).
    find target -name '*.yaml' -size 0 -not -path '*/.*.new-*' >empty
    [ ! -s empty ] || fail "empty files after a kill: $(cat empty)"
  done
  [ "$interrupted" -gt 0 ] || fail "no run was interrupted"
  # And the next run repairs whatever was left half done.
  expect 0 hello_mesh "$SUITE-kill"
  expect 0 sconectl session read "$SUITE-kill/pythonservice"
  says out somebody
  (cd old && find . -type f | sort) >old.files
  (cd target && find . -type f | sort) >new.files
  diff old.files new.files || fail "something was left behind"
}

case_interrupted_apply_has_status_130() {
  hello_copy .
  printf '  run:\n    - sleep 59.731\n' >>service.yaml
  # A shell without a terminal starts background programs deaf to SIGINT.
  env --default-signal=INT sconectl apply -f service.yaml --runtime native --no-push -e APP_IMAGE_REPO="$SUITE" \
    -e RELEASE=r >out 2>err &
  local pid=$! begin=$SECONDS status=0
  wait_for 30 "the step of the build" pgrep -f -x 'sleep 59.731'
  kill -INT "$pid"
  wait "$pid" || status=$?
  [ "$status" -eq 130 ] || fail "status $status: $(cat err)"
  [ $((SECONDS - begin)) -lt 30 ] || fail "it went on for $((SECONDS - begin)) s"
  no_image "$SUITE/python_hello_user"
}
