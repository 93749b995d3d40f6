#!/usr/bin/env bash
# transcript.sh NAME: what a run of the example printed, from standard input, as Markdown. What differs from run to run, and what
# is the user's own (APP_IMAGE_REPO, APP_NAMESPACE), is a word in capitals.
set -euo pipefail
name=$1
repo=${APP_IMAGE_REPO:-${REGISTRY:+$REGISTRY/$name}}
namespace=${APP_NAMESPACE:-$name}

# literally TEXT: as a regular expression of sed.
literally() { printf '%s' "$1" | sed 's/[][\\.*^$+?(){}|#]/\\&/g'; }

rules=(
  -e 's#[^ ]*/[a-z-]+\.[A-Za-z0-9]{6}/#WORK/#g'
  -e 's/\b[0-9a-f]{64}\b/HASH/g'
  -e 's/\b[1-9A-HJ-NP-Za-km-z]{49,50}\b/KEY_HASH/g'
  -e 's/127\.0\.0\.1:[0-9]{5}/127.0.0.1:PORT/g'
  -e 's/(Version of attested CAS: ).*/\1VERSION/'
  -e 's/("secret": *")[^"]*/\1SECRET/'
  -e 's/("access_timestamp": *)[0-9.]*/\1TIME/'
)
if [ -n "$repo" ]; then rules+=(-e "s#$(literally "$repo")#APP_IMAGE_REPO#g"); fi
rules+=(-e "s#$(literally "$namespace")-rest-api#APP_NAMESPACE-rest-api#g")

printf '# examples/run %s\n\n%s\n' "$name" "Written by 'examples/run $name --transcript FILE'. Words in capitals differ from run to run."
sed -E "${rules[@]}" | awk '
  function end() { if (inside) print "```"; inside = 0 }
  /^== / { end(); print "\n## " toupper(substr($0, 4, 1)) substr($0, 5); next }
  { if (!inside) print "\n```console"; inside = 1; sub(/^\+ /, "$ "); print }
  END { end() }'
