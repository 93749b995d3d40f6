#!/usr/bin/env bash
# base-images.sh [NAME]...: makes base images out of Debian packages, once: a minimal Debian, and on it Python and Redis, and
# what is named (java, node, memcached, nginx, mariadb, postgresql). They stay in Docker's image store and in files of the
# cache directory, so that a second run downloads nothing.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

suite=bookworm
# recipe_of NAME...: a changed recipe gets a new file name and new images.
recipe_of() {
  local name files=("$0")
  for name in "$@"; do
    files+=("$SETUP_DIR/base/$name".*)
  done
  cat "${files[@]}" | sha256sum | cut -c1-12
}
recipe=$(recipe_of python redis)

# present IMAGE...
present() {
  local image
  for image in "$@"; do
    docker image inspect --format '{{json .Config.Labels}}' "$image" 2>/dev/null | grep -q "$recipe" || return 1
  done
}

# loaded ARCHIVE IMAGE...: the images are there, from the archive if need be.
loaded() {
  if present "${@:2}"; then
    return 0
  fi
  [ -f "$1" ] || return 1
  say "base images: loading them from $1"
  docker load --quiet --input "$1" >&2
  present "${@:2}"
}

# kept ARCHIVE IMAGE...: for the next time; those of other recipes go.
kept() {
  present "${@:2}" || die "the base images were made but Docker does not show them"
  find "$CACHE_DIR" -name "$(basename "${1%-"$recipe".tar}")-*" -delete
  docker save --output "$1.part" "${@:2}"
  mv "$1.part" "$1"
}

# The Debian mirror that this machine's apt uses.
mirror() {
  # shellcheck disable=SC2016  # apt fills in these variables
  apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v suite="$suite" '$1 == suite && $2 == "main" {print $3; exit}'
}

# A minimal Debian as an image: no downloaded packages, no logs, no machine id, always the same times.
make_debian() {
  local work=$1 from
  from=${DEBIAN_MIRROR:-$(mirror)}
  if [ -z "$from" ]; then
    as_root apt-get -q update >&2
    from=$(mirror)
  fi
  [ -n "$from" ] || die "apt knows no mirror of Debian $suite; name one in DEBIAN_MIRROR"
  as_root env PATH="$PATH:/usr/sbin:/sbin" debootstrap --variant=minbase --include=ca-certificates \
    "$suite" "$work/root" "$from" >"$work/debootstrap.log" 2>&1 ||
    die "debootstrap failed: $(tail -n 3 "$work/debootstrap.log")"
  as_root find "$work/root/var/cache" "$work/root/var/log" "$work/root/var/lib/apt/lists" -type f -delete
  as_root rm -f "$work/root/etc/machine-id" "$work/root/etc/hostname" "$work/root/etc/resolv.conf"
  as_root tar --directory "$work/root" --sort=name --mtime=@0 --numeric-owner --one-file-system -c . |
    docker import --change 'CMD ["/bin/sh"]' --change "LABEL sconectl.recipe=$recipe" - "$DEBIAN_IMAGE" >/dev/null
}

# build_on_debian IMAGE NAME: of base/NAME.Dockerfile; the files beside it are there to copy.
build_on_debian() {
  say "base images: $1"
  DOCKER_BUILDKIT=0 docker build --network host --build-arg "debian=$DEBIAN_IMAGE" --label "sconectl.recipe=$recipe" \
    --tag "$1" --file "$SETUP_DIR/base/$2.Dockerfile" "$SETUP_DIR/base" >"$work/build.log" 2>&1 ||
    die "docker build failed: $(tail -n 5 "$work/build.log")"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-base.XXXXXX")
trap 'as_root rm -rf "$work"' EXIT
mkdir -p "$CACHE_DIR"
archive=$CACHE_DIR/base-images-$recipe.tar
if loaded "$archive" "$DEBIAN_IMAGE" "$PYTHON_IMAGE" "$REDIS_IMAGE"; then
  say "base images: in Docker's image store"
else
  say "base images: $DEBIAN_IMAGE with debootstrap (about a minute)"
  make_debian "$work"
  build_on_debian "$PYTHON_IMAGE" python
  build_on_debian "$REDIS_IMAGE" redis
  kept "$archive" "$DEBIAN_IMAGE" "$PYTHON_IMAGE" "$REDIS_IMAGE"
fi
for name in "$@"; do
  case $name in
    java) image=$JAVA_IMAGE ;;
    node) image=$NODE_IMAGE ;;
    memcached) image=$MEMCACHED_IMAGE ;;
    nginx) image=$NGINX_IMAGE ;;
    mariadb) image=$MARIADB_IMAGE ;;
    postgresql) image=$POSTGRESQL_IMAGE ;;
    debian | python | redis) continue ;;
    *) die "usage: base-images.sh [java|node|memcached|nginx|mariadb|postgresql]..." ;;
  esac
  recipe=$(recipe_of "$name")
  archive=$CACHE_DIR/base-$name-$recipe.tar
  loaded "$archive" "$image" && continue
  build_on_debian "$image" "$name"
  kept "$archive" "$image"
done
