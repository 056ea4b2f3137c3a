#!/usr/bin/env bash
# Makes docs/pictures anew, from what the built plugin shows on a terminal in a sandbox. Only addresses are replaced: those of the sandbox by the
# ones that the documentation uses.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck source=scripts/bench-sandbox.sh
. scripts/bench-sandbox.sh "pictures-$$"

go build -trimpath -buildvcs=false -o "$work/picture" ./e2e/picture
mkdir -p docs/pictures

# address URL prints its host and port.
address() { local rest=${1#*://}; printf '%s' "${rest%%/*}"; }

picture() { # FILE TITLE DESCRIPTION TYPED FRAMES COMMAND...
	local file=$1 title=$2 description=$3 typed=$4 frames=$5
	shift 5
	"$work/picture" -out "docs/pictures/$file" -title "$title" -description "$description" -typed "$typed" -frames "$frames" \
		-replace "$(address "$INFISICAL_URL")=infisical.example.com" \
		-replace "$(address "$ESO_SANDBOX_CHART_REPO")=charts.external-secrets.io" \
		-replace "$work=." -terminal 96 -columns 104 -- "$@"
}

# The server has a certificate of a new CA, and the cluster trusts the old one. ESO needs a moment to notice. The sandbox has an old ESO, of which
# the two codes that are skipped warn.
quietly "$sandbox" fault ca-renewed --name "$name"
for _ in $(seq 60); do
	"$plugin" doctor >"$work/log" 2>&1 || ! grep -q 'FAIL' "$work/log" || break
	sleep 1
done
picture doctor.svg "kubectl eso-infisical doctor" \
	"The doctor names the one cause of what fails, the object that it is about, and the command that mends it." \
	"kubectl eso-infisical doctor --skip EI231,EI261" 1 "$plugin" doctor --skip EI231,EI261
quietly "$sandbox" heal --name "$name"
