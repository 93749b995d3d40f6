# The first tutorial. Sourced by tests/e2e/run.
# shellcheck shell=bash

# Runs examples/hello-world/run.sh once, in a copy: sets HELLO (its directory) and HELLO_CONTAINER.
hello_world() {
  export APP_NAMESPACE=$SUITE-hello
  HELLO=$SUITE_DIR/examples/hello-world
  HELLO_CONTAINER=$APP_NAMESPACE-pythonservice
  if [ ! -e "$SUITE_DIR/hello.log" ]; then
    "$HELLO/run.sh" >"$SUITE_DIR/hello.log.part" 2>&1 || fail "$(cat "$SUITE_DIR/hello.log.part")"
    mv "$SUITE_DIR/hello.log.part" "$SUITE_DIR/hello.log"
  fi
}

# The generated password of the running container, into the file 'password'.
hello_password() {
  container_variable "$HELLO_CONTAINER" API_PASSWORD password
  [ "$(wc -c <password)" -eq 10 ] || fail "the password has $(wc -c <password) characters, expected 10"
}

case_hello_world_greets() {
  hello_world
  docker logs "$HELLO_CONTAINER" >log
  grep -q -x "Hello 'myself' - thanks for passing along the API_PASSWORD" log || fail "$(cat log)"
  says "$SUITE_DIR/hello.log" "+ sconectl apply -f service.yaml --runtime native"
  says "$SUITE_DIR/hello.log" "+ sconectl apply -f mesh.yaml"
}

case_hello_world_shows_the_same_checksum_after_a_restart() {
  hello_world
  docker logs "$HELLO_CONTAINER" | grep checksum >checksums
  [ "$(wc -l <checksums)" -ge 2 ] || fail "not restarted: $(cat checksums)"
  [ "$(sort -u checksums | wc -l)" -eq 1 ] || fail "different passwords: $(cat checksums)"
}

case_hello_world_checksum_is_that_of_the_generated_password() {
  hello_world
  hello_password
  docker logs "$HELLO_CONTAINER" >log
  says log "checksum of the API_PASSWORD is $(sha256sum password | cut -d ' ' -f 1)"
}

case_hello_world_password_is_in_no_file_under_target_or_home() {
  hello_world
  hello_password
  find "$HELLO/target" -type f -exec cat {} + | hides password API_USER
  find "$HOME" -type f -exec cat {} + | hides password cas_db
}

case_hello_world_password_is_in_no_image_layer_or_label() {
  hello_world
  hello_password
  local image=$REGISTRY/hello-world/python_hello_user:1
  image_bytes "$image" | hides password 'thanks for passing along'
  docker image inspect "$image" | hides password /opt/sconectl/sconectl
  docker history --no-trunc "$image" | hides password /opt/sconectl/sconectl
}

case_hello_world_password_is_not_in_docker_inspect_or_logs() {
  hello_world
  hello_password
  docker inspect "$HELLO_CONTAINER" | hides password SCONE_CONFIG_ID
  docker logs "$HELLO_CONTAINER" 2>&1 | hides password 'thanks for passing along'
  hides password python_hello_user <"$SUITE_DIR/hello.log"
}

case_hello_world_password_is_on_no_command_line_of_the_host() {
  hello_world
  hello_password
  command_lines | hides password print_env.py
}

case_hello_world_access_token_is_on_no_command_line_and_in_no_readable_file() {
  hello_world
  local file=$HELLO/target/session_files/$APP_NAMESPACE-pythonservice.env
  exists "$file"
  mode_is 600 "$file"
  sed -n 's/^SCONE_SERVICE_ACCESS_TOKEN=//p' "$file" | tr -d '\n' >token
  [ -s token ] || fail "no token in $file"
  command_lines | hides token print_env.py
  find "$HELLO/target" -type f -perm /077 -exec cat {} + | hides token API_USER
  image_bytes "$REGISTRY/hello-world/python_hello_user:1" | hides token 'thanks for passing along'
}

case_hello_world_without_the_access_token_gets_nothing() {
  hello_world
  grep -v TOKEN "$HELLO/target/session_files/$APP_NAMESPACE-pythonservice.env" >no-token.env
  local image=$REGISTRY/hello-world/python_hello_user:1
  expect '1' docker run --rm --name "$SUITE-no-token" --network host --env-file no-token.env "$image"
  cat out err >said
  says_but_not said token "thanks for passing"
  { cat no-token.env && echo SCONE_SERVICE_ACCESS_TOKEN=0123456789abcdef; } >wrong-token.env
  # What kubectl describe would show stands in the file of the pod; whoever may read the session gets the reason.
  : >message
  expect '1' docker run --rm --name "$SUITE-wrong-token" --network host --env-file wrong-token.env \
    --volume "$PWD/message:/dev/termination-log" "$image"
  cat out err >said
  says_but_not said token "thanks for passing"
  local id
  id=$(sed -n 's/^denial \([0-9a-f]\{16\}\): .*/\1/p' message)
  says said "denial $id: whoever may read the session learns why by 'sconectl cas explain $id'"
  expect 0 sconectl cas explain "$id"
  says out "refused: $APP_NAMESPACE/pythonservice/"
  says out "reason: its service access token is not the session's"
}

case_hello_world_runs_below_the_launcher_as_first_process() {
  hello_world
  # shellcheck disable=SC2016  # the container's shell
  expect 0 docker exec "$HELLO_CONTAINER" sh -c 'cat /proc/1/comm; for child in $(cat /proc/1/task/1/children); do cat "/proc/$child/comm"; done'
  [ "$(tr '\n' ' ' <out)" = "sconectl-init python3 " ] || fail "$(cat out)"
}

case_hello_world_files_with_keys_and_sessions_are_private() {
  hello_world
  local file
  for file in "$HELLO"/target/session_files/*.yaml "$HELLO/target/identity.pem" "$HOME/.cas/config.json"; do
    exists "$file"
    mode_is 600 "$file"
  done
}

case_hello_world_second_apply_says_unchanged_and_keeps_every_byte() {
  hello_world
  hello_copy .
  cp -r "$HELLO/target" target
  cp -r target before
  HELLO_REPO=$REGISTRY/hello-world
  expect 0 hello_mesh "$APP_NAMESPACE"
  cat out err >all
  says all unchanged
  same_tree before target
}

case_hello_world_as_genimage() {
  cp -r "$SUITE_DIR/examples" .   # its own target directory: other cases look at the first one
  APP_NAMESPACE=$SUITE-genimage SERVICE_MANIFEST=service-genimage.yaml \
    expect 0 examples/hello-world/run.sh
  says out "Hello 'myself' - thanks for passing along the API_PASSWORD"
}

case_hello_world_changed_mesh_updates_the_session_and_keeps_the_password() {
  hello_image
  hello_copy .
  local namespace=$SUITE-update image=$HELLO_REPO/python_hello_user:1 env
  env=target/session_files/$namespace-pythonservice.env
  greet() {
    docker run --detach --name "$1" --network host --env-file "$env" "$image"
    wait_for_log "$1" checksum
    docker logs "$1" >"$1.log"
    docker rm --force "$1"
  }
  expect 0 hello_mesh "$namespace"
  greet "$SUITE-first"
  sed -i 's/value: myself/value: somebody/' mesh.yaml
  expect 0 hello_mesh "$namespace"
  greet "$SUITE-second"
  says "$SUITE-first.log" "Hello 'myself'"
  says "$SUITE-second.log" "Hello 'somebody'"
  [ "$(grep checksum "$SUITE-first.log")" = "$(grep checksum "$SUITE-second.log")" ] || fail "the password changed"
}

case_hello_world_new_access_tokens_end_the_old_ones() {
  hello_image
  hello_copy .
  local namespace=$SUITE-tokens image=$HELLO_REPO/python_hello_user:1 env
  env=target/session_files/$namespace-pythonservice.env
  expect 0 hello_mesh "$namespace"
  cp "$env" old.env
  expect 0 hello_mesh "$namespace" --new-access-tokens
  says out "session $namespace/pythonservice updated"
  expect 1 docker run --rm --name "$SUITE-old-token" --network host --env-file old.env "$image"
  says err 'the service access token is wrong'
  # Another directory with what was made there before puts nothing back.
  mkdir -p other/target/session_files
  cp ./*.yaml other
  cp old.env "other/$env"
  cd other || fail "there is no other directory"
  expect 0 hello_mesh "$namespace"
  says out "session $namespace/pythonservice unchanged"
  cmp "$env" "../$env"
  docker run --detach --name "$SUITE-new-token" --network host --env-file "$env" "$image"
  wait_for_log "$SUITE-new-token" checksum
  # Who has neither key nor token does not start.
  grep -v -e TOKEN -e SCONE_CAS_KEY "$env" >unproven.env
  expect 2 docker run --rm --name "$SUITE-unproven" --network host --env-file unproven.env "$image"
  says err 'nothing would prove that the CAS is the right one'
}

# The two lines of the tutorials, in a directory whose manifests hold the values as their scripts put them in.
plain_copy() {
  hello_copy .
  # shellcheck disable=SC2016  # the variables are the manifests'
  sed -i -e "s|\$APP_IMAGE_REPO|$REGISTRY/$SUITE-plain|" -e "s|\$APP_NAMESPACE|$1|" -e 's|\$RELEASE|pythonapp|' ./*.yaml
}

case_hello_world_with_the_two_lines_of_the_tutorials() {
  local namespace=$SUITE-plain
  plain_copy "$namespace"
  expect 0 sconectl apply -f service.yaml
  says out "image $REGISTRY/$SUITE-plain/python_hello_user:1 built and pushed"
  [ "$(grep -c 'NOT ATTESTED' err)" -eq 1 ] || fail "$(cat err)"
  expect 0 sconectl apply -f mesh.yaml
  says out "session $namespace/pythonservice created"
  # The line for helm is pasted as it is, with 'template' for want of a cluster.
  sed -n 's/^ *helm install/helm template/p' err >next.sh
  [ "$(wc -l <next.sh)" -eq 1 ] || fail "$(cat err)"
  expect 0 bash next.sh
  says out "$namespace/pythonservice/python3"
  docker run --detach --name "$SUITE-plain" --network host \
    --env-file "target/session_files/$namespace-pythonservice.env" "$REGISTRY/$SUITE-plain/python_hello_user:1"
  wait_for_log "$SUITE-plain" checksum
  docker logs "$SUITE-plain" >log
  says log "Hello 'myself' - thanks for passing along the API_PASSWORD"
  docker rm --force "$SUITE-plain"
}

case_hello_world_with_the_older_option_m_and_yml_files() {
  plain_copy "$SUITE-older"
  mv service.yaml service.yml
  expect 0 sconectl apply -m service.yml --dry-run
  says err "'-m service.yml' is taken for '-f service.yml'"
  says out "image $REGISTRY/$SUITE-plain/python_hello_user:1 would be built"
}

case_hello_world_defaults_are_printed_and_nothing_is_written() {
  hello_image
  plain_copy "$SUITE-defaults"
  mkdir home
  HOME=$PWD/home expect 0 sconectl apply -f mesh.yaml --print-defaults
  says out 'name: API_USER'
  HOME=$PWD/home expect 0 sconectl apply -f service.yaml --print-defaults
  says out 'name: API_USER'
  [ "$(find home)" = home ] || fail "written: $(find home)"
  absent target
}

# What run.sh of hello-world makes of options, one 'NAME=value' a line. The set-up is a copy: release.sh stays in it.
example_settings() {
  # shellcheck disable=SC1091,SC2153
  bash -euc '. examples/setup/lib.sh; . examples/setup/options.sh; example_options hello-world pythonapp "$@"
    printf "%s\n" "release=$RELEASE" "repo=$APP_IMAGE_REPO" "sessions=$APP_NAMESPACE" "cluster=$KUBERNETES_NAMESPACE" \
      "apply=${apply_options[*]}" "mesh=${mesh_options[*]}"' options "$@"
}

case_examples_take_the_options_of_the_tutorials() {
  cp -r "$REPO_ROOT/examples" .
  rm -f examples/*/release.sh
  local -x REGISTRY=registry.example
  unset APP_NAMESPACE RELEASE CAS CAS_NAMESPACE APP_IMAGE_REPO
  expect 0 example_settings
  printf '%s\n' release=pythonapp repo=registry.example/hello-world sessions=hello-world cluster= apply= mesh= >expected
  cmp out expected
  expect 0 example_settings -i other.example/me --release demo -n apps -v -d
  printf '%s\n' release=demo repo=other.example/me sessions=hello-world-demo cluster=apps 'apply=-vvvvvvvv --mode=debug' mesh= >expected
  cmp out expected
  expect 0 example_settings --image_repo=a --image-repo b -r x --namespace y --debug
  says out repo=b
  APP_IMAGE_REPO=environment RELEASE=other APP_NAMESPACE=mine expect 0 example_settings
  printf '%s\n' release=other repo=environment sessions=mine cluster= apply= mesh= >expected
  cmp out expected
  # A CAS that others use, too: the sessions get a name of their own, and keep it.
  expect 0 example_settings --cas cas
  says out 'mesh=--cas cas.scone-system'
  matches out '^sessions=pythonapp-[0-9]+-[0-9]+$'
  cp out first
  expect 0 example_settings --cas cas
  cmp out first
  expect 0 example_settings --cas-namespace other
  says out 'mesh=--cas cas.other'
  CAS=cas.example:8443 expect 0 example_settings
  says out 'mesh=--cas cas.example:8443'
}

case_examples_refuse_unknown_options_before_anything_is_installed() {
  local option
  for option in --unknown -x extra '-n' '-r --debug' '--image-repo=' --nothing=1; do
    # shellcheck disable=SC2086  # two words
    expect 1 env PATH=/usr/bin:/bin "$REPO_ROOT/examples/run" hello-world $option
    says err 'usage: examples/run hello-world'
    says_but_not err 'error: ' '== '
  done
  expect 0 env PATH=/usr/bin:/bin "$REPO_ROOT/examples/run" flask-redis -v --help
  says out '--image_repo'
  expect 2 "$REPO_ROOT/examples/run" no-such-example --help
}
