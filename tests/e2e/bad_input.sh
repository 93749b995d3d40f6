# Wrong input and missing surroundings: a clear error, the right exit status, nothing left behind.
# Sourced by tests/e2e/run.
# shellcheck shell=bash

# hello_service OPTION...: applies service.yaml of the current directory.
hello_service() {
  env "${with[@]}" sconectl apply -f "${SERVICE:-service.yaml}" --runtime native -e APP_IMAGE_REPO="$REGISTRY/$SUITE-bad" \
    -e RELEASE=pythonapp "$@"
}

# Nothing that could be taken for a result: at most the lock file of the target directory.
no_result() {
  [ ! -d target ] || find target -type f ! -name .lock >results
  [ ! -s results ] || fail "left behind: $(cat results)"
}

nothing_happened() {
  no_result
  no_image "$REGISTRY/$SUITE-bad/"
}

no_session() {
  cas_ready
  expect 2 sconectl session read "$1/pythonservice"
  expect 2 sconectl session read "$1"
}

# refused STATUS TEXT COMMAND...: fails in that way and leaves nothing.
refused() {
  local wanted=$1 text=$2
  shift 2
  expect "$wanted" "$@"
  says err "$text"
  nothing_happened
}

case_refuses_a_missing_manifest() {
  refused 4 no-such.yaml sconectl apply -f no-such.yaml
  refused 4 no-such.yaml sconectl check -f no-such.yaml
}

case_refuses_a_directory_without_manifests() {
  mkdir empty
  refused '3|4' empty sconectl apply -f empty
}

case_refuses_an_empty_file() {
  : >empty.yaml
  refused 3 empty.yaml sconectl apply -f empty.yaml
  printf '# only a comment\n---\n' >comment.yaml
  refused 3 comment.yaml sconectl apply -f comment.yaml
}

case_refuses_what_is_not_yaml() {
  printf 'kind: genservice\nbuild: {name: [\n' >broken.yaml
  refused 3 broken.yaml: sconectl apply -f broken.yaml
  head -c 4096 /dev/urandom >random.yaml
  refused 3 random.yaml sconectl apply -f random.yaml
  printf '<html><body>Not found</body></html>\n' >page.yaml
  refused 3 page.yaml sconectl apply -f page.yaml
}

case_refuses_a_wrong_kind() {
  hello_copy .
  sed -i 's/kind: genservice/kind: genservise/' service.yaml
  refused 3 service.yaml:2: hello_service
  says err "did you mean 'genservice'"
  printf 'apiVersion: v1\nkind: Pod\n' >pod.yaml
  refused 3 pod.yaml:2: sconectl apply -f pod.yaml
}

case_refuses_a_mistyped_key_and_reports_all_mistakes_at_once() {
  hello_copy .
  sed -i -e 's/^environment:/enviroment:/' -e 's/^  requirements:/  requirments:/' service.yaml
  refused 3 "did you mean 'environment'" hello_service
  says err "did you mean 'requirements'"
  matches err 'service\.yaml:[0-9]+:[0-9]+: error: unknown key .enviroment.'
  matches err 'service\.yaml:[0-9]+:[0-9]+: error: unknown key .build\.requirments.'
  expect 3 sconectl check -f service.yaml
  matches err 'service\.yaml:[0-9]+:[0-9]+: error: unknown key .enviroment.'
}

case_refuses_a_duplicate_key() {
  hello_copy .
  printf 'kind: genservice\n' >>service.yaml
  refused 3 "duplicate key 'kind'" hello_service
}

case_refuses_a_secret_that_is_not_defined() {
  hello_copy .
  sed -i 's/SCONE::password/SCONE::passwort/' service.yaml
  refused 3 passwort hello_service
  matches err 'service\.yaml:[0-9]+:[0-9]+: error: '
}

case_refuses_a_variable_without_a_value_and_names_the_place() {
  hello_copy .
  refused 3 APP_IMAGE_REPO sconectl apply -f service.yaml --runtime native
  says err '-e '
  hello_image
  sed -i '/API_USER/,+1d' mesh.yaml
  expect 3 hello_mesh "$SUITE-novalue"
  says err API_USER
  says err pythonservice
  matches err 'mesh\.yaml:[0-9]+'
  no_result
  no_session "$SUITE-novalue"
}

case_refuses_a_mesh_with_an_unknown_image() {
  hello_copy .
  HELLO_REPO=$REGISTRY/$SUITE-nowhere expect 4 hello_mesh "$SUITE-noimage"
  says err "$REGISTRY/$SUITE-nowhere/python_hello_user:1"
  no_result
  no_session "$SUITE-noimage"
}

case_refuses_when_the_cas_is_unreachable() {
  hello_image
  hello_copy .
  sed -i 's/cas_url: embedded.*/cas_url: 127.0.0.1:9/' mesh.yaml
  expect 4 hello_mesh "$SUITE-nocas"
  says err 127.0.0.1
  no_session "$SUITE-nocas"
}

case_refuses_a_cas_with_another_key_than_the_pinned_one() {
  hello_image
  hello_copy .
  cas_ready
  sed -i 's/^\( *\)cas_url: embedded.*/&\n\1cas_key: 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt/' mesh.yaml
  expect 1 hello_mesh "$SUITE-pin"
  says err 46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt
  no_session "$SUITE-pin"
}

case_container_refuses_a_cas_with_another_key() {
  hello_image
  hello_copy .
  expect 0 hello_mesh "$SUITE-pin2"
  { grep -v '^SCONE_CAS_KEY=' "target/session_files/$SUITE-pin2-pythonservice.env"
    echo SCONE_CAS_KEY=46YyxrywJ8PFRruWX8YLxa9q4axxYJgTbA81tv7NBcJfn43DQt; } >other.env
  expect 1 docker run --rm --name "$SUITE-pin2" --network host --env-file other.env "$HELLO_REPO/python_hello_user:1"
  cat out err >said
  says_but_not said key "thanks for passing"
}

case_refuses_without_docker() {
  hello_copy .
  hello_image
  local with=(DOCKER_HOST="unix://$PWD/no-docker.sock")
  refused 4 docker hello_service
  expect 4 hello_mesh "$SUITE-nodocker"
  says err docker
  no_result
  # Not even the program is there.
  with=(PATH="$BUILD_DIR")
  refused 4 docker hello_service
}

case_build_failure_shows_the_message_of_the_engine() {
  hello_copy .
  printf '  run:\n    - echo the-step-that-fails && exit 7\n' >>service.yaml
  expect 1 hello_service
  says err the-step-that-fails
  no_image "$REGISTRY/$SUITE-bad/python_hello_user"
}

case_refuses_a_copied_file_that_is_missing() {
  hello_copy .
  rm print_env.py
  expect 4 hello_service
  says err print_env.py
  no_result
}

case_refuses_a_file_with_a_slip_in_its_name_and_suggests_the_right_one() {
  hello_copy .
  sed -i 's/requirements: requirements.txt/requirements: requirments.txt/' service.yaml
  refused 4 "did you mean 'requirements.txt'?" hello_service
  matches err 'service\.yaml:[0-9]+:[0-9]+: .build.requirements. names .requirments.txt.'
  rm -f service.ymal
  refused 4 "did you mean 'service.yaml'?" sconectl apply -f service.ymal
}

case_refuses_services_without_attestation_where_it_is_demanded() {
  hello_image
  hello_copy .
  refused 2 "--require-attestation" hello_service --require-attestation
  SCONECTL_REQUIRE_ATTESTATION=1 refused 2 SCONECTL_REQUIRE_ATTESTATION hello_service
  sed -i 's/^build:/build:\n  require_attestation: true/' service.yaml
  refused 3 "runtime 'native', which has none" hello_service
  matches err 'service\.yaml:[0-9]+:[0-9]+: error: attestation is demanded'
  expect 3 hello_mesh "$SUITE-attest" --require-attestation
  matches err 'mesh\.yaml:[0-9]+:[0-9]+: error: attestation is demanded by .*service .pythonservice. would have none'
  sed -i 's/^policy:/policy:\n  require_attestation: true/' mesh.yaml
  expect 3 hello_mesh "$SUITE-attest"
  says err policy.require_attestation
  no_result
  no_session "$SUITE-attest"
}

case_does_not_fall_back_from_scone_once_its_images_are_set_up() {
  hello_copy .
  SCONECTL_REPO=$REGISTRY/scone refused 4 "add '--runtime native' to the command ('scone' was chosen because SCONECTL_REPO is set)" \
    sconectl apply -f service.yaml -e APP_IMAGE_REPO="$REGISTRY/$SUITE-bad" -e RELEASE=pythonapp
  mkdir docker
  printf '{"auths": {"registry.scontain.com": {"auth": "dTpw"}}}\n' >docker/config.json
  DOCKER_CONFIG=$PWD/docker refused 4 "docker has credentials for registry.scontain.com" \
    sconectl apply -f service.yaml -e APP_IMAGE_REPO="$REGISTRY/$SUITE-bad" -e RELEASE=pythonapp
  says_but_not err "docker has credentials" dTpw
}

case_survives_a_full_disk_under_target() {
  hello_image
  hello_copy .
  mkdir target
  as_root mount -t tmpfs -o size=16k,mode=0777 tmpfs target
  at_end as_root umount "$PWD/target"
  expect 4 hello_mesh "$SUITE-full"
  matches err '[Nn]o space left on device'
  no_result
  no_session "$SUITE-full"
}

case_full_disk_keeps_the_previous_result() {
  hello_image
  hello_copy .
  mkdir target
  as_root mount -t tmpfs -o size=2m,mode=0777 tmpfs target
  at_end as_root umount "$PWD/target"
  expect 0 hello_mesh "$SUITE-full2"
  cp -r target before
  head -c 4m /dev/zero >target/filler 2>/dev/null || true
  cp target/filler before
  sed -i 's/value: myself/value: somebody/' mesh.yaml
  expect 4 hello_mesh "$SUITE-full2"
  same_tree before target
}

case_accepts_odd_file_names_and_runs_no_shell() {
  hello_copy .
  local odd="my \"mesh'\$(touch pwned)\`touch pwned\`; touch pwned #.yaml"
  cp service.yaml "$odd"
  SERVICE=$odd expect 0 hello_service --dry-run
  rm -rf target
  SERVICE="no $odd" refused 4 "no $odd" hello_service
  # The same for a file that goes into the image, and for the target directory.
  local program="print \$(touch pwned) 'env' \".py"
  cp print_env.py "$program"
  sed -e "s|    - print_env.py|    - \"print \$(touch pwned) 'env' \\\\\".py\"|" service.yaml >quoted.yaml
  SERVICE=quoted.yaml expect 0 hello_service --no-push -t "odd \$(touch pwned) target"
  docker run --rm --entrypoint ls "$REGISTRY/$SUITE-bad/python_hello_user:1" /python >files
  says files "$program"
  absent pwned
  docker image rm "$REGISTRY/$SUITE-bad/python_hello_user:1"
}

case_values_from_the_command_line_are_never_run_or_parsed() {
  hello_copy .
  local value="x' \"; touch pwned; \$(touch pwned)
kind: mesh"
  sconectl apply -f service.yaml --runtime native --dry-run -e APP_IMAGE_REPO="$REGISTRY/$SUITE-bad" \
    -e RELEASE="$value" >out 2>err || fail "$(cat err)"
  exists target/images/python-hello-user/Dockerfile
  grep -r -q 'touch pwned' target || fail "the value is not in what was built"
  absent pwned
}

case_wrong_usage_has_status_2() {
  expect 2 sconectl aply
  says err apply
  expect 2 sconectl apply
  expect 2 sconectl apply --no-such-option
  expect 2 sconectl apply -f
  no_result
}
