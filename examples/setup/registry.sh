#!/usr/bin/env bash
# Makes sure that an image registry without a password listens on loopback, and prints its address (127.0.0.1:PORT).
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

data=$CACHE_DIR/registry

# The HTTP status of a port's registry API: 200 open, 401 wants a password, 000 no answer; 'free' when nothing listens.
status() {
  local answer code=0
  answer=$(curl --silent --noproxy '*' --max-time 2 --output /dev/null --write-out '%{http_code}' "http://127.0.0.1:$1/v2/") ||
    code=$?
  # curl's status 7: no connection.
  if [ "$code" -eq 7 ]; then printf 'free'; else printf '%s' "$answer"; fi
}

start() {
  local port=$1 config=$data/config-$1.yml
  mkdir -p "$data/images"
  cat >"$config" <<CONFIG
version: 0.1
log:
  level: warn
storage:
  filesystem:
    rootdirectory: $data/images
  delete:
    enabled: true
http:
  addr: 127.0.0.1:$port
CONFIG
  detached "$data/registry.log" setsid --fork docker-registry serve "$config"
  wait_for 30 "the registry (see $data/registry.log)" curl --silent --fail --noproxy '*' "http://127.0.0.1:$port/v2/"
}

# Debian starts its packaged registry with a password on port 5000 where there is a systemd: take the next port then.
ports=${REGISTRY_PORTS:-5000 5001 5002 5003}
for port in $ports; do
  case $(status "$port") in
    200)
      say "registry: using 127.0.0.1:$port"
      ;;
    free)
      say "registry: starting one on 127.0.0.1:$port, data in $data"
      start "$port"
      ;;
    *)
      continue
      ;;
  esac
  printf '127.0.0.1:%s\n' "$port"
  exit 0
done
die "the ports $ports are taken by something that is not an open registry; name others in REGISTRY_PORTS"
