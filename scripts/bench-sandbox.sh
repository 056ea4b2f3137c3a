# Sourced by scripts that measure: brings a sandbox up that is called $1, lets the plugin set it up, and takes it down at the end of the script.
# It leaves $plugin, a copy that nobody builds anew meanwhile, $work, a folder that goes at the end, $benchscale and the function quietly.
sandbox=bin/eso-sandbox
name=$1
work=$(mktemp -d)
plugin=$work/kubectl-eso_infisical
benchscale=$work/benchscale

trap '"$sandbox" down --name "$name" >/dev/null 2>&1; rm -rf "$work"' EXIT
cp bin/kubectl-eso_infisical "$plugin"
go build -trimpath -buildvcs=false -o "$benchscale" ./e2e/benchscale
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
