# Images on another base without being built again. Sourced by tests/e2e/run.
# shellcheck shell=bash

# other_base TAG LINE...: the base with more in it, in the registry.
other_base() {
  { printf 'FROM %s\n' "$BASE" && printf '%s\n' "${@:2}"; } | docker build --quiet --tag "$REGISTRY/$SUITE/python:$1" - >&2
  docker push --quiet "$REGISTRY/$SUITE/python:$1" >&2
}

# rebased_runs TAG: it starts under the session of the image as it was built, on what the new base has.
rebased_runs() {
  docker pull --quiet "$REGISTRY/$SUITE/plain:$1" >&2
  expect 0 docker run --rm --name "$SUITE-plain" --network host --env-file "target/session_files/$SUITE-plain-app.env" \
    "$REGISTRY/$SUITE/plain:$1"
  says out 'password 12'
  [ "$(docker run --rm --network none --entrypoint cat "$REGISTRY/$SUITE/plain:$1" /etc/patched)" = patched ] || fail "it is on the old base"
}

# plain_on_base ENGINE: the image of a service on the base in the registry, and a session for it.
plain_on_base() {
  base_in_registry
  image=$REGISTRY/$SUITE/plain
  plain_service
  native_mesh plain
  expect 0 sconectl apply -f service.yaml --runtime native --engine "$1" --base "$BASE"
  # Of docker's image the label says nothing, its folder does.
  expect 0 sconectl apply -f mesh.yaml --engine none
}

layers_of() { skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$SUITE/$1" | jq -r '.layers[].digest'; }

case_rebased_image_is_what_building_on_the_new_base_gives() {
  local image digest
  plain_on_base none
  layers_of plain:1 >before
  other_base patched 'RUN echo patched >/etc/patched'
  expect 0 sconectl image rebase "$image:1" --base "$REGISTRY/$SUITE/python:patched" --to "$image:moved" --dry-run
  says out 'would be rebased'
  digest=$(grep -o 'sha256:[0-9a-f]*$' out | tail -n 1)
  expect 1 skopeo inspect --tls-verify=false "docker://$image:moved"
  expect 0 sconectl image rebase "$image:1" --base "$REGISTRY/$SUITE/python:patched" --to "$image:moved" --json
  [ "$(jq -r .digest out)" = "$digest" ] || fail "$(cat out)"
  docker pull --quiet "$image:1" >&2
  [ "$(jq -r .file_list out)" = "$(docker run --rm --network none --entrypoint sha256sum "$image:1" /opt/sconectl/files | cut -d ' ' -f 1)" ] ||
    fail "$(cat out)"
  [ "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$image:moved")" = "$digest" ] || fail "the registry has another one"
  # The new base's layers, and those that were above the old one.
  { layers_of python:patched && tail -n "$(jq .layers.own out)" before; } >wanted
  layers_of plain:moved >after
  cmp wanted after
  rebased_runs moved
  expect 1 sconectl image diff "$image:1" "$image:moved" --all
  says out '/etc/patched: only in the second (file)'
  says_but_not out '/etc/patched' '/python'
  says_but_not out '/etc/patched' '/opt/sconectl'
  # Once more is nothing, and the same is built from its sources.
  expect 0 sconectl image rebase "$image:moved" --base "$REGISTRY/$SUITE/python:patched"
  says out "unchanged, digest $digest"
  expect 0 sconectl apply -f service.yaml --runtime native --engine none --base "$REGISTRY/$SUITE/python:patched"
  says out "digest $digest"
  # Into a layout, and back to where it came from.
  expect 0 sconectl image rebase "$image:moved" --base "$BASE" --to oci:layout:back
  [ "$(skopeo inspect --format '{{.Digest}}' oci:layout:back)" = "$(grep -o 'sha256:[0-9a-f]*$' out | tail -n 1)" ] || fail "$(cat out)"
  skopeo inspect --raw oci:layout:back | jq -r '.layers[].digest' | cmp - before
}

case_rebase_of_what_docker_has_built_needs_the_name_of_its_base() {
  local image
  plain_on_base docker
  other_base patched 'RUN echo patched >/etc/patched'
  expect 3 sconectl image rebase "$image:1" --base "$REGISTRY/$SUITE/python:patched" --to "$image:moved"
  says err "name it with '--from'"
  expect 3 sconectl image rebase "$image:1" --base "$BASE" --from "$REGISTRY/$SUITE/python:patched" --to "$image:moved"
  says err 'its lowest layers are others'
  expect 0 sconectl image rebase "$image:1" --base "$REGISTRY/$SUITE/python:patched" --from "$BASE" --to "$image:moved"
  rebased_runs moved
  # The session has the environment of the old base.
  other_base variable 'RUN echo patched >/etc/patched' 'ENV PATCHED=1'
  expect 3 sconectl image rebase "$image:moved" --base "$REGISTRY/$SUITE/python:variable" --to "$image:again"
  says err 'its environment (ENV) would be another: PATCHED; '
  expect 0 sconectl image rebase "$image:moved" --base "$REGISTRY/$SUITE/python:variable" --to "$image:again" --keep-environment
  rebased_runs again
}

case_rebase_that_would_change_the_image_is_refused() {
  local image
  plain_on_base none
  layers_of plain:1 >before
  other_base other 'RUN mkdir /python && chmod 700 /opt' 'EXPOSE 80' 'USER 1000'
  expect 3 sconectl image rebase "$image:1" --base "$REGISTRY/$SUITE/python:other"
  says err "its user (USER) was '' and would be '1000'"
  says err 'its ports (EXPOSE) would be others'
  says err "the new base has '/python'"
  says err "'/opt' has another mode or owner"
  expect 4 sconectl image rebase "$image:1" --base "$REGISTRY/$SUITE/python:gone"
  expect 4 sconectl image rebase "$image:gone" --base "$BASE"
  expect 3 sconectl image rebase "$BASE" --base "$REGISTRY/$SUITE/python:other" --from "$BASE"
  says err 'has no /scone folder'
  expect 2 sconectl image rebase "$image:1"
  layers_of plain:1 | cmp - before
}
