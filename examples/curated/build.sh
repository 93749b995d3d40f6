#!/usr/bin/env bash
# examples/curated/build.sh REPOSITORY NAME...: what their vendor does once: makes these curated images (redis, memcached,
# nginx, mariadb, postgresql) out of images of Debian's packages, and pushes them to REPOSITORY.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"
cd "$(dirname "$0")"

[ "$#" -ge 2 ] || die "usage: examples/curated/build.sh REPOSITORY NAME..."
repository=$1
shift
declare -A base=(
  [redis]=$REDIS_IMAGE [memcached]=$MEMCACHED_IMAGE [nginx]=$NGINX_IMAGE [mariadb]=$MARIADB_IMAGE [postgresql]=$POSTGRESQL_IMAGE
)
for name in "$@"; do
  [ -n "${base[$name]:-}" ] || die "there is no curated image '$name': $(printf '%s\n' "${!base[@]}" | sort | xargs)"
done
"$SETUP_DIR/base-images.sh" "$@"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in "$@"; do
  run sconectl apply -f "$name/service.yaml" --runtime native -t "$work/$name" -e APP_IMAGE_REPO="$repository" \
    -e "${name^^}_BASE_IMAGE=${base[$name]}"
done
