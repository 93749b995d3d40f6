#!/usr/bin/env bash
# A stand-in for SCONE's images, which only its customers can pull: the same names of tools, which write down what they
# were asked into what they make, and programs that print a hash for SCONE_HASH=1. Nothing runs in an enclave.
#
# usage: scone.sh DIRECTORY REPOSITORY BASE     makes REPOSITORY/{sconecli,python,java17,node20}:latest on BASE
set -euo pipefail

work=$1 repository=$2 base=$3
mkdir -p "$work/tools"

# The command line: what it makes holds its arguments, and the names and hashes of the files that it was given.
cat >"$work/tools/scone" <<'TOOL'
#!/bin/sh
set -eu
asked() { echo "asked: scone $*"; }
hashes() { (cd "$1" && find . ! -type d | LC_ALL=C sort | while read -r file; do
  if [ -L "$file" ]; then echo "link $file $(readlink "$file")"; else sha256sum "$file"; fi
done); }
case "$1 ${2:-}" in
  binaryfs*)
    { asked "$@"; echo "SCONE_MODE=${SCONE_MODE:-}"; hashes "$2"; } >"$3/binary_fs_blob.s"
    echo template >"$3/libbinary_fs_template.a"
    ;;
  gcc*)
    [ "$4 $5" = "-shared -o" ] || exit 9
    { asked "$@"; cat "$2" "$3"; } >"$6"
    ;;
  'fspf create') asked "$@" >"$3" ;;
  'fspf addr') asked "$@" >>"$3" ;;
  'fspf addf') { asked "$@"; hashes "$5"; } >>"$3" ;;
  'fspf encrypt')
    asked "$@" >>"$3"
    tag=$(sha256sum <"$3" | cut -c1-32)
    key=$(head -c 32 /dev/urandom | sha256sum | cut -c1-64)
    echo "Encrypted file system protection file $3 AES-GCM tag: $tag key: $key"
    ;;
  *)
    echo "no such command: scone $*" >&2
    exit 9
    ;;
esac
TOOL

# The signer: writes behind the program what it was asked, and whether the key is one.
cat >"$work/tools/scone-signer" <<'TOOL'
#!/bin/sh
set -eu
key=
for program in "$@"; do
  case $program in --key=*) key=${program#--key=} ;; esac
done
grep -q 'BEGIN PRIVATE KEY' "$key" || { echo "there is no key in '$key'" >&2; exit 9; }
sed '/^# signed/,$d' "$program" >"$program.new"
{
  echo '# signed'
  echo "asked: scone-signer $*"
  env | grep '^SCONE_' | LC_ALL=C sort
} >>"$program.new"
cat "$program.new" >"$program"
rm "$program.new"
TOOL

# A program of SCONE: what it is measured as depends on itself, its libraries and the variables that count.
cat >"$work/tools/runtime" <<'TOOL'
#!/bin/sh
if [ "${SCONE_HASH:-}" = 1 ]; then
  {
    sed '/^# signed/,$d' "$0"
    [ -z "${SCONE_EXTENSIONS_PATH:-}" ] || cat "$SCONE_EXTENSIONS_PATH"
    echo "${SCONE_HEAP:-64M} ${SCONE_STACK:-} ${SCONE_ALLOW_DLOPEN:-0} ${SCONE_ISVPRODID:-0} ${SCONE_ISVSVN:-0}"
  } | sha256sum | cut -d ' ' -f 1
  exit
fi
exec REAL "$@"
TOOL

# Compilers and package managers of the other languages.
cat >"$work/tools/javac" <<'TOOL'
#!/bin/sh
cp -r /java /classes
TOOL
cat >"$work/tools/npm" <<'TOOL'
#!/bin/sh
mkdir -p node_modules
echo "npm $*" >node_modules/asked
TOOL
sed 's/REAL/\/bin\/echo java/' "$work/tools/runtime" >"$work/tools/java"
sed 's/REAL/\/bin\/echo node/' "$work/tools/runtime" >"$work/tools/node"
sed 's/REAL/\/usr\/bin\/real-python/' "$work/tools/runtime" >"$work/tools/python"
chmod +x "$work"/tools/*

made() { # NAME INSTRUCTION...
  local name=$1
  shift
  printf '%s\n' "$@" >"$work/Dockerfile"
  docker build --quiet --tag "$repository/$name:latest" --file "$work/Dockerfile" "$work/tools"
}
# shellcheck disable=SC2016  # the shell of the image expands
made sconecli "FROM $base" 'COPY scone scone-signer /usr/local/bin/' 'RUN mkdir -p /opt/scone/lib && echo musl >/opt/scone/lib/libc.so'
# shellcheck disable=SC2016
made python "FROM $base" \
  'RUN program=$(readlink -f /usr/bin/python3) && cp "$program" /usr/bin/real-python && rm "$program"' \
  'COPY python /usr/bin/stand-in' 'RUN mv /usr/bin/stand-in "$(readlink -m /usr/bin/python3)"'
made java17 "FROM $base" 'COPY java javac /usr/bin/'
made node20 "FROM $base" 'COPY node npm /usr/bin/'
