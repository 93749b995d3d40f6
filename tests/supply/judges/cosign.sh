#!/usr/bin/env bash
# cosign.sh [--only-if-built]: builds cosign from Go's modules (ten minutes on two cores, once); the checksum database of Go
# vouches for its sources. The last line of the output is the program; an empty line if it is not built, and shall not be.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../../../examples/setup/lib.sh
. "$(dirname "$0")/../../../examples/setup/lib.sh"
# shellcheck source=../../kubernetes/go.sh
. "$REPO_ROOT/tests/kubernetes/go.sh"
version=v2.6.5

cosign=$CACHE_DIR/bin/cosign-$version
if [ ! -x "$cosign" ]; then
  if [ "${1:-}" = --only-if-built ]; then
    printf '\n'
    exit
  fi
  say "building cosign $version (ten minutes, once)"
  work=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-cosign.XXXXXX")
  trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
  need_go "$work"
  CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOSUMDB=sum.golang.org GOBIN=$work/bin GOCACHE=$work/compiled \
    nice go install -trimpath -ldflags '-s -w' "github.com/sigstore/cosign/v2/cmd/cosign@$version" >&2
  mkdir -p "$CACHE_DIR/bin"
  mv "$work/bin/cosign" "$cosign.$$"
  mv "$cosign.$$" "$cosign"
fi
printf '%s\n' "$cosign"
