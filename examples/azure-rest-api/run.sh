#!/usr/bin/env bash
# Microsoft Azure's key vault as the source of a service's secrets, step by step: build the image, start a CAS, create the
# sessions, start the service with and without them, ask it, and clean up. 'examples/run azure-rest-api' installs what this
# needs and then calls it. With AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AKV_VAULT, AKV_SECRET_NAME and
# AKV_CERT_SECRET_NAME in the environment it asks Azure; with none of them a stand-in on this machine plays Azure's part.
# PORT is the service's own (default 4996).
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"
# shellcheck source=../setup/options.sh
. "$SETUP_DIR/options.sh"
example_options azure-rest-api rest-api "$@"
cd "$(dirname "$0")"
: "${APP_IMAGE_REPO:?name an image repository with --image-repo, or a registry in REGISTRY}"
host=rest-api.scone.sample
container=$APP_NAMESPACE-rest-api

# What is missing is said before anything is done.
account=(AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET AKV_VAULT AKV_SECRET_NAME AKV_CERT_SECRET_NAME)
missing=()
for name in "${account[@]}"; do
  [ -n "${!name:-}" ] || missing+=("$name")
done
if [ "${#missing[@]}" -gt 0 ] && [ "${#missing[@]}" -lt "${#account[@]}" ]; then
  die "the environment lacks: ${missing[*]}"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/azure-rest-api.XXXXXX")
started=()
# shellcheck disable=SC2329  # the trap calls it
clean_up() {
  docker rm --force "$container" "$container-unattested" >/dev/null 2>&1 || true
  for process in "${started[@]}"; do
    kill "$process" 2>/dev/null || continue
    wait "$process" || true
  done
  rm -rf "$work"
}
trap clean_up EXIT

# stand_in: a tenant, a vault with a secret and a certificate, and an application that may read them.
stand_in() {
  say "no account of Azure is in the environment: a stand-in plays Azure (tests/azure)"
  if ! /usr/bin/python3 -c 'import cryptography' 2>/dev/null; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends python3-cryptography >&2
  fi
  export AZURE_TENANT_ID=7f1d0e7e-5c7a-4f0e-9d1b-2f3a4b5c6d7e AZURE_CLIENT_ID=3f6a210e-83b4-4217-9eee-4f707d8aeeb3 \
    AZURE_CLIENT_SECRET AKV_VAULT=https://scone-sample.vault.azure.net/ AKV_SECRET_NAME=api-secret AKV_CERT_SECRET_NAME=api-cert
  AZURE_CLIENT_SECRET=$(openssl rand -hex 20)
  mkdir "$work/azure"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/azure/web.key" -out "$work/azure/web.crt" -subj "/CN=$host" \
    -addext "subjectAltName=DNS:$host" -days 2 2>/dev/null
  openssl rand -hex 16 | tr -d '\n' >"$work/azure/value"
  jq -n --rawfile key "$work/azure/web.key" --rawfile certificate "$work/azure/web.crt" --rawfile value "$work/azure/value" '{
    tenants: {(env.AZURE_TENANT_ID): {applications: {(env.AZURE_CLIENT_ID): {secret: env.AZURE_CLIENT_SECRET}}}},
    vaults: {"scone-sample.vault.azure.net": {tenant: env.AZURE_TENANT_ID, access: {(env.AZURE_CLIENT_ID): ["get"]}, secrets: {
      "api-secret": [{value: $value}],
      "api-cert": [{value: ($key + $certificate), contentType: "application/x-pem-file", managed: true}]}}}}' >"$work/azure/settings.json"
  "$REPO_ROOT/tests/azure/stand_in.py" "$work/azure" >"$work/azure.log" 2>&1 &
  started+=($!)
  wait_for 20 "the stand-in of Azure" test -s "$work/azure/port"
  export HTTPS_PROXY SSL_CERT_FILE=$work/azure/ca.pem
  HTTPS_PROXY=http://127.0.0.1:$(cat "$work/azure/port")
  unset https_proxy NO_PROXY no_proxy
}
[ "${#missing[@]}" -eq 0 ] || stand_in

run export SCONECTL_PYTHON_IMAGE="${SCONECTL_PYTHON_IMAGE:-$PYTHON_IMAGE}"
run sconectl apply -f service.yaml --runtime native "${apply_options[@]}" -e APP_IMAGE_REPO="$APP_IMAGE_REPO"

say "a CAS that may ask Azure"
serve=(sconectl cas serve --data "$work/cas" --listen 127.0.0.1:0 --enclave-listen 127.0.0.1:0)
shown "${serve[@]}"
"${serve[@]}" >"$work/cas.log" 2>&1 &
started+=($!)
wait_for 20 "the CAS" test -s "$work/cas/endpoint.json"
api=$(jq -r '.api[0]' "$work/cas/endpoint.json")
services=$(jq -r '.enclave[0]' "$work/cas/endpoint.json")
export SCONE_CLI_CONFIG=$work/config.json # the identity and the CASes that are trusted here
run sconectl cas attest "$api" -c "$(cat "$work/cas/cas-key-hash")"

say "the namespace and the session"
export CAS_NAMESPACE=$APP_NAMESPACE-$RANDOM PYTHON_SESSION_NAME=demo PORT=${PORT:-4996} SERVICE_ACCESS_TOKEN
SERVICE_ACCESS_TOKEN=$(openssl rand -hex 20)
run sconectl session create --use-env namespace.template.yml
run sconectl session create --use-env session.template.yml

say "without a CAS there is no certificate, and the service does not start"
docker rm --force "$container" "$container-unattested" >/dev/null 2>&1 || true
run docker run --name "$container-unattested" "$APP_IMAGE_REPO/azure_rest_api:1" || true

say "with it"
install -m 600 /dev/null "$work/service.env"
printf '%s\n' "SCONE_CAS_ADDR=$services" "SCONE_CAS_KEY=$(cat "$work/cas/cas-key-hash")" \
  "SCONE_CONFIG_ID=$CAS_NAMESPACE/$PYTHON_SESSION_NAME/rest-api" "SCONE_SERVICE_ACCESS_TOKEN=$SERVICE_ACCESS_TOKEN" >"$work/service.env"
run docker run --detach --name "$container" --network host --env-file "$work/service.env" "$APP_IMAGE_REPO/azure_rest_api:1"
wait_for_log "$container" 'Running on'
trust=(--insecure) # a certificate that nobody else signed
[ ! -e "$work/azure/web.crt" ] || trust=(--cacert "$work/azure/web.crt")
run curl --silent --show-error --fail --noproxy '*' "${trust[@]}" --resolve "$host:$PORT:127.0.0.1" "https://$host:$PORT/secret"
say "container, CAS and what they held are removed"
