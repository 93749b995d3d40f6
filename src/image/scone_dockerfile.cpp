#include "image/scone_dockerfile.hpp"

namespace sconectl::image {

void add_scone(Dockerfile& file, const SconeParts& parts) {
  const bool binary_fs = !parts.included.empty() || !parts.included_if_there.empty();
  if (binary_fs) {
    file.from("scone", "binary-fs");
    file.copy_from("application", {"/"}, "/sconectl/root/");
    file.copy({"protect/"}, "/sconectl/");
    file.run_words({"/bin/sh", "/sconectl/binary-fs.sh"});
  }
  file.from("application");
  if (binary_fs) file.copy_from("binary-fs", {"/sconectl/libbinary-fs.so"}, "/lib/libbinary-fs.so");
  // An ordinary program has to find the library that makes it one of SCONE.
  if (parts.converts_program) file.copy_from("scone", {"/opt/scone/lib/"}, "/opt/scone/lib/");
  // Last: what is run while building runs without an enclave.
  for (const auto& [name, value] : parts.environment) file.environment(name, value);
}

std::string binary_fs_script() {
  return R"(# Made by sconectl: the files of an enclave, as a library that is measured with it.
set -eu
cd /sconectl
mkdir files
IFS='
'
take() { # LIST MUST: copies what the patterns of a list lead to
  while read -r pattern; do
    found=
    for path in root$pattern; do
      [ -e "$path" ] || [ -L "$path" ] || continue
      found=1
      inner=${path#root}
      mkdir -p "files${inner%/*}"
      cp -a "$path" "files${inner%/*}/"
    done
    if [ -z "$found" ] && [ "$2" = must ]; then
      echo "'$pattern' is to be in the enclave, and the image has nothing there" >&2
      exit 1
    fi
  done <"$1"
}
take included must
take included-if-there may
set --
while read -r path; do
  set -- "$@" "--host-path=$path"
done <host-paths
SCONE_MODE=sim scone binaryfs /sconectl/files . "$@"
scone gcc ./binary_fs_blob.s ./libbinary_fs_template.a -shared -o ./libbinary-fs.so
)";
}

std::string signing_script() {
  return R"(# Made by sconectl: signs a program and measures it. The key is in memory only.
set -eu
umask 077
key=/dev/shm/sconectl-key.pem
cat >"$key"
options=$1
path=$(command -v "$2") || {
  echo "the program '$2' is in no directory of PATH" >&2
  exit 1
}
path=$(readlink -f "$path")
# shellcheck disable=SC2086 # several options
scone-signer sign $options --key="$key" --env "$path" >&2
rm -f "$key"
hash=$(SCONE_HASH=1 "$path")
printf '%s %s\n' "$hash" "$path"
cat "$path"
)";
}

std::string fspf_script() {
  return R"(# Made by sconectl: a file system protection file over directories of an image.
set -eu
cd /sconectl
scone fspf create fspf.pb >&2
scone fspf addr fspf.pb / --kernel / --not-protected >&2
for directory in "$@"; do
  scone fspf addr fspf.pb "$directory" --kernel "$directory" --authenticated >&2
  scone fspf addf fspf.pb "$directory" "/sconectl/root$directory" >&2
done
# The words of what it prints: the tag is the ninth, the key the eleventh.
# shellcheck disable=SC2046
set -- $(scone fspf encrypt fspf.pb)
printf '%s %s\n' "${11}" "$9"
cat fspf.pb
)";
}

}  // namespace sconectl::image
