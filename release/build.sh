#!/usr/bin/env bash
# Builds the release TAG of the commit that is checked out into FOLDER, without publishing or signing anything: archives, checksums and krew's
# manifest. It works on a copy of the repository, since goreleaser wants a clean tree and the tag.
# Usage: build.sh GORELEASER TAG FOLDER
set -euo pipefail

goreleaser=$(realpath "$1")
tag=$2
folder=$(realpath -m "$3")
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git clone --quiet --no-local --depth 1 "file://$repository" "$work/source"
cd "$work/source"
git tag "$tag"
# A token of the person who builds would be used to ask the forge about the release.
env -u GITHUB_TOKEN -u GITLAB_TOKEN -u GITEA_TOKEN "$goreleaser" release --clean --skip=publish,sign,sbom,ko >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
mkdir -p "$folder"
cp dist/*.tar.gz dist/*.zip dist/checksums.txt "$folder"
cp dist/krew/eso-infisical.yaml "$folder"
