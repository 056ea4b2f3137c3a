#!/usr/bin/env bash
# Measures apply-store and test against the same by hand, with kubectl apply and kubectl wait, in turn, against a sandbox of its own.
# By hand nothing is checked beforehand, and the value is not compared with Infisical's.
# Usage: bench-store.sh [PAIRS]
set -euo pipefail
cd "$(dirname "$0")/.."

pairs=${1:-10}
plugin=bin/kubectl-eso_infisical
sandbox=bin/eso-sandbox
name=bench-store-$$
command -v kubectl >/dev/null || { echo "bench-store needs kubectl on the PATH" >&2; exit 1; }

trap '"$sandbox" down --name "$name" >/dev/null' EXIT
"$sandbox" up --name "$name" >/dev/null
variables=$("$sandbox" env --name "$name")
eval "$variables"
KUBECACHEDIR="$(dirname "$KUBECONFIG")/cache"
export KUBECACHEDIR

place=(--host "$INFISICAL_URL" --project "$INFISICAL_PROJECT_SLUG" --environment "$INFISICAL_ENVIRONMENT")
"$plugin" install --repo "$ESO_SANDBOX_CHART_REPO" --version "$ESO_SANDBOX_CHART_VERSION" >/dev/null 2>&1
"$plugin" bootstrap "${place[@]}" --ca-file "$INFISICAL_CA_FILE" --client-id-file "$INFISICAL_CLIENT_ID_FILE" \
	--client-secret-file "$INFISICAL_CLIENT_SECRET_FILE" >/dev/null 2>&1
"$plugin" apply-ca --ca-file "$INFISICAL_CA_FILE" >/dev/null 2>&1

store=infisical-$INFISICAL_PROJECT_SLUG
work=$(dirname "$KUBECONFIG")
cat >"$work/store.yaml" <<END
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: $store}
spec:
  provider:
    infisical:
      hostAPI: $INFISICAL_URL
      auth:
        universalAuthCredentials:
          clientId: {name: infisical-eso-creds, namespace: external-secrets, key: clientId}
          clientSecret: {name: infisical-eso-creds, namespace: external-secrets, key: clientSecret}
      caProvider: {type: ConfigMap, name: infisical-ca, namespace: external-secrets, key: ca.crt}
      secretsScope: {projectSlug: $INFISICAL_PROJECT_SLUG, environmentSlug: $INFISICAL_ENVIRONMENT, secretsPath: /}
END
cat >"$work/test.yaml" <<END
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: test-hand, namespace: eso-test}
spec:
  refreshInterval: 1h
  secretStoreRef: {kind: ClusterSecretStore, name: $store}
  target: {name: test-hand}
  data: [{secretKey: api-key, remoteRef: {key: $INFISICAL_KEY}}]
END

by_plugin() {
	"$plugin" apply-store "${place[@]}"
	"$plugin" test --key "$INFISICAL_KEY"
}

by_hand() {
	kubectl apply -f "$work/store.yaml"
	kubectl wait --for=condition=Ready "clustersecretstore/$store" --timeout=60s
	kubectl create namespace eso-test
	kubectl apply -f "$work/test.yaml"
	kubectl wait --for=condition=Ready -n eso-test externalsecret/test-hand --timeout=60s
	kubectl get secret -n eso-test test-hand -o 'jsonpath={.data.api-key}' | sha256sum
	kubectl delete -n eso-test externalsecret test-hand
	kubectl delete namespace eso-test --wait=false
}

# reset takes away what a round has left, and is not measured.
reset() {
	kubectl delete "clustersecretstore/$store" --ignore-not-found >/dev/null
	kubectl wait --for=delete namespace/eso-test --timeout=120s >/dev/null 2>&1 || true
}

# timed prints the milliseconds that a command takes, which must succeed.
timed() {
	local start=${EPOCHREALTIME/./} log
	if ! log=$("$@" 2>&1); then
		printf '%s failed:\n%s\n' "$1" "$log" >&2
		return 1
	fi
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

median() { sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

plugins=() hands=()
printf 'pair  apply-store + test   by hand   (milliseconds)\n'
for ((i = 1; i <= pairs; i++)); do
	reset
	p=$(timed by_plugin)
	reset
	h=$(timed by_hand)
	plugins+=("$p") hands+=("$h")
	printf '%4d  %18d  %8d\n' "$i" "$p" "$h"
done
p=$(printf '%s\n' "${plugins[@]}" | median)
h=$(printf '%s\n' "${hands[@]}" | median)
printf 'median %17s  %8s   ratio %s, load average %s\n' "$p" "$h" "$(awk -v p="$p" -v h="$h" 'BEGIN {printf "%.2f", p / h}')" "$(cut -d' ' -f1-3 /proc/loadavg)"
awk -v p="$p" -v h="$h" 'BEGIN {exit !(p <= h)}' || { echo "the goal is a ratio of 1.0 or less" >&2; exit 1; }
