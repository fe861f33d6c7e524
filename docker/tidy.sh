#!/bin/sh
# Whether clang-tidy (.clang-tidy) has anything to say of src/. Each folder is read in one piece, as it is compiled: the headers
# of others, which take nearly all of the time, are gone through once for a folder.
set -eu
cd "$(dirname "$0")/.."
cmake --preset sanitize > /dev/null
find build/sanitize/src -path '*/Unity/*.cxx' | xargs -P "$(nproc)" -n 1 clang-tidy -p build/sanitize --quiet 2> /dev/null
