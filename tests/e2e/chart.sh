# The charts, manifests and compose files, judged by the real helm and kubectl. Sourced by tests/e2e/run.
# shellcheck shell=bash

kubernetes_schema() {
  /usr/bin/python3 "$REPO_ROOT/tests/e2e/kubernetes_schema.py" "$@"
}

# kubectl asks a cluster which kinds exist, even in a client-side dry run: a stand-in answers that, and nothing else.
kubectl_dry_run() {
  local port
  /usr/bin/python3 "$REPO_ROOT/tests/e2e/kubernetes_discovery.py" >port &
  at_end kill $!
  wait_for 10 "the stand-in for a cluster" test -s port
  port=$(cat port)
  kubectl --server "http://127.0.0.1:$port" apply --dry-run=client --validate=false -f "$1"
}

# Lints the chart in target/helm as strictly as helm can, renders it and checks every object.
chart_is_good() {
  expect 0 helm lint --strict "$1"
  expect 0 helm template "$2" "$1"
  cp out rendered.yaml
  expect 0 kubernetes_schema rendered.yaml
  expect 0 kubectl_dry_run rendered.yaml
  matches out 'deployment.apps/.* created \(dry run\)'
}

case_chart_checks_can_fail() {
  printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: A_b, lables: {}}\nspec: {replicas: "1"}\n' >bad.yaml
  expect 1 kubernetes_schema bad.yaml
  says err lables
  says err replicas
  says err selector
  says err A_b
  printf 'apiVersion: v1\nkind: Deploymint\nmetadata: {name: a}\n' >kind.yaml
  expect 1 kubectl_dry_run kind.yaml
}

case_chart_of_hello_world_is_accepted_by_helm_and_kubernetes() {
  hello_world
  cp -r "$HELLO/target/helm" helm
  exists helm/charts/pythonservice/Chart.yaml
  chart_is_good helm pythonapp
  says rendered.yaml "$APP_NAMESPACE/pythonservice/python3"
}

case_chart_of_flask_redis_is_accepted_by_helm_and_kubernetes() {
  flask_redis
  cp -r "$FLASK/target/helm" helm
  exists helm/charts/flask/Chart.yaml
  exists helm/charts/redis/Chart.yaml
  chart_is_good helm flaskredis
  says rendered.yaml flaskredis-redis
}

# Both names begin alike for more than the 63 characters that Kubernetes takes.
case_chart_names_that_are_too_long_stay_apart() {
  local long=a-service-with-a-name-that-says-in-many-words-what-it-is-there-for
  hello_image
  hello_copy .
  sed -i "s/- name: pythonservice/- name: $long-1/" mesh.yaml
  grep -A 1 -e "- name: $long-1" mesh.yaml | sed "s/$long-1/$long-2/" >second
  cat second >>mesh.yaml
  expect 0 hello_mesh "$SUITE-long"
  expect 0 helm lint --strict target/helm
  expect 0 helm template pythonapp target/helm
  cp out rendered.yaml
  expect 0 kubernetes_schema rendered.yaml
  # The host names that the compose file gives are those of the objects that helm makes.
  expect 0 hello_mesh "$SUITE-long" -o compose
  sed -n 's/^  "\{0,1\}\(pythonapp-[a-z0-9-]*\)"\{0,1\}:$/\1/p' target/compose.yaml | sort -u >hosts
  [ "$(wc -l <hosts)" = 2 ] || fail "hosts: $(cat target/compose.yaml)"
  local host
  while read -r host; do
    says rendered.yaml "name: \"$host\""
  done <hosts
}

case_chart_values_can_be_overridden_and_renders_the_same_twice() {
  hello_world
  expect 0 helm template pythonapp "$HELLO/target/helm"
  cp out first
  expect 0 helm template pythonapp "$HELLO/target/helm"
  cmp first out
  expect 0 helm template pythonapp "$HELLO/target/helm" --set pythonservice.replicaCount=3
  matches out '^ *replicas: 3$'
}

# Another program is another Job: nothing of a Job can be changed.
case_chart_of_a_program_that_ends_is_a_job() {
  hello_image
  hello_copy .
  printf 'helm_extra_values: {pythonservice: {jobs: {restartPolicy: OnFailure}}}\n' >>mesh.yaml
  expect 0 hello_mesh "$SUITE-job"
  expect 0 helm lint --strict target/helm
  expect 0 helm template pythonapp target/helm
  says_but_not out 'kind: Job' 'kind: Deployment'
  says_but_not out 'restartPolicy: "OnFailure"' 'kind: PodDisruptionBudget'
  cp out rendered.yaml
  expect 0 kubernetes_schema rendered.yaml
  expect 0 kubectl_dry_run rendered.yaml
  matches out 'job.batch/pythonapp-pythonservice-[0-9a-f]{8} created \(dry run\)'
  sed -n 's/^  name: "\(pythonapp-pythonservice-[0-9a-f]*\)"$/\1/p' rendered.yaml >name
  expect 0 helm template pythonapp target/helm --set pythonservice.service.type=NodePort
  says out "$(cat name)"
  expect 0 helm template pythonapp target/helm --set pythonservice.image=repo/other:1
  says_but_not out 'name: "pythonapp-pythonservice-' "$(cat name)"
  expect 1 helm template pythonapp target/helm --set pythonservice.autoscaling.enabled=true
  says err 'which autoscaling can not scale'
  expect 1 helm template pythonapp target/helm --set pythonservice.jobs.restartPolicy=Sometimes
  says err restartPolicy
  expect 0 helm template pythonapp target/helm --set pythonservice.jobs.restartPolicy=Always
  says_but_not out 'kind: Deployment' 'kind: Job'
}

case_output_yaml_gives_manifests_that_kubernetes_accepts() {
  hello_image
  hello_copy .
  expect 0 hello_mesh "$SUITE-yaml" -o yaml
  exists target/manifests
  find target/manifests -type f -exec cat {} + >all.yaml
  expect 0 kubernetes_schema target/manifests/*.yaml
  exists target/helm/Chart.yaml
}

# The form that kubectl prints since 1.34: the same objects, taken as they are, and read again.
case_output_kyaml_has_the_same_objects() {
  hello_image
  hello_copy .
  expect 0 hello_mesh "$SUITE-kyaml" -o yaml
  cp target/manifests/application.yaml plain.yaml
  expect 0 hello_mesh "$SUITE-kyaml" -o kyaml
  cp target/manifests/application.yaml kyaml.yaml
  mode_is 600 target/manifests/application.yaml
  expect 0 kubectl_dry_run kyaml.yaml
  matches out 'deployment.apps/pythonapp-pythonservice created \(dry run\)'
  expect 0 /usr/bin/python3 - plain.yaml kyaml.yaml <<'END'
import sys, yaml
plain, kyaml = ([d for d in yaml.safe_load_all(open(path)) if d] for path in sys.argv[1:])
assert plain == kyaml and len(plain) > 3, (plain, kyaml)
text = open(sys.argv[2]).read()
assert text.startswith('---\n{\n') and '\n  kind: "Deployment",\n' in text, text
print("the same")
END
  says out 'the same'
  # A mesh in that form is a mesh.
  /usr/bin/python3 - mesh.yaml >flow.yaml <<'END'
import json, sys, yaml
print("---\n" + json.dumps(yaml.safe_load(open(sys.argv[1])), indent=2).replace("\n}", ",\n}"))
END
  mv flow.yaml mesh.yaml
  rm -r target
  expect 0 hello_mesh "$SUITE-kyaml" -o kyaml
  cmp target/manifests/application.yaml kyaml.yaml
}

case_apply_sets_values_over_those_of_the_mesh() {
  hello_image
  hello_copy .
  cp mesh.yaml before.yaml
  printf 'pythonservice:\n  replicaCount: 3\n  podLabels: {team: "a"}\n' >more.yaml
  expect 0 hello_mesh "$SUITE-set" --values more.yaml --set pythonservice.replicaCount=4 \
    --set 'pythonservice.tolerations=[{key: sgx, operator: Exists}]' --set pythonservice.podAnnotations.example\\.com/a=1.5
  cmp mesh.yaml before.yaml
  expect 0 helm lint --strict target/helm
  expect 0 helm template pythonapp target/helm
  matches out '^ *replicas: 4$'
  says out 'team: a'
  says out 'key: sgx'
  matches out 'example.com/a: "?1.5"?$'
  expect 0 hello_mesh "$SUITE-set" --values more.yaml -o compose --set pythonservice.replicaCount=1
  says_but_not target/compose.yaml 'services:' 'scale'
  # Nothing is written when something is wrong.
  expect 3 hello_mesh "$SUITE-set" -t other --set pythonservice.replicaCont=4
  says err "the chart has no value 'pythonservice.replicaCont'; did you mean 'replicaCount'?"
  absent other/helm
  expect 3 hello_mesh "$SUITE-set" --set pythonservice.replicaCount=many
  says err "'pythonservice.replicaCount' must be of type integer"
  printf 'pythonservice: {\n  replicaCount: true}\n' >wrong.yaml
  expect 3 hello_mesh "$SUITE-set" --values wrong.yaml
  says err 'wrong.yaml:2:17: error:'
  expect 4 hello_mesh "$SUITE-set" --values moer.yaml
  says err "did you mean 'more.yaml'?"
  expect 2 hello_mesh "$SUITE-set" --set pythonservice
  expect 2 hello_mesh "$SUITE-set" --set pythonservice.scone.service_access_token=abcdefghijklmnopqrst
  says_but_not err 'every user of this machine' abcdefghijklmnopqrst
}

case_output_compose_keeps_the_token_out_of_the_compose_file() {
  hello_image
  hello_copy .
  expect 0 hello_mesh "$SUITE-compose" -o compose
  exists target/compose.yaml
  sed -n 's/^SCONE_SERVICE_ACCESS_TOKEN=//p' target/session_files/"$SUITE"-compose-pythonservice.env | tr -d '\n' >token
  hides token env_file <target/compose.yaml
}

case_names_that_kubernetes_refuses_are_mapped_and_reported() {
  hello_image
  hello_copy .
  sed -i 's/name: pythonservice/name: python_app/' mesh.yaml
  expect 0 hello_mesh "$SUITE-names"
  cat out err >all
  says all python_app
  says all python-app
  chart_is_good target/helm pythonapp
}

case_chart_release_that_helm_refuses_is_replaced_and_the_printed_line_can_be_pasted() {
  hello_image
  hello_copy .
  local odd="it's my target"
  expect 0 sconectl apply -f mesh.yaml --release python_app -t "$odd" -e APP_IMAGE_REPO="$HELLO_REPO" \
    -e APP_NAMESPACE="$SUITE-paste" -e RELEASE=python_app
  says err "'python-app' is used"
  sed -n 's/^ *helm install/helm template/p' err >next.sh
  says next.sh "helm template python-app "
  expect 0 bash next.sh
  says out "$SUITE-paste/pythonservice/python3"
}
