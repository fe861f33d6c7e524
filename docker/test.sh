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
  # A line now and then, so that the twenty minutes on two cores are not a silence.
  { cmake --build --preset sanitize -- -k 0 2>&1 || echo "the build failed"; } | tee build.log |
    awk -F'[][/ ]+' '/^\[/ { part = int(10 * $2 / $3); if (part > last) { last = part; print "   built " 10 * part " %"; fflush() } }'
  ! grep -q '^the build failed' build.log || { grep -v '^\[' build.log | tail -n 100; return 1; }
}

echo "The tests are built (some ten minutes on two idle cores) and then run (some ten more)."
file /shipped/sidecert
ls -l /shipped/sidecert
stage build build
stage tests ctest --preset sanitize --parallel "$((2 * jobs))"
