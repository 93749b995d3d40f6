# Shared by the scripts of examples/ and tests/. Sourced, never run.
# shellcheck shell=bash

SETUP_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO_ROOT=${REPO_ROOT:-$(cd "$SETUP_DIR/../.." && pwd)}
CACHE_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/sconectl
BUILD_PRESET=${BUILD_PRESET:-release}
BUILD_DIR=${BUILD_DIR:-$REPO_ROOT/build/$BUILD_PRESET}

# The images that set-up makes from Debian packages.
# shellcheck disable=SC2034  # used by the scripts that source this file
{
  DEBIAN_IMAGE=sconectl-base/debian:12
  PYTHON_IMAGE=sconectl-base/python:3
  REDIS_IMAGE=sconectl-base/redis:7
  JAVA_IMAGE=sconectl-base/java:17
  NODE_IMAGE=sconectl-base/node:18
  MEMCACHED_IMAGE=sconectl-base/memcached:1.6
  NGINX_IMAGE=sconectl-base/nginx:1.22
  MARIADB_IMAGE=sconectl-base/mariadb:10.11
  POSTGRESQL_IMAGE=sconectl-base/postgresql:15
}

# sconectl and scone, helm and kubectl come first, as after an installation.
export PATH="$BUILD_DIR:$CACHE_DIR/bin:$PATH"

say() { printf '== %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Prints a command the way a user would type it.
shown() {
  local word line='+'
  for word in "$@"; do
    line+=" $(quoted "$word")"
  done
  printf '%s\n' "$line" >&2
}

# Prints a command, then runs it.
run() {
  shown "$@"
  "$@"
}

# A word as typed in a shell: quotes only where a shell needs them.
quoted() {
  if [[ $1 =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then
    printf '%s' "$1"
  else
    printf "'%s'" "${1//\'/\'\\\'\'}"
  fi
}

# Runs a command as root: directly, or with sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this step needs root: run it as root or install sudo ($*)"
  fi
}

# detached LOG COMMAND...: for a command that starts a program which outlives this script (setsid --fork). It keeps
# nothing of ours open: a lock that our caller holds would never end.
detached() {
  local log=$1 descriptor
  shift
  (
    for descriptor in /proc/"$BASHPID"/fd/*; do
      descriptor=${descriptor##*/}
      [ "$descriptor" -le 2 ] || exec {descriptor}>&-
    done
    exec >>"$log" 2>&1 </dev/null
    "$@"
  )
}

# wait_for SECONDS WHAT COMMAND...: polls until the command succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || die "$what did not come up in time"
    sleep 0.2
  done
}

# wait_for_log CONTAINER TEXT [TIMES]: until the container's log has that many lines with the text (once by default).
# When the container ends first, shows its log and fails.
wait_for_log() {
  local container=$1 text=$2 times=${3:-1} deadline=$((SECONDS + 60))
  until [ "$(docker logs "$container" 2>&1 | grep -c -F -- "$text")" -ge "$times" ]; do
    if [ "$(docker inspect --format '{{.State.Running}}' "$container")" != true ] || [ "$SECONDS" -ge "$deadline" ]; then
      docker logs "$container" >&2
      die "container $container did not say: $text"
    fi
    sleep 0.2
  done
}
