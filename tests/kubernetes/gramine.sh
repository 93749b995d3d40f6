# Gramine's guide on a real cluster, with its manifests: the CAS as server, a client in the place of Gramine's library, a node
# that has memory for enclaves in name only. Sourced by run.
# shellcheck shell=bash

FAKE_TEE=$(dirname "$(readlink -f "$(command -v sconectl)")")/tests/sconectl_fake_tee
GUIDE=$REPO_ROOT/examples/gramine-secret-prov

# enclave_memory AMOUNT: what a device plugin would announce, under both names.
enclave_memory() {
  local name
  for name in sgx.intel.com~1epc kubernetes.azure.com~1sgx_epc_mem_in_MiB; do
    k kubectl patch node "$NODE" --subresource status --type json \
      --patch "[{\"op\": \"add\", \"path\": \"/status/capacity/$name\", \"value\": \"$1\"}]" >/dev/null
  done
}

# guide_server: the manifest with our image, a volume of the node, and a made-up manufacturer to believe.
guide_server() {
  k kubectl apply --namespace guide --dry-run=client --output json --filename "$GUIDE/kubernetes/server.yaml" |
    jq --arg image "$CAS_IMAGE" --arg tee "$PWD/tee" '.items[] |= (
      if .kind == "PersistentVolumeClaim" then .spec.storageClassName = "guide"
      elif .kind == "Deployment" then .spec.template.spec |= (
        .volumes += [{name: "tee", hostPath: {path: $tee}}] |
        .containers[0] |= (.image = $image | .volumeMounts += [{name: "tee", mountPath: "/tee"}] |
          .args += ["--collateral=file:/tee/collateral", "--only_for_testing-evidence-root=/tee/root.pem"]))
      else . end)' >server.json
  expect 0 k kubectl apply --namespace guide --filename server.json
  k kubectl --namespace guide rollout status deployment/ra-tls-secret-prov-server --timeout 60s >/dev/null ||
    fail "$(k kubectl --namespace guide describe pods; k kubectl --namespace guide logs deployment/ra-tls-secret-prov-server)"
}

# guide_client MANIFEST CERTIFICATE: the Job of the manifest, with the certificate in the image.
# shellcheck disable=SC2154  # repo: fixture.sh
guide_client() {
  # The node keeps images, and takes one that it has by its tag.
  local image=$repo/guide-$2:$EPOCHSECONDS
  mkdir -p "image-$2"
  cp "$REPO_ROOT/tests/tee/secret_prov_client.py" "$GUIDE/client.py" ca.pem enclave.key "image-$2"
  cp "$2.crt" "image-$2/enclave.crt"
  printf 'FROM %s\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["python3", "secret_prov_client.py", "ca.pem", "enclave.crt", "enclave.key", "python3", "client.py"]\n' \
    "$PYTHON_IMAGE" >"image-$2/Dockerfile"
  docker build --quiet --tag "$image" "image-$2" >/dev/null
  docker push --quiet "$image" >/dev/null
  sed -e "s|registry.example/gsc-gramine_secret_prov_client:1|$image|" \
    -e 's|[a-z0-9.-]*cloudapp.azure.com:4433|ra-tls-secret-prov-server:4433|' "$GUIDE/kubernetes/$1" >"$2.yaml"
  expect 0 k kubectl apply --namespace guide --filename "$2.yaml"
}

client_says() { k kubectl --namespace guide logs --selector app=gsc-ra-tls-secret-prov-client --tail=50 2>&1 | grep -q "$1"; }
client_events() { k kubectl --namespace guide get events --output 'jsonpath={.items[*].message}' | grep -q "$1"; }
client_gone() { k kubectl --namespace guide delete job gsc-ra-tls-secret-prov-client --wait >/dev/null; }

case_gramine_guide_in_the_cluster() {
  # Rows G03, G14, G17 to G19 of the public documents
  local address key_hash
  [ -x "$FAKE_TEE" ] || fail "sconectl_fake_tee is not built"
  "$FAKE_TEE" new tee
  chmod -R a+rX tee
  in_namespace guide
  cas_image
  cas_volume guide
  enclave_memory 100Mi
  guide_server
  address=$(k kubectl --namespace guide get service ra-tls-secret-prov-server --output 'jsonpath={.spec.clusterIP}')
  # The manifest asks for no readiness: its pod counts as ready before the CAS listens and before kube-proxy knows of it.
  wait_for 30 "the CAS behind its Service" k curl --silent --insecure --noproxy '*' --max-time 2 --output /dev/null "https://$address:8081"
  key_hash=$(k kubectl --namespace guide logs deployment/ra-tls-secret-prov-server | sed -n 's/.*CAS key hash is: //p')
  expect 0 k sconectl cas attest "$address:8081" -c "$key_hash"
  expect 0 k sconectl cas show-certificate "$address:8081"
  cp out ca.pem
  openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out enclave.key
  chmod 644 enclave.key
  "$FAKE_TEE" ra-tls tee dice enclave.key enclave.crt
  # A node without AESM: the pod waits, and its events say for what. Before there is a session the client fails, and its Job
  # tries again.
  guide_client client.yaml enclave
  wait_for 30 "the event" client_events '/var/run/aesmd is not a directory'
  k mkdir -p /var/run/aesmd
  at_end k rmdir /var/run/aesmd
  wait_for 60 "a refusal" client_says 'no secret: the server ended the connection'
  sed 's/isvprodid: 1, isvsvn_min: 1/isvprodid: 0/' "$GUIDE/session.yaml" >session.yaml
  expect 0 k sconectl session create --cas "$address:8081" -e APP_NAMESPACE=gramine-secret-prov \
    -e "MRENCLAVE=$(printf 'e4%.0s' {1..32})" -e "MRSIGNER=$(printf 'ec%.0s' {1..32})" session.yaml
  wait_for 90 "the secret" client_says "^--- Received secret = '.\{32\}'$"
  expect 0 k kubectl --namespace guide wait --for condition=complete job/gsc-ra-tls-secret-prov-client --timeout 20s
  client_gone
  # Of another maker's platform, and under the older name of the memory, it gets nothing.
  "$FAKE_TEE" new foreign
  "$FAKE_TEE" ra-tls foreign gramine enclave.key foreign.crt
  guide_client client-older-aks.yaml foreign
  wait_for 60 "a refusal" client_says 'no secret: the server ended the connection'
  wait_for 20 "the reason" eval "k kubectl --namespace guide logs deployment/ra-tls-secret-prov-server | grep -q 'does not end in the given test root'"
  client_gone
  expect 0 k kubectl delete --namespace guide --wait=false --filename "$GUIDE/kubernetes/server.yaml"
}
