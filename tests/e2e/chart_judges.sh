# What makes charts, judged by programs of others: the strict schemas of three Kubernetes versions (kubernetes-validate),
# kube-score's default checks, and random values (Hypothesis). Sourced by tests/e2e/run.
# shellcheck shell=bash

# judge PROGRAM ARGUMENT...
judge() {
  PYTHONPATH=$JUDGES/python /usr/bin/python3 "$REPO_ROOT/tests/e2e/judges/$1.py" "${@:2}"
}

# scored FILE: no check of kube-score says WARNING or CRITICAL.
scored() {
  "$JUDGES/kube-score" score --output-format ci --exit-one-on-warning "$1"
}

# chart_passes RELEASE CHART OPTION...
chart_passes() {
  expect 0 helm template "$@"
  cp out rendered.yaml
  expect 0 judge objects rendered.yaml
  expect 0 scored rendered.yaml
  says out '[OK] '
}

case_judges_of_charts_can_fail() {
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b, prots: []}]}\n' >bad.yaml
  expect 1 judge objects bad.yaml
  says err "Pod a, 1.31: spec.containers.0: Additional properties are not allowed ('prots' was unexpected)"
  expect 1 judge objects /dev/null
  expect 1 scored bad.yaml
  says out '[CRITICAL] a v1/Pod'
}

case_charts_of_the_tutorials_pass_all_judges() {
  hello_world
  chart_passes pythonapp "$HELLO/target/helm"
  flask_redis
  chart_passes flaskredis "$FLASK/target/helm"
  chart_passes flaskredis "$FLASK/target/helm" --set flask.networkPolicy.enabled=false --set flask.replicaCount=3 \
    --set flask.imagePullPolicy=IfNotPresent
  chart_passes flaskredis "$FLASK/target/helm" --set flask.jobs.restartPolicy=OnFailure --set redis.jobs.restartPolicy=Never
}

case_platform_charts_pass_all_judges() {
  expect 0 sconectl platform chart cas -o cas --image "registry.example/cas@sha256:$(printf '%064d' 1)"
  chart_passes cas cas
  chart_passes cas cas --set service.type=LoadBalancer --set networkPolicy.enabled=false
  chart_passes cas cas --set metrics.enabled=true --set networkPolicy.enabled=true
  expect 0 sconectl platform chart las -o las --image registry.example/las:1
  chart_passes las las
  expect 0 sconectl platform chart rest-api-sample -o api --image registry.example/api:1
  chart_passes api api
  chart_passes api api --set service.type=LoadBalancer --set useSGXDevPlugin=azure --set scone.cas=c --set scone.configId=n/d/s
}

case_random_values_of_a_chart_are_refused_or_give_good_objects() {
  flask_redis
  expect 0 judge random_values "$FLASK/target/helm/charts/flask" 100
  matches out '^[1-9][0-9]* rendered$'
}

case_values_that_kubernetes_would_refuse_are_refused_by_the_schema() {
  local value
  flask_redis
  for value in nameOverride=A_b fullnameOverride=-a extraEnv[0].value=x resources.request.cpu=1 \
    resources.requests.cpu=much tolerations[0].effect=Never podLabels.a=-b podDisruptionBudget.maxUnavailable=some; do
    expect 1 helm template flaskredis "$FLASK/target/helm" --set "flask.$value"
    says err "values don't meet the specifications of the schema"
  done
}

# Those of tests/samples, and of the public collection where it lies beside the repository.
case_charts_of_public_meshes_pass_the_schemas() {
  local stand_in=$REGISTRY/$SUITE/stand-in:1 corpus=${SCONECTL_CORPUS:-$REPO_ROOT/../shared/corpus}
  printf '%s\n' 'apiVersion: scone/5.8' 'kind: genservice' 'build:' '  name: stand-in' '  kind: python' \
    "  to: $stand_in" '  command: python3 -c pass' >service.yaml
  expect 0 sconectl apply -f service.yaml --runtime native --no-push
  expect 0 judge public_meshes "$stand_in" "$REPO_ROOT/tests/samples" "$corpus"
  matches out '^[1-9][0-9]* of [1-9][0-9]* meshes$'
}
