# Builds that are planned first. Sourced by tests/e2e/run.
# shellcheck shell=bash

case_build_is_planned_first_and_then_is_what_the_plan_says() {
  local digest
  base_in_registry
  plain_service
  # A base whose environment goes into the session.
  sed -i "s|^  kind: python|&\n  from: $BASE|" service.yaml
  expect 0 sconectl apply -f service.yaml --runtime native --engine none --dry-run --plan-out plan.json
  expect 0 sconectl apply -f service.yaml --runtime native --engine docker --dry-run --plan-out of-docker.json
  cmp plan.json of-docker.json
  [ "$(jq -r '.services[0].context["app/main.py"]' plan.json)" = "644 sha256:$(sha256sum <main.py | cut -d ' ' -f 1)" ] || fail "$(cat plan.json)"
  expect 0 sconectl apply -f service.yaml --runtime native --engine none --plan plan.json --metadata-file metadata
  digest=$(jq -r '."containerimage.digest"' metadata)
  # From the sources on another machine: the same plan gives the same digest.
  mkdir other
  cp -a service.yaml main.py src other
  (cd other && XDG_CACHE_HOME=$PWD/cache expect 0 sconectl apply -f service.yaml --runtime native --engine none --no-cache \
    --plan ../plan.json --plan-out again.json --metadata-file metadata)
  [ "$(jq -r '."containerimage.digest"' other/metadata)" = "$digest" ] || fail "another digest: $(cat other/metadata)"
  cmp plan.json other/again.json
  expect 0 sconectl apply -f service.yaml --runtime native --engine docker --plan plan.json --no-push
  expect 2 sconectl apply -f service.yaml --runtime native --engine none --dry-run --offline --plan-out plan.json
  expect 4 sconectl apply -f service.yaml --runtime native --engine docker --dry-run --plan-out plan.json --base "$REGISTRY/$SUITE/python:gone"
  says err 'a plan has to know what it says'
  # Without a build: the same, and later not.
  expect 0 sconectl apply -f service.yaml --runtime native --engine none --dry-run --plan plan.json
  # What changed since is named, and neither built nor pushed.
  echo '# changed' >>main.py
  for engine in none docker; do
    expect 1 sconectl apply -f service.yaml --runtime native --engine $engine --plan plan.json
    says err "it would not be what the plan 'plan.json' says"
    says err 'context/app/main.py: 644 sha256:'
  done
  [ "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/$SUITE/plain:1")" = "$digest" ] || fail "it was pushed"
  expect 1 sconectl apply -f service.yaml --runtime native --engine none --dry-run --plan plan.json
  sed 's/name: plain/name: unplanned/' service.yaml >unplanned.yaml
  expect 1 sconectl apply -f unplanned.yaml --runtime native --engine none --plan plan.json
  says err "service 'unplanned' is not in the plan"
  echo '{}' >plan.json
  expect 3 sconectl apply -f service.yaml --runtime native --engine none --plan plan.json
  expect 4 sconectl apply -f service.yaml --runtime native --engine none --plan gone.json
}

case_of_several_planned_services_none_is_built_before_all_are_compared() {
  base_in_registry
  plain_service
  export SCONECTL_PYTHON_IMAGE=$BASE
  cp main.py second.py
  sed "s/name: plain/name: second/; s|/plain:1|/second:1|; s/main.py/second.py/g" service.yaml >second.yaml
  expect 0 sconectl apply -f service.yaml -f second.yaml --runtime native --engine none --dry-run --plan-out both.json
  [ "$(jq -r '[.services[].name] | join(" ")' both.json)" = 'plain second' ] || fail "$(cat both.json)"
  expect 0 sconectl apply -f service.yaml -f second.yaml --runtime native --engine none --plan both.json
  echo '# changed' >>second.py
  expect 1 sconectl apply -f service.yaml -f second.yaml --runtime native --engine none --plan both.json --no-cache --jobs 1
  says_but_not err 'context/app/second.py: ' 'putting'
}
