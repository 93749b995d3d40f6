#!/usr/bin/env bash
# Process 1 of the cluster's namespaces (mounts, network, processes, IPC, host name): sets them up and starts all
# programs of the cluster. 'cluster up' starts it. Whatever runs in the namespaces ends with it.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"
export PATH="$PROGRAMS_DIR:/usr/sbin:/sbin:/usr/bin:/bin"

network() {
  hostname "$NODE"
  ip link set lo up
  # Not every kernel has 'dummy' devices.
  ip link add node0 type veth peer name node0-peer
  ip address add "$NODE_ADDRESS/32" dev node0
  ip link set node0 up
  ip link set node0-peer up
  ip route add "$SERVICE_NETWORK" dev node0
  sysctl -q -w net.ipv4.ip_forward=1
}

# bound DIRECTORY NAME: what is written to the directory goes below the state of the cluster.
bound() {
  mkdir -p "$1" "$STATE_DIR/$2"
  mount --bind "$STATE_DIR/$2" "$1"
}

mounts() {
  mount --make-rprivate /
  bound /var/lib/kubelet kubelet
  bound /var/log/pods pod-logs
  bound /var/log/containers container-logs
  bound /var/lib/cni cni
  bound /run/containerd run-containerd
  # The names of services are known to 'cluster exec' too; pods get theirs from the kubelet.
  printf 'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver %s\n' "$NODE_ADDRESS" \
    >"$STATE_DIR/resolv.conf"
  : >"$STATE_DIR/resolv.conf-of-pods"
  mount --bind "$STATE_DIR/resolv.conf" /etc/resolv.conf
  mount --make-rshared /
}

# All control groups of pods are below one, in each hierarchy that there is.
control_groups() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ ! -f "$hierarchy/cgroup.procs" ] || mkdir -p "$hierarchy/$CGROUP"
  done
}

declare -A name_of
started() {
  "${@:2}" >"$LOG_DIR/$1.log" 2>&1 </dev/null &
  name_of[$!]=$1
}

# shellcheck disable=SC2317  # wait_for calls it
api_is_ready() {
  curl --silent --fail --noproxy '*' --cacert "$CERTIFICATES_DIR/ca.crt" --cert "$CERTIFICATES_DIR/admin.crt" \
    --key "$CERTIFICATES_DIR/admin.key" "$API_SERVER/readyz"
}

programs() {
  local c=$CERTIFICATES_DIR name
  started containerd containerd --config "$SETTINGS_DIR/containerd.toml"
  started registry docker-registry serve "$SETTINGS_DIR/registry.yml"
  started etcd etcd --name node --data-dir "$STATE_DIR/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster node=http://127.0.0.1:2380
  started kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
    --bind-address=0.0.0.0 --secure-port=6443 --advertise-address="$NODE_ADDRESS" \
    --service-cluster-ip-range="$SERVICE_NETWORK" --authorization-mode=Node,RBAC \
    --enable-admission-plugins=NodeRestriction --allow-privileged=true --anonymous-auth=false --profiling=false \
    --client-ca-file="$c/ca.crt" --tls-cert-file="$c/kube-apiserver.crt" --tls-private-key-file="$c/kube-apiserver.key" \
    --requestheader-client-ca-file="$c/ca.crt" --requestheader-allowed-names=nobody \
    --kubelet-certificate-authority="$c/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --kubelet-client-certificate="$c/kubelet-client.crt" --kubelet-client-key="$c/kubelet-client.key" \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$c/service-accounts.pub" --service-account-signing-key-file="$c/service-accounts.key"
  wait_for 60 "kube-apiserver (see $LOG_DIR/kube-apiserver.log)" api_is_ready
  for name in kube-controller-manager kube-scheduler; do
    local -a more=()
    if [ "$name" = kube-controller-manager ]; then
      more=(--service-account-private-key-file="$c/service-accounts.key" --root-ca-file="$c/ca.crt"
        --use-service-account-credentials=true --flex-volume-plugin-dir="$STATE_DIR/volume-plugins")
    fi
    started "$name" "$name" --kubeconfig="$c/$name.kubeconfig" --authentication-kubeconfig="$c/$name.kubeconfig" \
      --authorization-kubeconfig="$c/$name.kubeconfig" --leader-elect=false --bind-address=127.0.0.1 --profiling=false \
      "${more[@]}"
  done
  started kubelet kubelet --config="$SETTINGS_DIR/kubelet.yaml" --kubeconfig="$c/kubelet.kubeconfig" \
    --hostname-override="$NODE" --node-ip="$NODE_ADDRESS" --root-dir=/var/lib/kubelet
  started kube-proxy kube-proxy --config="$SETTINGS_DIR/kube-proxy.yaml" --hostname-override="$NODE"
  started coredns coredns -conf "$SETTINGS_DIR/Corefile"
}

network
mounts
control_groups
programs
touch "$STATE_DIR/started"
ended=
wait -n -p ended || true
die "${name_of[$ended]} has ended, and the cluster with it; see $LOG_DIR/${name_of[$ended]}.log"
