#!/usr/bin/env bash
# Measures a healthy doctor, with all of its checks, against kubectl get pods, in turn, in a sandbox of its own: ROUNDS runs of each.
# The goal is a ratio of 2.0 or less. Usage: bench-doctor.sh KUBECTL
set -euo pipefail
cd "$(dirname "$0")/.."

kubectl=$PWD/$1
sandbox=bin/eso-sandbox
name=bench-doctor-$$
work=$(mktemp -d)
plugin=$work/kubectl-eso_infisical

trap '"$sandbox" down --name "$name" >/dev/null 2>&1; rm -rf "$work"' EXIT
# What is built meanwhile must not be measured in its place.
cp bin/kubectl-eso_infisical "$plugin"
go build -trimpath -buildvcs=false -o "$work/benchscale" ./e2e/benchscale
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }

quietly "$sandbox" up --name "$name"
variables=$("$sandbox" env --name "$name")
eval "$variables"
export KUBECACHEDIR="$work/cache"

quietly "$plugin" up \
	--repo "$ESO_SANDBOX_CHART_REPO" --version "$ESO_SANDBOX_CHART_VERSION" \
	--host "$INFISICAL_URL" --ca-file "$INFISICAL_CA_FILE" \
	--client-id-file "$INFISICAL_CLIENT_ID_FILE" --client-secret-file "$INFISICAL_CLIENT_SECRET_FILE" \
	--project "$INFISICAL_PROJECT_SLUG" --environment "$INFISICAL_ENVIRONMENT" --key "$INFISICAL_KEY"
"$work/benchscale" healthy --plugin "$plugin" --kubectl "$kubectl" --rounds "${ROUNDS:-20}"
