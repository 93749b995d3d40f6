#!/usr/bin/env bash
# Makes sure that the Kubernetes cluster of the tests runs, with a CAS on its node that this user trusts, and prints the
# address of that CAS: for 'examples/run NAME --kubernetes'. Needs root.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../../tests/kubernetes/settings.sh
. "$(dirname "$0")/../../tests/kubernetes/settings.sh"

cluster=$KUBERNETES_DIR/cluster
data=$CLUSTER_DIR/cas

"$cluster" running || "$cluster" up
if ! "$cluster" exec curl --insecure --silent --fail --output /dev/null "https://$NODE_ADDRESS:8081/v1/health/ready"; then
  say "a CAS on the node of the cluster, data in $data"
  detached "$CLUSTER_DIR/cas.log" "$cluster" exec setsid --fork sconectl cas serve --data "$data" \
    --listen "$NODE_ADDRESS:8081" --enclave-listen "$NODE_ADDRESS:18765"
  wait_for 15 "the CAS (see $CLUSTER_DIR/cas.log)" \
    "$cluster" exec curl --insecure --silent --fail "https://$NODE_ADDRESS:8081/v1/health/ready"
fi
"$cluster" exec sconectl cas attest "$NODE_ADDRESS" -c "$(cat "$data/cas-key-hash")" >&2
printf '%s\n' "$NODE_ADDRESS"
