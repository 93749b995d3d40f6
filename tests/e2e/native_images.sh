# How native images are started: with a read-only root, as another user, with words of docker run, on an image that
# names its own program; and what applying them again leaves as it is. Sourced by tests/e2e/run.
# shellcheck shell=bash

# native_mesh NAME: a mesh in the current directory for the service 'app' with the image of service.yaml.
native_mesh() {
  cat >mesh.yaml <<END
apiVersion: scone/5.8
kind: mesh
cas: [{name: cas, alias: [image, security, access, attestation], cas_url: embedded}]
policy: {namespace: $SUITE-$1}
services: [{name: app, image: "$REGISTRY/$SUITE/$1:1"}]
END
}

# native_apply NAME: builds and applies; the environment file is in $env.
native_apply() {
  native_mesh "$1"
  expect 0 sconectl apply -f service.yaml --runtime native
  expect 0 sconectl apply -f mesh.yaml
  env=target/session_files/$SUITE-$1-app.env
}

# What the program of the cases says about itself.
show_py() {
  cat >show.py <<'END'
import os, sys
print("arguments", sys.argv[1:])
print("user", os.getuid())
print("executable", sys.executable)
for path in ("/tls/key.txt", "/app/conf/app.conf"):
    print(path, oct(os.stat(path).st_mode & 0o777), open(path).read())
END
}

case_native_image_runs_with_a_read_only_root_and_as_another_user() {
  show_py
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
injection_files:
  - {path: /tls/key.txt, content: "key \$\$SCONE::key\$\$"}
  - {path: /app/conf/app.conf, content: "x=1"}
secrets: {global: [{name: key, kind: ascii, size: 8}]}
build: {name: files, kind: python, to: "$REGISTRY/$SUITE/files:1", pwd: /app, command: python3 show.py, copy: [show.py]}
END
  native_apply files
  local more
  for more in '' --read-only '--user 1234:1234' '--read-only --user 1234:1234'; do
    # shellcheck disable=SC2086  # several options
    expect 0 docker run --rm --name "$SUITE-files" --network host --env-file "$env" $more "$REGISTRY/$SUITE/files:1"
    says out '/tls/key.txt 0o700 key '
    says out '/app/conf/app.conf 0o700 x=1'
    case $more in *1234*) says out 'user 1234' ;; *) says out 'user 0' ;; esac
  done
}

case_native_image_as_process_1_hears_signals_and_takes_in_what_ends() {
  # A program without handlers; what it started and left ends below process 1.
  cat >quiet.py <<'END'
import subprocess, time
subprocess.run(["sh", "-c", "sleep 0.1 & echo left"], check=True)
time.sleep(1)
print(open("/proc/1/comm").read().strip(), flush=True)
print("children", open("/proc/1/task/1/children").read().split().__len__(), flush=True)
time.sleep(1000)
END
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: quiet, kind: python, to: "$REGISTRY/$SUITE/quiet:1", pwd: /app, command: python3 quiet.py, copy: [quiet.py]}
END
  native_apply quiet
  local begin=$SECONDS name=$SUITE-quiet
  at_end docker rm --force "$name"
  expect 0 docker run --detach --name "$name" --network host --env-file "$env" "$REGISTRY/$SUITE/quiet:1"
  wait_for 20 "the program" sh -c "docker logs $name 2>&1 | grep -q children"
  docker logs "$name" >printed 2>&1
  says printed sconectl-init
  says printed 'children 1'
  expect 0 docker exec "$name" /opt/sconectl/sconectl pod ready
  # The token is not where the system shows what the launcher was started with.
  local environment
  environment=/proc/$(docker inspect --format '{{.State.Pid}}' "$name")/environ
  tr '\0' '\n' <"$environment" >variables
  says variables 'SCONE_CONFIG_ID='
  matches variables '^SCONE_SERVICE_ACCESS_TOKEN=$'
  expect 0 docker stop --time 20 "$name"
  [ $((SECONDS - begin)) -lt 15 ] || fail "it took $((SECONDS - begin)) s to end"
  [ "$(docker inspect --format '{{.State.ExitCode}}' "$name")" = 143 ] || fail "$(docker inspect "$name")"
  # As it was: the program itself is process 1.
  expect 0 docker rm "$name"
  expect 0 docker run --detach --name "$name" --network host --env-file "$env" --env SCONECTL_SUPERVISE=never "$REGISTRY/$SUITE/quiet:1"
  wait_for 20 "the program" sh -c "docker logs $name 2>&1 | grep -q python3"
}

case_native_image_follows_the_cas_while_it_runs() {
  # Rows Z14, A30: a changed file comes without a restart, and the program hears of it.
  cat >follow.py <<'END'
import signal, time
def show(*_):
    print(open("/tls/conf.txt").read(), flush=True)
signal.signal(signal.SIGHUP, show)
show()
while True:
    time.sleep(1)
END
  follow() {
    cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
injection_files: [{path: /tls/conf.txt, content: "$1 \$\$SCONE::key\$\$"}]
secrets: {global: [{name: key, kind: ascii, size: 8}]}
build: {name: follow, kind: python, to: "$REGISTRY/$SUITE/follow:1", pwd: /app, command: python3 follow.py, copy: [follow.py]}
END
    native_apply follow
  }
  local name=$SUITE-follow
  follow first
  at_end docker rm --force "$name"
  expect 0 docker run --detach --name "$name" --network host --env-file "$env" --env SCONECTL_REFRESH=5 \
    --env SCONECTL_REFRESH_SIGNAL=HUP "$REGISTRY/$SUITE/follow:1"
  wait_for 20 "the program" sh -c "docker logs $name 2>&1 | grep -q first"
  follow second
  wait_for 20 "the new file" sh -c "docker logs $name 2>&1 | grep -q second"
  docker logs "$name" >printed 2>&1
  # Once each, and the generated value is the same.
  [ "$(grep -c -e first -e second printed)" = 2 ] || fail "$(cat printed)"
  [ "$(sed -n 's/^first //p' printed)" = "$(sed -n 's/^second //p' printed)" ] || fail "$(cat printed)"
  # One directory in memory, with what counts now.
  expect 0 docker exec "$name" sh -c 'cat /dev/shm/sconectl-*/*'
  says_but_not out second first
  expect 0 docker stop --time 10 "$name"
  [ "$(docker inspect --format '{{.State.ExitCode}}' "$name")" = 143 ] || fail "$(docker inspect "$name")"
}

case_native_image_gives_words_of_docker_run_to_the_program() {
  show_py
  sed -i '/^for path/,$d' show.py
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: words, kind: python, to: "$REGISTRY/$SUITE/words:1", pwd: /app, command: "python3 show.py @@1 @@2", copy: [show.py]}
END
  native_apply words
  local run=(docker run --rm --name "$SUITE-words" --network host --env-file "$env" "$REGISTRY/$SUITE/words:1")
  # shellcheck disable=SC2016  # the program gets the dollar
  expect 0 "${run[@]}" 'a b' '$HOME'
  says out "arguments ['a b', '\$HOME']"
  expect 0 "${run[@]}" -- python3 one two
  says out "arguments ['one', 'two']"
  expect 0 "${run[@]}" one two three
  says err 'takes no host argument @@3'
  expect 3 "${run[@]}" one
  says err 'needs the host argument @@2'
  # A session without PATH: the program gets one, and finds its own files beside itself.
  expect 0 "${run[@]}" one two
  says out 'executable /'
}

case_native_image_keeps_command_environment_and_directory_of_its_base() {
  mkdir base
  cat >base/Dockerfile <<END
FROM $DEBIAN_IMAGE
ENV X="a b" Q="it's \"q\"" P='\$HOME/x' EMPTY= T="{{ .x }}"
WORKDIR /srv
ENTRYPOINT ["/bin/sh","-c","pwd; env; for a; do echo \"[\$a]\"; done","--"]
CMD ["a b","\$HOME","it's","","*"]
END
  docker build --quiet --tag "$SUITE-base:1" base
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
build: {name: kept, kind: sconify_image, from: "$SUITE-base:1", to: "$REGISTRY/$SUITE/kept:1"}
END
  native_apply kept
  expect 0 docker run --rm --name "$SUITE-kept" --network host --env-file "$env" "$REGISTRY/$SUITE/kept:1"
  sort out >said
  local line
  # shellcheck disable=SC2016
  for line in /srv 'X=a b' "Q=it's \"q\"" 'P=$HOME/x' EMPTY= 'T={{ .x }}' '[a b]' '[$HOME]' "[it's]" '[]' '[*]'; do
    grep -q -x -F -e "$line" said || fail "'$line' is missing: $(cat said)"
  done
  docker rmi "$SUITE-base:1"
}

case_native_mesh_that_is_applied_again_keeps_its_ca() {
  show_py
  cat >service.yaml <<END
apiVersion: scone/5.8
kind: genservice
environment: {local: [{name: A, value: "\$\$SCONE::pw\$\$"}]}
injection_files:
  - {path: /tls/server.crt, content: "\$\$SCONE::server.crt\$\$"}
secrets:
  global:
    - {name: ca_key, kind: private-key}
    - {name: ca, kind: x509-ca, private_key: ca_key, export_public: true}
    - {name: key, kind: private-key}
    - {name: server, kind: x509, private_key: key, issuer: ca, dns: [api]}
    - {name: pw, kind: ascii, size: 8}
build: {name: again, kind: python, to: "$REGISTRY/$SUITE/again:1", pwd: /app, command: python3 show.py, copy: [show.py]}
END
  ca() { curl --insecure --silent --fail "https://$(cas_api)/v1/values/session=$SUITE-again/secrets,secret=ca"; }
  native_apply again
  ca >before
  sed -i 's/    - {name: pw,/    - {name: more, kind: ascii}\n&/' service.yaml
  native_apply again
  says out "session $SUITE-again/secrets updated"
  ca >after
  cmp before after
}
