#!/usr/bin/env bash
# docker/publish.sh VERSION IMAGE: pushes what release.sh made to a registry, signs it (cosign, keyless) and puts the files beside the
# tag. Needs skopeo, cosign, gh, and GITHUB_TOKEN.
set -euo pipefail
version=${1:?} image=${2:?}
cd "$(dirname "$0")/.."
skopeo login ghcr.io -u "${GITHUB_ACTOR:?}" --password-stdin <<< "${GITHUB_TOKEN:?}"
for tag in "$version" latest; do
  skopeo copy --all "oci-archive:dist/sidecert-$version.oci.tar" "docker://$image:$tag"
done
digest=$(skopeo inspect --raw "docker://$image:$version" | sha256sum | cut -d' ' -f1)
cosign sign --yes "$image@sha256:$digest"
cosign sign-blob --yes --output-signature dist/SHA256SUMS.sig --output-certificate dist/SHA256SUMS.pem dist/SHA256SUMS
gh release create "v$version" dist/* --title "Sidecert $version" --notes-file CHANGELOG.md
