#!/usr/bin/env bash
# The second tutorial, step by step: a REST service and the Redis behind it, with every certificate made by the CAS.
# 'examples/run flask-redis' installs what this needs and then calls it; REGISTRY is where images go. --help lists options.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"
# shellcheck source=../setup/options.sh
. "$SETUP_DIR/options.sh"
example_options flask-redis flaskredis "$@"
cd "$(dirname "$0")"
: "${APP_IMAGE_REPO:?name an image repository with --image-repo, or a registry in REGISTRY}"

# What images of kind python start from: the image that set-up made, instead of one from a public registry.
run export SCONECTL_PYTHON_IMAGE="${SCONECTL_PYTHON_IMAGE:-$PYTHON_IMAGE}"

namespace=$APP_NAMESPACE
curated=${REGISTRY:-$APP_IMAGE_REPO}/curated
redis_host=$RELEASE-redis
flask=$namespace-flask
redis=$namespace-redis
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say "the vendor of the redis image builds it once"
run sconectl apply -f ../curated/redis/service.yaml --runtime native "${apply_options[@]}" -t "$work/redis" \
  -e APP_IMAGE_REPO="$curated" -e REDIS_BASE_IMAGE="$REDIS_IMAGE"

say "the user builds the service and applies the mesh"
run sconectl apply -f service.yaml --runtime native "${apply_options[@]}" -e APP_IMAGE_REPO="$APP_IMAGE_REPO"
run sconectl apply -f mesh.yaml --release "$RELEASE" "${apply_options[@]}" "${mesh_options[@]}" \
  -e APP_IMAGE_REPO="$APP_IMAGE_REPO" -e CURATED_REPO="$curated" -e APP_NAMESPACE="$namespace" -e RELEASE="$RELEASE"
start() {
  local name=$1 service=$2 image=$3
  docker rm --force "$name" >/dev/null 2>&1 || true
  run docker run --detach --name "$name" --label sconectl.example=flask-redis --network host \
    --add-host "$redis_host:127.0.0.1" \
    --env-file "target/session_files/$namespace-$service.env" "$image"
}

if [ -n "$on_kubernetes" ]; then
  install_chart
  cas=${example_cas:?name the CAS that the pods reach with --cas}:8081
  # The host name in the certificate is 'api'; the connection goes to the Service.
  reach=(--connect-to "api:4996:$RELEASE-flask.${in_namespace[1]}.svc.cluster.local:4996")
  # A pod is ready a moment before the cluster sends connections to it.
  wait_for 20 "the Service" curl --silent --insecure --max-time 2 --output /dev/null "${reach[@]}" https://api:4996
else
  tell_installation
  # Where the embedded CAS listens: port 8081, unless another program has it.
  cas=${CAS_ADDRESS:-$(jq -r '.api[0]' ~/.sconectl/cas/endpoint.json)}
  start "$redis" redis "$curated/redis:7"
  wait_for_log "$redis" 'Ready to accept connections'
  start "$flask" flask "$APP_IMAGE_REPO/python_flask_redis:latest"
  wait_for_log "$flask" 'patient records on port'
  reach=(--resolve api:4996:127.0.0.1)
fi

say "the certificate of the API's CA comes from the CAS, open to everybody"
run curl --silent --show-error --fail -k "https://$cas/v1/values/session=$namespace/secrets" --output "$work/values.json"
run jq -r .values.api_ca_cert.value "$work/values.json" >"$work/api_ca.crt"
run openssl x509 -in "$work/api_ca.crt" -noout -subject -ext basicConstraints

api() {
  local path=$1
  shift
  run curl --silent --show-error --fail-with-body --cacert "$work/api_ca.crt" "${reach[@]}" "$@" \
    "https://api:4996$path"
}

say "a record is stored and read back, over a connection that this CA vouches for"
id=patient-$(date +%s)
api "/patient/$id" -d fname=Jane -d lname=Doe -d 'address=1 Test Street' -d city=Dresden -d state=SN \
  -d ssn=000-00-0000 -d email=jane@example.org -d dob=01/01/1990 -d contactphone=000-000 -d drugallergies=Sulpha \
  -d 'preexistingconditions=diabetes, asthma' -d dateadmitted=01/05/2026 -d insurancedetails=Health-Plus
api "/patient/$id"
api "/score/$id"

if [ -n "$on_kubernetes" ]; then
  tell_removal
  exit
fi

say "a client without the certificate that only this mesh has is refused by Redis"
client=(docker run --rm --network host --add-host "$redis_host:127.0.0.1" --entrypoint redis-cli "$REDIS_IMAGE"
  -h "$redis_host" -p 6379)
for how in '' '--tls --insecure'; do
  # shellcheck disable=SC2086  # the words of $how are separate arguments
  if run "${client[@]}" $how ping; then
    die "Redis answered a client without a certificate"
  fi
done
run docker logs --since 1m "$redis" 2>&1 | grep 'peer did not return a certificate' || die "Redis refused for another reason"
say "and the service, which has the certificate, still gets its answers"
api "/score/$id"
say "both services keep running; stop them with: docker rm --force $flask $redis"
