#!/usr/bin/env bash
# The tutorial, step by step: build the image, apply the mesh, start the container, look at its log.
# 'examples/run hello-world' installs what this needs and then calls it; REGISTRY is where images go. --help lists options.
# SERVICE_MANIFEST=service-genimage.yaml runs it with the older kind of manifest.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"
# shellcheck source=../setup/options.sh
. "$SETUP_DIR/options.sh"
example_options hello-world pythonapp "$@"
cd "$(dirname "$0")"
: "${APP_IMAGE_REPO:?name an image repository with --image-repo, or a registry in REGISTRY}"

# What images of kind python start from: the image that set-up made, instead of one from a public registry.
run export SCONECTL_PYTHON_IMAGE="${SCONECTL_PYTHON_IMAGE:-$PYTHON_IMAGE}"

service=${SERVICE_MANIFEST:-service.yaml}
namespace=$APP_NAMESPACE
container=$namespace-pythonservice

run sconectl apply -f "$service" --runtime native "${apply_options[@]}" \
  -e APP_IMAGE_REPO="$APP_IMAGE_REPO" -e RELEASE="$RELEASE"
run sconectl apply -f mesh.yaml --release "$RELEASE" "${apply_options[@]}" "${mesh_options[@]}" \
  -e APP_IMAGE_REPO="$APP_IMAGE_REPO" -e APP_NAMESPACE="$namespace" -e RELEASE="$RELEASE"
if [ -n "$on_kubernetes" ]; then
  install_chart
  run kubectl "${in_namespace[@]}" logs "deployment/$RELEASE-pythonservice"
  tell_removal
  exit
fi
tell_installation

docker rm --force "$container" >/dev/null 2>&1 || true
# The env file says where the CAS is and what the service may ask for; its access token stays off the command line.
run docker run --detach --name "$container" --label sconectl.example=hello-world --network host \
  --env-file "target/session_files/$namespace-pythonservice.env" "$APP_IMAGE_REPO/python_hello_user:1"
wait_for_log "$container" 'checksum of the API_PASSWORD'
run docker logs "$container"

say "the password was made by the CAS: a restart shows the same checksum"
run docker restart --time 5 "$container" >/dev/null
wait_for_log "$container" 'checksum of the API_PASSWORD' 2
run docker logs "$container"
say "it keeps running; stop it with: docker rm --force $container"
