# The public sample's way through a cluster: charts of the platform, sessions, the service without and with attestation. The
# stand-in (tests/azure) plays Azure, a patched status the cloud's load balancers and device plug-in. Sourced by run.
# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR

# shellcheck source=../azure/sample.sh
. "$REPO_ROOT/tests/azure/sample.sh"

# The namespace of the sample, which enforces 'restricted'.
sample=azure-sample
n() { k kubectl --namespace "$sample" "$@"; }

# Azure at the node's address, in the cluster's own network.
cluster_azure() {
  azure_sample azure "$1"
  k setsid --fork "$REPO_ROOT/tests/azure/stand_in.py" "$PWD/azure" --address "$NODE_ADDRESS" >azure.log 2>&1 </dev/null
  wait_for 20 "the stand-in of Azure" test -s azure/port
}

# As AKS's older plug-in advertises the memory of enclaves.
node_with_epc() {
  k kubectl patch node "$NODE" --subresource=status --type=merge \
    --patch '{"status":{"capacity":{"kubernetes.azure.com/sgx_epc_mem_in_MiB":"64"}}}' >/dev/null
  at_end k kubectl patch node "$NODE" --subresource=status --type=merge \
    --patch '{"status":{"capacity":{"kubernetes.azure.com/sgx_epc_mem_in_MiB":null},"allocatable":{"kubernetes.azure.com/sgx_epc_mem_in_MiB":null}}}'
  wait_for 30 "the enclave memory of the node" eval \
    "k kubectl get node $NODE --output 'jsonpath={.status.allocatable.kubernetes\.azure\.com/sgx_epc_mem_in_MiB}' | grep -q 64"
}

# load_balancer SERVICE ADDRESS: what a cloud does some time after the Service was made; kube-proxy does the rest.
load_balancer() {
  k ip route replace "$2" dev node0
  at_end k ip route del "$2" dev node0
  n patch service "$1" --subresource=status --type=merge --patch "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"$2\"}]}}}" >/dev/null
}

# The line of the chart's notes that waits for an address, as a user runs it.
address_of() {
  sed -n 's/^  until \([A-Z_]*\)=/until \1=/p' "$1" >wait.sh
  printf 'printf "%%s" "$%s"\n' "$(sed -n 's/^until \([A-Z_]*\)=.*/\1/p' wait.sh)" >>wait.sh
  k timeout 20 bash wait.sh
}

# crashed RELEASE TEXT: a container of it was started again, and a log says this.
crashed() {
  local pods=(--selector "app.kubernetes.io/instance=$1")
  n get pods "${pods[@]}" --output 'jsonpath={.items[*].status.containerStatuses[*].restartCount}' | grep -q '[1-9]' &&
    n logs "${pods[@]}" --tail -1 | grep -q -F -- "$2"
}

sample_secret() {
  k curl --silent --show-error --noproxy '*' --max-time 5 "$@" https://rest-api.scone.sample:4996/secret \
    --resolve "rest-api.scone.sample:4996:$API_ADDR"
}

case_azure_sample_goes_from_charts_to_the_answer() {
  # Rows A12, A13, A16, A19 to A29, R06, R11, X08
  local key left value
  value=$(openssl rand -hex 32)
  cluster_azure "$value"
  node_with_epc
  in_namespace "$sample" pod-security.kubernetes.io/enforce=restricted
  cas_image
  # shellcheck disable=SC2154  # repo: fixture.sh
  (cd "$SUITE_DIR/examples/azure-rest-api" && built service.yaml -e APP_IMAGE_REPO="$repo")
  sconectl -q platform chart cas -o cas --image "$CAS_IMAGE" >/dev/null
  sconectl -q platform chart rest-api-sample -o rest-api-sample --image "$repo/azure_rest_api:1" >/dev/null
  n create configmap azure --from-file=azure/ca.pem >/dev/null
  cat >cas.yaml <<END
env:
  - {name: HTTPS_PROXY, value: "http://$NODE_ADDRESS:$(cat azure/port)"}
  - {name: SSL_CERT_FILE, value: /azure/ca.pem}
extraVolumes: [{name: azure, configMap: {name: azure}}]
extraVolumeMounts: [{name: azure, mountPath: /azure}]
persistence: {enabled: false}
livenessProbe: {attestedCLI: true, periodSeconds: 2, failureThreshold: 2}
END
  k helm install cas ./cas --namespace "$sample" --values cas.yaml --set service.type=LoadBalancer --set useSGXDevPlugin=azure >notes
  n rollout status statefulset/cas --timeout 60s >/dev/null || fail "$(n describe pod cas-0 | tail -n 20; n logs cas-0)"
  load_balancer cas 192.168.77.101
  SCONE_CAS_ADDR=$(address_of notes)
  [ "$SCONE_CAS_ADDR" = 192.168.77.101 ] || fail "the notes lead to '$SCONE_CAS_ADDR'"

  export SCONE_CLI_CONFIG=$PWD/config.json SERVICE_ACCESS_TOKEN PORT=4996
  SERVICE_ACCESS_TOKEN=$(openssl rand -hex 20)
  key=$(n logs statefulset/cas | sed -n 's/.*CAS key hash is: //p')
  wait_for 10 "the CAS at its load balancer" k curl --silent --insecure --noproxy '*' --max-time 2 --output /dev/null "https://$SCONE_CAS_ADDR:8081"
  k sconectl -q cas attest "$SCONE_CAS_ADDR" -c "$key"
  k sconectl -q session create --use-env "$SUITE_DIR/examples/azure-rest-api/namespace.template.yml"
  k sconectl -q session create --use-env "$SUITE_DIR/examples/azure-rest-api/session.template.yml"

  # On AKS the AESM's directory is mounted, which 'restricted' forbids.
  restricted=(--namespace "$sample" --set service.type=LoadBalancer --set useSGXDevPlugin=azure --set externalAesmd.enabled=false
    --set podSecurityContext.runAsUser=65532 --set podSecurityContext.runAsNonRoot=true --set 'memoryDirectories={/tls}')
  k helm install api-no-attestation rest-api-sample "${restricted[@]}" >/dev/null
  wait_for 60 "the end of what has no session" crashed api-no-attestation 'SCONE_CONFIG_ID is not set'
  # Past the launcher, as a program that runs without one.
  k helm upgrade api-no-attestation rest-api-sample "${restricted[@]}" --set 'command={python3,/app/rest_api.py}' >/dev/null
  wait_for 60 "the end of what has no certificate" crashed api-no-attestation "No such file or directory: '/tls/flask.crt'"

  install -m 600 /dev/null token.env
  printf 'SCONE_SERVICE_ACCESS_TOKEN=%s\n' "$SERVICE_ACCESS_TOKEN" >token.env
  n create secret generic api-token --from-env-file=token.env >/dev/null
  k helm install api rest-api-sample "${restricted[@]}" --set scone.cas="$SCONE_CAS_ADDR" \
    --set scone.configId="$CAS_NAMESPACE/$PYTHON_SESSION_NAME/rest-api" --set scone.casKey="$key" --set scone.accessTokenSecret=api-token >notes
  n rollout status deployment/api-rest-api-sample --timeout 60s >/dev/null || fail "$(n logs deployment/api-rest-api-sample; n logs cas-0)"
  load_balancer api-rest-api-sample 192.168.77.102
  API_ADDR=$(address_of notes)
  wait_for 10 "the API at its load balancer" sample_secret --insecure
  expect 60 sample_secret
  expect 0 sample_secret --fail --cacert web.crt
  [ "$(jq -r .secret out)" = "$value" ] || fail "$(cat out)"
  [ "$(jq -r '.access_timestamp | type' out)" = number ] || fail "$(cat out)"

  # The secret, the certificate's key and the credential are in no object, release, log or layer.
  {
    n get all,secrets,configmaps --output yaml
    for left in cas api api-no-attestation; do k helm get all "$left" --namespace "$sample"; done
    n logs cas-0
    n logs deployment/api-rest-api-sample
    cat azure.log azure/requests
    docker save "$repo/azure_rest_api:1" "$CAS_IMAGE" | tar -x --to-stdout
  } >everything
  for left in 'kind: StatefulSet' 'COMPUTED VALUES' 'CAS key hash is' 'GET /secret' '"host": "scone-sample.vault.azure.net"' 'def secret():'; do
    grep -q -a -F -- "$left" everything || fail "'$left' is not in what is searched"
  done
  printf %s "$value" >secret
  base64 -w0 secret >secret.base64
  sed -n 2p web.key | tr -d '\n' >key
  printf %s "$AZURE_CLIENT_SECRET" >credential
  for left in secret secret.base64 key credential; do
    hides "$left" 'CAS key hash is' <everything
  done
  # The certificate and its key are in memory.
  [ "$(n exec deployment/api-rest-api-sample -- stat --file-system --format %T /tls)" = tmpfs ] || fail "/tls is no memory"
  # A command line attested the CAS every two seconds, and nothing was started again.
  [ "$(n get pod cas-0 --output 'jsonpath={.status.containerStatuses[0].restartCount}')" = 0 ] || fail "$(n describe pod cas-0)"
  n get events >events.log
  says_but_not events.log pod/cas-0 'Liveness probe failed'

  k helm delete cas api-no-attestation api --namespace "$sample" --wait >/dev/null
  n delete secret api-token >/dev/null
  for left in statefulsets deployments services pods secrets; do
    wait_for 30 "the end of all $left" eval "[ -z \"\$(n get $left --output name)\" ]"
  done
}

case_azure_las_asks_the_aesm_of_its_node() {
  # Rows A14, A15, R10, X02, X03, X04: no LAS is in sconectl, so a relay to the socket is what runs in its place.
  local las=azure-las
  node_with_epc
  in_namespace "$las"
  cas_image
  mkdir aesmd
  /usr/bin/python3 - aesmd/aesm.socket <<'END' &
import os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.bind(sys.argv[1])
    os.chmod(sys.argv[1], 0o777)
    server.listen()
    while True:
        connection, _ = server.accept()
        with connection:
            try:
                connection.sendall(b"aesm of the node\n")
            except OSError:
                pass  # a probe of the pod, which has gone
END
  at_end kill $!
  wait_for 10 "the AESM" test -S aesmd/aesm.socket
  sconectl -q platform chart las -o las --image "$CAS_IMAGE" >/dev/null
  k helm install las las --namespace "$las" --set useSGXDevPlugin=azure --set service.enabled=true --set externalAesmd.path="$PWD/aesmd" \
    --set 'command={/opt/sconectl/sconectl}' --set 'args={pod,relay,0.0.0.0:18766,/var/run/aesmd/aesm.socket}' >/dev/null
  k kubectl --namespace "$las" rollout status daemonset/las --timeout 60s >/dev/null ||
    fail "$(k kubectl --namespace "$las" describe pods | tail -n 30; k kubectl --namespace "$las" logs daemonset/las)"
  [ "$(k kubectl --namespace "$las" get daemonset las --output 'jsonpath={.status.numberReady}')" = 1 ] || fail "no LAS on the node"
  # At the node's own port, and by its Service.
  local address
  for address in "$NODE_ADDRESS" "las.$las.svc.cluster.local"; do
    wait_for 20 "the AESM by $address" eval "k timeout 5 bash -c 'cat </dev/tcp/$address/18766' | grep -q -x 'aesm of the node'"
  done
}
