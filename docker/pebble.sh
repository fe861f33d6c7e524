#!/bin/sh
# Unpacks Pebble and pebble-challtestsrv, the ACME test server, in the versions that Debian's suites hold:
# /opt/pebble/SUITE/usr/bin/{pebble,pebble-challtestsrv}. apt checks the signatures; nothing is installed.
set -eu

keyring=$(sed -n 's/^Signed-By: //p' /etc/apt/sources.list.d/debian.sources | head -n 1)
mirror=$(sed -n 's/^URIs: //p' /etc/apt/sources.list.d/debian.sources | head -n 1)

unpack() { # unpack SUITE
  dir=$(mktemp -d)
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\nCheck-Valid-Until: no\n' \
    "$mirror" "$1" "$keyring" > "$dir/source.sources"
  mkdir -p "$dir/lists/partial" "/opt/pebble/$1"
  (
    cd "$dir"
    set -- -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$dir" -o Dir::State::Lists="$dir/lists" \
      -o APT::Sandbox::User=root
    apt-get "$@" update -qq
    apt-get "$@" download -qq pebble
  )
  dpkg-deb -x "$dir"/pebble_*.deb "/opt/pebble/$1"
  rm -rf "$dir"
}

for suite in "$@"; do
  unpack "$suite"
done
