#!/usr/bin/env bash
# Makes the base images out of Debian packages, once: a minimal Debian, Python on it, Redis on it.
# They stay in Docker's image store and in a file of the cache directory, so that a second run downloads nothing.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

suite=bookworm
# A changed recipe gets a new file name and new images.
recipe=$(cat "$0" "$SETUP_DIR"/base/*.Dockerfile | sha256sum | cut -c1-12)
archive=$CACHE_DIR/base-images-$recipe.tar
label=sconectl.recipe=$recipe

present() {
  local image
  for image in "$DEBIAN_IMAGE" "$PYTHON_IMAGE" "$REDIS_IMAGE"; do
    docker image inspect --format '{{json .Config.Labels}}' "$image" 2>/dev/null | grep -q "$recipe" || return 1
  done
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
    docker import --change 'CMD ["/bin/sh"]' --change "LABEL $label" - "$DEBIAN_IMAGE" >/dev/null
}

# build_on_debian IMAGE DOCKERFILE
build_on_debian() {
  say "base images: $1"
  DOCKER_BUILDKIT=0 docker build --network host --build-arg "debian=$DEBIAN_IMAGE" --tag "$1" - <"$2" \
    >"$work/build.log" 2>&1 || die "docker build failed: $(tail -n 5 "$work/build.log")"
}

if present; then
  say "base images: in Docker's image store"
  exit 0
fi
mkdir -p "$CACHE_DIR"
if [ -f "$archive" ]; then
  say "base images: loading them from $archive"
  docker load --quiet --input "$archive" >&2
  if present; then
    exit 0
  fi
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-base.XXXXXX")
trap 'as_root rm -rf "$work"' EXIT
say "base images: $DEBIAN_IMAGE with debootstrap (about a minute)"
make_debian "$work"
build_on_debian "$PYTHON_IMAGE" "$SETUP_DIR/base/python.Dockerfile"
build_on_debian "$REDIS_IMAGE" "$SETUP_DIR/base/redis.Dockerfile"
present || die "the base images were made but Docker does not show them"
rm -f "$CACHE_DIR"/base-images-*
docker save --output "$archive.part" "$DEBIAN_IMAGE" "$PYTHON_IMAGE" "$REDIS_IMAGE"
mv "$archive.part" "$archive"
