# Images for SCONE, built with a stand-in for its tools and base images (tests/e2e/clients/scone.sh). Sourced by
# tests/e2e/run.
# shellcheck shell=bash

# scone_images: SCONECTL_REPO has SCONE's images.
scone_images() {
  export SCONECTL_REPO=$SUITE-scone
  docker image inspect "$SCONECTL_REPO/node20:latest" >/dev/null 2>&1 ||
    "$REPO_ROOT/tests/e2e/clients/scone.sh" stand-in "$SCONECTL_REPO" "$PYTHON_IMAGE"
}

# scone_service NAME [LINES OF BUILD]
scone_service() {
  printf 'print("hello")\n' >app.py
  cat >service.yaml <<TEXT
apiVersion: scone/5.8
kind: genservice
environment:
  local:
    - {name: SCONE_HEAP, value: 760M}
    - {name: SCONE_ALLOW_DLOPEN, value: "1"}
    - {name: SCONE_ISVSVN, value: "4"}
    - {name: MODE, value: fast}
build:
  name: $1
  kind: python
  to: $REGISTRY/$SUITE/$1:1
  pwd: /app
  command: python3 app.py
  copy: [app.py]
${2:-}
TEXT
}

# file_of IMAGE PATH FILE
file_of() {
  local container
  container=$(docker create --network none "$1" /none)
  docker cp "$container:$2" "$3" >/dev/null
  docker rm "$container" >/dev/null
}

case_scone_image_is_built_signed_and_measured_and_the_mesh_pins_it() {
  scone_images
  scone_service pinned '  host_paths: [/etc/ssl/certs]
  fs_files: [/etc/debian_version]'
  expect 0 sconectl apply -f service.yaml --json
  jq '.applied[0]' out >applied
  local image=$REGISTRY/$SUITE/pinned:1 hash
  hash=$(jq -r .enclave.mr_enclave applied)
  matches applied '"mr_enclave": "[0-9a-f]{64}"'
  [ "$(jq -c '[.enclave.isv_prod_id, .enclave.isv_svn, .enclave.debug]' applied)" = '[0,4,false]' ]
  # The image says the same when it is asked, and in its labels and facts.
  expect 0 docker run --rm --network none --env SCONE_HASH=1 "$image"
  [ "$(cat out)" = "$hash" ]
  [ "$(docker image inspect --format '{{index .Config.Labels "io.sconectl.mrenclave"}}' "$image")" = "$hash" ]
  file_of "$image" /scone/policy/service.json facts
  [ "$(jq -r .enclave.mr_enclave facts)" = "$hash" ]
  # MRSIGNER is that of the key that is kept (openssl, Python).
  local modulus
  modulus=$(openssl rsa -in target/identity.pem -noout -modulus 2>/dev/null | cut -d= -f2)
  [ "$(jq -r .enclave.mr_signer applied)" = \
    "$(python3 -c 'import hashlib, sys; print(hashlib.sha256(bytes.fromhex(sys.argv[1])[::-1]).hexdigest())' "$modulus")" ]

  # What SCONE's tools were asked, in this order: the last one first, as each writes before what it was given.
  file_of "$image" /lib/libbinary-fs.so library
  grep -a '^asked:' library >asked
  [ "$(cat asked)" = "asked: scone gcc ./binary_fs_blob.s ./libbinary_fs_template.a -shared -o ./libbinary-fs.so
asked: scone binaryfs /sconectl/files . --host-path=/etc/resolv.conf --host-path=/etc/hosts --host-path=/etc/ssl/certs" ] ||
    fail "$(cat asked)"
  matches library '^SCONE_MODE=sim$'
  # The application, what was named and the language's own files are in the enclave, and nothing else.
  matches library "^$(sha256sum app.py | cut -d' ' -f1)  ./app/app.py\$"
  matches library '  ./etc/debian_version$'
  matches library '  ./usr/lib/python3'
  says_but_not library ./app/app.py ./usr/bin/
  # The signer had the program, the options and the variables; its key is a file in memory.
  docker run --rm --network none --entrypoint /bin/sh "$image" -c 'cat "$(readlink -f /usr/bin/python3)"' >program
  matches program '^asked: scone-signer sign --production --key=/dev/shm/sconectl-key.pem --env /usr/bin/python3'
  matches program '^SCONE_HEAP=760M$'
  matches program '^SCONE_MODE=hw$'
  matches program '^SCONE_EXTENSIONS_PATH=/lib/libbinary-fs.so$'
  says_but_not program SCONE_ALLOW_DLOPEN=1 MODE=fast
  # Neither tools nor key are in the image or the one before it.
  local each container
  sed -n 2p target/identity.pem >secret
  for each in "$image" "$image-unsigned" "$image-signing"; do
    container=$(docker create --network none "$each" /none)
    docker export "$container" >exported
    docker rm "$container"
    tar -tf exported >files
    [ "$each" = "$image-signing" ] || says_but_not files app/app.py scone-signer
    hides secret app/app.py <exported
  done
  # The program runs as ever where SCONE's does.
  expect 0 docker run --rm --network none "$image" python3 app.py
  matches out '^hello$'

  cat >mesh.yaml <<TEXT
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, alias: [image, security, access, attestation], cas_url: embedded}]
policy: {namespace: $SUITE-scone, tolerate: [outdated-tcb]}
services: [{name: app, image: "$image"}]
TEXT
  expect 0 sconectl apply -f mesh.yaml --dry-run
  local session=target/session_files/$SUITE-scone-app.yaml
  matches "$session" "$hash"
  matches "$session" "$(jq -r .enclave.mr_signer applied)"
  matches "$session" 'isvsvn_min: 4'
  says_but_not "$session" outdated-tcb 'mode: none'
  expect 0 sconectl apply -f mesh.yaml
  expect 0 sconectl session read "$SUITE-scone/app"
  says out "$hash"
  docker rmi "$image-unsigned" "$image-signing"
}

case_scone_measurement_follows_the_files_and_nothing_else() {
  scone_images
  measured() {
    expect 0 sconectl apply -f service.yaml --runtime scone --no-push --json
    jq -r '.applied[0].enclave.mr_enclave' out
  }
  scone_service follows
  local first second
  first=$(measured)
  [ "$(measured)" = "$first" ]
  printf 'print("hello!")\n' >app.py
  second=$(measured)
  [ "$second" != "$first" ]
  sed -i 's/760M/761M/' service.yaml
  [ "$(measured)" != "$second" ]
  # A debug image: no production key is asked for, and facts say so.
  expect 0 sconectl apply -f service.yaml --no-push --json --mode debug
  [ "$(jq -r '.applied[0].enclave.debug' out)" = true ]
  docker run --rm --network none --entrypoint /bin/sh "$REGISTRY/$SUITE/follows:1" -c 'cat "$(readlink -f /usr/bin/python3)"' >program
  says_but_not program 'scone-signer sign --verbose' '--production'
}

case_scone_file_system_protection_file_covers_directories_and_its_key_is_in_no_image() {
  scone_images
  scone_service fspf '  dirs: [/app]'
  expect 0 sconectl apply -f service.yaml --json
  local image=$REGISTRY/$SUITE/fspf:1 key tag
  file_of "$image" /fspf.pb fspf.pb
  grep '^asked:' fspf.pb >asked
  [ "$(cat asked)" = "asked: scone fspf create fspf.pb
asked: scone fspf addr fspf.pb / --kernel / --not-protected
asked: scone fspf addr fspf.pb /app --kernel /app --authenticated
asked: scone fspf addf fspf.pb /app /sconectl/root/app
asked: scone fspf encrypt fspf.pb" ] || fail "$(cat asked)"
  matches fspf.pb "^$(sha256sum app.py | cut -d' ' -f1)  ./app.py\$"
  read -r tag key <target/images/fspf/fspf_key
  [ "$(stat -c %a target/images/fspf/fspf_key)" = 600 ]
  [ "$tag" = "$(sha256sum <fspf.pb | cut -c1-32)" ]
  docker save "$image" >saved
  printf '%s' "$key" >secret
  hides secret 'asked: scone fspf encrypt' <saved
  cat >mesh.yaml <<TEXT
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, alias: [image, security, access, attestation], cas_url: embedded}]
policy: {namespace: $SUITE-fspf}
services: [{name: app, image: "$image"}]
TEXT
  expect 0 sconectl apply -f mesh.yaml --dry-run
  local session=target/session_files/$SUITE-fspf-app.yaml
  matches "$session" 'fspf_path: /fspf.pb'
  matches "$session" "fspf_key: .*$key"
  matches "$session" "fspf_tag: .*$tag"
  [ "$(stat -c %a "$session")" = 600 ]
  # Elsewhere the key is not known.
  expect 3 sconectl apply -f mesh.yaml --dry-run --target-directory elsewhere
  says err "the key of the protected files of image '$image' is not here"
  docker rmi "$image-unsigned" "$image-signing" "$image-protecting"
}

case_scone_kinds_java_node_and_images_of_others() {
  scone_images
  export SCONECTL_JDK_IMAGE=$SCONECTL_REPO/java17:latest
  echo 'class Main {}' >Main.java
  cat >service.yaml <<TEXT
apiVersion: scone/5.8
kind: genservice
build: {name: kinds, kind: java17, to: "$REGISTRY/$SUITE/kinds:1", pwd: /java, command: java Main, copy: [Main.java]}
TEXT
  expect 0 sconectl apply -f service.yaml --no-push
  file_of "$REGISTRY/$SUITE/kinds:1" /lib/libbinary-fs.so library
  matches library '  ./java/Main.java$'
  jq '{dependencies: {}}' <<<'{}' >package.json
  echo 'console.log(1)' >main.js
  sed -i 's/java17/node20/; s/java Main/node main.js/; s/Main.java/main.js, package.json/; s/pwd: .java/pwd: \/web/' service.yaml
  expect 0 sconectl apply -f service.yaml --no-push
  file_of "$REGISTRY/$SUITE/kinds:1" /lib/libbinary-fs.so library
  matches library '  ./web/main.js$'
  matches library '  ./web/node_modules/asked$'
  # An ordinary image: its program becomes one of SCONE.
  cat >service.yaml <<TEXT
apiVersion: scone/5.8
kind: genservice
build: {name: kinds, kind: sconify_image, from: "$SCONECTL_REPO/node20:latest", to: "$REGISTRY/$SUITE/kinds:2", command: node, fs_dirs: [/etc/ssl]}
TEXT
  expect 0 sconectl apply -f service.yaml --no-push
  file_of "$REGISTRY/$SUITE/kinds:2" /usr/bin/node program
  matches program '^asked: scone-signer sign --production --sconify --key='
  file_of "$REGISTRY/$SUITE/kinds:2" /opt/scone/lib/libc.so library
  matches library '^musl$'
  sed -i 's/.etc.ssl/\/nowhere/' service.yaml
  expect 1 sconectl apply -f service.yaml --no-push
  says err "'/nowhere' is to be in the enclave, and the image has nothing there"
}

case_scone_images_that_can_not_be_had_are_named_with_what_to_type_instead() {
  scone_service missing
  export SCONECTL_REPO=$REGISTRY/$SUITE-nobody
  expect 4 sconectl apply -f service.yaml
  matches err "$REGISTRY/$SUITE-nobody/sconecli:latest.*add '--runtime native' to the command"
  absent target/images
  scone_images
  # shellcheck disable=SC2016  # a placeholder of the CAS
  sed -i 's/760M/"$$SCONE::heap$$"/' service.yaml
  echo 'secrets: {global: [{name: heap, kind: ascii}]}' >>service.yaml
  expect 3 sconectl apply -f service.yaml
  says err "'SCONE_HEAP' decides what the enclave is measured as"
}
