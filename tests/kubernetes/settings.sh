# Where the test cluster keeps its files, and its addresses. Sourced by the scripts of this folder.
# shellcheck shell=bash
# shellcheck disable=SC2034  # used by the scripts that source this file
# shellcheck source-path=SCRIPTDIR
KUBERNETES_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../examples/setup/lib.sh
. "$KUBERNETES_DIR/../../examples/setup/lib.sh"

CLUSTER_DIR=$CACHE_DIR/kubernetes
# The programs follow from these files; others of another version do no harm beside them.
PROGRAMS_DIR=$CLUSTER_DIR/programs-$(cat "$KUBERNETES_DIR"/go/go.mod "$KUBERNETES_DIR"/go/*.go "$KUBERNETES_DIR"/go/*/*.go | sha256sum | cut -c1-12)
CERTIFICATES_DIR=$CLUSTER_DIR/certificates
SETTINGS_DIR=$CLUSTER_DIR/settings
LOG_DIR=$CLUSTER_DIR/log
IMAGES_DIR=$CLUSTER_DIR/containerd
STATE_DIR=$CLUSTER_DIR/state # ends with the cluster

NODE=node1
# In the cluster's own network, which leads nowhere else.
NODE_ADDRESS=192.168.77.1
POD_NETWORK=10.244.0.0/24
SERVICE_NETWORK=10.96.0.0/16
API_SERVICE_ADDRESS=10.96.0.1
# Where kubeadm's clusters have it, and public tutorials expect it.
DNS_SERVICE_ADDRESS=10.96.0.10
API_SERVER=https://127.0.0.1:6443
PAUSE_IMAGE=sconectl-test/pause:1
CGROUP=sconectl-kubernetes

# The process that is number 1 of the cluster's namespaces; fails when no cluster runs.
cluster_process() {
  local pid
  pid=$(cat "$CLUSTER_DIR/pid" 2>/dev/null) || return 1
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = unshare ] || return 1
  pgrep -P "$pid" | head -n 1
}
