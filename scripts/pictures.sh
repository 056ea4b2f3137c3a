#!/usr/bin/env bash
# Makes docs/pictures anew, from what the built plugin shows on a terminal in a sandbox. Only addresses are replaced: those of the sandbox by the
# ones that the documentation uses.
set -euo pipefail
cd "$(dirname "$0")/.."

sandbox=bin/eso-sandbox
name=pictures-$$
work=$(mktemp -d)
trap '"$sandbox" down --name "$name" >/dev/null 2>&1; rm -rf "$work"' EXIT

go build -trimpath -buildvcs=false -o "$work/picture" ./e2e/picture
cp bin/kubectl-eso_infisical "$work/kubectl-eso_infisical" # nobody builds it anew meanwhile
plugin=$work/kubectl-eso_infisical
mkdir -p docs/pictures

"$sandbox" up --name "$name" >/dev/null
variables=$("$sandbox" env --name "$name")
eval "$variables"
export KUBECACHEDIR="$work/cache" ESO_INFISICAL_REPO=$ESO_SANDBOX_CHART_REPO ESO_INFISICAL_VERSION=$ESO_SANDBOX_CHART_VERSION

# address URL prints its host and port.
address() { local rest=${1#*://}; printf '%s' "${rest%%/*}"; }

picture() { # FILE FRAMES TITLE DESCRIPTION TYPED COMMAND...
	local file=$1 frames=$2 title=$3 description=$4 typed=$5
	shift 5
	"$work/picture" -out "docs/pictures/$file" -frames "$frames" -title "$title" -description "$description" -typed "$typed" \
		-replace "$(address "$INFISICAL_URL")=infisical.example.com" \
		-replace "http://$(address "$ESO_SANDBOX_CHART_REPO")=https://charts.external-secrets.io" \
		-replace "$INFISICAL_CA_FILE=infisical-ca.crt" \
		-terminal 100 -columns 106 -- "$@"
}

picture up.svg 14 "kubectl eso-infisical up" \
	"From an empty cluster: up shows its plan, installs External Secrets Operator while the credentials and the CA are checked and written, makes the store, and proves that a secret arrives." \
	'kubectl eso-infisical up --yes \
--host https://infisical.example.com --ca-file infisical-ca.crt --project archon-platform \
--client-id ID --client-secret-file client-secret.txt --key DASHSCOPE_API_KEY' \
	"$plugin" up --yes --host "$INFISICAL_URL" --ca-file "$INFISICAL_CA_FILE" --project "$INFISICAL_PROJECT_SLUG" \
	--client-id-file "$INFISICAL_CLIENT_ID_FILE" --client-secret-file "$INFISICAL_CLIENT_SECRET_FILE" --key "$INFISICAL_KEY"

# The server has a certificate of a new CA, and the cluster trusts the old one. ESO needs a moment to notice. The sandbox has an old ESO, of which
# the two codes that are skipped warn.
"$sandbox" fault ca-renewed --name "$name" >/dev/null
for _ in $(seq 60); do
	"$plugin" doctor >"$work/log" 2>&1 || ! grep -q FAIL "$work/log" || break
	sleep 1
done
picture doctor.svg 1 "kubectl eso-infisical doctor" \
	"The doctor names the one cause of what fails, the object that it is about, and the command that mends it." \
	"kubectl eso-infisical doctor --skip EI231,EI261" "$plugin" doctor --skip EI231,EI261
