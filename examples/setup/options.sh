# The options that the run.sh of every example takes: those of the public tutorials' scripts, in either spelling.
# Sourced after lib.sh, never run.
# shellcheck shell=bash

# example_options EXAMPLE RELEASE OPTION...: RELEASE is the default release. Sets
#   RELEASE               the Helm release, which hosts are named after
#   APP_IMAGE_REPO        where the example's images go
#   APP_NAMESPACE         where its sessions live on the CAS
#   KUBERNETES_NAMESPACE  the namespace in a cluster, "" for the one that kubectl uses
#   apply_options         for every 'sconectl apply'
#   mesh_options          for 'sconectl apply' of a mesh, too
#   on_kubernetes         "yes" for --kubernetes
#   example_cas           the CAS that was named, "" for the one of the mesh
# Prints the usage and ends for --help (status 0) and for what it does not know (status 1).
# shellcheck disable=SC2034  # used by the scripts that source this file
example_options() {
  local example=$1 default_release=$2 cas='' cas_namespace=''
  shift 2
  RELEASE=${RELEASE:-$default_release}
  APP_IMAGE_REPO=${APP_IMAGE_REPO:-}
  KUBERNETES_NAMESPACE=
  on_kubernetes=
  example_cas=
  apply_options=()
  mesh_options=()
  while [ "$#" -gt 0 ]; do
    case $1 in
      --*=*)
        set -- "${1%%=*}" "${1#*=}" "${@:2}"
        continue
        ;;
      --help)
        example_usage "$example" "$default_release"
        exit 0
        ;;
      --kubernetes) on_kubernetes=yes ;;
      -v) apply_options+=(-vvvvvvvv) ;;
      -d | --debug) apply_options+=(--mode=debug) ;;
      -i | --image_repo | --image-repo | -r | --release | -n | --namespace | --cas | --cas-namespace)
        # A word that begins with a dash is the next option: the value was forgotten.
        case ${2:-} in
          '' | -*) wrong_option "$example" "$default_release" "$1 needs a value" ;;
        esac
        case $1 in
          -i | --image*) APP_IMAGE_REPO=$2 ;;
          -r | --release) RELEASE=$2 ;;
          -n | --namespace) KUBERNETES_NAMESPACE=$2 ;;
          --cas) cas=$2 ;;
          --cas-namespace) cas_namespace=$2 ;;
        esac
        shift
        ;;
      *) wrong_option "$example" "$default_release" "unknown option $1" ;;
    esac
    shift
  done
  use_cas "$cas" "$cas_namespace"
  use_image_repo "$example"
  use_namespace "$example" "$default_release"
}

example_usage() {
  cat <<USAGE
usage: examples/run $1 [OPTION]...
  -i, --image-repo, --image_repo REPO  where images go (APP_IMAGE_REPO; default: a registry of this machine)
  -r, --release NAME                   the Helm release (RELEASE; default: $2)
  -n, --namespace NAME                 the namespace in a cluster (default: the one that kubectl uses)
      --cas NAME                       the CAS: the name of its Service, or its address (CAS; default: the embedded one)
      --cas-namespace NAME             the namespace of that Service (CAS_NAMESPACE; default: scone-system)
      --kubernetes                     installs the chart in a cluster, with helm
  -d, --debug                          images and sessions for debugging
  -v                                   say more
      --transcript FILE                write the commands and their output as Markdown
      --help                           print this
The sessions live below APP_NAMESPACE on the CAS. It is named after example and release; on a CAS that others use, too,
it gets a random name, which release.sh keeps for the next run.
USAGE
}

wrong_option() {
  example_usage "$1" "$2" >&2
  printf 'error: %s\n' "$3" >&2
  exit 1
}

# use_cas NAME NAMESPACE: the CAS at NAME.NAMESPACE instead of the one that the mesh names.
use_cas() {
  local cas=${1:-${CAS:-}} cas_namespace=${2:-${CAS_NAMESPACE:-scone-system}}
  if [ -z "$cas" ] && [ -n "$2" ]; then
    cas=cas
  fi
  case $cas in
    '') return 0 ;;
    *[.:]*) ;;
    *) cas=$cas.$cas_namespace ;;
  esac
  example_cas=$cas
  mesh_options+=(--cas "$cas")
}

use_image_repo() {
  APP_IMAGE_REPO=${APP_IMAGE_REPO:-${REGISTRY:+$REGISTRY/$1}}
}

use_namespace() {
  local example=$1 default_release=$2
  if [ -n "${APP_NAMESPACE:-}" ]; then
    return 0
  fi
  if [ "${#mesh_options[@]}" -eq 0 ]; then
    APP_NAMESPACE=$example
    [ "$RELEASE" = "$default_release" ] || APP_NAMESPACE=$example-$RELEASE
    return 0
  fi
  local kept=$SETUP_DIR/../$example/release.sh
  if [ -f "$kept" ]; then
    # shellcheck disable=SC1090
    . "$kept"
  fi
  if [ -z "${APP_NAMESPACE:-}" ]; then
    APP_NAMESPACE=$RELEASE-$RANDOM-$RANDOM
    [ -f "$kept" ] || printf '# shellcheck shell=bash\n' >"$kept"
    printf 'export APP_NAMESPACE=%s\n' "$(quoted "$APP_NAMESPACE")" >>"$kept"
  fi
}

# Installs target/helm, or brings the installation up to date, and waits for its pods.
install_chart() {
  in_namespace=(--namespace "${KUBERNETES_NAMESPACE:-default}")
  run helm upgrade --install "$RELEASE" target/helm "${in_namespace[@]}" --create-namespace --wait --timeout 2m
}

tell_removal() {
  say "it keeps running; remove it with: helm uninstall ${in_namespace[*]} $(quoted "$RELEASE")"
  say "a cluster that examples/run has started ends with: tests/kubernetes/cluster down"
}

# Says how the chart is installed in a cluster, for who named a namespace there.
tell_installation() {
  if [ -n "$KUBERNETES_NAMESPACE" ]; then
    say "in a cluster: helm install --namespace $(quoted "$KUBERNETES_NAMESPACE") $(quoted "$RELEASE") target/helm"
  fi
}
