#!/usr/bin/env bash
# What tests/bare-system/run does inside of the bare system, as its first process.
set -euo pipefail
umount --lazy /.outside
rmdir /.outside
cd /root/sconectl

step() { printf '==== %s (after %s s)\n' "$*" "$SECONDS"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# taken PORT: somebody else's program listens there.
taken() {
  perl -MIO::Socket::INET -e '
    my $socket = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 1, ReuseAddr => 1);
    sleep' "$1" &
}

step "a system with nothing but apt"
for program in c++ cmake curl docker git java jq node npm pip3 python3 sudo; do
  ! command -v "$program" || fail "$program is here already"
done
# Certificate authorities that this machine's administrator added.
update-ca-certificates >/dev/null
rm -rf ~/.cache/sconectl/registry ~/.cache/sconectl/*.log

# The default ports of the CAS are somebody else's, and so may be those of the registry.
taken 8081
taken 18765
port=$((20000 + RANDOM % 10000))
export REGISTRY_PORTS="$port $((port + 1)) $((port + 2))"
taken "$port"

step "examples/run hello-world"
examples/run hello-world --transcript /tmp/example.md 2>&1 | tee /tmp/example.log
grep -q -x "Hello 'myself' - thanks for passing along the API_PASSWORD" /tmp/example.log || fail "the example did not greet"
grep -q '^[$] sconectl apply -f mesh.yaml' /tmp/example.md || fail "no transcript: $(cat /tmp/example.md)"
[[ $(docker version --format '{{.Client.Version}}') == 20.10.* ]] || fail "this is not Debian's docker"

step "a plain build after it, as README.md shows it"
cmake --preset release && cmake --build build/release
[ "$(build/release/sconectl-launcher version)" = "$(build/release/sconectl version)" ] || fail "the launcher is of another build"
[ "$(stat -c %s build/release/sconectl-launcher)" -le 10000000 ] || fail "the launcher is larger than 10 MB"
build/release/sconectl check -f examples/hello-world/service.yaml -f examples/hello-world/mesh.yaml \
  -e APP_IMAGE_REPO=x -e RELEASE=x -e APP_NAMESPACE=x

step "the set-up of tests/run"
# All targets would not fit into a system in memory: what is run here, and one of each other kind.
tests/run setup sconectl_{image,crypto,casd}_test sconectl_yaml_trees sconectl_supply_documents fuzz_quote

step "tests that judge real tools"
export PATH=/root/.cache/sconectl/bin:$PATH
for tests in 'image *' 'crypto *' 'casd ServerTest.*'; do
  build/asan/tests/sconectl_"${tests% *}"_test --gtest_filter="${tests#* }" >/tmp/tests.log || {
    cat /tmp/tests.log
    fail "the tests of $tests"
  }
  tail -n 3 /tmp/tests.log
  if [ "${tests% *}" = image ] && grep '\[  SKIPPED \] .*\(RealDocker\|BuiltInChart\)' /tmp/tests.log; then
    fail "docker and helm are here: none of their tests may be skipped"
  fi
done

step "end"
# What no longer can be downloaded need not be kept.
apt-get -q autoclean >/dev/null
