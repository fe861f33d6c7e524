#!/bin/sh
# linked.sh MAP: the packages and sources a program was really linked from, a line each: name, version, licence. MAP is the linker's map,
# whose first part names each archive of which something was taken.
set -eu
sed '/^Discarded input sections/,$d; /^Memory Configuration/,$d' "$1" | sed -n 's/^\(\/[^(]*\.a\)(.*/\1/p' | sort -u |
  while read -r archive; do
    case $archive in
      /opt/poco/*) cat /opt/poco/version ;;
      "$PWD"/* | /source/*) ;;
      *)
        package=$(dpkg -S "$(realpath "$archive")" 2> /dev/null | head -n 1 | cut -d: -f1)
        [ -n "$package" ] || { echo "no package owns $archive" >&2; exit 1; }
        printf '%s %s\n' "$package" "$(dpkg-query -W -f '${Version}\n' "$package" | head -n 1)"
        ;;
    esac
  done | sort -u
for header_only in nlohmann-json3-dev libfmt-dev; do
  printf '%s %s\n' "$header_only" "$(dpkg-query -W -f '${Version}\n' "$header_only" | head -n 1)"
done
