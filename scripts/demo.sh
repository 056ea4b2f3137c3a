#!/usr/bin/env bash
# The product's main job in a sandbox: from an empty cluster to a secret that has arrived, with proof; then a look by the doctor.
# The sandbox is stopped at the end, however the demo ends.
set -euo pipefail
cd "$(dirname "$0")/.."

plugin=bin/kubectl-eso_infisical
sandbox=bin/eso-sandbox
# A name of its own, so that two demos side by side do not meet.
name=demo-$$
start=$SECONDS

say() { printf '\n== %s\n' "$*"; }

say "Start the sandbox: a cluster, a chart repository and an Infisical double"
trap '"$sandbox" down --name "$name"' EXIT
"$sandbox" up --name "$name"
variables=$("$sandbox" env --name "$name")
eval "$variables"
# What clients remember of the cluster goes when the sandbox goes.
KUBECACHEDIR="$(dirname "$KUBECONFIG")/cache"
export KUBECACHEDIR

say "kubectl eso-infisical up"
"$plugin" up --yes \
	--repo "$ESO_SANDBOX_CHART_REPO" --version "$ESO_SANDBOX_CHART_VERSION" \
	--host "$INFISICAL_URL" --ca-file "$INFISICAL_CA_FILE" \
	--client-id-file "$INFISICAL_CLIENT_ID_FILE" --client-secret-file "$INFISICAL_CLIENT_SECRET_FILE" \
	--project "$INFISICAL_PROJECT_SLUG" --environment "$INFISICAL_ENVIRONMENT" --key "$INFISICAL_KEY"

say "kubectl eso-infisical doctor"
"$plugin" doctor

say "Stop the sandbox"
trap - EXIT
"$sandbox" down --name "$name"

cat <<END

The demo took $((SECONDS - start)) s. To go on playing:
  make sandbox-up                              start a sandbox that stays
  eval "\$(bin/eso-sandbox env)"                set KUBECONFIG and the addresses, or fail if there is no such sandbox
  export PATH="\$PWD/bin:\$PATH"                 so that kubectl finds the plugin
  kubectl eso-infisical up --repo "\$ESO_SANDBOX_CHART_REPO" --version "\$ESO_SANDBOX_CHART_VERSION" \\
    --host "\$INFISICAL_URL" --ca-file "\$INFISICAL_CA_FILE" --client-id-file "\$INFISICAL_CLIENT_ID_FILE" \\
    --client-secret-file "\$INFISICAL_CLIENT_SECRET_FILE" --project "\$INFISICAL_PROJECT_SLUG" --key "\$INFISICAL_KEY"
  bin/eso-sandbox fault wrong-ca               break something (fault --list shows what), then:
  kubectl eso-infisical doctor
  bin/eso-sandbox heal                         mend it
  make sandbox-down                            stop the sandbox and remove its files
END
