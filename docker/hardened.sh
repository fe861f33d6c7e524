#!/bin/sh
# hardened.sh PROGRAM: shows what the linker and the compiler made of the flags, and fails when something is missing. PROGRAM has
# its symbols still. Prints its size and how long it takes to start.
set -eu
export LC_ALL=C
program=$1
failed=0
tools=$(cat /opt/target.prefix 2> /dev/null || true)

expect() { # expect WHAT COMMAND...
  what=$1
  shift
  if "$@"; then echo "  yes  $what"; else echo "  NO   $what"; failed=1; fi
}
has() { # has TEXT PATTERN
  printf '%s\n' "$1" | grep -qE "$2"
}
lacks() { ! has "$@"; }

header=$("${tools}readelf" -hW "$program")
segments=$("${tools}readelf" -lW "$program")
dynamic=$("${tools}readelf" -dW "$program")
symbols=$("${tools}nm" "$program")

echo "$program:"
expect "position independent (DYN, PIE)" has "$header$dynamic" 'Type: +DYN|FLAGS_1.*PIE'
expect "static: no loader" lacks "$segments" 'INTERP'
expect "static: no libraries" lacks "$dynamic" 'NEEDED'
expect "relocations are read-only afterwards (GNU_RELRO)" has "$segments" 'GNU_RELRO'
expect "all of them, at the start (BIND_NOW)" has "$dynamic" 'BIND_NOW|FLAGS_1.*NOW'
expect "the stack is not executable" has "$segments" 'GNU_STACK.* RW +0x'
expect "no segment is writable and executable" lacks "$segments" 'LOAD.* RWE '
expect "stack protector" has "$symbols" ' __stack_chk_fail'
expect "_FORTIFY_SOURCE" has "$symbols" ' __(memcpy|snprintf|vsnprintf|read|recv|memset|memmove)_chk'
expect "_GLIBCXX_ASSERTIONS" has "$symbols" 'glibcxx_assert_fail'
case "$("${tools}readelf" -h "$program" | sed -n 's/ *Machine: *//p')" in
  *X86-64*) landing='endbr64' name='-fcf-protection' ;;
  *AArch64*) landing='paciasp|bti' name='-mbranch-protection' ;;
  *) landing= name= ;;
esac
if [ -n "$landing" ]; then
  # Of our own code; the note in the whole program is set only when every archive of Debian's was built so, too.
  main=$("${tools}objdump" -d --no-show-raw-insn --disassemble=main "$program" | head -n 20)
  expect "$name in our code" has "$main" "$landing"
  echo "       in every archive: $("${tools}readelf" -nW "$program" | grep -E 'x86 feature:|AArch64 feature:' || echo no)"
fi

echo "  size: $(stat -c %s "$program") bytes"
"$program" variables > /dev/null 2>&1 || { echo "  start: this machine cannot run it"; exit $failed; }
begin=$(date +%s%N)
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "$program" variables > /dev/null; done
echo "  start: $((($(date +%s%N) - begin) / 20000)) us (the mean of 20, of a command that prints and ends)"
exit $failed
