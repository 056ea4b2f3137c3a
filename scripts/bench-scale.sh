#!/usr/bin/env bash
# Measures status and doctor beside kubectl get in a sandbox that is filled with ExternalSecrets: SCALE of them, in NAMESPACES namespaces,
# ROUNDS runs of each command. Usage: bench-scale.sh KUBECTL. ESO's controller is stopped; the status that it would write is made up.
set -euo pipefail
cd "$(dirname "$0")/.."

kubectl=$PWD/$1
scale=${SCALE:-10000}
. scripts/bench-sandbox.sh "bench-scale-$$"
quietly "$kubectl" -n external-secrets scale deployment external-secrets --replicas=0
quietly "$kubectl" -n external-secrets wait --for=delete pod -l app.kubernetes.io/name=external-secrets --timeout=60s

"$benchscale" fill --objects "$scale" --namespaces "${NAMESPACES:-500}" --failing $((scale / 50)) --store "infisical-$INFISICAL_PROJECT_SLUG"
"$benchscale" measure --plugin "$plugin" --kubectl "$kubectl" --rounds "${ROUNDS:-5}"
