#!/usr/bin/env bash
# What a waiting Sidecert costs: memory, wake-ups, the time to end. Takes the program from the image, or the one it is given:
#   tests/engine/footprint.sh [PROGRAM [SECONDS]]
# It holds on wrong settings here, which is the same wait as after a pass. What a quiet day writes is printed by the
# simulation (QuietDay.WritesLittle).
set -euo pipefail
program=${1:-} watch=${2:-30}
if [ -z "$program" ]; then
  program=$(mktemp)
  container=$(docker create sidecert)
  docker cp -q "$container:/sidecert" "$program" && docker rm "$container" > /dev/null
fi
field() { awk -v name="$1:" '$1 == name {print $2}' "/proc/$pid/$2"; }

env -i SIDECERT_DATA=/nonexistent "$program" run > /dev/null 2>&1 &
pid=$!
trap 'kill "$pid" 2> /dev/null || true' EXIT
until tr '\0' ' ' < "/proc/$pid/cmdline" | grep -q '^sidecert wait '; do
  kill -0 "$pid" || exit 1
  sleep 0.1
done
sleep 1
wakes() { echo $(($(field voluntary_ctxt_switches status) + $(field nonvoluntary_ctxt_switches status))); }
before=$(wakes)
sleep "$watch"
woke=$(($(wakes) - before))
printf 'waiting: resident %s kB (anonymous %s kB, files %s kB), private %s kB\n' "$(field VmRSS status)" \
  "$(field RssAnon status)" "$(field RssFile status)" \
  "$(awk '/^Private_(Clean|Dirty)/ {sum += $2} END {print sum}' "/proc/$pid/smaps_rollup")"
printf 'waiting: %s wake-ups in %s s, which is %s an hour; threads %s\n' "$woke" "$watch" $((woke * 3600 / watch)) "$(field Threads status)"
began=$(date +%s%N)
kill -TERM "$pid"
wait "$pid" || true
printf 'waiting: ends %s ms after SIGTERM\n' $((($(date +%s%N) - began) / 1000000))
