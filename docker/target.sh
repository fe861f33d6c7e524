#!/bin/sh
# target.sh [amd64|arm64]: makes the toolchain one that compiles for that machine; without a word, or for the machine it runs on, it
# changes nothing. CMake reads /opt/target.cmake; /opt/target.prefix is what stands before strip, readelf and the like.
set -eu
here=$(dpkg --print-architecture) wanted=${1:-}
: > /opt/target.cmake
: > /opt/target.prefix
[ -n "$wanted" ] && [ "$wanted" != "$here" ] || exit 0

case $wanted in
  amd64) machine=x86_64 triplet=x86_64-linux-gnu package=x86-64-linux-gnu ;;
  arm64) machine=aarch64 triplet=aarch64-linux-gnu package=aarch64-linux-gnu ;;
  *) echo "there is no target $wanted; amd64 and arm64 are" >&2; exit 1 ;;
esac
dpkg --add-architecture "$wanted"
# Documents of one library differ between machines and may not lie beside each other.
printf 'path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n' > /etc/dpkg/dpkg.cfg.d/no-documents
apt-get update -qq
libraries=
for one in libc6 libssl libzstd zlib1g libldns libidn2 libunistring libpsl libpugixml libfmt; do libraries="$libraries $one-dev:$wanted"; done
# shellcheck disable=SC2086 # a list of packages
apt-get install -y -qq --no-install-recommends "g++-$package" $libraries
rm -rf /var/lib/apt/lists/*

cat > /opt/target.cmake << END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $machine)
set(CMAKE_LIBRARY_ARCHITECTURE $triplet)
set(CMAKE_C_COMPILER $triplet-gcc)
set(CMAKE_CXX_COMPILER $triplet-g++)
END
echo "$triplet-" > /opt/target.prefix
