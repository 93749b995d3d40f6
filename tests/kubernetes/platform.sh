# The chart of the CAS on a real cluster: a namespace that enforces 'restricted', a volume that belongs to a group, pods
# that are killed. Sourced by run.
# shellcheck shell=bash

# The image of the CAS by its digest, built once for all cases.
# shellcheck disable=SC2154  # repo: fixture.sh
cas_image() {
  [ -s "$SUITE_DIR/cas_image" ] || sconectl -q platform image cas --to "$repo/cas:1" >"$SUITE_DIR/cas_image"
  CAS_IMAGE=$(cat "$SUITE_DIR/cas_image")
}

# cas_volume NAMESPACE: a volume of the node for the claim of the chart; nobody provisions volumes here.
cas_volume() {
  local path=$SUITE_DIR/volume-$1
  mkdir "$path"
  at_end k kubectl delete persistentvolume,storageclass "$1" --wait=false
  k kubectl apply --filename - >/dev/null <<END
# The scheduler binds the claim. Without a class it waits for somebody else, and may miss that it was done.
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: $1}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: $1}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: $1
  local: {path: "$path"}
  nodeAffinity:
    required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [$NODE]}]}]}
END
}

# cas_installed NAMESPACE OPTION...: the chart in ./cas as release 'cas'.
cas_installed() {
  cas_image
  [ -d cas ] || sconectl -q platform chart cas -o cas --image "$CAS_IMAGE" >/dev/null
  k helm upgrade --install cas ./cas --namespace "$1" --wait --timeout 60s "${@:2}" >helm.out 2>&1 || {
    k kubectl --namespace "$1" describe pods,persistentvolumeclaims | tail -n 50
    k kubectl --namespace "$1" logs statefulset/cas || true
    fail "$(cat helm.out)"
  }
  cas_is_there "$1"
}

# cas_asked NAMESPACE PATH CURL-OPTION...: through the Service, with the case's own certificate.
cas_asked() {
  local address
  address=$(k kubectl --namespace "$1" get service cas --output 'jsonpath={.spec.clusterIP}')
  k curl --silent --show-error --insecure --noproxy '*' --cert client.crt --key client.key "${@:3}" "https://$address:8081$2"
}

# cas_keeps NAMESPACE NUMBER: stores the session s<NUMBER>; all up to it are there.
cas_keeps() {
  local number
  printf 'name: s%s\nversion: "0.3"\n' "$2" >session.yaml
  expect 0 cas_asked "$1" /session --data-binary @session.yaml --output answer --write-out '%{http_code}'
  [ "$(cat out)" = 201 ] || fail "$(cat out answer)"
  for number in $(seq "$2"); do
    expect 0 cas_asked "$1" "/v1/sessions/s$number" --fail
  done
}

# cas_is_there NAMESPACE: a pod is ready a moment before kube-proxy knows it.
cas_is_there() { wait_for 30 "the CAS" cas_asked "$1" /v1/health/ready --fail; }

cas_is_back() {
  k kubectl --namespace "$1" rollout status statefulset/cas --timeout 60s >/dev/null
  cas_is_there "$1"
}

case_platform_cas_keeps_what_it_acknowledged_when_its_pods_are_killed() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.crt -subj /CN=c \
    -days 2 2>/dev/null
  in_namespace platform-cas pod-security.kubernetes.io/enforce=restricted
  cas_volume platform-cas
  # 'Always' gives the files to the group again at every mount.
  cas_installed platform-cas --set persistence.storageClass=platform-cas --set podSecurityContext.fsGroupChangePolicy=Always
  cas_keeps platform-cas 1
  k helm test cas --namespace platform-cas --timeout 60s >test.out 2>&1 ||
    fail "$(cat test.out; k kubectl --namespace platform-cas logs cas-test)"
  # Deleted as a rollout does it, and without any grace: the successor comes while the other one still ends.
  k kubectl --namespace platform-cas delete pod cas-0 >/dev/null
  cas_is_back platform-cas
  cas_keeps platform-cas 2
  k kubectl --namespace platform-cas logs cas-0 >log
  says log 'a group had access to files of the CAS; it has not any more'
  k kubectl --namespace platform-cas delete pod cas-0 --force --grace-period=0 >/dev/null 2>&1
  cas_is_back platform-cas
  cas_keeps platform-cas 3
  # kill -9 in the pod: kubelet starts the container again.
  k pkill -KILL -x -f '/opt/sconectl/sconectl cas serve --data /var/lib/cas/data.*'
  wait_for 30 "the restart" eval "[ \"\$(k kubectl --namespace platform-cas get pod cas-0 --output 'jsonpath={.status.containerStatuses[0].restartCount}')\" = 1 ]"
  cas_is_back platform-cas
  cas_keeps platform-cas 4
  # Another release of the chart, with the same claim.
  k helm uninstall cas --namespace platform-cas --wait >/dev/null
  cas_installed platform-cas --set persistence.storageClass=platform-cas --set service.type=NodePort
  cas_keeps platform-cas 5
}

case_platform_charts_are_accepted_by_the_api_server() {
  local options
  in_namespace platform-charts
  sconectl -q platform chart cas -o cas --image "$repo/cas:1" >/dev/null
  sconectl -q platform chart las -o las --image "$repo/las:1" >/dev/null
  for options in '' 'service.type=LoadBalancer,service.loadBalancerIP=20.1.2.3,useSGXDevPlugin=azure' \
    'service.type=NodePort,service.nodePorts.enclavePort=31000,useSGXDevPlugin=intel,sgxEpcMem=10Mi' \
    'securityContext.privileged=true,livenessProbe.attestedCLI=true,useSGXDevPlugin=azure,sgxEpcResource=sgx.intel.com/epc' \
    'tolerations[0].key=sgx,tolerations[0].operator=Equal,tolerations[0].value=true,tolerations[0].effect=NoSchedule' \
    'useSGXDevPlugin=scone,networkPolicy.enabled=true,networkPolicy.ingressNSMatchLabels.a=b,externalAesmd.enabled=true'; do
    helm template cas cas --namespace platform-charts ${options:+--set "$options"} >rendered.yaml
    expect 0 k kubectl apply --namespace platform-charts --dry-run=server --validate=strict --filename rendered.yaml
    says out 'statefulset.apps/cas created (server dry run)'
    says out 'service/cas created (server dry run)'
    [ ! -s err ] || fail "warnings: $(cat err)"
  done
  for options in useSGXDevPlugin=scone useSGXDevPlugin=azure,service.enabled=true; do
    helm template las las --namespace platform-charts --set "$options" >rendered.yaml
    expect 0 k kubectl apply --namespace platform-charts --dry-run=server --validate=strict --filename rendered.yaml
    says out 'daemonset.apps/las created (server dry run)'
  done
  sconectl -q platform chart rest-api-sample -o api --image "$repo/api:1" >/dev/null
  for options in '' scone.cas=cas,scone.configId=n/d/s,service.type=LoadBalancer,useSGXDevPlugin=azure; do
    helm template api api --namespace platform-charts ${options:+--set "$options"} >rendered.yaml
    expect 0 k kubectl apply --namespace platform-charts --dry-run=server --validate=strict --filename rendered.yaml
    says out 'deployment.apps/api-rest-api-sample created (server dry run)'
    [ ! -s err ] || fail "warnings: $(cat err)"
  done
}
