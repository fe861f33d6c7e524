#!/bin/sh
# Whether every source is as clang-format has it; prints what is not.
set -eu
cd "$(dirname "$0")/.."
find src tests -name '*.cpp' -o -name '*.h' | xargs clang-format --dry-run --Werror
