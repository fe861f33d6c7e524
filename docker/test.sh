#!/bin/sh
# Inside the tests image: builds the tests and runs every one of them; the end-to-end tests run the binary that ships.
# With SIDECERT_CHECKS=all the tests are built with the address and undefined behaviour sanitizers, after format and clang-tidy,
# and fuzzed.
# Each stage says how long it took.
set -eu
cd "$(dirname "$0")/.."
export CCACHE_DIR="${CCACHE_DIR:-/root/.cache/ccache}" CCACHE_SLOPPINESS=pch_defines,time_macros
jobs=$(nproc)
preset=dev
[ "${SIDECERT_CHECKS:-}" != all ] || preset=sanitize

stage() { # stage NAME COMMAND...
  name=$1 begin=$(date +%s)
  shift
  echo "== $name"
  "$@"
  echo "== $name: $(($(date +%s) - begin)) s"
}

tidy() {
  cmake --preset tidy > /dev/null
  find src -name '*.cpp' | xargs -P "$jobs" -n 4 clang-tidy -p build/tidy --quiet 2> /dev/null
}
build() {
  cmake --preset "$preset" -DSIDECERT_PROGRAM=/shipped/sidecert > /dev/null
  cmake --build --preset "$preset" -- -k 0 > build.log 2>&1 || { grep -v '^\[' build.log | tail -n 100; return 1; }
}

file /shipped/sidecert
ls -l /shipped/sidecert
if [ "${SIDECERT_CHECKS:-}" = all ]; then
  stage format sh docker/format.sh
  stage tidy tidy
fi
stage build build
if [ "${SIDECERT_CHECKS:-}" = all ]; then stage fuzz sh tests/fuzz/run.sh 60; fi
# Real servers on a busy machine: ctest names each test that needed a second run.
stage tests ctest --preset "$preset" --parallel "$((2 * jobs))" --repeat until-pass:2
