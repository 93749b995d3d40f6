# Real podman and buildah: what they build, push and keep; the same image on two machines; and what is said about images
# that only an engine has. Sourced by tests/e2e/run.
# shellcheck shell=bash

# engine_storage NAME: podman and buildah get a storage of their own, in the current directory, as on a machine of their own.
engine_storage() {
  mkdir -p "$1"
  cat >"$1/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$PWD/$1/storage"
runroot = "$PWD/$1/run"
[storage.options.overlay]
skip_mount_home = "true"
END
  # Docker closes networks that are not its own; limits that a container may not raise stay.
  cat >"$1/containers.conf" <<'END'
[containers]
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
END
  export CONTAINERS_STORAGE_CONF=$PWD/$1/storage.conf CONTAINERS_CONF=$PWD/$1/containers.conf
}

require_engines() {
  local program
  for program in podman buildah; do
    command -v $program >/dev/null || fail "$program is not installed: examples/setup/packages.sh tests"
  done
}

# engine_image ENGINE: what was built and pushed with it, as docker runs it, into the file out.
engine_image() {
  native_mesh plain
  expect 0 sconectl apply -f mesh.yaml --engine "$1"
  docker pull --quiet "$REGISTRY/$SUITE/plain:1" >&2
  expect 0 docker run --rm --name "$SUITE-plain" --network host --read-only --user 1234:1234 \
    --env-file "target/session_files/$SUITE-plain-app.env" "$REGISTRY/$SUITE/plain:1"
}

case_engines_that_are_not_docker_build_and_push_what_docker_runs() {
  require_engines
  base_in_registry
  export SCONECTL_PYTHON_IMAGE=$BASE
  engine_storage machine
  local engine digest
  for engine in docker podman buildah; do
    mkdir $engine
    cd $engine || return
    plain_service
    printf -- '--no-index\n' >requirements.txt
    sed -i 's/^  pwd:.*/&\n  requirements: requirements.txt\n  run: [echo made > made.txt, cp made.txt twice.txt]/' service.yaml
    echo 'print(open("made.txt").read(), open("twice.txt").read())' >>main.py
    expect 0 sconectl apply -f service.yaml --runtime native --engine $engine
    says out 'built and pushed'
    digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$REGISTRY/$SUITE/plain:1")
    says out "digest $digest"
    engine_image $engine
    cp out ../$engine.out
    if [ $engine = docker ]; then # the other cases are about it
      cd ..
      continue
    fi
    # The same again is told by the engine and the registry.
    expect 0 sconectl apply -f service.yaml --runtime native --engine $engine
    says out "unchanged, digest $digest"
    [ ! -s err ] || fail "something was done: $(cat err)"
    # What fails in a build is told in the words of what failed, and nothing is pushed.
    skopeo delete --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1"
    printf -- '--no-index\nno-such-package==1.0\n' >requirements.txt
    expect 1 sconectl apply -f service.yaml --runtime native --engine $engine
    says err "$engine could not build image"
    says err 'No matching distribution found for no-such-package==1.0'
    printf -- '--no-index\n' >requirements.txt
    sed -i 's/cp made.txt twice.txt/no-such-program now/' service.yaml
    expect 1 sconectl apply -f service.yaml --runtime native --engine $engine
    says err 'no-such-program: not found'
    expect 1 skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1"
    # A base that is nowhere, a registry that does not answer.
    SCONECTL_PYTHON_IMAGE=$REGISTRY/$SUITE/nobody:1 expect 4 sconectl apply -f service.yaml --runtime native --engine $engine
    says err nobody:1
    sed -i -e "s,$REGISTRY,127.0.0.1:1," -e 's/no-such-program now/echo now/' service.yaml
    expect 4 sconectl apply -f service.yaml --runtime native --engine $engine
    says err "$engine could not push image '127.0.0.1:1/$SUITE/plain:1'"
    cd ..
  done
  says docker.out 'password 12'
  says docker.out deep
  says docker.out 'made'
  cmp docker.out podman.out
  cmp docker.out buildah.out
}

# A base of one program, in the registry: what is built on it is built in no time.
tiny_base() {
  mkdir -p tiny/bin
  cp "$(command -v busybox)" tiny/bin/busybox
  local name
  for name in sh mkdir find stat wc; do ln -s busybox "tiny/bin/$name"; done
  BASE=$REGISTRY/$SUITE/tiny:1
  tar --directory tiny --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c . | docker import - "$BASE" >/dev/null
  docker push --quiet "$BASE" >&2
}

# on_machine ENGINE NAME UMASK TIME: a copy of the service on a machine of its own, built there; what came out is in NAME.id and
# NAME.digest.
on_machine() {
  mkdir "$2"
  (
    umask "$3"
    cd "$2" || exit
    engine_storage machine
    plain_service
    sed -i 's/^  pwd:.*/&\n  run: [echo made > made.txt, mkdir -p cache\/deep]/' service.yaml
    # One folder is older than the other, and so are files; a program stays one.
    printf '#!/bin/sh\n' >src/program.sh
    chmod u+x src/program.sh
    [ "$3" = 022 ] || find . -path ./machine -prune -o -exec touch -h -d 2001-02-03 {} +
    SOURCE_DATE_EPOCH=$4 expect 0 sconectl apply -f service.yaml --runtime native --engine "$1" --iidfile "../$2.id"
    says_but_not err "building" 'SOURCE_DATE_EPOCH'
    grep -o 'sha256:[0-9a-f]*' out | tail -n 1 >"../$2.digest"
  )
}

case_engines_make_the_same_image_on_two_machines() {
  require_engines
  tiny_base
  export SCONECTL_PYTHON_IMAGE=$BASE
  local engine
  for engine in podman buildah; do
    mkdir $engine
    cd $engine || return
    on_machine $engine one 022 1700000000
    on_machine $engine two 077 1700000000
    cmp one.id two.id
    cmp one.digest two.digest
    skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/plain:1" >inspected
    says inspected '"Created": "2023-11-14T22:13:20Z"'
    docker pull --quiet "$REGISTRY/$SUITE/plain:1" >&2
    expect 0 docker run --rm --network none --entrypoint find "$REGISTRY/$SUITE/plain:1" /python /opt/sconectl /scone -exec stat -c '%u %a %Y %F %n' {} +
    says out '0 755 1700000000 regular file /python/src/program.sh'
    says out '0 644 1700000000 regular file /python/main.py'
    says out '0 755 1700000000 directory /python/src'
    says out '0 755 1700000000 directory /python/cache/deep'
    # Copies that all may read are the user's alone on this machine.
    mode_is 700 two/target/images/plain/context
    # Another time is another image, so the comparison can fail; and on the machine that has its layers the first image comes
    # out again.
    on_machine $engine three 022 1700000001
    ! cmp -s one.digest three.digest || fail "another time gives the same image"
    (
      cd three || exit
      export CONTAINERS_STORAGE_CONF=$PWD/machine/storage.conf CONTAINERS_CONF=$PWD/machine/containers.conf
      SOURCE_DATE_EPOCH=1700000000 expect 0 sconectl apply -f service.yaml --runtime native --engine $engine
      says out "digest $(cat ../one.digest)"
      SOURCE_DATE_EPOCH=1700000000 expect 0 sconectl apply -f service.yaml --runtime native --engine $engine
      says out "unchanged, digest $(cat ../one.digest)"
    )
    cd ..
  done
  plain_service
  SOURCE_DATE_EPOCH=today expect 2 sconectl apply -f service.yaml --runtime native --engine podman
  says err 'seconds since 1970'
}

# by_docker NAME TIME: as on_machine(), by docker, whose second build takes no layer of the first.
by_docker() {
  mkdir "$1"
  (
    cd "$1" || exit
    plain_service
    printf -- '--no-index\n' >requirements.txt
    sed -i 's/^  pwd:.*/&\n  requirements: requirements.txt\n  integrity: off\n  run: [echo made > made.txt, mkdir -p cache\/deep, ln made.txt cache\/twice.txt]/' service.yaml
    [ "$1" = one ] || find . -exec touch -h -d 2001-02-03 {} +
    SOURCE_DATE_EPOCH=$2 expect 0 sconectl apply -f service.yaml --runtime native --engine docker --no-cache --iidfile "../$1.id"
    says_but_not err "building" 'SOURCE_DATE_EPOCH'
    grep -o 'sha256:[0-9a-f]*' out | tail -n 1 >"../$1.digest"
    find target/images/plain >left
    says_but_not left Dockerfile .retimed
  )
}

# large_layers IMAGE: those of more than 1 MB that the registry has of it, sorted.
large_layers() {
  skopeo inspect --raw --tls-verify=false "docker://$1" | jq -r '.layers[] | select(.size > 1000000) | .digest' | sort
}

# file_list IMAGE: the list of its files that its build has made.
file_list() {
  local container
  container=$(docker create --network none "$1" /none)
  docker cp "$container:/opt/sconectl/files" - | tar -xO
  docker rm "$container" >/dev/null
}

case_docker_builds_alike_with_either_builder_and_services_share_the_launcher() {
  # On nothing, too: there is no /etc/passwd in which a builder could look for root.
  build_kit
  tiny_base
  local base builder name
  for base in scratch "$BASE"; do
    for builder in 0 1; do
      mkdir "on-$builder"
      cd "on-$builder" || return
      for name in one two; do
        echo $name >text
        cat >$name.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: $name, kind: sconify_image, from: "$base", to: "$REGISTRY/$SUITE/$name:$builder", pwd: /app, command: /app/text, copy: [text]}
END
        DOCKER_BUILDKIT=$builder expect 0 sconectl apply -f $name.yaml --runtime native --no-sbom
        large_layers "$REGISTRY/$SUITE/$name:$builder" >$name.layers
        file_list "$REGISTRY/$SUITE/$name:$builder" >../$name.list.$builder
      done
      matches one.layers '^sha256:'
      cmp one.layers two.layers
      cd ..
      rm -r "on-$builder"
    done
    matches one.list.0 ' /app/text$'
    cmp one.list.0 one.list.1
    cmp two.list.0 two.list.1
  done
}

case_docker_makes_the_same_image_again() {
  # Its builders put times into layers, and into the image.
  local size image=$REGISTRY/$SUITE/plain
  base_in_registry
  export SCONECTL_PYTHON_IMAGE=$BASE
  by_docker one 1700000000
  sleep 1
  by_docker two 1700000000
  cmp one.id two.id
  cmp one.digest two.digest
  by_docker three 1700000001
  ! cmp -s one.digest three.digest || fail "another time gives the same image"
  # What went to the registry is that, and it runs: on the layers of its base, with one time for what was added.
  expect 0 sconectl image diff "$image@$(cat one.digest)" "$image@$(cat two.digest)"
  expect 1 sconectl image diff "$image@$(cat one.digest)" "$image@$(cat three.digest)"
  says out '2023-11-14T22:13:2'
  skopeo inspect --tls-verify=false --format '{{range .Layers}}{{println .}}{{end}}' "docker://$BASE" | grep . >base.layers
  skopeo inspect --tls-verify=false --format '{{range .Layers}}{{println .}}{{end}}' "docker://$image:1" | grep . >image.layers
  size=$(wc -l <base.layers)
  head -n "$size" image.layers | cmp - base.layers
  [ "$(wc -l <image.layers)" -gt "$size" ] || fail "nothing was added"
  expect 0 docker run --rm --network none --entrypoint find "$image:1" /python /opt/sconectl /scone -exec stat -c '%u %a %Y %F %n' {} +
  says out '0 644 1700000001 regular file /python/main.py'
  says out '0 755 1700000001 directory /python/cache/deep'
  cut -d' ' -f3 out | sort -u | cmp - <(echo 1700000001)
  expect 0 docker run --rm --network none --entrypoint stat "$image:1" -c %h /python/made.txt
  says out 2
  # The same again is told by the engine, and is not built again.
  (
    cd three || exit
    SOURCE_DATE_EPOCH=1700000001 expect 0 sconectl apply -f service.yaml --runtime native --engine docker
    says out "unchanged, digest $(cat ../three.digest)"
  )
  # BuildKit, which mounts files.
  build_kit
  printf '# of the site\n' >pip.conf
  export SCONECTL_PIP_CONFIG=$PWD/pip.conf
  by_docker four 1700000000
  sleep 1
  by_docker five 1700000000
  cmp four.digest five.digest
}

case_engines_mount_what_no_image_holds() {
  require_engines
  tiny_base
  engine_storage machine
  export SCONECTL_PYTHON_IMAGE=$BASE
  plain_service
  printf '# hunter2-of-pip\n' >pip.conf
  printf 'hunter2-of-pip' >marker
  cat >>service.yaml <<'END'
  run: ['test $(wc -c <\$PIP_CONFIG_FILE) = 17 && echo read >read.txt']
END
  local engine
  for engine in podman buildah; do
    SCONECTL_PIP_CONFIG=pip.conf expect 0 sconectl apply -f service.yaml --runtime native --engine $engine -t $engine
    docker pull --quiet "$REGISTRY/$SUITE/plain:1" >&2
    image_bytes "$REGISTRY/$SUITE/plain:1" >bytes
    hides marker 'PIP_CONFIG_FILE=/dev/sconectl-build/pip' <bytes
  done
}

# largest_memory COMMAND...: what the largest of its processes had, in MB; what it printed is in out and err.
largest_memory() {
  python3 -c '
import resource, subprocess, sys
with open("out", "w") as out, open("err", "w") as err:
    status = subprocess.run(sys.argv[1:], stdout=out, stderr=err).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000)
sys.exit(status)' "$@"
}

case_engines_tell_what_an_image_is_made_of_that_was_not_pushed() {
  require_engines
  base_in_registry
  export SCONECTL_PYTHON_IMAGE=$BASE
  engine_storage machine
  plain_service
  local engine form memory
  for engine in docker podman buildah; do
    expect 0 sconectl apply -f service.yaml --runtime native --engine $engine -t pushed-$engine
    memory=$(largest_memory sconectl apply -f service.yaml --runtime native --engine $engine --no-push --iidfile id -t kept-$engine) ||
      fail "$(cat err)"
    # The image has 175 MB: it went through a file, part by part.
    [ "$memory" -lt 120 ] || fail "$memory MB with $engine"
    for form in '.components' '.packages | map(select(.name | endswith("plain") or contains("/plain:") | not))'; do
      case $form in .components) file=sbom.cdx.json ;; *) file=sbom.spdx.json ;; esac
      jq -S "$form" pushed-$engine/images/plain/$file >pushed
      jq -S "$form" kept-$engine/images/plain/$file >kept
      cmp pushed kept
      [ "$(jq length kept)" -gt 50 ] || fail "$(jq length kept) packages in $file"
    done
    # Its digest is nobody's yet: what was built has an id.
    says_but_not kept-$engine/images/plain/sbom.cdx.json '"pkg:oci/plain?' 'pkg:oci/plain@'
    [ "sha256:$(jq -r '.subject[0].digest.sha256' kept-$engine/images/plain/provenance.json)" = "$(cat id)" ] || fail "$engine: the subject is not $(cat id)"
    ls -A kept-$engine/images/plain >left
    says_but_not left sbom.cdx.json .saved-
  done
  # Docker alone is asked by its socket when nothing has changed: no program is started.
  mkdir bin
  ln -s "$(command -v sconectl)" bin/sconectl
  ln -s "$(command -v scone)" bin/scone
  printf '#!/bin/sh\necho "docker $*" >>%s/started\nexit 1\n' "$PWD" >bin/docker
  chmod +x bin/docker
  PATH=$PWD/bin:/nowhere expect 0 "$PWD/bin/sconectl" apply -f service.yaml --runtime native --engine docker --no-push -t kept-docker
  says out unchanged
  absent started
}

# questions_of_a_build: how often a build of something new asks docker what it builds with.
questions_of_a_build() {
  echo "# $RANDOM$RANDOM" >>main.py
  : >asked
  expect 0 sconectl apply -f service.yaml --runtime native --engine docker --no-push
  grep -q '^build --tag' asked || fail "nothing was built: $(cat asked)"
  questions=$(grep -c -e '--help$' asked || true)
}

case_docker_is_asked_once_what_it_builds_with_until_it_is_another() {
  local docker questions
  docker=$(command -v docker)
  mkdir -p bin config
  printf '#!/bin/bash\nprintf "%%s\\n" "$*" >>%q\nexec %q "$@"\n' "$PWD/asked" "$docker" >bin/docker
  chmod +x bin/docker
  export PATH=$PWD/bin:$PATH XDG_CACHE_HOME=$PWD/cache DOCKER_CONFIG=$PWD/config
  hash -r
  plain_service
  questions_of_a_build
  [ "$questions" = 2 ] || fail "the first build asks $questions questions"
  questions_of_a_build
  [ "$questions" = 0 ] || fail "the second build asks $questions questions"
  mkdir config/cli-plugins
  cp /bin/false config/cli-plugins/docker-buildx
  questions_of_a_build
  [ "$questions" = 2 ] || fail "with a new plugin a build asks $questions questions"
  rm config/cli-plugins/docker-buildx
  echo '# another' >>bin/docker
  questions_of_a_build
  [ "$questions" = 2 ] || fail "another docker is asked $questions questions"
  # After a build that failed, for whatever reason.
  sed -i 's/^  pwd:.*/&\n  run: ["false"]/' service.yaml
  expect 1 sconectl apply -f service.yaml --runtime native --engine docker --no-push
  sed -i '/^  run:/d' service.yaml
  questions_of_a_build
  [ "$questions" = 2 ] || fail "after a failure a build asks $questions questions"
}
