#!/usr/bin/env bash
# enter.sh ROOT ARCHIVE FILES OUTSIDE=INSIDE...: unpacks the system below ROOT, adds FILES, becomes its first process and
# runs inside.sh there, with directories of this machine at the places INSIDE. Started by tests/bare-system/run in
# namespaces of its own: every mount ends with them.
set -euo pipefail
root=$1
archive=$2
files=$3

# Docker's runtime can only start containers below a root that is a mount; a chroot is none. In memory, where there is
# enough, it is twice as fast and gone at once.
if [ "$(awk '$1 == "MemAvailable:" {print int($2 / 1024 / 1024)}' /proc/meminfo)" -ge 14 ]; then
  mount -t tmpfs -o mode=0755,size=12g tmpfs "$root"
else
  mount --bind "$root" "$root"
fi
tar --directory "$root" --numeric-owner -xf "$archive"
cp -a --no-preserve=ownership "$files/." "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs tmpfs "$root/run"
for shared in "${@:4}"; do
  mkdir -p "${shared%%=*}" "$root${shared#*=}"
  mount --bind "${shared%%=*}" "$root${shared#*=}"
done
hostname bare

# Proxies and mirrors of the package registries; nothing else of this machine's environment.
settings=()
while IFS= read -r name; do
  settings+=("$name=${!name}")
done < <(compgen -e | grep -E -i '^(https?_proxy|no_proxy|all_proxy|npm_config_.*|pip_(index_url|extra_index_url|trusted_host)|goproxy|gosumdb|gonosumdb)$')
for file in .npmrc .config/pip/pip.conf; do
  if [ -f "$HOME/$file" ]; then install -D -m 0600 "$HOME/$file" "$root/root/$file"; fi
done

cd "$root"
mkdir .outside
pivot_root . .outside
exec chroot . /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" /bin/bash /root/inside.sh
