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

  # One changed file is one changed layer.
  skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1" | jq -r '.Layers[]' >before
  echo '# changed' >>main.py
  expect 0 "${without[@]}" sconectl apply -f service.yaml --runtime native -v
  skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1" | jq -r '.Layers[]' >after
  first=$(diff before after | grep -c '^>') || true
  [ "$first" = 1 ] || fail "$first layers are new"$'\n'"$(diff before after)"
  "${without[@]}" sconectl apply -f service.yaml --runtime native -v 2>pushes >/dev/null
  says_but_not pushes 'putting' 'bytes'
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
  expect '1|3' sconectl apply -f service.yaml --runtime native --engine none
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
  printf 'me:%s\n' "$(python3 -c 'import crypt; print(crypt.crypt("hunter2-only", crypt.mksalt(crypt.METHOD_BLOWFISH)))')" >htpasswd
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
  printf '#!/bin/sh\n[ "$1 $(cat)" = "get %s" ] && echo "{\\"Username\\":\\"me\\",\\"Secret\\":\\"secret\\"}"\n' "$PRIVATE" >helpers/docker-credential-test
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
