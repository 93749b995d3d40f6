#!/usr/bin/env bash
# Builds sconectl with the preset BUILD_PRESET (default release) into build/PRESET, with 'scone' and the launcher of images beside it.
# build.sh [TARGET...]: these instead of the program alone; 'all' is everything that the preset has, unit tests too.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

options=()
targets=("${@:-sconectl}")
if [ "${1:-}" = all ]; then
  # Where GoogleTest is missing that is an error now, and not a build without tests.
  [ "$BUILD_PRESET" = fuzz ] || options=(-DSCONECTL_TESTS=ON)
fi

say "build: preset $BUILD_PRESET in build/$BUILD_PRESET"
cd "$REPO_ROOT"
if [ ! -f "$BUILD_DIR/build.ninja" ] || [ "${1:-}" = all ]; then
  run cmake --preset "$BUILD_PRESET" "${options[@]}" >&2
fi
run cmake --build "$BUILD_DIR" --target "${targets[@]}" >&2
ln -sfn sconectl "$BUILD_DIR/scone"
for program in sconectl sconectl-launcher; do
  [ -x "$BUILD_DIR/$program" ] || die "the build made no $BUILD_DIR/$program"
done
