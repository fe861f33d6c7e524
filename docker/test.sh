#!/bin/sh
# Inside the tests image: builds the tests, with the address and undefined behaviour sanitizers, and runs every one of them; the
# end-to-end tests run the binary that ships. Each stage says how long it took.
set -eu
cd "$(dirname "$0")/.."
export CCACHE_DIR="${CCACHE_DIR:-/root/.cache/ccache}"
jobs=$(nproc)

stage() { # stage NAME COMMAND...
  name=$1 begin=$(date +%s)
  shift
  echo "== $name"
  "$@"
  echo "== $name: $(($(date +%s) - begin)) s"
}

build() {
  cmake --preset sanitize -DSIDECERT_PROGRAM=/shipped/sidecert > /dev/null
  cmake --build --preset sanitize -- -k 0 > build.log 2>&1 || { grep -v '^\[' build.log | tail -n 100; return 1; }
}

file /shipped/sidecert
ls -l /shipped/sidecert
stage build build
stage tests ctest --preset sanitize --parallel "$((2 * jobs))"
