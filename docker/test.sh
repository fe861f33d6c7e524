#!/bin/sh
# Inside the tests image: builds what ships and runs every test. With SIDECERT_CHECKS=all also format, clang-tidy and the
# sanitizer build. Each stage says how long it took.
set -eu
cd "$(dirname "$0")/.."
export CCACHE_DIR="${CCACHE_DIR:-/root/.cache/ccache}" CCACHE_SLOPPINESS=pch_defines,time_macros

stage() { # stage NAME COMMAND...
  name=$1 begin=$(date +%s)
  shift
  echo "== $name"
  "$@"
  echo "== $name: $(($(date +%s) - begin)) s"
}

format() { find src tests -name '*.cpp' -o -name '*.h' | xargs clang-format --dry-run --Werror; }
tidy() {
  cmake --preset tidy > /dev/null
  find src -name '*.cpp' | xargs -P "$(nproc)" -n 4 clang-tidy -p build/tidy --quiet 2> /dev/null
}
sanitize() {
  cmake --preset sanitize > /dev/null && cmake --build --preset sanitize &&
    ctest --preset sanitize --parallel "$(nproc)" -E '^e2e\.'
}
release() { cmake --preset release > /dev/null && cmake --build --preset release -- -k 0; }

if [ "${SIDECERT_CHECKS:-}" = all ]; then
  stage format format
  stage tidy tidy
  stage sanitize sanitize
fi
stage build release
ls -l build/release/src/sidecert
file build/release/src/sidecert
stage tests ctest --preset release --parallel "$(nproc)"
