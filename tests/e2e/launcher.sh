# The launcher of native images where there is nothing but a program: its size, images without a C library of ours, names
# without a library of the image, process 1. Sourced by tests/e2e/run.
# shellcheck shell=bash

LAUNCHER=$BUILD_DIR/sconectl-launcher

# launcher_files KIND: the directory 'base' of an image: a program alone, with busybox, or with the C library of musl.
launcher_files() {
  mkdir -p base/bin
  case $1 in
    scratch) musl-gcc -static -s -o base/bin/probe "$REPO_ROOT/tests/e2e/launcher/probe.c" ;;
    busybox)
      musl-gcc -static -s -o base/bin/probe "$REPO_ROOT/tests/e2e/launcher/probe.c"
      cp /bin/busybox base/bin/busybox
      ln base/bin/busybox base/bin/sh
      # shellcheck disable=SC2016  # for the shell there
      printf '[ -n "$PASSWORD" ] && exec probe "$@"\n' >base/bin/show.sh
      ;;
    musl)
      musl-gcc -s -o base/bin/probe "$REPO_ROOT/tests/e2e/launcher/probe.c"
      mkdir base/lib
      cp --dereference /lib/ld-musl-x86_64.so.1 base/lib
      ;;
  esac
  printf 'FROM scratch\nCOPY bin /bin\n' >base/Dockerfile
  [ ! -e base/lib ] || printf 'COPY lib /lib\n' >>base/Dockerfile
}

# launcher_image KIND COMMAND: an image of a service on such a base, $image, and its environment file, $env.
launcher_image() {
  launcher_files "$1"
  docker build --quiet --tag "$SUITE-base-$1:1" base
  at_end docker rmi --force "$SUITE-base-$1:1"
  cat >service.yaml <<YAML
apiVersion: scone/5.8
kind: genservice
environment: {local: [{name: PASSWORD, value: "\$\$SCONE::key\$\$"}]}
injection_files: [{path: /tls/key.txt, content: "key \$\$SCONE::key\$\$"}]
secrets: {global: [{name: key, kind: ascii, size: 8}]}
build: {name: $1, kind: sconify_image, from: "$SUITE-base-$1:1", to: "$REGISTRY/$SUITE/$1:1", command: "$2 @@1 @@2"}
YAML
  native_apply "$1"
  env=target/session_files/$SUITE-$1-app.env
  image=$REGISTRY/$SUITE/$1:1
}

# shown_in KIND COMMAND: the program has what the session gives it, whatever the container may do. A tmpfs has the mode of
# the directory that the image has in its place.
shown_in() {
  launcher_image "$1" "$2"
  local more
  for more in '' '--user 65534:65534' '--read-only' '--read-only --user 65534:65534' \
    '--read-only --ipc none --tmpfs /tls' '--read-only --ipc none --tmpfs /tls:uid=65534 --user 65534:65534 --cap-drop ALL'; do
    # shellcheck disable=SC2086  # several options
    expect 0 docker run --rm --name "$SUITE-$1" --network host --env-file "$env" $more "$image" show hello
    case $more in *--user*) says out 'user 65534' ;; *) says out 'user 0' ;; esac
    says out 'argument hello'
    matches out '^variable PASSWORD=.{8}$'
    matches out '^/tls/key.txt .*key .{8}$'
    [ "$(sed -n 's/^variable PASSWORD=//p' out)" = "$(sed -n 's/^.tls.key.txt.* key //p' out)" ] || fail "$more: $(cat out)"
    says_but_not out 'variable PASSWORD' SCONE_
  done
  # What it is in the image, and that the whole program is not.
  expect 0 docker run --rm --name "$SUITE-$1" --network none --entrypoint /opt/sconectl/sconectl "$image" version
  sconectl version >expected
  cmp out expected
  expect 1 docker run --rm --name "$SUITE-$1" --network none --entrypoint /opt/sconectl/sconectl "$image" cas serve
  says err "this is only the launcher of sconectl"
}

case_launcher_has_at_most_10_mb_and_needs_no_library() {
  expect 0 python3 "$REPO_ROOT/tests/launch/size.py" "$LAUNCHER"
  says out static
  # The same look finds the whole program too large, and a dynamic one lacking.
  expect 1 python3 "$REPO_ROOT/tests/launch/size.py" "$(command -v sconectl)"
  says out '10000000 are allowed'
  expect 1 python3 "$REPO_ROOT/tests/launch/size.py" /bin/cat
  says out 'it needs libraries of the image'
}

case_launcher_runs_from_scratch() {
  shown_in scratch /bin/probe
  # Nothing else is in it but what we put there and what docker mounts.
  docker create --name "$SUITE-scratch" "$image" >/dev/null
  at_end docker rm --force "$SUITE-scratch"
  docker export "$SUITE-scratch" | tar -t | grep -v -E '/$|^(etc|dev|proc|sys)/' | grep -v -E '^(\.dockerenv|scone/)' | sort >files
  printf '%s\n' bin/probe opt/sconectl/files opt/sconectl/sconectl tls/key.txt | cmp - files || fail "$(cat files)"
}

case_launcher_runs_on_musl() {
  shown_in musl /bin/probe
}

case_launcher_runs_on_busybox() {
  shown_in busybox 'sh /bin/show.sh'
}

case_launcher_as_process_1_passes_on_signals_and_status() {
  launcher_image scratch /bin/probe
  local name=$SUITE-first begin pid number
  at_end docker rm --force "$name"
  local started=(docker run --name "$name" --network host --env-file "$env")
  # waiting WHAT NUMBER: in the background, until the program says that it waits
  waiting() {
    docker rm --force "$name" >/dev/null 2>&1 || true
    "${started[@]}" --detach "$image" "$@" >/dev/null
    wait_for 20 "the program" sh -c "docker logs $name 2>&1 | grep -q waits"
  }
  ends_with() { [ "$(docker wait "$name")" = "$1" ] || fail "status $(docker wait "$name"), and not $1"; }
  for number in 0 7 255; do expect "$number" "${started[@]}" --rm "$image" exit "$number"; done
  expect 137 "${started[@]}" --rm "$image" raise 9
  expect 143 "${started[@]}" --rm "$image" raise 15
  expect 134 "${started[@]}" --rm "$image" raise 6
  expect 0 "${started[@]}" --rm "$image" show x
  says_but_not out 'argument x' 'process 1 '
  # Without a handler: process 1 would not even notice.
  waiting wait 0
  begin=$SECONDS
  expect 0 docker stop --time 20 "$name"
  [ $((SECONDS - begin)) -lt 8 ] || fail "it took $((SECONDS - begin)) s to end"
  ends_with 143
  # One that ignores it has its grace period, and no more.
  waiting ignore 15
  begin=$SECONDS
  expect 0 docker stop --time 3 "$name"
  [ $((SECONDS - begin)) -ge 3 ] || fail "it ended after $((SECONDS - begin)) s"
  [ $((SECONDS - begin)) -lt 9 ] || fail "it took $((SECONDS - begin)) s to end"
  ends_with 137
  # Any other signal arrives as it is.
  waiting wait 0
  expect 0 docker kill --signal USR1 "$name"
  ends_with 138
  # What ends below is taken in.
  waiting leave 20
  pid=$(docker inspect --format '{{.State.Pid}}' "$name")
  wait_for 10 "the end of what was left" sh -c "[ \"\$(wc -w <'/proc/$pid/task/$pid/children')\" = 1 ]"
  docker top "$name" -o pid,stat,comm >processes
  says_but_not processes probe ' Z'
  # Plain exec stays available: the program is process 1, and ends by itself.
  docker rm --force "$name" >/dev/null
  expect 0 "${started[@]}" --rm --env SCONECTL_SUPERVISE=never "$image" show x
  says out 'process 1 '
}

# What a glibc of the image would open, and what a name service of it would: pipes, whose reader waits for ever.
traps() {
  local place name
  for place in lib lib64 lib/x86_64-linux-gnu usr/lib usr/lib/x86_64-linux-gnu; do
    mkdir -p "$1/$place"
    for name in ld-linux-x86-64.so.2 libc.so.6 libresolv.so.2 libm.so.6 libidn2.so.0 libnss_{files,dns,evil,compat,resolve,systemd,mdns4}.so.2; do
      mkfifo "$1/$place/$name"
    done
  done
  mkdir -p "$1"/usr/lib/{ssl,x86_64-linux-gnu/{gconv,ossl-modules,engines-3}} "$1/etc/ssl" "$1/var/run/nscd"
  printf '%s: evil [NOTFOUND=return] files dns\n' hosts networks services protocols passwd group initgroups >"$1/etc/nsswitch.conf"
  mkfifo "$1"/etc/{ld.so.cache,ld.so.preload,ssl/openssl.cnf} "$1"/usr/lib/ssl/{openssl.cnf,cert.pem} \
    "$1"/usr/lib/x86_64-linux-gnu/{gconv/gconv-modules.cache,ossl-modules/legacy.so,engines-3/afalg.so}
}

# In a network of its own, with a name server as Kubernetes has it, below a root with nothing but what a case puts there.
case_launcher_finds_names_without_a_library_of_the_image() {
  mkdir -p root/etc root/opt/sconectl
  cp "$LAUNCHER" root/opt/sconectl/sconectl
  # shellcheck disable=SC2016  # for the shell there
  as_root unshare --net sh -c 'ip link set lo up && exec python3 "$0" 127.0.0.53 18765' \
    "$REPO_ROOT/tests/e2e/launcher/names.py" >asked 2>&1 &
  wait_for 10 "the name server" grep -q '^ready' asked
  local server
  server=$(sed -n 's/^ready //p' asked)
  at_end as_root kill "$server"
  reaches() { # reaches STATUS NAME: with what is in root/etc
    expect "$1" as_root timeout 20 nsenter "--net=/proc/$server/ns/net" chroot root /opt/sconectl/sconectl pod wait "$2:18765" --timeout "${3:-5}"
  }
  # No file at all: addresses only.
  reaches 0 127.0.0.21
  reaches 0 '[::1]'
  reaches 4 plain.example 1
  says err "can not find the address of 'plain.example'"
  # /etc/hosts alone.
  printf '127.0.0.1 localhost\n127.0.0.31 first-is-silent\n127.0.0.22\tin-hosts other-name # and a remark\n127.0.0.22 first-is-silent\n::1 six-in-hosts\n' >root/etc/hosts
  for name in in-hosts other-name IN-HOSTS six-in-hosts first-is-silent; do reaches 0 "$name"; done
  # As Kubernetes writes it.
  printf 'nameserver 127.0.0.53\nsearch demo.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n' >root/etc/resolv.conf
  reaches 0 cas.services
  says asked 'A cas.services.demo.svc.cluster.local'
  says asked 'A cas.services.svc.cluster.local'
  reaches 0 plain.example
  says asked 'A plain.example.cluster.local'
  reaches 0 six.example
  reaches 0 several.example
  reaches 4 nobody.example 1
  says err "no such host name"
  # Hosts first.
  printf '127.0.0.22 cas.services\n' >>root/etc/hosts
  : >before && grep -c . asked >before
  reaches 0 cas.services
  [ "$(grep -c . asked)" = "$(cat before)" ] || fail "it asked for what is in /etc/hosts: $(tail -n 3 asked)"
  # Without search; what does not fit into a datagram.
  printf 'nameserver 127.0.0.53\n' >root/etc/resolv.conf
  reaches 0 large.example
  says asked 'udp A large.example'
  says asked 'tcp A large.example'
  # The second name server is asked when the first is silent.
  printf 'nameserver 127.0.0.54\nnameserver 127.0.0.53\noptions timeout:1\n' >root/etc/resolv.conf
  reaches 0 plain.example
  # A glibc with its name services is there, and not touched.
  traps root
  reaches 0 plain.example
  reaches 0 in-hosts
  # The traps are some: who opens one waits.
  expect 124 timeout 1 cat root/lib/libnss_evil.so.2
}

# From the CAS of this machine, below a root whose libraries, name services and OpenSSL must not be opened.
case_launcher_opens_nothing_of_the_image_on_its_way_to_the_program() {
  launcher_image scratch /bin/probe
  mkdir -p root/opt/sconectl root/etc root/tls
  cp -r base/bin root/bin
  cp "$LAUNCHER" root/opt/sconectl/sconectl
  docker create --name "$SUITE-listed" "$image" >/dev/null
  at_end docker rm --force "$SUITE-listed"
  docker cp "$SUITE-listed:/opt/sconectl/files" root/opt/sconectl/files
  printf '127.0.0.1 the-cas\n' >root/etc/hosts
  traps root
  sed 's/^SCONE_CAS_ADDR=127.0.0.1/SCONE_CAS_ADDR=the-cas/' "$env" >variables
  says variables 'SCONE_CAS_ADDR=the-cas'
  printf 'OPENSSL_CONF=/etc/ssl/openssl.cnf\n' >>variables
  # shellcheck disable=SC2016  # for the shell there
  expect 0 as_root timeout 20 sh -c 'while IFS= read -r line; do export "$line"; done <variables; exec "$@"' sh \
    chroot root /opt/sconectl/sconectl run -- /bin/probe show hello
  says out 'argument hello'
  matches out '^variable PASSWORD=.{8}$'
}
