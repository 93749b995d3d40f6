# Files of native images that are not as they were built: the program does not start. Sourced by tests/e2e/run.
# shellcheck shell=bash

# integrity_apply NAME [LINE OF BUILD]: an image with an application, packages of pip and more, and its mesh; 'env' has the
# environment file.
integrity_apply() {
  mkdir -p app/data
  printf 'import helper\nprint("hello", helper.word)\n' >app/main.py
  printf 'word = "helper"\n' >app/helper.py
  cat >service.yaml <<TEXT
apiVersion: scone/5.8
kind: genservice
injection_files: [{path: /app/app/conf/app.conf, content: x=1}]
build:
  name: $1
  kind: python
  to: $REGISTRY/$SUITE/$1:1
  pwd: /app
  command: python3 app/main.py
  copy: [app]
  run: ["useradd other && ln -s main.py app/link.py && echo secret >/etc/own && chmod 0600 /etc/own"]
${2:-}
TEXT
  cat >mesh.yaml <<TEXT
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, alias: [image, security, access, attestation], cas_url: embedded}]
policy: {namespace: $SUITE-$1}
services: [{name: app, image: "$REGISTRY/$SUITE/$1:1"}]
TEXT
  expect 0 sconectl apply -f service.yaml --runtime native
  expect 0 sconectl apply -f mesh.yaml
  env=target/session_files/$SUITE-$1-app.env
}

# changed TAG COMMAND: the image as somebody would have it who changes a layer.
changed() {
  printf 'FROM %s\nUSER 0\nRUN %s\n' "$image" "$2" | docker build --quiet --tag "$image-$1" - >/dev/null
}

case_native_image_that_was_changed_does_not_start() {
  integrity_apply whole
  local image=$REGISTRY/$SUITE/whole:1 run=(docker run --rm --name "$SUITE-whole" --network host --env-file "$env")
  expect 0 "${run[@]}" "$image"
  matches out '^hello helper$'
  expect 0 "${run[@]}" --user 1234:1234 --read-only "$image"
  matches out '^hello helper$'
  # The session has the hash of the list, and the image's facts, too.
  docker run --rm --network none --entrypoint cat "$image" /opt/sconectl/files >list
  docker run --rm --network none --entrypoint cat "$image" /scone/policy/service.json >facts
  [ "$(jq -r .file_list facts)" = "$(sha256sum <list | cut -d' ' -f1)" ]
  matches "target/session_files/$SUITE-whole-app.yaml" "SCONECTL_FILES_SHA256: .*$(jq -r .file_list facts)"
  matches list "^f 0644 $(sha256sum app/main.py | cut -d' ' -f1) /app/app/main.py\$"
  matches list '^l 0000 main.py /app/app/link.py$'
  says_but_not list /app/app/helper.py /usr/bin/
  # A dry run knows it without an engine.
  cp "target/session_files/$SUITE-whole-app.yaml" session
  expect 0 sconectl apply -f mesh.yaml --dry-run --offline
  cmp session "target/session_files/$SUITE-whole-app.yaml"

  local tag command what
  while IFS='|' read -r tag command what; do
    changed "$tag" "$command"
    expect 1 "${run[@]}" "$image-$tag"
    says err "$what"
    says_but_not err 'the program is not started' hello
    docker rmi "$image-$tag" >/dev/null
  done <<'END'
byte|sed -i s/hello/hullo/ /app/app/main.py|'/app/app/main.py' was changed
gone|rm /app/app/helper.py|'/app/app/helper.py' is missing
mode|chmod 0777 /app/app/helper.py|'/app/app/helper.py' has another mode (0777, was 0644)
link|ln -sf /etc/passwd /app/app/link.py|'/app/app/link.py' leads elsewhere
kind|rm /app/app/link.py && mkdir /app/app/link.py|'/app/app/link.py' is something else now
more|touch /app/app/json.py|'/app/app/json.py' was not built into it
folder|mkdir /app/app/json|'/app/app/json' was not built into it
run|echo other >>/etc/own|'/etc/own' was changed
END
  # Nor with a list that fits what was changed: the session has the hash of the first.
  changed list "sed -i s/hello/hullo/ /app/app/main.py && sed -i \"s/^f 0644 .* .app.app.main.py/f 0644 \$(sha256sum /app/app/main.py | cut -d' ' -f1) \\\\/app\\\\/app\\\\/main.py/\" /opt/sconectl/files"
  expect 1 "${run[@]}" "$image-list"
  says err 'the session expects an image with other files'
  changed none 'rm /opt/sconectl/files'
  expect 1 "${run[@]}" "$image-none"
  says err 'there is no list of them'
  docker rmi "$image-list" "$image-none" >/dev/null
}

case_native_image_starts_again_after_what_python_and_the_session_have_put_there() {
  integrity_apply again
  local image=$REGISTRY/$SUITE/again:1 name=$SUITE-again
  at_end docker rm --force "$name"
  expect 0 docker run --name "$name" --network host --env-file "$env" "$image"
  matches out '^hello helper$'
  docker diff "$name" >written
  says written /app/app/__pycache__
  expect 0 docker start --attach "$name"
  matches out '^hello helper$'
  # A cache that would be used in place of what was built is gone before the program starts.
  docker cp "$name:/app/app/__pycache__" cache
  python3 - cache/*.pyc <<'PYTHON'
import marshal, sys
data = open(sys.argv[1], "rb").read()
code = compile('word = "evil"', "/app/app/helper.py", "exec")
open(sys.argv[1], "wb").write(data[:16] + marshal.dumps(code))
PYTHON
  docker cp cache/. "$name:/app/app/__pycache__"
  expect 0 docker start --attach "$name"
  matches out '^hello helper$'
  # What a volume holds is the operator's.
  mkdir volume && touch volume/file
  expect 0 docker run --rm --name "$name-2" --network host --env-file "$env" -v "$PWD/volume:/app/volume" "$image"
  matches out '^hello helper$'
}

case_native_image_may_allow_more_files_or_have_no_list() {
  integrity_apply listed '  integrity: listed'
  local image=$REGISTRY/$SUITE/listed:1
  changed more 'touch /app/app/more.py'
  expect 0 docker run --rm --name "$SUITE-listed" --network host --env-file "$env" "$image-more"
  changed byte 'echo >>/app/app/main.py'
  expect 1 docker run --rm --name "$SUITE-listed" --network host --env-file "$env" "$image-byte"
  says err "'/app/app/main.py' was changed"
  docker rmi "$image-more" "$image-byte" >/dev/null
  integrity_apply listed '  integrity: off'
  changed byte 'echo >>/app/app/main.py'
  expect 0 docker run --rm --name "$SUITE-listed" --network host --env-file "$env" "$image-byte"
  matches out '^hello helper$'
  docker rmi "$image-byte" >/dev/null
  says_but_not "target/session_files/$SUITE-listed-app.yaml" app SCONECTL_FILES_SHA256
  sed -i 's/integrity: off/integrity: none/' service.yaml
  expect 3 sconectl apply -f service.yaml --runtime native
  says err "only 'full', 'listed', 'off'"
}

case_native_images_of_the_same_files_have_the_same_list() {
  printf 'itsdangerous==2.2.0\n' >requirements.txt
  local packages='  requirements: requirements.txt' first
  build_kit
  export SCONECTL_BUILD_CA=/etc/ssl/certs/ca-certificates.crt
  integrity_apply same "$packages"
  first=$(docker run --rm --network none --entrypoint sha256sum "$REGISTRY/$SUITE/same:1" /opt/sconectl/files)
  docker run --rm --network none --entrypoint cat "$REGISTRY/$SUITE/same:1" /opt/sconectl/files >list
  matches list ' /usr/.*/itsdangerous/__init__.py$'
  matches list ' /usr/.*/itsdangerous/__pycache__/signer.*.pyc$'
  mkdir bin
  # shellcheck disable=SC2016
  printf '#!/bin/sh\n[ "$1" = build ] && shift && set -- build --no-cache "$@"\nexec %s "$@"\n' "$(command -v docker)" >bin/docker
  chmod +x bin/docker
  PATH=$PWD/bin:$PATH integrity_apply same "$packages"
  [ "$(docker run --rm --network none --entrypoint sha256sum "$REGISTRY/$SUITE/same:1" /opt/sconectl/files)" = "$first" ]
}

# A whole application that nobody reads in the image: an archive that Python runs, as a secret of the mesh.
case_code_that_is_a_secret_is_in_no_image_and_runs_from_memory() {
  mkdir app
  printf 'import pricing\nprint("price", pricing.price(6))\n' >app/__main__.py
  printf '# how-we-price-contracts\ndef price(amount):\n    return amount * 7\n' >app/pricing.py
  # Of some size, and nothing that could be guessed.
  printf 'ballast = "%s"\n' "$(head -c 100000 /dev/urandom | xxd -p | tr -d '\n')" >app/ballast.py
  python3 -m zipapp app --output app.pyz
  printf -- '- {name: program, kind: binary, value: "%s", export: [{session: "{{namespace}}/app"}]}\n' \
    "$(xxd -p app.pyz | tr -d '\n')" >secrets.yaml
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
secrets: {import: [program]}
injection_files: [{path: /python/app.pyz, content: "\$\$SCONE::program\$\$"}]
build: {name: hidden, kind: python, to: "$REGISTRY/$SUITE/hidden:1", pwd: /python, command: python3 app.pyz}
END
  native_mesh hidden
  sed -i "s|:1\"}|:1\", image_secrets: secrets.yaml}|" mesh.yaml
  expect 0 sconectl apply -f service.yaml --runtime native
  expect 0 sconectl apply -f mesh.yaml
  image=$REGISTRY/$SUITE/hidden:1 env=target/session_files/$SUITE-hidden-app.env
  printf 'how-we-price-contracts' >text
  image_bytes "$image" | hides text '/python/app.pyz'
  tar -cf - target/images target/helm | hides text '/python/app.pyz'
  expect 0 docker run --rm --network host --read-only --user 1234:1234 --env-file "$env" "$image"
  says out 'price 42'
  # Who puts a program of his own in its place runs the right one.
  changed byte 'rm /python/app.pyz && echo "print(\"a stranger\")" >/python/app.pyz'
  expect 0 docker run --rm --network host --env-file "$env" "$image-byte"
  says_but_not out 'price 42' 'a stranger'
  docker rmi "$image-byte" >/dev/null
}
