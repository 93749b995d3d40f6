# What goes wrong while an image is built: large files, full disks, engines and registries that go away, odd names.
# Sourced by tests/e2e/run.
# shellcheck shell=bash

# large_service SIZE [IMAGE]: a service of one file of that many bytes without a pattern in them, on nothing.
large_service() {
  head -c "$1" /dev/urandom >large.bin
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build:
  name: large
  kind: sconify_image
  from: scratch
  to: "${2:-$REGISTRY/$SUITE/large:1}"
  command: /opt/sconectl/sconectl version
  copy: [large.bin]
END
}

# with_peak COMMAND...: runs it; the most memory that it or one of its children had, in MB, is in the file peak.
with_peak() {
  python3 - "$@" <<'END'
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=open("peak", "w"))
sys.exit(status)
END
}

# nothing_unfinished DIRECTORY...: large files that were begun are gone, or have their bytes and their name.
nothing_unfinished() {
  find "$@" -type f -size +100k \( -name '.sconectl-new-*' -o -path '*/packing-*' \) >unfinished
  [ ! -s unfinished ] || fail "left behind: $(cat unfinished)"
}

# small_disk DIRECTORY SIZE: a disk of its own, as long as the case runs.
small_disk() {
  mkdir -p "$1"
  as_root mount -t tmpfs -o "size=$2,mode=0777" tmpfs "$1"
  at_end as_root umount "$PWD/$1"
}

# What begins a command in the network of own_docker.
inside=()

engineless() {
  sconectl apply -f service.yaml --runtime native --engine none "$@"
}

# A file that is larger than all memory that may be used: holes stay holes, and what is read comes in parts.
case_a_large_file_takes_neither_memory_nor_disk() {
  large_service 1
  truncate --size 200M large.bin
  export XDG_CACHE_HOME=$PWD/cache
  expect 0 with_peak sconectl apply -f service.yaml --runtime native --engine none --no-push
  [ "$(cat peak)" -lt 100 ] || fail "it took $(cat peak) MB"
  [ "$(stat -c %s target/images/large/context/app/large.bin)" = 209715200 ] || fail "another length"
  [ "$(du --summarize --block-size=1M target | cut -f1)" -lt 120 ] || fail "$(du --block-size=1M target)"
  expect 0 umoci unpack --rootless --image target/images/large/image:"$REGISTRY/$SUITE/large:1" unpacked
  cmp large.bin unpacked/rootfs/large.bin
  rm -rf unpacked
  # On a terminal it is seen how far it is.
  truncate --size 50M large.bin
  expect 0 env -u CI -u NO_COLOR TERM=xterm script --quiet --return --command \
    'sconectl apply -f service.yaml --runtime native --engine none --no-push' typescript
  matches typescript 'packing the application, [0-9]+ of 52 MB'
}

case_a_large_file_goes_through_docker_in_parts() {
  large_service 1
  truncate --size 200M large.bin
  expect 0 with_peak sconectl apply -f service.yaml --runtime native --no-push --no-sbom
  [ "$(cat peak)" -lt 100 ] || fail "it took $(cat peak) MB"
  docker create --name "$SUITE-large" "$REGISTRY/$SUITE/large:1" >&2
  docker cp "$SUITE-large:/large.bin" - | tar -tvf - >listed
  matches listed ' 209715200 .* large.bin$'
  docker rm "$SUITE-large" >&2
  docker rmi "$REGISTRY/$SUITE/large:1" >/dev/null
}

case_a_killed_build_leaves_no_large_file() {
  large_service 40M
  export XDG_CACHE_HOME=$PWD/cache
  local delay interrupted=0 pid
  mkdir cache
  for delay in 0.02 0.05 0.1 0.2 0.4 0.8 1.6; do
    rm -rf target
    sconectl apply -f service.yaml --runtime native --engine none --no-push >kill.out 2>&1 &
    pid=$!
    sleep "$delay"
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" || interrupted=$((interrupted + 1))
    nothing_unfinished target cache
  done
  [ "$interrupted" -gt 0 ] || fail "no run was interrupted"
  expect 0 engineless --no-push
  expect 0 umoci unpack --rootless --image target/images/large/image:"$REGISTRY/$SUITE/large:1" unpacked
  cmp large.bin unpacked/rootfs/large.bin
}

case_an_interrupted_build_ends_in_the_middle_of_a_file() {
  large_service 1
  truncate --size 1500M large.bin
  export XDG_CACHE_HOME=$PWD/cache
  mkdir cache
  env --default-signal=INT sconectl apply -f service.yaml --runtime native --engine none --no-push >out 2>err &
  local pid=$! begin status=0
  wait_for 20 "the packing" grep -q 'putting' err
  begin=$SECONDS
  kill -INT "$pid"
  wait "$pid" || status=$?
  [ "$status" = 130 ] || fail "status $status: $(cat err)"
  [ $((SECONDS - begin)) -lt 3 ] || fail "it went on for $((SECONDS - begin)) s"
  absent target/images/large/image
  nothing_unfinished target cache
}

case_a_full_disk_in_the_middle_of_a_layer_leaves_nothing_of_it() {
  large_service 30M
  # The copy of the user's file.
  small_disk target 20m
  expect 4 engineless --no-push
  matches err "can not copy '.*large.bin' to '.*large.bin': no space left on device"
  absent target/images/large/context/app/large.bin
  nothing_unfinished target
  expect 0 as_root mount -o remount,size=500m target
  expect 0 engineless --no-push
  cmp large.bin target/images/large/context/app/large.bin
  # A layer that is packed.
  small_disk packed/sconectl 20m
  XDG_CACHE_HOME=$PWD/packed expect 4 engineless --no-push --no-cache
  matches err 'can not write .*: no space left on device'
  nothing_unfinished packed
  [ "$(du --summarize --block-size=1M packed | cut -f1)" -lt 2 ] || fail "$(du packed)"
  expect 0 as_root mount -o remount,size=500m packed/sconectl
  XDG_CACHE_HOME=$PWD/packed expect 0 engineless --no-push --no-cache
}

case_a_full_disk_keeps_the_image_that_was_written_before() {
  large_service 1M
  small_disk disk 500m
  expect 0 engineless --no-push --image-output oci:disk/layout
  expect 0 engineless --no-push --image-output oci-archive:disk/app.tar
  local before used
  before=$(skopeo inspect --format '{{.Digest}}' "oci:$PWD/disk/layout")
  cp disk/app.tar app.tar
  used=$(du --summarize --block-size=1M disk | cut -f1)
  as_root mount -o "remount,size=$((used + 10))m" disk
  head -c 30M /dev/urandom >large.bin
  local output
  for output in oci:disk/layout oci-archive:disk/app.tar; do
    expect 4 engineless --no-push --image-output "$output"
    matches err "can not write 'disk/.*': no space left on device"
    nothing_unfinished disk
  done
  [ "$(du --summarize --block-size=1M disk | cut -f1)" -le $((used + 1)) ] || fail "the room was not given back: $(du disk)"
  [ "$(skopeo inspect --format '{{.Digest}}' "oci:$PWD/disk/layout")" = "$before" ] || fail "another image"
  expect 0 umoci unpack --rootless --image "disk/layout:$REGISTRY/$SUITE/large:1" unpacked
  cmp app.tar disk/app.tar
  as_root mount -o remount,size=500m disk
  for output in oci:disk/layout oci-archive:disk/app.tar; do
    expect 0 engineless --no-push --image-output "$output"
    [ "$(skopeo inspect --format '{{.Digest}}' "${output/disk/$PWD/disk}")" != "$before" ] || fail "the old image"
  done
}

# relayed HOW BYTES: $RELAY is a registry that goes wrong after so many bytes, as long as there is a file relay.state.
relayed() {
  RELAY=127.0.0.1:5078
  "${inside[@]}" python3 "$REPO_ROOT/tests/e2e/clients/registry_relay.py" 5078 "${REGISTRY##*:}" "$1" "$2" "$PWD/relay.state" \
    >relay.log 2>&1 &
  relay_process=$!
  at_end kill "$relay_process"
  wait_for 10 "the relay" "${inside[@]}" curl --silent --noproxy '*' --output /dev/null "http://$RELAY/v2/"
}

no_such_image() {
  expect 1 "${inside[@]}" skopeo inspect --tls-verify=false "docker://$1"
  matches err 'manifest unknown|name unknown|not found'
}

case_a_registry_that_fails_in_the_middle_of_a_push_is_named() {
  local how engine status
  # Docker tries a connection that was cut again for a minute.
  for how in cut-none refuse-none refuse-docker; do
    engine=${how#*-}
    status=1
    [ "$how" != cut-none ] || status=4
    relayed "${how%-*}" 20000000
    large_service 30M "$RELAY/$SUITE/$how:1"
    rm -rf target
    expect $status sconectl apply -f service.yaml --runtime native --engine "$engine"
    exists relay.state
    says err "$RELAY"
    [ "$how" = cut-none ] || says err 'the quota of this project is used up'
    no_such_image "$REGISTRY/$SUITE/$how:1"
    # As soon as it is well again, the same command does it.
    rm relay.state
    expect 0 sconectl apply -f service.yaml --runtime native --engine "$engine"
    says out 'pushed'
    expect 0 skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/$how:1"
    kill "$relay_process"
    wait "$relay_process" || true
  done
}

# has_another_network PROCESS: until then it has ours.
has_another_network() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# own_docker: a Docker daemon and a registry in a network of their own, on a disk of their own ($DOCKER_DISK), for commands
# after "${inside[@]}". What becomes of them is nobody else's business.
own_docker() {
  [ "$(id -u)" = 0 ] || skip 'a Docker daemon of its own needs root'
  DOCKER_DISK=$SUITE_DIR/docker # short: names of sockets are
  mkdir "$DOCKER_DISK"
  mount -t tmpfs -o size=2g tmpfs "$DOCKER_DISK"
  at_end umount --recursive --lazy "$DOCKER_DISK"
  unshare --net sleep 900 &
  local network=$!
  at_end kill "$network"
  wait_for 5 "a network of its own" has_another_network "$network"
  inside=(nsenter "--net=/proc/$network/ns/net")
  wait_for 5 "the network" "${inside[@]}" ip link set lo up
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "%s"}\n' "$PWD/registry" "$REGISTRY" >registry.yml
  "${inside[@]}" docker-registry serve registry.yml >registry.log 2>&1 &
  at_end kill $!
  export DOCKER_HOST=unix://$DOCKER_DISK/docker.sock
  at_end end_daemon KILL
  start_daemon
}

start_daemon() {
  rm -f "$DOCKER_DISK/pid"
  "${inside[@]}" dockerd --data-root "$DOCKER_DISK/data" --exec-root "$DOCKER_DISK/exec" --pidfile "$DOCKER_DISK/pid" \
    --host "$DOCKER_HOST" >>dockerd.log 2>&1 &
  (wait_for 30 "the daemon" docker version) || fail "$(tail dockerd.log)"
}

# end_daemon SIGNAL: after KILL what ran below it goes, too, as it does when a machine fails.
end_daemon() {
  stop_process "$(cat "$DOCKER_DISK/pid")" "$1"
  [ "$1" = KILL ] || return 0
  local pid
  # Some end with what was above them.
  for pid in $(pgrep -f -- "$DOCKER_DISK/exec") $(pgrep -f -x '(/bin/sh -c )?sleep 59.733'); do kill -KILL "$pid" || true; done
  sleep 0.2
  findmnt --list --noheadings --output TARGET | grep "^$DOCKER_DISK/" | sort --reverse | xargs --no-run-if-empty umount --lazy
  rm -rf "$DOCKER_DISK/exec"
}

# dies_in_the_middle MESSAGE COMMAND...: the daemon is killed when COMMAND succeeds; what apply says then, and with what status.
dies_in_the_middle() {
  "${inside[@]}" sconectl apply -f service.yaml --runtime native --no-sbom >out 2>err &
  local pid=$! status=0 begin
  wait_for 60 "$1" "${@:2}"
  end_daemon KILL
  begin=$SECONDS
  wait "$pid" || status=$?
  [ "$status" = 4 ] || fail "status $status: $(cat err)"
  says err 'the daemon of docker does not answer'
  [ $((SECONDS - begin)) -lt 20 ] || fail "it went on for $((SECONDS - begin)) s"
  expect 1 pgrep -f "docker (build|push) .*$SUITE"
}

case_a_docker_daemon_that_dies_or_has_no_room_is_named_and_the_next_run_does_it() {
  docker save --output base.tar "$PYTHON_IMAGE"
  own_docker
  docker load --quiet --input base.tar >&2
  large_service 30M
  sed -i "s|kind: sconify_image|kind: python|; s|from: scratch|run: [sleep 59.733]|" service.yaml
  dies_in_the_middle "the step of the build" pgrep -f -x 'sleep 59.733'
  no_such_image "$REGISTRY/$SUITE/large:1"
  start_daemon
  sed -i '/run:/d' service.yaml
  # In the middle of the push.
  relayed hold 20000000
  sed -i "s|$REGISTRY|$RELAY|" service.yaml
  dies_in_the_middle "the push" test -e relay.state
  no_such_image "$REGISTRY/$SUITE/large:1"
  rm relay.state
  start_daemon
  expect 0 "${inside[@]}" sconectl apply -f service.yaml --runtime native
  says out pushed
  expect 0 "${inside[@]}" skopeo inspect --tls-verify=false "docker://$REGISTRY/$SUITE/large:1"
  # Its disk is full in the middle of a layer.
  large_service 90M
  sed -i "s|kind: sconify_image|kind: python|; /from:/d" service.yaml
  local used
  used=$(df --output=used --block-size=1M "$DOCKER_DISK" | tail -n 1)
  mount -o "remount,size=$((used + 40))m" "$DOCKER_DISK"
  expect 1 "${inside[@]}" sconectl apply -f service.yaml --runtime native
  says err 'no space left on device'
  mount -o remount,size=2g "$DOCKER_DISK"
  expect 0 "${inside[@]}" sconectl apply -f service.yaml --runtime native
  says out 'built and pushed'
}

case_two_builds_of_one_image_at_once_give_one_good_image() {
  large_service 8M
  export XDG_CACHE_HOME=$PWD/cache
  local each
  local -a pids=()
  for each in one two three; do
    sconectl apply -f service.yaml --runtime native --engine none -t "$each" >"$each.out" 2>&1 &
    pids+=($!)
  done
  for each in "${pids[@]}"; do wait "$each" || fail "$(cat ./*.out)"; done
  nothing_unfinished cache one two three
  [ "$(cat ./*.out | grep -o 'sha256:[0-9a-f]*' | sort -u | wc -l)" = 1 ] || fail "several digests: $(cat ./*.out)"
  expect 0 skopeo copy --quiet --src-tls-verify=false "docker://$REGISTRY/$SUITE/large:1" "oci:$PWD/copied:1"
  expect 0 umoci unpack --rootless --image copied:1 unpacked
  cmp large.bin unpacked/rootfs/large.bin
}

# several_at_once ARGUMENTS...: four runs with other files and target directories, of one name.
several_at_once() {
  local each
  local -a pids=()
  for each in 1 2 3 4; do
    mkdir -p "$each"
    (cd "$each" && large_service 3M)
    (cd "$each" && exec sconectl apply -f service.yaml --runtime native --metadata-file metadata.json "$@") >"$each.out" 2>&1 &
    pids+=($!)
  done
  for each in "${pids[@]}"; do wait "$each" || fail "$(cat ./*.out)"; done
  says 1.out 'built' # all were at work
  cat ./[1-4].out >all
  says all "waiting for another run that makes"
}

case_runs_that_make_one_name_or_place_take_turns() {
  local each digest
  export XDG_CACHE_HOME=$PWD/cache
  several_at_once --engine docker
  for each in 1 2 3 4; do
    digest=$(jq -er '."containerimage.digest"' "$each/metadata.json")
    rm -rf copied unpacked
    expect 0 skopeo copy --quiet --src-tls-verify=false "docker://$REGISTRY/$SUITE/large@$digest" "oci:$PWD/copied:1"
    expect 0 umoci unpack --rootless --image copied:1 unpacked
    cmp "$each/large.bin" unpacked/rootfs/large.bin
  done
  several_at_once --engine none --no-push --image-output "oci:$PWD/layout"
  rm -rf unpacked
  expect 0 umoci unpack --rootless --image "layout:$REGISTRY/$SUITE/large:1" unpacked
  cmp -s unpacked/rootfs/large.bin 1/large.bin || cmp -s unpacked/rootfs/large.bin 2/large.bin ||
    cmp -s unpacked/rootfs/large.bin 3/large.bin || cmp unpacked/rootfs/large.bin 4/large.bin
  # Who can not keep the cache is told, and goes on.
  mkdir closed
  : >closed/sconectl
  cp 1/large.bin 1/service.yaml .
  XDG_CACHE_HOME=$PWD/closed expect 0 sconectl apply -f service.yaml --runtime native --no-push --no-sbom
  says err 'at the same time is not noticed'
}

# Whatever files are called: in the image they are called the same, and nothing of it is run or taken for an option.
case_odd_names_of_files_reach_the_image_as_they_are() {
  base_in_registry
  export SCONECTL_PYTHON_IMAGE=$BASE
  mkdir src
  local name
  # shellcheck disable=SC2016  # of nobody
  for name in $'not\xff\xfeutf-8' $'two\nlines' $'tab\tand\rreturn' $'escape\e[31m' '-rf' '--help' 'a "b" '"'c'" \
    '$(touch pwned) `touch pwned` ; touch pwned' 'back\slash' '*' ' begins and ends with blanks ' '#' '{{ x }}' '${HOME}' 'ünï'; do
    printf '%s' "$name" >"src/$name"
  done
  cat >./-main.py <<'END'
import os
for name in os.listdir(b"src"):
    assert open(b"src/" + name, "rb").read() == name
print(len(os.listdir("src")), "names")
END
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: odd, kind: python, to: "$REGISTRY/$SUITE/odd:1", pwd: /python, command: python3 ./-main.py, copy: ["-main.py", src]}
END
  local engine
  for engine in none docker; do
    expect 0 sconectl apply -f service.yaml --runtime native --engine "$engine" -t "$engine"
    jq -e '[.predicate.buildDefinition.resolvedDependencies[].name] | index("app/src/two\nlines") != null' \
      "$engine/images/odd/provenance.json" >/dev/null || fail "$(cat "$engine/images/odd/provenance.json")"
    jq -e .packages "$engine/images/odd/sbom.spdx.json" >/dev/null
    docker pull --quiet "$REGISTRY/$SUITE/odd:1" >&2
    expect 0 docker run --rm --workdir /python --entrypoint python3 "$REGISTRY/$SUITE/odd:1" ./-main.py
    says out '15 names'
    # The launcher compares each of them with the list of the build.
    native_mesh odd
    expect 0 sconectl apply -f mesh.yaml -t "$engine"
    expect 0 docker run --rm --network host --env-file "$engine/session_files/$SUITE-odd-app.env" "$REGISTRY/$SUITE/odd:1"
    says out '15 names'
  done
  absent pwned
  absent src/pwned
}
