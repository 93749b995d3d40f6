#!/usr/bin/env bash
# Documents behind mutual TLS, step by step: nginx, an API, Memcached and MariaDB, with every key made by the CAS.
# 'examples/run secure-documents' installs what this needs and then calls it; REGISTRY is where images go. --help lists options.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"
# shellcheck source=../setup/options.sh
. "$SETUP_DIR/options.sh"
example_options secure-documents documents "$@"
cd "$(dirname "$0")"
: "${APP_IMAGE_REPO:?name an image repository with --image-repo, or a registry in REGISTRY}"

# What images of kind python start from: the image that set-up made, instead of one from a public registry.
run export SCONECTL_PYTHON_IMAGE="${SCONECTL_PYTHON_IMAGE:-$PYTHON_IMAGE}"

namespace=$APP_NAMESPACE
curated=${REGISTRY:-$APP_IMAGE_REPO}/curated
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say "the vendor of the curated images builds them once"
../curated/build.sh "$curated" nginx memcached mariadb

say "the user builds the API and applies the mesh"
run sconectl apply -f service.yaml --runtime native "${apply_options[@]}" -e APP_IMAGE_REPO="$APP_IMAGE_REPO"
run sconectl apply -f mesh.yaml --release "$RELEASE" "${apply_options[@]}" "${mesh_options[@]}" \
  -e APP_IMAGE_REPO="$APP_IMAGE_REPO" -e CURATED_REPO="$curated" -e APP_NAMESPACE="$namespace" -e RELEASE="$RELEASE"

# start SERVICE IMAGE OPTION...: its root is read-only, and it runs as a user without rights.
start() {
  local service=$1 image=$2 name=$namespace-$1
  docker rm --force "$name" >/dev/null 2>&1 || true
  run docker run --detach --name "$name" --label sconectl.example=secure-documents --network host \
    --add-host "$RELEASE-api:127.0.0.1" --add-host "$RELEASE-cache:127.0.0.1" --add-host "$RELEASE-db:127.0.0.1" \
    --read-only --cap-drop ALL --security-opt no-new-privileges "${@:3}" \
    --env-file "target/session_files/$namespace-$service.env" "$image"
}

if [ -n "$on_kubernetes" ]; then
  install_chart
  cas=${example_cas:?name the CAS that the pods reach with --cas}:8081
  # The host name in the certificate is 'documents'; the connection goes to the Service.
  reach=(--connect-to "documents:8443:$RELEASE-front.${in_namespace[1]}.svc.cluster.local:8443")
else
  tell_installation
  # Where the embedded CAS listens: port 8081, unless another program has it.
  cas=${CAS_ADDRESS:-$(jq -r '.api[0]' ~/.sconectl/cas/endpoint.json)}
  start cache "$curated/memcached:1.6"
  start db "$curated/mariadb:10.11" --volume "$namespace-db:/var/lib/mysql"
  start api "$APP_IMAGE_REPO/documents_api:latest" --user 65532:65532
  start front "$curated/nginx:1.22"
  wait_for_log "$namespace-api" 'documents on port'
  reach=(--resolve documents:8443:127.0.0.1)
fi
wait_for 60 "the front" curl --silent --insecure --max-time 2 --output /dev/null "${reach[@]}" https://documents:8443/documents

say "the certificate of the front's CA comes from the CAS, open to everybody"
run curl --silent --show-error --fail -k "https://$cas/v1/values/session=$namespace/secrets" --output "$work/values.json"
run jq -r .values.nginx_ca_cert.value "$work/values.json" >"$work/ca.crt"

user=jane-$(date +%s)
printf 'user = "%s:%s"\n' "$user" "$(openssl rand -hex 8)" >"$work/login"
sed 's/.*:\(.*\)"$/\1/' "$work/login" | tr -d '\n' >"$work/password"
documents() {
  local path=$1
  shift
  run curl --silent --show-error --fail-with-body --cacert "$work/ca.crt" "${reach[@]}" "$@" "https://documents:8443$path"
}

say "an account, and a document that only its owner reads"
documents "/users/$user" --data-binary "@$work/password"
printf 'the contract of %s\n' "$user" >"$work/contract"
documents /documents/contract --config "$work/login" --upload-file "$work/contract"
documents /documents/contract --config "$work/login"
documents /documents --config "$work/login"
if documents /documents/contract; then
  die "the document was given to somebody without a password"
fi

if [ -n "$on_kubernetes" ]; then
  tell_removal
  exit
fi

say "and nobody comes past the front: API, cache and database want a certificate that only their peers have"
if run curl --silent --show-error --insecure "https://127.0.0.1:4998/documents"; then
  die "the API answered a client without a certificate"
fi
ask_cache=(openssl s_client -connect 127.0.0.1:11211 -quiet)
shown "${ask_cache[@]}"
if printf 'version\r\nquit\r\n' | "${ask_cache[@]}" 2>/dev/null | grep VERSION; then
  die "the cache answered a client without a certificate"
fi
# The right password alone is not enough. It is a file for the client, so that no command line has it.
{
  printf '[client]\npassword='
  docker exec "$namespace-api" cat /tls/db.password
} >"$work/db.cnf"
if run docker run --rm --user 0 --network host --volume "$work/db.cnf:/db.cnf:ro" --entrypoint mariadb "$MARIADB_IMAGE" \
  --defaults-file=/db.cnf --host 127.0.0.1 --user documents --ssl --execute 'SELECT 1' documents; then
  die "the database answered a client without a certificate"
fi
say "all four keep running; stop them with: docker rm --force $namespace-{front,api,cache,db}"
say "the database's files stay in the volume $namespace-db: docker volume rm $namespace-db"
