#!/usr/bin/env bash
# Makes sure that a Docker daemon answers: uses the one that runs, else starts dockerd in the background.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

log=$CACHE_DIR/dockerd.log

if reason=$(docker version --format '{{.Server.Version}}' 2>&1); then
  say "docker: using the daemon that runs ($reason)"
  exit 0
fi
[ -z "${DOCKER_HOST:-}" ] || die "no Docker daemon answers at DOCKER_HOST=$DOCKER_HOST"
if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
  die "a Docker daemon runs, but this user may not use it; add the user to its group: sudo usermod -aG docker $(id -un)"
fi

say "docker: starting dockerd, log in $log"
# A minimal machine without systemd may have no cgroup file system yet.
if [ -z "$(ls -A /sys/fs/cgroup 2>/dev/null)" ]; then
  as_root mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
# The socket belongs to the caller's group: a user with sudo needs it for this start only.
mkdir -p "$CACHE_DIR"
detached "$log" as_root setsid --fork env PATH="$PATH:/usr/sbin:/sbin" dockerd --group "$(id -g)"
wait_for 60 "dockerd (see $log)" docker version
