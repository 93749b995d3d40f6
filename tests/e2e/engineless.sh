# Images without a container engine: put together, pushed, written, run. Sourced by tests/e2e/run.
# shellcheck shell=bash

# The base of Python images in the registry, as a public one would be there: BASE.
base_in_registry() {
  BASE=$REGISTRY/$SUITE/python:3
  docker tag "$PYTHON_IMAGE" "$BASE"
  docker push --quiet "$BASE" >&2
}

# A PATH without any engine.
hide_engines() {
  mkdir bin
  local name
  for name in sconectl scone sh env; do ln -s "$(command -v $name)" "bin/$name"; done
  without=(env "PATH=$PWD/bin")
  expect 4 "${without[@]}" sconectl apply -f service.yaml --runtime native
  says err 'no container engine is installed'
}

plain_service() {
  mkdir -p src/deep
  echo 'print("deep")' >src/deep/module.py
  printf 'import os, sys\nsys.path.insert(0, "src/deep")\nimport module\nprint("password", len(os.environ["PASSWORD"]), sys.argv[1:])\n' >main.py
  ln -sf deep/module.py src/link.py
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
environment:
  local:
    - {name: PASSWORD, value: "\$\$SCONE::password\$\$"}
secrets: {global: [{name: password, kind: ascii, size: 12}]}
build:
  name: plain
  kind: python
  to: "$REGISTRY/$SUITE/plain:1"
  pwd: /python
  command: python3 main.py a
  copy: [main.py, src]
END
}

case_engineless_image_is_pushed_joined_to_a_mesh_and_run() {
  base_in_registry
  plain_service
  hide_engines
  export SCONECTL_PYTHON_IMAGE=$BASE SCONECTL_ENGINE=none
  expect 0 "${without[@]}" sconectl apply -f service.yaml --runtime native --iidfile id --metadata-file metadata
  local digest first
  digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/$SUITE/plain:1")
  says out "digest $digest"
  [ "$(jq -r '."containerimage.digest"' metadata)" = "$digest" ] || fail "$(cat metadata)"
  # An unrelated reader takes it, layer by layer.
  expect 0 skopeo copy --quiet --src-tls-verify=false "docker://$REGISTRY/$SUITE/plain:1" "oci:$PWD/copied:1"
  expect 0 umoci unpack --rootless --image copied:1 unpacked
  cmp main.py unpacked/rootfs/python/main.py
  [ "$(readlink unpacked/rootfs/python/src/link.py)" = deep/module.py ] || fail "the link is none"
  [ "$(stat -c %a unpacked/rootfs/tmp)" = 1777 ] || fail "/tmp has another mode than in the base"

  # The mesh knows it from the registry alone.
  native_mesh plain
  expect 0 "${without[@]}" sconectl apply -f mesh.yaml
  docker pull --quiet "$REGISTRY/$SUITE/plain:1" >&2
  [ "$(docker image inspect --format '{{.Id}}' "$REGISTRY/$SUITE/plain:1")" = "$(cat id)" ] || fail "docker calls it otherwise"
  expect 0 docker run --rm --name "$SUITE-plain" --network host --read-only --user 1234:1234 \
    --env-file "target/session_files/$SUITE-plain-app.env" "$REGISTRY/$SUITE/plain:1"
  says out 'password 12'
  says out deep

  # One changed file is one changed layer, and the list of files that the launcher compares.
  skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1" | jq -r '.Layers[]' >before
  echo '# changed' >>main.py
  expect 0 "${without[@]}" sconectl apply -f service.yaml --runtime native -v
  skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1" | jq -r '.Layers[]' >after
  first=$(diff before after | grep -c '^>') || true
  [ "$first" = 2 ] || fail "$first layers are new"$'\n'"$(diff before after)"
  "${without[@]}" sconectl apply -f service.yaml --runtime native -v 2>pushes >/dev/null
  says_but_not pushes 'runtime native' 'bytes'
}

case_engineless_image_is_the_same_whoever_builds_it() {
  base_in_registry
  mkdir one two
  (cd one && umask 022 && plain_service)
  (cd two && umask 077 && plain_service && touch -d '2001-02-03' main.py && chmod 700 src)
  local place
  for place in one two; do
    (cd $place && XDG_CACHE_HOME=$PWD/cache SCONECTL_PYTHON_IMAGE=$BASE expect 0 \
      sconectl apply -f service.yaml --runtime native --engine none --no-push --image-output "oci-archive:image.tar")
  done
  cmp one/image.tar two/image.tar
  # docker and skopeo read the archive.
  expect 0 docker load --input one/image.tar
  says out "$SUITE/plain:1"
  expect 0 skopeo inspect "oci-archive:$PWD/one/image.tar"
  says out 'io.sconectl.runtime'
  # Another date is another image, and every file has it.
  cd one || return
  SOURCE_DATE_EPOCH=1700000000 SCONECTL_PYTHON_IMAGE=$BASE expect 0 sconectl apply -f service.yaml --runtime native --engine none --no-push
  exists target/images/plain/image/index.json
  expect 0 skopeo inspect "oci:$PWD/target/images/plain/image"
  says out '2023-11-14T22:13:20Z'
  expect 0 umoci unpack --rootless --image target/images/plain/image:"$REGISTRY/$SUITE/plain:1" unpacked
  [ "$(stat -c %Y unpacked/rootfs/python/main.py)" = 1700000000 ] || fail "$(stat unpacked/rootfs/python/main.py)"
}

case_engineless_image_stands_on_a_layout_and_on_nothing() {
  plain_service
  expect 0 skopeo copy --quiet "docker-daemon:$PYTHON_IMAGE" "oci:$PWD/base:3"
  expect 0 sconectl apply -f service.yaml --runtime native --engine none --base "oci:base:3" --no-push
  expect 0 skopeo inspect "oci:$PWD/target/images/plain/image"
  # A base for no machine of ours, a directory that is none, a name that is none.
  expect 4 sconectl apply -f service.yaml --runtime native --engine none --base oci:nowhere --no-push
  says err "'nowhere' is no directory in OCI layout"
  expect 4 sconectl apply -f service.yaml --runtime native --engine none --base "$REGISTRY/$SUITE/nobody:1" --no-push
  says err "has no image '1'"
  expect 4 sconectl apply -f service.yaml --runtime native --engine none --base "127.0.0.1:1/nobody:1" --no-push
  says err 'can not reach 127.0.0.1:1'
  # FROM scratch: the launcher alone, started from an archive.
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build:
  name: bare
  kind: sconify_image
  from: scratch
  to: "$REGISTRY/$SUITE/bare:1"
  command: /opt/sconectl/sconectl --version
END
  expect 0 sconectl apply -f service.yaml --runtime native --engine none
  expect 0 docker run --rm --entrypoint /opt/sconectl/sconectl "$REGISTRY/$SUITE/bare:1" --version
  says out sconectl
}

case_engineless_build_says_what_would_have_to_run() {
  plain_service
  echo 'redis==4.5.1' >requirements.txt
  sed -i 's/^  pwd:.*/&\n  requirements: requirements.txt\n  run: [ldconfig]/' service.yaml
  expect 1 sconectl apply -f service.yaml --runtime native --engine none
  says err 'pip, for the requirements file'
  says err "'ldconfig' of 'build.run'"
  says err "use '--engine docker'"
  absent target/images/plain
  plain_service
  expect 2 sconectl apply -f service.yaml --runtime native --engine none --image-output tar:x
  says err 'oci:DIRECTORY or oci-archive:FILE'
  expect 2 sconectl apply -f service.yaml --runtime native --engine docker --image-output oci:x
  says err "goes with '--engine none'"
}

# A registry with a login (me, hunter2-only): PRIVATE.
private_registry() {
  local port=5077
  PRIVATE=127.0.0.1:$port
  # shellcheck disable=SC2016  # bcrypt
  printf 'me:%s\n' "$(python3 -W ignore -c 'import crypt; print(crypt.crypt("hunter2-only", crypt.mksalt(crypt.METHOD_BLOWFISH)))')" >htpasswd
  cat >registry.yml <<END
version: 0.1
storage: {filesystem: {rootdirectory: $PWD/private}}
auth: {htpasswd: {realm: private, path: $PWD/htpasswd}}
http: {addr: "$PRIVATE"}
END
  docker-registry serve registry.yml >registry.log 2>&1 &
  at_end kill $!
  wait_for 20 "the registry" sh -c "curl --silent --output /dev/null --noproxy '*' http://$PRIVATE/v2/"
}

case_engineless_push_logs_in_as_docker_does() {
  base_in_registry
  plain_service
  private_registry
  sed -i "s|to: .*|to: \"$PRIVATE/team/plain:1\"|" service.yaml
  export SCONECTL_PYTHON_IMAGE=$BASE DOCKER_CONFIG=$PWD/docker
  mkdir docker
  expect 1 sconectl apply -f service.yaml --runtime native --engine none
  says err "docker login $PRIVATE"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$PRIVATE" "$(printf 'me:wrong' | base64)" >docker/config.json
  expect 1 sconectl apply -f service.yaml --runtime native --engine none
  says err "$PRIVATE"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$PRIVATE" "$(printf 'me:hunter2-only' | base64)" >docker/config.json
  expect 0 sconectl apply -f service.yaml --runtime native --engine none
  # A helper has it, and is told the host on its standard input.
  mkdir helpers
  # shellcheck disable=SC2016  # of the helper
  printf '#!/bin/sh\n[ "$1 $(cat)" = "get %s" ] && echo "{\\"Username\\":\\"me\\",\\"Secret\\":\\"hunter2-only\\"}"\n' "$PRIVATE" >helpers/docker-credential-test
  chmod +x helpers/docker-credential-test
  printf '{"credHelpers":{"%s":"test"}}' "$PRIVATE" >docker/config.json
  PATH=$PWD/helpers:$PATH expect 0 sconectl apply -f service.yaml --runtime native --engine none
  PATH=$PWD/helpers:$PATH expect 0 skopeo inspect --tls-verify=false --authfile docker/config.json "docker://$PRIVATE/team/plain:1"
  # The mesh reads it from there, too.
  native_mesh plain
  sed -i "s|$REGISTRY/$SUITE/plain:1|$PRIVATE/team/plain:1|" mesh.yaml
  PATH=$PWD/helpers:$PATH expect 0 sconectl apply -f mesh.yaml --engine none
  printf hunter2-only >password
  cat out err >said
  echo sconectl >>said
  hides password sconectl <said
}

# What cosign would need: the key under a password, and no terminal to ask for it.
case_engineless_image_is_signed_with_what_it_is_made_of() {
  base_in_registry
  plain_service
  export SCONECTL_PYTHON_IMAGE=$BASE COSIGN_PASSWORD=hunter2-only
  expect 0 sconectl image generate-key-pair
  mode_is 600 cosign.key
  expect 1 sconectl image generate-key-pair
  says err 'not written over'
  expect 0 sconectl apply -f service.yaml --runtime native --engine none --sign-key cosign.key
  # Base packages are in both bills, and the sources in the provenance.
  jq -e '.spdxVersion == "SPDX-2.3" and ([.packages[].name] | index("python3") != null)' target/images/plain/sbom.spdx.json >/dev/null
  jq -e '.bomFormat == "CycloneDX" and (.components | length > 50)' target/images/plain/sbom.cdx.json >/dev/null
  jq -e --arg sum "$(sha256sum main.py | cut -d' ' -f1)" \
    '[.predicate.buildDefinition.resolvedDependencies[] | .digest.sha256] | index($sum) != null' target/images/plain/provenance.json >/dev/null
  expect 0 sconectl image verify "$REGISTRY/$SUITE/plain:1" --key cosign.pub
  says out 'https://spdx.dev/Document'
  says out 'https://slsa.dev/provenance/v1'
  sconectl image verify "$REGISTRY/$SUITE/plain:1" --key cosign.pub --print https://spdx.dev/Document | jq -S . >attested
  jq -S . target/images/plain/sbom.spdx.json | cmp - attested
  # Twice is once.
  skopeo list-tags --tls-verify=false "docker://$REGISTRY/$SUITE/plain" | jq -r '.Tags[]' >tags
  says tags .sig
  says tags .att
  local tag layers
  tag=$(grep '\.att$' tags)
  layers=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$SUITE/plain:$tag" | jq '.layers | length')
  [ "$layers" = 3 ] || fail "$layers attestations"
  expect 0 sconectl apply -f service.yaml --runtime native --engine none --sign-key cosign.key
  [ "$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$SUITE/plain:$tag" | jq '.layers | length')" = 3 ] || fail "the attestations are there twice"
  # Another key, another image, a wrong password.
  mv cosign.pub right.pub
  rm cosign.key
  expect 0 sconectl image generate-key-pair
  expect 1 sconectl image verify "$REGISTRY/$SUITE/plain:1" --key cosign.pub
  says err 'none of the key'
  echo '# changed' >>main.py
  expect 0 sconectl apply -f service.yaml --runtime native --engine none
  expect 1 sconectl image verify "$REGISTRY/$SUITE/plain:1" --key right.pub
  says err 'has no signature'
  COSIGN_PASSWORD=wrong expect 1 sconectl image sign "$REGISTRY/$SUITE/plain:1" --key cosign.key
  says_but_not err cosign.key hunter2
  # What differs is named.
  expect 0 sconectl image sign "$REGISTRY/$SUITE/plain:1" --key cosign.key
  skopeo copy --quiet --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1" "docker://$REGISTRY/$SUITE/plain:2"
  expect 0 sconectl image diff "$REGISTRY/$SUITE/plain:1" "$REGISTRY/$SUITE/plain:2"
  echo '# again' >>main.py
  expect 0 sconectl apply -f service.yaml --runtime native --engine none
  expect 1 sconectl image diff "$REGISTRY/$SUITE/plain:1" "$REGISTRY/$SUITE/plain:2" --all
  says out '/python/main.py'
  says out '/opt/sconectl/files'
  # Names become digests.
  native_mesh plain
  expect 0 sconectl resolve -f mesh.yaml
  says out "$REGISTRY/$SUITE/plain:1@sha256:"
}

case_unchanged_service_is_not_built_again() {
  plain_service
  expect 0 sconectl apply -f service.yaml --runtime native
  says out 'built and pushed'
  local digest
  digest=$(grep -o 'sha256:[0-9a-f]*' out | tail -n 1)
  exists target/images/plain/sbom.spdx.json
  # No engine is started: it would not be found.
  mkdir bin
  local name
  for name in sconectl sh; do ln -s "$(command -v $name)" "bin/$name"; done
  printf '#!/bin/sh\necho "docker $*" >>%s/started\nexit 1\n' "$PWD" >bin/docker
  chmod +x bin/docker
  PATH=$PWD/bin expect 0 "$PWD/bin/sconectl" apply -f service.yaml --runtime native
  says out "unchanged, digest $digest"
  absent started
  # What changes is built: a file, the base, the registry's copy, and what is asked for.
  echo '# changed' >>main.py
  expect 0 sconectl apply -f service.yaml --runtime native
  says out 'built and pushed'
  expect 0 sconectl apply -f service.yaml --runtime native --no-cache
  says out 'built and pushed'
  docker rmi --force "$REGISTRY/$SUITE/plain:1" >/dev/null
  expect 0 sconectl apply -f service.yaml --runtime native
  says out 'built and pushed'
  skopeo delete --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1"
  expect 0 sconectl apply -f service.yaml --runtime native
  says out 'built and pushed'
}

# services NAME...: a folder `all` with a small manifest for each.
services() {
  mkdir all
  local name
  for name in "$@"; do
    echo "print('$name')" >"$name.py"
    cat >"all/$name.yaml" <<END
apiVersion: scone/5.8
kind: genservice
build:
  name: $name
  kind: python
  to: "$REGISTRY/$SUITE/$name:1"
  command: python3 $name.py
  copy: [$name.py]
END
  done
}

case_several_services_are_built_side_by_side() {
  base_in_registry
  services one two three
  export SCONECTL_PYTHON_IMAGE=$BASE
  expect 0 sconectl apply -f all --runtime native --engine none --jobs 3
  local name
  for name in one two three; do
    says out "image $REGISTRY/$SUITE/$name:1 built and pushed"
    says err "$name: pushing $REGISTRY/$SUITE/$name:1"
  done
  # In the order of the files, whoever is first.
  [ "$(cut -d ' ' -f 2 out)" = "$(printf '%s\n' "$REGISTRY/$SUITE/"{one,three,two}:1)" ] || fail "another order: $(cat out)"
  expect 0 sconectl apply -f all --runtime native --engine none
  [ "$(grep -c unchanged out)" -eq 3 ] || fail "not unchanged: $(cat out)"
  # One that can not be planned: nothing of the others is written.
  rm two.py
  echo 'print("changed")' >one.py
  expect 4 sconectl apply -f all --runtime native --engine none -t other
  says err "two.py"
  absent other
  # One that fails on the way: the others that have begun are finished.
  echo 'print("two")' >two.py
  sed -i "s|$REGISTRY/$SUITE/two|127.0.0.1:1/two|" all/two.yaml
  expect 4 sconectl apply -f all --runtime native --engine none --jobs 3
  says err '127.0.0.1:1'
  # Two runs at once: the second one waits and finds everything as it should be.
  sed -i "s|127.0.0.1:1/two|$REGISTRY/$SUITE/two|" all/two.yaml
  sconectl apply -f all --runtime native --engine none >first 2>&1 &
  expect 0 sconectl apply -f all --runtime native --engine none
  wait $!
  says first "image $REGISTRY/$SUITE/two:1"
  expect 0 sconectl apply -f all --runtime native --engine none
  [ "$(grep -c unchanged out)" -eq 3 ] || fail "not unchanged: $(cat out)"
}

case_interrupted_builds_end_all_of_them() {
  services one two
  local name
  for name in one two; do printf '  run: ["sleep 60"]\n' >>"all/$name.yaml"; done
  sconectl apply -f all --runtime native --jobs 2 >out 2>err &
  local process=$!
  local left=100
  while [ "$(grep -c building err)" -lt 2 ] && [ "$left" -gt 0 ]; do
    sleep 0.1
    left=$((left - 1))
  done
  sleep 1
  kill -TERM "$process"
  local status=0
  wait "$process" || status=$?
  [ "$status" -eq 143 ] || fail "status $status: $(cat err)"
  expect 1 pgrep -f "build .*$SUITE/one:1"
}

case_progress_on_a_terminal_is_a_line_for_each_service() {
  base_in_registry
  services one two
  export SCONECTL_PYTHON_IMAGE=$BASE
  expect 0 env -u CI -u NO_COLOR TERM=xterm script --quiet --return --command \
    'sconectl apply -f all --runtime native --engine none --jobs 2' typescript
  says typescript 'one: pushing'
  grep -q "$(printf '\033\\[?7l')" typescript || fail 'no live lines'
  expect 0 sconectl apply -f all --runtime native --engine none --no-cache
  says err 'one: pushing'
  if grep -q "$(printf '\033')" err; then fail 'escapes where no terminal is'; fi
}
