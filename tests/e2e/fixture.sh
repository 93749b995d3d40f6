# What the cases share: a home directory of their own, copies of the examples, the containers. Sourced by tests/e2e/run.
# shellcheck shell=bash

# Every name that reaches Docker or the CAS holds this word, so that tests never meet somebody's own containers.
SUITE=e2e$$

set_up_suite() {
  SUITE_DIR=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-e2e.XXXXXX")
  # Identity, trust and the embedded CAS live under HOME: the tests have their own.
  export XDG_CACHE_HOME=${CACHE_DIR%/sconectl}
  export HOME=$SUITE_DIR/home
  mkdir "$HOME"
  unset SCONECTL_CAS_CONFIG SCONE_CLI_CONFIG SCONECTL_RUNTIME SCONECTL_ENGINE SCONECTL_REPO SCONECTL_VERSION VERSION
  # What Python images start from; there is no registry to pull python:3-slim from.
  export SCONECTL_PYTHON_IMAGE=$PYTHON_IMAGE
  # Some things must be there in CI, and may be missing elsewhere.
  # shellcheck disable=SC2034  # used by cases
  in_ci=${CI:-}
  unset CI NO_COLOR KUBECONFIG
  cp -r "$REPO_ROOT/examples" "$SUITE_DIR/examples"
  rm -rf "$SUITE_DIR"/examples/*/target
  if [ "${E2E_LANE:-}" = images ]; then use_other_ports; else borrow_ports; fi
}

# The embedded CAS takes the ports of its last start: the usual ones are those of the lane beside this one.
use_other_ports() {
  mkdir -m 700 "$HOME/.sconectl" "$HOME/.sconectl/cas"
  echo '{"api":["127.0.0.1:28081"],"enclave":["127.0.0.1:28765"]}' >"$HOME/.sconectl/cas/last-endpoint.json"
}

# Where the embedded CAS of this suite is, or was.
cas_api() {
  jq --raw-output '.api[0]' "$HOME/.sconectl/cas/last-endpoint.json"
}

# What examples/run left running holds ports that the tests need: it is stopped, and started again at the end.
borrow_ports() {
  local pid port
  # Those of another suite that runs are left alone: the ports are taken then.
  borrowed_containers=$(docker ps --filter label=sconectl.example --format '{{.ID}} {{.Names}}' | sed -n '/ e2e[0-9]/!s/ .*//p')
  if [ -n "$borrowed_containers" ]; then
    say "stopping the examples while the tests run"
    xargs docker stop <<<"$borrowed_containers" >/dev/null
  fi
  for pid in $(pgrep -x sconectl || true); do
    if grep -z -q '^HOME=.*/sconectl-e2e\.' "/proc/$pid/environ" 2>/dev/null; then
      continue # that of another suite
    fi
    # One that listens elsewhere disturbs nobody.
    if tr '\0' ' ' <"/proc/$pid/cmdline" | grep 'cas serve' | grep -q -v -e '--listen'; then
      say "stopping the embedded CAS (process $pid) while the tests run"
      mapfile -d '' -t borrowed_cas <"/proc/$pid/cmdline"
      borrowed_home=$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^HOME=//p')
      stop_process "$pid"
    fi
  done
  for port in 8081 18765 4996 4998 3306 5432 6379 8443 11211; do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || die "the tests need port $port of 127.0.0.1, and it is taken"
  done
}

return_ports() {
  if [ -n "${borrowed_home:-}" ]; then
    HOME=$borrowed_home detached /dev/null setsid --fork sconectl "${borrowed_cas[@]:1}"
  fi
  if [ -n "${borrowed_containers:-}" ]; then
    xargs docker start <<<"$borrowed_containers" >/dev/null || say "what examples/run had left running has gone"
  fi
}

tear_down_suite() {
  if [ -n "${KEEP:-}" ]; then
    say "kept: $SUITE_DIR"
    return
  fi
  docker ps --all --quiet --filter "name=$SUITE" | xargs --no-run-if-empty docker rm --force >/dev/null 2>&1 || true
  docker volume ls --quiet --filter "name=$SUITE" | xargs --no-run-if-empty docker volume rm >/dev/null 2>&1 || true
  stop_cas TERM
  return_ports
  as_root rm -rf "$SUITE_DIR"
}

# The process ids of the CAS that belongs to this suite's home directory.
cas_pids() {
  local pid
  for pid in $(pgrep -x sconectl || true); do
    # A process may end between the list and the look.
    # No pipe: 'grep -q' ends before what writes to it, which then counts as failed, and the CAS as somebody else's.
    if grep -z -q -x -F "HOME=$HOME" "/proc/$pid/environ" 2>/dev/null &&
      [[ $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") == *'cas serve'* ]]; then
      printf '%s\n' "$pid"
    fi
  done
}

# stop_cas SIGNAL: and waits until it is gone.
stop_cas() {
  local pid
  for pid in $(cas_pids); do
    stop_process "$pid" "$1"
  done
}

# stop_process PID [SIGNAL]
stop_process() {
  kill "-${2:-TERM}" "$1"
  wait_for 10 "the end of process $1" has_ended "$1"
}

# Nobody may have asked for its status yet (Z). As long as another of its threads ends, its ports are still taken.
has_ended() {
  ! kill -0 "$1" 2>/dev/null ||
    { grep -q '^State:.Z' "/proc/$1/status" && [ "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]; }
}

# Starts the CAS of this suite's home directory again, and waits until it is ready.
start_cas() {
  setsid sconectl cas serve >>"$SUITE_DIR/cas.log" 2>&1 </dev/null &
  wait_for 15 "the CAS" curl --insecure --silent --fail https://127.0.0.1:8081/v1/health/ready
}

cas_ready() {
  curl --insecure --silent --fail --output /dev/null https://127.0.0.1:8081/v1/health/ready || start_cas
}

# hello_copy [DIR]: a fresh copy of the hello-world example, without what earlier runs made.
hello_copy() {
  mkdir -p "${1:-hello}"
  find "$REPO_ROOT/examples/hello-world" -maxdepth 1 -type f -exec cp {} "${1:-hello}" \;
}

# The image of hello-world, built once for all cases that only need some image.
hello_image() {
  local repo=$REGISTRY/$SUITE
  if [ ! -e "$SUITE_DIR/hello_image" ]; then
    hello_copy "$SUITE_DIR/hello-image"
    env --chdir "$SUITE_DIR/hello-image" sconectl apply -f service.yaml --runtime native \
      -e APP_IMAGE_REPO="$repo" -e RELEASE=pythonapp >&2
    touch "$SUITE_DIR/hello_image"
  fi
  HELLO_REPO=$repo
}

# Variables for the sconectl of hello_mesh and hello_service alone: NAME=value.
with=()

# hello_mesh NAMESPACE OPTION...: applies mesh.yaml of the current directory.
hello_mesh() {
  local namespace=$1
  shift
  env "${with[@]}" sconectl apply -f mesh.yaml --release pythonapp -e APP_IMAGE_REPO="${HELLO_REPO:-$REGISTRY/$SUITE}" \
    -e APP_NAMESPACE="$namespace" -e RELEASE=pythonapp "$@"
}

# The value of a variable in the environment of a container's first process, into a file.
container_variable() {
  local pid
  pid=$(docker inspect --format '{{.State.Pid}}' "$1")
  # The program, and not the launcher, which is process 1.
  pid=$(as_root cat "/proc/$pid/task/$pid/children" | cut -d ' ' -f 1)
  as_root cat "/proc/$pid/environ" | tr '\0' '\n' | sed -n "s/^$2=//p" | tr -d '\n' >"$3"
}

# All that is in an image: configuration, and every layer, unpacked.
image_bytes() {
  local dir
  dir=$(mktemp -d "$SUITE_DIR/image.XXXXXX")
  docker save "$1" | tar --directory "$dir" -xf -
  find "$dir" -type f -exec sh -c 'gzip -dc "$1" 2>/dev/null || cat "$1"' _ {} \;
  rm -rf "$dir"
}

# no_image NAME: there is no image whose name starts so. The list is read: the base of Python images is in it.
no_image() {
  docker images --format 'image {{.Repository}}:{{.Tag}}' >image-list
  says_but_not image-list "$PYTHON_IMAGE" "image $1"
}

# The command lines of all processes of this machine.
command_lines() {
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' || true
}

# A key and a self-signed certificate, as any client of the CAS has them.
client_identity() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.crt \
    -subj /CN=client -days 2 2>/dev/null
}

cas_curl() {
  curl --silent --show-error --insecure --cert client.crt --key client.key "$@"
}
