# A software update of a service with a measurement: from one version to both to the next. Sourced by tests/e2e/run.
# shellcheck shell=bash

# An image made by others, whose session names the measurement that the mesh gives it.
measured_image() {
  local scone=image/scone
  mkdir -p "$scone/charts/db/templates" "$scone/policy" "$scone/config-fragments"
  printf 'name: db\n' >"$scone/charts/db/Chart.yaml"
  printf 'image: {{image_name}}\n' >"$scone/charts/db/values.yaml.template"
  printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: db\n' >"$scone/charts/db/templates/db.yaml"
  printf 'binaries: [/usr/bin/db]\n' >"$scone/policy/binaries.yaml"
  : >"$scone/policy/env.yaml"
  : >"$scone/policy/secrets.yaml"
  cat >"$scone/config-fragments/fragment" <<'END'
name: {{image_policy_name}}
version: "0.3.10"
secrets:
  - name: mrsigner_mrenclave_versions
    kind: config-fragment
    export_public: true
    value: [{mrenclave: ["{{MEASURED}}"]}]
END
  cat >"$scone/policy/template-policy.yaml" <<'END'
name: {{session}}
version: "0.3.10"
services:
  - name: db
    command: db
    attestation: [$$SCONE::proof$$]
secrets:
  - {name: proof, import: {session: "{{image_policy_name}}", secret: mrsigner_mrenclave_versions}}
  - {name: password, kind: ascii, size: 12}
END
  printf 'FROM scratch\nCOPY scone /scone\nCMD ["/db"]\n' >image/Dockerfile
  docker build --quiet --tag "$1" image
}

# measured_mesh NAMESPACE IMAGE
measured_mesh() {
  cat >mesh.yaml <<END
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, cas_url: embedded}]
policy: {namespace: $1}
env: [{service: global, env: [{name: MEASURED, value: \$MEASURED}]}]
services: [{name: db, image: $2}]
END
}

digits() {
  printf "$1%.0s" {1..64}
}

# roll VERSION DIGIT OPTION...: applies the mesh with a measurement of 64 such digits.
roll() {
  local version=$1 measured
  measured=$(digits "$2")
  shift 2
  sconectl apply -f mesh.yaml --no-pull --release-version "$version" -e MEASURED="$measured" "$@"
}

case_rollout_accepts_both_measurements_until_it_is_finished() {
  local namespace=$SUITE-rollout image=$SUITE/measured:1 policy
  at_end docker rmi --force "$image"
  measured_image "$image"
  measured_mesh "$namespace" "$image"
  policy=$namespace/${image//[\/:.-]/_}
  expect 4 sconectl rollout status
  says err "--release-version"
  expect 0 roll 1 1
  says err "helm install"
  expect 0 sconectl rollout status
  says out "version 1: mrenclave $(digits 1) is accepted"
  expect 0 roll 2 2
  says out "session $policy updated"
  # The CAS has both, and the file as it was uploaded.
  expect 0 sconectl session read "$policy" --cas 127.0.0.1:8081
  says out "$(digits 1)"
  says out "$(digits 2)"
  expect 0 sconectl rollout status --json
  jq --exit-status '.running and .complete and (.differs | not) and .versions == ["1", "2"] and
    (.services[0].versions | map(.accepted | length)) == [1, 1]' out
  says target/helm/charts/db/Chart.yaml 'appVersion: "2"'
  mode_is 600 target/session_files/rollout.json
  expect 0 sconectl rollout finish --dry-run
  says out "session $policy would be uploaded"
  expect 0 sconectl rollout finish
  says out "version 2 is the only one that is accepted, 1 is no more"
  says err "no cluster is known"
  expect 0 sconectl session read "$policy" --cas 127.0.0.1:8081
  says_but_not out "$(digits 2)" "$(digits 1)"
  expect 0 sconectl rollout finish
  says out "nothing to do"
  expect 0 roll 2 2
  says out "session $policy unchanged"
}

case_rollout_stops_before_what_somebody_else_has_changed() {
  local namespace=$SUITE-changed image=$SUITE/measured:2 policy hash command digit
  at_end docker rmi --force "$image"
  measured_image "$image"
  measured_mesh "$namespace" "$image"
  policy=$namespace/${image//[\/:.-]/_}
  expect 0 roll 1 1
  expect 0 roll 2 2
  expect 0 roll 3 3 --json
  hash=$(jq --raw-output --arg name "$policy" '.applied[0].sessions[] | select(.name == $name).hash' out)
  expect 0 sconectl session read "$policy" --cas 127.0.0.1:8081
  sed "s/$(digits 2)/$(digits 7)/; s/^predecessor:.*/predecessor: $hash/" out >changed.yaml
  expect 0 sconectl session create changed.yaml --cas 127.0.0.1:8081
  expect 1 sconectl rollout status
  says out "changed by somebody else"
  says out "of no version: mrenclave $(digits 7) is accepted"
  for command in "rollout finish --force" "apply -f mesh.yaml --no-pull --release-version 4 -e MEASURED=$(digits 4)"; do
    # shellcheck disable=SC2086
    expect 1 sconectl $command
    says err "nothing was sent"
    says err "$policy"
  done
  # Going on from what the CAS has.
  rm target/session_files/rollout.json
  expect 0 roll 4 4
  expect 0 sconectl session read "$policy" --cas 127.0.0.1:8081
  for digit in 1 3 4 7; do
    says out "$(digits "$digit")"
  done
  expect 2 roll "a b" 5
  says err "label of Kubernetes"
}
