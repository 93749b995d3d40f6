#!/usr/bin/env bash
# Installs Microsoft's clients for Node.js, once. The last line of the output is the folder of the packages. Exit status 77:
# there is no npm, or Node.js is older than the clients need.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=../../../examples/setup/lib.sh
. "$(dirname "$0")/../../../examples/setup/lib.sh"
here=$REPO_ROOT/tests/azure/judges

packages=$CACHE_DIR/azure-judges-$(cat "$here"/package*.json | sha256sum | cut -c 1-12)
if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  say "Azure's clients: they need Node.js 20"
  exit 77
fi
if [ ! -d "$packages" ]; then
  if ! command -v npm >/dev/null; then
    say "Azure's clients: there is no npm"
    exit 77
  fi
  say "Azure's clients (70 MB, once)"
  work=$(mktemp -d "${TMPDIR:-/tmp}/sconectl-azure-judges.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/packages"
  cp "$here"/package*.json "$work/packages"
  (cd "$work/packages" && npm ci --silent --no-audit --no-fund --ignore-scripts) >&2
  mkdir -p "$CACHE_DIR"
  # Another run may have been as far at the same moment.
  mv --no-target-directory "$work/packages" "$packages" 2>/dev/null || [ -d "$packages" ]
fi
printf '%s\n' "$packages/node_modules"
