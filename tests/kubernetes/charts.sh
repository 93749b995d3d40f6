# What the charts promise, judged by the API server and by what pods do. Sourced by run.
# shellcheck shell=bash

# The unique id of each pod of a release: another one is another pod.
pod_ids() {
  k kubectl --namespace "$2" get pods --selector "app.kubernetes.io/instance=$1" \
    --output 'jsonpath={range .items[*]}{.metadata.labels.app\.kubernetes\.io/name} {.metadata.uid}{"\n"}{end}' | sort
}

case_pods_pass_a_namespace_that_enforces_restricted() {
  in_namespace strict pod-security.kubernetes.io/enforce=restricted
  hello_chart strict
  installed pythonapp strict
  k kubectl --namespace strict get pods --output json >pods.json
  [ "$(jq -r '.items[0].spec.containers[0].securityContext.readOnlyRootFilesystem' pods.json)" = true ] ||
    fail "the root file system can be written"
  [ "$(jq '[.items[].spec.volumes[]? | select(.projected)] | length' pods.json)" = 0 ] || fail "a service account token is mounted"
}

case_injected_files_reach_pods_that_are_not_root_and_read_only() {
  in_namespace strict-flask pod-security.kubernetes.io/enforce=restricted
  flask_chart strict-flask strictly
  installed strictly strict-flask
}

case_an_upgrade_replaces_the_pods_whose_session_changed_and_no_others() {
  in_namespace upgrade
  flask_chart upgrade upgraded
  installed upgraded upgrade
  pod_ids upgraded upgrade >before
  # Nothing changed.
  flask_chart upgrade upgraded
  k helm upgrade upgraded target/helm --namespace upgrade --wait >/dev/null
  pod_ids upgraded upgrade >same
  diff before same || fail "pods were replaced though nothing changed"
  # A variable of one service.
  sed -i 's|value: 4996|value: 4997|' mesh.yaml
  flask_chart upgrade upgraded
  k helm upgrade upgraded target/helm --namespace upgrade --wait --timeout 90s >/dev/null
  k kubectl --namespace upgrade rollout status deployment/upgraded-flask --timeout 60s
  wait_for 60 "the end of the old pod" one_pod_each
  pod_ids upgraded upgrade >after
  [ "$(grep ^redis before)" = "$(grep ^redis after)" ] || fail "Redis was replaced"
  [ "$(grep ^flask before)" != "$(grep ^flask after)" ] || fail "the changed service was not replaced"
}

one_pod_each() { [ "$(pod_ids upgraded upgrade | wc -l)" = 2 ]; }

case_a_pod_without_its_configuration_is_not_ready_and_the_old_one_stays() {
  in_namespace refused
  hello_chart refused
  installed pythonapp refused
  # Another token: the CAS refuses it.
  local status=0
  k helm upgrade pythonapp target/helm --namespace refused --set pythonservice.scone.service_access_token=0123456789abcdef \
    --set pythonservice.scone.revision=00 --wait --timeout 15s >/dev/null 2>&1 || status=$?
  [ "$status" -ne 0 ] || fail "helm took a pod for ready that has no configuration"
  [ "$(k kubectl --namespace refused get deployment pythonapp-pythonservice --output 'jsonpath={.status.availableReplicas}')" = 1 ] ||
    fail "the working pod is gone"
}

case_another_release_is_refused_where_hosts_are_called_after_it() {
  flask_chart other flaskredis
  expect 1 k helm install another target/helm --dry-run=client
  says err "made for the release 'flaskredis'"
  says err "--release another"
}

case_values_that_are_wrong_or_unknown_are_refused() {
  hello_chart values
  local value
  for value in service.port=70000 service.port=http replicaCount=-1 runtime=sgx imagePulPolicy=Always \
    useSGXDevPlugin=amd service.loadBalancerIP=10.0.0.1 scone.cass=x; do
    expect 1 helm template pythonapp target/helm --set "pythonservice.$value"
    matches err 'values|Additional property|loadBalancerIP'
  done
}

case_the_secret_of_a_mesh_is_nowhere_in_kubernetes() {
  in_namespace secrecy
  hello_chart secrecy
  installed pythonapp secrecy
  # shellcheck disable=SC2016  # the container's shell
  k kubectl --namespace secrecy exec deployment/pythonapp-pythonservice -- sh -c 'cat "/proc/$(cut -d " " -f 1 /proc/1/task/1/children)/environ"' |
    tr '\0' '\n' | sed -n 's/^API_PASSWORD=//p' | tr -d '\n' >password
  [ "$(wc -c <password)" -eq 10 ] || fail "no password was read"
  # The raw bytes of etcd, with its write-ahead log.
  find "$STATE_DIR/etcd" -type f -exec cat {} + | hides password pythonapp-pythonservice
  k kubectl get all,events,configmaps,secrets,networkpolicies --all-namespaces --output yaml | hides password pythonapp-pythonservice
  cat "$LOG_DIR"/*.log | hides password pythonapp-pythonservice
  k kubectl --namespace secrecy logs deployment/pythonapp-pythonservice | hides password "thanks for passing"
}

case_the_api_server_takes_every_object_twice_without_a_change() {
  in_namespace applied
  flask_chart applied flaskredis
  k helm template flaskredis target/helm --namespace applied >all.yaml
  local run
  for run in first second; do
    k kubectl apply --server-side --namespace applied --filename all.yaml >/dev/null
    # What controllers write is not the spec: its generation counts.
    k kubectl --namespace applied get deployments,services,networkpolicies,poddisruptionbudgets \
      --output 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.generation}{"\n"}{end}' >"$run"
  done
  says first "Deployment flaskredis-redis 1"
  diff first second || fail "the second time changed something"
  k kubectl diff --server-side --namespace applied --filename all.yaml >diff.out || fail "$(cat diff.out)"
}

case_a_program_that_ends_is_a_job_that_runs_again_when_it_changes() {
  in_namespace job pod-security.kubernetes.io/enforce=restricted
  cp -r "$SUITE_DIR/examples/hello-world/." .
  rm -rf target
  sed -i '/sigwait(/d' print_env.py
  local repository=${repo:?}/ends
  built service.yaml -e APP_IMAGE_REPO="$repository" -e RELEASE=pythonapp
  with_cas mesh.yaml >mesh.yaml.part
  mv mesh.yaml.part mesh.yaml
  k sconectl -q apply -f mesh.yaml --release pythonapp -e APP_IMAGE_REPO="$repository" -e APP_NAMESPACE=job -e RELEASE=pythonapp \
    --set pythonservice.jobs.restartPolicy=OnFailure
  k helm install pythonapp target/helm --namespace job >/dev/null
  k kubectl --namespace job wait --for=condition=complete job --all --timeout 60s
  k kubectl --namespace job logs --selector app.kubernetes.io/instance=pythonapp >log
  says log "Hello 'myself'"
  k kubectl --namespace job get jobs --output 'jsonpath={.items[*].metadata.uid}' >first
  k helm upgrade pythonapp target/helm --namespace job >/dev/null
  k kubectl --namespace job get jobs --output 'jsonpath={.items[*].metadata.uid}' >same
  cmp first same || fail "it ran again though nothing changed"
  k helm upgrade pythonapp target/helm --namespace job --set-string pythonservice.podAnnotations.again=1 >/dev/null
  k kubectl --namespace job wait --for=condition=complete job --all --timeout 60s
  k kubectl --namespace job get jobs --output 'jsonpath={.items[*].metadata.uid}' >changed
  [ "$(wc -w <changed)" = 1 ] || fail "jobs: $(cat changed)"
  ! cmp --silent first changed || fail "it did not run again"
}
