#!/bin/sh
# Inside the tests image: runs the tests that start threads under clang's thread sanitizer: lanes, the HTTP client and its pool,
# the resolver, publishing side by side, a provider's lanes, the status page, visits of several NAS. Poco and OpenSSL are not
# built with it, and what is within them is passed over (tests/threads/suppressions.txt).
set -eu
cd "$(dirname "$0")/.."
tests='unit_base\.(Lanes|EffortTest|Stopping|Http|Https|LogLines)\.|unit_dns\.(SystemNames|Resolver|LookUp|Questions|PublisherTest)\.|unit_dns_providers\.(HundredNames|Publishing)\.|unit_web\.|unit_app\.Pass\.'
cmake --preset threads > /dev/null
cmake --build --preset threads --target unit_base unit_dns unit_dns_providers unit_web unit_app > build/threads/build.log 2>&1 ||
  { grep -v '^\[' build/threads/build.log | tail -n 60; exit 1; }
# Names of functions are needed to tell those libraries' frames; binutils has what tells them.
export TSAN_OPTIONS="external_symbolizer_path=$(command -v addr2line) suppressions=$PWD/tests/threads/suppressions.txt"
ctest --preset threads --parallel "$(nproc)" -R "$tests"
