# A software update on the cluster: which pods hold its end up. Sourced by run.
# shellcheck shell=bash

# pods_are COUNTS: how many pods 'rollout status' counts of each version, as JSON.
pods_are() {
  k sconectl rollout status -n rollout --json >status.json
  jq --exit-status --argjson wanted "$1" '.services[0].versions | map(.pods) == $wanted' status.json >/dev/null
}

case_a_rollout_is_finished_when_the_old_pods_are_gone_and_not_before() {
  in_namespace rollout
  hello_chart rollout --release-version 1
  installed pythonapp rollout
  pods_are '[1]' || fail "$(cat status.json)"
  sed -i 's/value: myself/value: somebody/' mesh.yaml
  hello_chart rollout --release-version 2
  pods_are '[1, 0]' || fail "$(cat status.json)"
  expect 1 k sconectl rollout finish -n rollout
  says err "1 of 1 pods in namespace 'rollout' are not of version '2': pythonapp-pythonservice-"
  # Where nobody has installed it, nobody knows.
  expect 1 k sconectl rollout finish -n default
  says err "no pod of release 'pythonapp' runs in namespace 'default'"
  k helm upgrade pythonapp target/helm --namespace rollout --wait --timeout 90s >/dev/null
  wait_for 60 "the end of the old pod" pods_are '[0, 1]'
  [ "$(k kubectl --namespace rollout get deployment pythonapp-pythonservice \
    --output 'jsonpath={.metadata.labels.app\.kubernetes\.io/version}')" = 2 ] || fail "the label is not that of version 2"
  expect 0 k sconectl rollout finish -n rollout
  says out 'version 2 is the only one that is accepted'
  pods_are '[1]' || fail "$(cat status.json)"
  # What is left starts again, and the upgrade that says the same again replaces nothing.
  k kubectl --namespace rollout delete pod --all >/dev/null
  k kubectl --namespace rollout rollout status deployment/pythonapp-pythonservice --timeout 60s >/dev/null
  wait_for 60 "the pod that is new" pods_are '[1]'
}
