# What the cases share: the cluster, a CAS on the node's address, the images of the examples. Sourced by run.
# shellcheck shell=bash

# k COMMAND...: inside of the cluster.
k() { "$KUBERNETES_DIR/cluster" exec "$@"; }

set_up_suite() {
  SUITE_DIR=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-kubernetes.XXXXXX")
  # Identity and trust live under HOME: the tests have their own.
  export XDG_CACHE_HOME=${CACHE_DIR%/sconectl}
  export HOME=$SUITE_DIR/home
  mkdir "$HOME"
  unset SCONECTL_CAS_CONFIG SCONE_CLI_CONFIG SCONECTL_RUNTIME SCONECTL_ENGINE SCONECTL_REPO SCONECTL_VERSION VERSION
  unset CI NO_COLOR KUBECONFIG
  export SCONECTL_PYTHON_IMAGE=$PYTHON_IMAGE
  cp -r "$REPO_ROOT/examples" "$SUITE_DIR/examples"
  rm -rf "$SUITE_DIR"/examples/*/target
  "$KUBERNETES_DIR/cluster" up
  # The registry of the cluster has the same address and the same files.
  repo=$("$SETUP_DIR/registry.sh")/kubernetes-tests
  start_cas
}

tear_down_suite() {
  if [ -n "${KEEP:-}" ]; then
    say "kept: $SUITE_DIR and the cluster (tests/kubernetes/cluster exec, down)"
    return
  fi
  "$KUBERNETES_DIR/cluster" down
  rm -rf "$SUITE_DIR"
}

# A CAS on the node, as one that an operator runs outside of the cluster.
start_cas() {
  local data=$SUITE_DIR/cas
  k setsid --fork sconectl cas serve --data "$data" --listen "$NODE_ADDRESS:8081" --enclave-listen "$NODE_ADDRESS:18765" \
    >"$SUITE_DIR/cas.log" 2>&1 </dev/null
  wait_for 15 "the CAS" k curl --insecure --silent --fail "https://$NODE_ADDRESS:8081/v1/health/ready"
  k sconectl -q cas attest "$NODE_ADDRESS" -c "$(cat "$data/cas-key-hash")"
}

# built SERVICE OPTION...: apply -f SERVICE in the current directory.
built() {
  sconectl -q apply -f "$1" --runtime native "${@:2}"
}

# with_cas MESH: on standard output, with the CAS on the node instead of the embedded one.
with_cas() { sed "s/cas_url: embedded/cas_url: $NODE_ADDRESS/" "$1"; }

# The image of hello-world, once for all cases.
hello_image() {
  if [ ! -e "$SUITE_DIR/hello_image" ]; then
    (cd "$SUITE_DIR/examples/hello-world" && built service.yaml -e APP_IMAGE_REPO="$repo" -e RELEASE=pythonapp)
    touch "$SUITE_DIR/hello_image"
  fi
}

# The images of flask-redis, once for all cases.
flask_images() {
  if [ ! -e "$SUITE_DIR/flask_images" ]; then
    (
      cd "$SUITE_DIR/examples/flask-redis" || exit
      built ../curated/redis/service.yaml -t "$SUITE_DIR/redis" -e APP_IMAGE_REPO="$repo" -e REDIS_BASE_IMAGE="$REDIS_IMAGE"
      built service.yaml -e APP_IMAGE_REPO="$repo"
    )
    touch "$SUITE_DIR/flask_images"
  fi
}

# hello_chart NAMESPACE OPTION...: target/helm of the current directory.
hello_chart() {
  hello_image
  [ -e mesh.yaml ] || with_cas "$SUITE_DIR/examples/hello-world/mesh.yaml" >mesh.yaml
  k sconectl -q apply -f mesh.yaml --release pythonapp -e APP_IMAGE_REPO="$repo" -e APP_NAMESPACE="$1" -e RELEASE=pythonapp \
    "${@:2}"
}

# flask_chart NAMESPACE RELEASE OPTION...: target/helm of the current directory.
flask_chart() {
  flask_images
  [ -e mesh.yaml ] || with_cas "$SUITE_DIR/examples/flask-redis/mesh.yaml" >mesh.yaml
  k sconectl -q apply -f mesh.yaml --release "$2" -e APP_IMAGE_REPO="$repo" -e CURATED_REPO="$repo" -e APP_NAMESPACE="$1" \
    -e RELEASE="$2" "${@:3}"
}

# documents_chart: target/helm of the current directory. Three of its images are curated ones, as their vendor makes them.
documents_chart() {
  "$SUITE_DIR/examples/curated/build.sh" "$repo/curated" nginx memcached mariadb
  (cd "$SUITE_DIR/examples/secure-documents" && built service.yaml -e APP_IMAGE_REPO="$repo")
  with_cas "$SUITE_DIR/examples/secure-documents/mesh.yaml" >mesh.yaml
  k sconectl -q apply -f mesh.yaml --release documents -e APP_IMAGE_REPO="$repo" -e CURATED_REPO="$repo/curated" \
    -e APP_NAMESPACE=documents -e RELEASE=documents
}

# in_namespace NAME [LABEL=VALUE...]: a namespace of the case's own, gone when it ends.
in_namespace() {
  k kubectl create namespace "$1" >/dev/null
  at_end k kubectl delete namespace "$1" --wait=false
  [ "$#" -eq 1 ] || k kubectl label namespace "$1" "${@:2}" >/dev/null
}

# installed RELEASE NAMESPACE OPTION...: target/helm, until its pods are ready.
installed() {
  k helm install "$1" target/helm --namespace "$2" --wait --timeout 45s "${@:3}" >helm.out 2>&1 || {
    k kubectl --namespace "$2" get pods
    k kubectl --namespace "$2" logs --all-containers --prefix --selector "app.kubernetes.io/instance=$1" || true
    fail "$(cat helm.out)"
  }
}

# no_pods RELEASE NAMESPACE
no_pods() {
  [ "$(k kubectl --namespace "$2" get pods --selector "app.kubernetes.io/instance=$1" --output json |
    jq '.items | length')" = 0 ]
}
