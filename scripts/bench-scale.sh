#!/usr/bin/env bash
# Measures status and doctor beside kubectl get in a sandbox that is filled with ExternalSecrets: SCALE of them, in NAMESPACES namespaces,
# ROUNDS runs of each command. Usage: bench-scale.sh KUBECTL. ESO's controller is stopped; the status that it would write is made up.
set -euo pipefail
cd "$(dirname "$0")/.."

kubectl=$PWD/$1
sandbox=bin/eso-sandbox
name=bench-scale-$$
scale=${SCALE:-10000}
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
quietly "$kubectl" -n external-secrets scale deployment external-secrets --replicas=0
quietly "$kubectl" -n external-secrets wait --for=delete pod -l app.kubernetes.io/name=external-secrets --timeout=60s

"$work/benchscale" fill --objects "$scale" --namespaces "${NAMESPACES:-500}" --failing $((scale / 50)) --store "infisical-$INFISICAL_PROJECT_SLUG"
"$work/benchscale" measure --plugin "$plugin" --kubectl "$kubectl" --rounds "${ROUNDS:-5}"
