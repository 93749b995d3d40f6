#!/usr/bin/env bash
# Makes the certificates of the test cluster, and a kubeconfig for each of its programs and for its administrator.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=settings.sh
. "$(dirname "$0")/settings.sh"

umask 077
rm -rf "$CERTIFICATES_DIR"
mkdir -p "$CERTIFICATES_DIR"
cd "$CERTIFICATES_DIR"

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# certificate NAME SUBJECT clientAuth|serverAuth [SUBJECT_ALTERNATIVE_NAMES]
certificate() {
  local extensions="basicConstraints=critical,CA:FALSE"$'\n'"extendedKeyUsage=$3"
  [ -z "${4:-}" ] || extensions+=$'\n'"subjectAltName=$4"
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile <(printf '%s\n' "$extensions") \
      -out "$1.crt" 2>/dev/null
}

# kubeconfig NAME: for whoever has the client certificate of that name.
kubeconfig() {
  jq -n --arg server "$API_SERVER" --rawfile ca ca.crt --rawfile crt "$1.crt" --rawfile key "$1.key" '{
    apiVersion: "v1", kind: "Config", "current-context": "test",
    clusters: [{name: "test", cluster: {server: $server, "certificate-authority-data": ($ca | @base64)}}],
    users: [{name: "test", user: {"client-certificate-data": ($crt | @base64), "client-key-data": ($key | @base64)}}],
    contexts: [{name: "test", context: {cluster: "test", user: "test"}}]}' >"$1.kubeconfig"
}

new_key ca
openssl req -x509 -new -key ca.key -subj /CN=kubernetes -days 3650 -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
new_key service-accounts
openssl ec -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null

names=DNS:localhost,IP:127.0.0.1,IP:$NODE_ADDRESS,IP:$API_SERVICE_ADDRESS
for name in kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local; do
  names+=,DNS:$name
done
certificate kube-apiserver /CN=kube-apiserver serverAuth "$names"
certificate kubelet-server "/CN=$NODE" serverAuth "DNS:$NODE,IP:$NODE_ADDRESS"
certificate kubelet-client /O=system:masters/CN=kubelet-client clientAuth
certificate admin /O=system:masters/CN=admin clientAuth
certificate kubelet "/O=system:nodes/CN=system:node:$NODE" clientAuth
certificate coredns /CN=coredns clientAuth
for name in kube-controller-manager kube-scheduler kube-proxy; do
  certificate "$name" "/CN=system:$name" clientAuth
done
for name in admin kubelet coredns kube-controller-manager kube-scheduler kube-proxy; do
  kubeconfig "$name"
done
