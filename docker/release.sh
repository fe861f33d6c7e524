#!/usr/bin/env bash
# docker/release.sh VERSION [FOLDER]: everything a release has, into FOLDER (dist):
#   sidecert-VERSION-<arch>.tar   for Container Manager (Image > Import) and `docker load`
#   sidecert-VERSION.oci.tar      both machines in one OCI archive, for registries (`skopeo copy oci-archive:…`)
#   sidecert-VERSION-<arch>       the bare programs
#   sidecert-VERSION-<arch>.spdx.json   what each was linked from (SPDX 2.3); it lies in the image as /sbom.spdx.json too
#   provenance.txt, SHA256SUMS
# The same commit and the same Debian packages give the same bytes: times are the commit's, orders are fixed.
# Needs Docker, GNU tar, gzip and sha256sum.
set -euo pipefail
version=${1:?release.sh VERSION [FOLDER]} out=${2:-dist}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-.][0-9A-Za-z.]+)?$ ]] || { echo "release.sh: '$version' is no version such as 0.2.0" >&2; exit 2; }
cd "$(dirname "$0")/.."
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
commit=$(git rev-parse HEAD)
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
out=$(cd "$out" && pwd)

packed() { # packed FOLDER: as a tar that is the same each time
  tar --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -C "$1" -cf - .
}
digest() { sha256sum "$1" | cut -d' ' -f1; }
size() { stat -c %s "$1"; }

sbom() { # sbom ARCH LINKED PROGRAM
  local name licence packages= relations= id
  while read -r name number; do
    case $name in
      poco) licence=BSL-1.0 ;;
      libssl-dev | libpugixml-dev | nlohmann-json3-dev | libfmt-dev | libpsl-dev) licence=$([ "$name" = libssl-dev ] && echo Apache-2.0 || echo MIT) ;;
      zlib1g-dev) licence=Zlib ;;
      libzstd-dev | libldns-dev) licence=BSD-3-Clause ;;
      libidn2-dev | libunistring-dev) licence="LGPL-3.0-or-later OR GPL-2.0-or-later" ;;
      libc6-dev*) licence=LGPL-2.1-or-later ;;
      libstdc++* | libgcc*) licence="GPL-3.0-or-later WITH GCC-exception-3.1" ;;
      *) licence=NOASSERTION ;;
    esac
    id=$(tr -c 'A-Za-z0-9.\n' - <<< "$name")
    packages+=$(printf ',\n    {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "%s", "licenseDeclared": "%s", "copyrightText": "NOASSERTION"}' \
      "$id" "$name" "$number" "$licence" "$licence")
    relations+=$(printf ',\n    {"spdxElementId": "SPDXRef-sidecert", "relationshipType": "STATIC_LINK", "relatedSpdxElement": "SPDXRef-%s"}' "$id")
  done < "$2"
  cat << END
{
  "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
  "name": "sidecert-$version-$1", "documentNamespace": "https://spdx.org/spdxdocs/sidecert-$version-$1-$(digest "$3")",
  "creationInfo": {"created": "$created", "creators": ["Tool: docker/release.sh"]},
  "packages": [
    {"SPDXID": "SPDXRef-sidecert", "name": "sidecert", "versionInfo": "$version", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "checksums": [{"algorithm": "SHA256", "checksumValue": "$(digest "$3")"}]}$packages
  ],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-sidecert"}$relations
  ]
}
END
}

config() { # config ARCH DIFF_ID
  cat << END
{"architecture":"$1","os":"linux","created":"$created","config":{"Entrypoint":["/sidecert"],"StopSignal":"SIGTERM","Healthcheck":{"Test":["CMD","/sidecert","health"],"Interval":120000000000,"Timeout":20000000000,"StartPeriod":900000000000,"Retries":2},"Labels":{"org.opencontainers.image.title":"Sidecert","org.opencontainers.image.description":"Keeps the certificates of a Synology NAS right: ACME DNS-01, DSM import, proof, renewal","org.opencontainers.image.version":"$version","org.opencontainers.image.revision":"$commit","org.opencontainers.image.licenses":"Apache-2.0"}},"rootfs":{"type":"layers","diff_ids":["sha256:$2"]},"history":[{"created":"$created","created_by":"docker/release.sh"}]}
END
}

mkdir -p "$work/oci/blobs/sha256"
blob() { # blob FILE: takes it into the OCI archive and says its digest
  local sum
  sum=$(digest "$1")
  cp "$1" "$work/oci/blobs/sha256/$sum"
  echo "$sum"
}

manifests=
host=$(docker version -f '{{.Server.Arch}}')
for arch in amd64 arm64; do
  target=$arch
  [ "$arch" != "$host" ] || target=  # no cross compiler: the toolchain that the tests are built with
  docker build -q -f docker/Dockerfile --target build --build-arg "ARCH=$target" --build-arg "VERSION=$version" -t "sidecert-build-$arch" . > /dev/null
  container=$(docker create "sidecert-build-$arch")
  mkdir -p "$work/$arch/archive"
  docker cp -q "$container:/image" "$work/$arch/image"
  docker cp -q "$container:/linked" "$work/$arch/linked"
  docker rm "$container" > /dev/null

  install -m 0755 "$work/$arch/image/sidecert" "$out/sidecert-$version-$arch"
  sbom "$arch" "$work/$arch/linked" "$work/$arch/image/sidecert" > "$out/sidecert-$version-$arch.spdx.json"
  install -m 0644 "$out/sidecert-$version-$arch.spdx.json" "$work/$arch/image/sbom.spdx.json"
  chmod 1777 "$work/$arch/image/data"
  chmod 0755 "$work/$arch/image" "$work/$arch/image/etc" "$work/$arch/image/etc/ssl" "$work/$arch/image/etc/ssl/certs"
  packed "$work/$arch/image" > "$work/$arch/layer.tar"
  layer=$(digest "$work/$arch/layer.tar")
  config "$arch" "$layer" > "$work/$arch/config.json"
  config=$(digest "$work/$arch/config.json")

  archive=$work/$arch/archive
  mkdir -p "$archive/$layer"
  cp "$work/$arch/layer.tar" "$archive/$layer/layer.tar"
  cp "$work/$arch/config.json" "$archive/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["sidecert:%s","sidecert:latest"],"Layers":["%s/layer.tar"]}]\n' "$config" "$version" "$layer" > "$archive/manifest.json"
  packed "$archive" > "$out/sidecert-$version-$arch.tar"

  gzip -9n < "$work/$arch/layer.tar" > "$work/$arch/layer.tar.gz"
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:%s","size":%s}]}' \
    "$(blob "$work/$arch/config.json")" "$(size "$work/$arch/config.json")" "$(blob "$work/$arch/layer.tar.gz")" "$(size "$work/$arch/layer.tar.gz")" > "$work/$arch/manifest.json"
  manifests+=$(printf '%s{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"platform":{"architecture":"%s","os":"linux"}}' \
    "${manifests:+,}" "$(blob "$work/$arch/manifest.json")" "$(size "$work/$arch/manifest.json")" "$arch")
done

# An archive names one image: the index of both.
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' "$manifests" > "$work/both.json"
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' \
  "$(blob "$work/both.json")" "$(size "$work/both.json")" "$version" > "$work/oci/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' > "$work/oci/oci-layout"
packed "$work/oci" > "$out/sidecert-$version.oci.tar"

{
  echo "Sidecert $version"
  echo "commit: $commit"
  echo "built by: docker/release.sh $version, SOURCE_DATE_EPOCH=$epoch"
  for arch in amd64 arm64; do
    echo "linked into $arch:"
    sed 's/^/  /' "$work/$arch/linked"
  done
} > "$out/provenance.txt"
(cd "$out" && sha256sum sidecert-"$version"* provenance.txt > SHA256SUMS)
cat "$out/SHA256SUMS"
