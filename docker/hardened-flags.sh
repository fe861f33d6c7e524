#!/bin/sh
# The compiler flags of what ships, for our own code (CMakeLists.txt) and for Poco (poco.sh). docker/hardened.sh checks that the
# program has what they promise.
set -eu
case "$("${CXX:-c++}" -dumpmachine)" in
  x86_64*) branches=-fcf-protection=full ;;
  aarch64*) branches=-mbranch-protection=standard ;;
  *) branches= ;;
esac
echo "-fPIE -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS" \
  "-ftrivial-auto-var-init=zero $branches"
