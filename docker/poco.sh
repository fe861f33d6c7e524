#!/bin/sh
# Builds static Poco from Debian's own source package into /opt/poco.
#
# trixie's source of Poco is incomplete on the mirrors, so the source comes from the suites that serve 1.14.2 in full,
# or, once those have moved on, from bookworm's 1.11.0. Whatever is taken is held against its sha256.
set -eu

scripts=$(cd "$(dirname "$0")" && pwd)
keyring=$(sed -n 's/^Signed-By: //p' /etc/apt/sources.list.d/debian.sources | head -n 1)
mirror=$(sed -n 's/^URIs: //p' /etc/apt/sources.list.d/debian.sources | head -n 1)
cd "$(mktemp -d)"

fetch() { # fetch SUITE VERSION TARBALL SHA256
  # A source index may be older than its Valid-Until where the build host's clock or mirror lags; the pinned sha256 below
  # is what vouches for the content.
  printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\nCheck-Valid-Until: no\n' \
    "$mirror" "$1" "$keyring" > source.sources
  set -- "$@" -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$PWD" -o Dir::State::Lists="$PWD/lists" \
    -o APT::Sandbox::User=root
  suite=$1 version=$2 tarball=$3 sha256=$4
  shift 4
  mkdir -p lists/partial
  apt-get "$@" update -qq && apt-get "$@" source -qq --download-only "poco=$version" &&
    echo "$sha256  $tarball" | sha256sum -c - && echo "poco $version from $suite"
}

fetch sid 1.14.2-6 poco_1.14.2.orig.tar.bz2 7738a4c880f08e89318fc53915f86be5a0e70f14eb1e7f0e1767c8781c40d794 ||
  fetch forky 1.14.2-6 poco_1.14.2.orig.tar.bz2 7738a4c880f08e89318fc53915f86be5a0e70f14eb1e7f0e1767c8781c40d794 ||
  fetch bookworm 1.11.0-3+deb12u1 poco_1.11.0.orig.tar.bz2 b08cf73926fa92a6c8f3c712e8fb217d5d0c2fa5248ec0281f251fe1e925d2f1
mkdir source
tar -xjf poco_*.orig.tar.bz2 -C source --strip-components=1

off=
for part in XML JSON JWT ENCODINGS MONGODB REDIS PROMETHEUS DATA DATA_SQLITE DATA_MYSQL DATA_POSTGRESQL DATA_ODBC ZIP \
  PAGECOMPILER PAGECOMPILER_FILE2PAGE ACTIVERECORD ACTIVERECORD_COMPILER APACHECONNECTOR TESTS SAMPLES; do
  off="$off -DENABLE_$part=OFF"
done
CXX="$(cat /opt/target.prefix)g++" CC="$(cat /opt/target.prefix)gcc"
export CXX CC
flags="-O2 -DNDEBUG -ffunction-sections -fdata-sections -ffile-prefix-map=$PWD=/poco $(sh "$scripts/hardened-flags.sh")"
# shellcheck disable=SC2086 # a list of options
cmake -S source -B build -G Ninja -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=OFF -DOPENSSL_USE_STATIC_LIBS=ON \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_C_FLAGS="$flags" -DCMAKE_INSTALL_PREFIX=/opt/poco -DCMAKE_INSTALL_LIBDIR=lib $off > cmake.log ||
  { cat cmake.log; exit 1; }
cmake --build build
cmake --install build > /dev/null
basename poco_*.orig.tar.bz2 .orig.tar.bz2 | tr _ ' ' > /opt/poco/version
cd / && rm -rf "$OLDPWD"
