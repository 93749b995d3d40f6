#!/usr/bin/env bash
# Sets up the judges that Debian has not got, once: kube-score, go-sev-guest and a newer age (Go), and the Python packages of
# requirements.txt (one of them is litestream, a program) and of rest-requirements.txt (which need two versions of one
# package), each with its version and digest. The last line of the output is their directory.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../../../examples/setup/lib.sh
. "$(dirname "$0")/../../../examples/setup/lib.sh"
# shellcheck source=../../kubernetes/go.sh
. "$REPO_ROOT/tests/kubernetes/go.sh"
here=$REPO_ROOT/tests/e2e/judges

judges=$CACHE_DIR/judges-$(cat "$here"/*requirements.txt "$here"/go/go.* "$here"/go/snp/*.go "$here"/go/p256tag/*.go "$here"/node/*.json | sha256sum | cut -c 1-12)
if [ ! -d "$judges" ]; then
  say "judges: Python packages, kube-score, go-sev-guest and age (about a minute, once)"
  work=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-judges.XXXXXX")
  trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
  packages() { # packages DIRECTORY REQUIREMENTS
    /usr/bin/python3 -m pip install --quiet --no-deps --require-hashes --only-binary :all: --root-user-action ignore \
      --target "$work/judges/$1" --requirement "$here/$2" >&2
  }
  packages python requirements.txt
  packages rest rest-requirements.txt
  need_go "$work"
  build_go() { # build_go NAME PACKAGE
    (cd "$here/go" && CGO_ENABLED=0 GOFLAGS=-mod=readonly GOCACHE=$work/compiled \
      go build -trimpath -buildvcs=false -o "$work/judges/$1" "$2") >&2
  }
  build_go kube-score github.com/zegl/kube-score/cmd/kube-score
  build_go snp ./snp
  build_go age filippo.io/age/cmd/age
  build_go p256tag ./p256tag
  # npm itself is not among the packages of a bare system: one judge less there.
  if command -v npm >/dev/null; then
    mkdir "$work/judges/node"
    cp "$here"/node/package*.json "$work/judges/node"
    (cd "$work/judges/node" && npm ci --silent --no-audit --no-fund --ignore-scripts) >&2
  fi
  mkdir -p "$CACHE_DIR"
  # Another run may have been as far at the same moment.
  mv --no-target-directory "$work/judges" "$judges" 2>/dev/null || [ -d "$judges" ]
fi
printf '%s\n' "$judges"
