# The application as docker-compose and podman-compose bring it up. Sourced by tests/e2e/run.
# shellcheck shell=bash

# compose_mesh NAME: mesh.yaml of the flask-redis example in the current directory, on a port that nothing else has, and
# flask starts after redis. Sets $project.
compose_mesh() {
  project=$SUITE-$1
  flask_redis
  sed 's/value: 4996/value: 14996/' "$FLASK/mesh.yaml" >mesh.yaml
  # shellcheck disable=SC2016  # a variable of the mesh
  sed -i '/value: 14996/a\      - {name: INIT_CONTAINER1_ENABLE, value: true}\n      - {name: INIT_CONTAINER1, value: $RELEASE-redis}\n      - {name: INIT_CONTAINER1_PORT, value: 6379}' mesh.yaml
}

# compose_apply OPTION...: writes target/compose.yaml.
compose_apply() {
  sconectl apply -f mesh.yaml --release composed -e APP_IMAGE_REPO="$REGISTRY/flask-redis" \
    -e CURATED_REPO="$REGISTRY/curated" -e APP_NAMESPACE="$project" -e RELEASE=composed -o "${form:-compose}" "$@"
}

# composed ARGUMENT...: as apply says it, by the program in $composer.
composer=docker-compose
inside=()
composed() {
  "${inside[@]}" "$composer" -p "$project" -f target/compose.yaml "$@"
}

# The CA certificate of the API from the CAS.
compose_ca() {
  curl --silent --show-error --fail -k "https://127.0.0.1:8081/v1/values/session=$project/secrets" >values.json
  jq -e -r .values.api_ca_cert.value values.json >api_ca.crt
}

compose_api() {
  local path=$1
  shift
  "${inside[@]}" curl --silent --show-error --fail-with-body --max-time 10 --cacert api_ca.crt --resolve api:14996:127.0.0.1 "$@" \
    "https://api:14996$path"
}

# What a record needs, and back again.
compose_serves() {
  compose_ca
  wait_for 60 "the API" "${inside[@]}" curl --silent --insecure --max-time 2 --output /dev/null https://127.0.0.1:14996
  expect 0 compose_api "/patient/$project" -d fname=John -d lname=Roe -d address=here -d city=Dresden -d state=SN -d ssn=1 \
    -d email=j@example.org -d dob=1 -d contactphone=1 -d drugallergies=none -d preexistingconditions=asthma \
    -d dateadmitted=1 -d insurancedetails=x
  expect 0 compose_api "/patient/$project"
  [ "$(jq -r '.fname + " " + .lname' out)" = "John Roe" ] || fail "$(cat out)"
}

case_compose_brings_flask_and_redis_up_and_down() {
  compose_mesh composed
  expect 0 compose_apply
  says err "docker compose -p $project -f ./target/compose.yaml up"
  # Docker's own judgement, and the same bytes again.
  expect 0 composed config
  cp target/compose.yaml first.yaml
  expect 0 compose_apply
  cmp first.yaml target/compose.yaml
  sed -n 's/^SCONE_SERVICE_ACCESS_TOKEN=//p' "target/session_files/$project-flask.env" | tr -d '\n' >token
  hides token env_file <target/compose.yaml
  mode_is 600 "target/session_files/$project-flask.env"
  mode_is 600 target/compose.yaml

  at_end composed down --volumes --timeout 2
  expect 0 composed up -d
  compose_serves
  # It waited for what it needs, and all are found healthy.
  wait_for 40 "the health of all" compose_is_healthy 3

  # Redis is for flask alone: no port of this machine, no network of others.
  docker inspect --format 'ports {{json .HostConfig.PortBindings}}' "${project}_composed-redis_1" >ports
  says ports 'ports {}'
  docker inspect --format '{{json .NetworkSettings.Networks}}' "${project}_composed-redis_1" | jq -r 'keys[]' >networks
  [ "$(cat networks)" = "${project}_flask.redis" ] || fail "$(cat networks)"
  [ "$(docker network inspect --format '{{.Internal}}' "${project}_flask.redis")" = true ] || fail "a way out"
  expect 4 docker run --rm --network "${project}_flask" --entrypoint /opt/sconectl/sconectl "$REGISTRY/curated/redis:7" \
    pod wait --timeout 2 composed-redis:6379
  expect 0 docker run --rm --network "${project}_flask.redis" --entrypoint /opt/sconectl/sconectl "$REGISTRY/curated/redis:7" \
    pod wait --timeout 5 composed-redis:6379

  # Another CAS than the one that was attested is refused, by name.
  expect 1 composed run --rm --no-deps -e SCONE_CAS_KEY="$(sconectl self show-key-hash)" composed-flask
  cat out err >said
  matches said 'CAS.*(key|trust)'
  hides token CAS <said

  expect 0 composed down --volumes --timeout 2
  docker ps --all --format 'container {{.Names}}' >left
  says_but_not left "container $APP_NAMESPACE-redis" "$project"
  docker network ls --format 'network {{.Name}}' >left
  says_but_not left 'network bridge' "$project"
}

# compose_is_healthy N: so many containers, and each of them healthy.
compose_is_healthy() {
  local ids
  mapfile -t ids < <(composed ps -q)
  [ "${#ids[@]}" = "$1" ] && [ "$(docker inspect --format '{{.State.Health.Status}}' "${ids[@]}" | sort -u)" = healthy ]
}

case_compose_says_that_the_cas_does_not_run() {
  compose_mesh nobody
  expect 0 compose_apply
  at_end cas_ready
  stop_cas TERM
  at_end composed down --volumes --timeout 2
  expect 1 timeout 120 docker-compose -p "$project" -f target/compose.yaml up -d
  cat out err >said
  says said 'cas.relay'
  composed logs cas.relay >log 2>&1
  says log 'nothing answers at /run/sconectl-cas/cas.sock yet'
  # It needs no new start when the CAS comes back.
  start_cas
  wait_for 30 "the relay" compose_relay_is_healthy
}

compose_relay_is_healthy() {
  [ "$(docker inspect --format '{{.State.Health.Status}}' "${project}_cas.relay_1")" = healthy ]
}

case_compose_needs_the_socket_of_the_cas() {
  compose_mesh nosocket
  at_end cas_ready
  at_end stop_cas TERM
  stop_cas TERM
  absent "$HOME/.sconectl/containers/cas.sock"
  setsid sconectl cas serve --data "$HOME/.sconectl/cas" >cas.log 2>&1 </dev/null &
  wait_for 15 "the CAS" curl --insecure --silent --fail https://127.0.0.1:8081/v1/health/ready
  expect 4 compose_apply
  says err "the embedded CAS has no socket '$HOME/.sconectl/containers/cas.sock'"
  # Charts need none.
  form=helm_chart expect 0 compose_apply
}

case_compose_refuses_a_cas_that_containers_can_not_reach() {
  compose_mesh loop
  cas_ready
  sed -i 's/cas_url: embedded/cas_url: 127.0.0.1:8081/' mesh.yaml
  expect 3 compose_apply
  says err 'in a container means the container itself'
  absent target/compose.yaml
  expect 0 compose_apply --service-cas cas.example
  expect 0 composed config
  says_but_not target/compose.yaml "$project-flask.env" cas.relay
}

case_compose_takes_names_and_values_as_they_are() {
  hello_image
  hello_copy .
  project=$SUITE-my-name
  sed -i 's/name: pythonservice/name: python_app/' mesh.yaml
  cat >>mesh.yaml <<'END'
helm_extra_values:
  python_app:
    extraEnv: [{name: PRICE, value: "5$"}, {name: "QUOTED", value: "a: 'b' \"c\" # d"}]
END
  # $SUITE-My_Name holds what a project can not be called.
  expect 0 hello_mesh "$SUITE-My_Name" -o compose
  says err "docker compose -p $project -f"
  expect 0 composed config
  says out 'pythonapp-python-app:'
  says out 'PRICE: 5$$'
  expect 0 docker-compose -f target/compose.yaml ps
}

# podman_inside COMMAND...: as root, in a network without Docker: its rules for forwarding close podman's networks, too.
podman_inside() {
  as_root env CONTAINERS_CONF="$PWD/containers.conf" CONTAINERS_REGISTRIES_CONF="$PWD/registries.conf" \
    nsenter --net="/run/netns/$project" "$@"
}

podman_containers() {
  podman_inside podman ps --all --quiet --filter "label=io.podman.compose.project=$project" | wc -l
}

# Debian's podman leaves health checks to systemd, and its podman-compose waits for nothing: a service that starts before
# the CAS can be reached tries again.
case_compose_runs_with_podman() {
  command -v podman-compose >/dev/null || fail "podman-compose is not installed: examples/setup/packages.sh tests"
  compose_mesh podman
  expect 0 compose_apply
  # A machine that is a container itself may not raise limits.
  cat >containers.conf <<'END'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[network]
network_backend = "netavark"
END
  printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$REGISTRY" >registries.conf
  as_root ip netns add "$project"
  at_end as_root ip netns del "$project"
  podman_inside ip link set lo up
  # The registry is outside.
  local image
  mapfile -t images < <(sed -n 's/^    image: "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' target/compose.yaml | sort -u)
  [ "${#images[@]}" = 2 ] || fail "images: ${images[*]}"
  for image in "${images[@]}"; do
    expect 0 as_root env CONTAINERS_REGISTRIES_CONF="$PWD/registries.conf" podman pull --quiet "$image"
  done
  inside=(podman_inside)
  composer=podman-compose
  at_end podman_inside podman network rm --force "${project}_flask" "${project}_flask.redis"
  at_end composed down --volumes
  expect 0 composed up -d
  compose_serves
  podman_inside podman inspect "${project}_composed-redis_1" | jq -r '.[0].NetworkSettings.Networks | keys[]' >networks
  [ "$(cat networks)" = "${project}_flask.redis" ] || fail "$(cat networks)"
  [ "$(podman_containers)" = 3 ] || fail "$(podman_containers) containers"
  expect 0 composed down --volumes
  [ "$(podman_containers)" = 0 ] || fail "$(podman_containers) containers are left"
}
