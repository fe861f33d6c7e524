#!/bin/sh
# Builds every fuzz target and runs each for SECONDS, two at a time on each core, from its seeds. Ends with 1 when one of them
# crashes, leaks, hangs or breaks a promise; the input that did it lies in build/fuzz/findings/.
#   tests/fuzz/run.sh [SECONDS] [NAME...]      60 and all by default
set -eu
programs=build/fuzz/tests/fuzz

if [ "${1:-}" = --one ]; then
  seconds=$2 name=$3 log=build/fuzz/$3.log
  grown=build/fuzz/grown/$name seeds=tests/fuzz/corpus/$name
  mkdir -p "$grown"
  [ -d "$seeds" ] || seeds=$grown
  if nice "$programs/fuzz_$name" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$name-" "$grown" "$seeds" > "$log" 2>&1; then
    printf '%-28s ok, %s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    printf '%-28s FAILED\n' "$name"
    tail -n 40 "$log"
    exit 1
  fi
  exit 0
fi

cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
cmake --preset fuzz > /dev/null
mkdir -p build/fuzz/findings
cmake --build --preset fuzz --target fuzz_targets > build/fuzz/build.log 2>&1 || { grep -v '^\[' build/fuzz/build.log | tail -n 60; exit 1; }
if [ $# -eq 0 ]; then
  for program in "$programs"/fuzz_*; do
    if [ -f "$program" ] && [ -x "$program" ]; then set -- "$@" "${program##*/fuzz_}"; fi
  done
fi
printf '%s\n' "$@" | xargs -P "$(($(nproc) * 2))" -I NAME sh tests/fuzz/run.sh --one "$seconds" NAME
