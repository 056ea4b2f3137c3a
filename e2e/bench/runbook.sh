#!/usr/bin/env bash
# The runbook by hand, as a script: helm and kubectl, one after the other. The machine identity exists already.
# All that it needs comes in variables; see up.go.
set -euo pipefail

h() { "$HELM" --kube-context "$CONTEXT" "$@"; }
k() { "$KUBECTL" --context "$CONTEXT" "$@"; }

# 1. External Secrets Operator
h repo add external-secrets "$REPO"
h repo update
h install external-secrets external-secrets/external-secrets --version "$VERSION" \
	--namespace external-secrets --create-namespace --set installCRDs=true --wait --timeout 3m
k get pods -n external-secrets

# 3. The credentials. No value is in a command line, where others on the machine could read it.
k create secret generic infisical-eso-creds -n external-secrets \
	--from-file=clientId=<(tr -d '\n' <"$CLIENT_ID_FILE") --from-file=clientSecret=<(tr -d '\n' <"$CLIENT_SECRET_FILE")

# 4. The CA, where Infisical has one of its own
authority=
if [ -n "$CA_FILE" ]; then
	k create configmap infisical-ca -n external-secrets --from-file=ca.crt="$CA_FILE" --dry-run=client -o yaml | k apply -f -
	authority='caProvider: {type: ConfigMap, name: infisical-ca, namespace: external-secrets, key: ca.crt}'
fi

# 5. The store
k apply -f - <<END
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: $STORE}
spec:
  provider:
    infisical:
      hostAPI: $HOST
      auth:
        universalAuthCredentials:
          clientId: {name: infisical-eso-creds, namespace: external-secrets, key: clientId}
          clientSecret: {name: infisical-eso-creds, namespace: external-secrets, key: clientSecret}
      secretsScope: {projectSlug: $PROJECT, environmentSlug: $ENVIRONMENT, secretsPath: /}
      $authority
END
k wait --for=condition=Ready "clustersecretstore/$STORE" --timeout=60s

# 6. The test
k create namespace eso-test
k apply -f - <<END
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: test-dashscope, namespace: eso-test}
spec:
  refreshInterval: 1h
  secretStoreRef: {kind: ClusterSecretStore, name: $STORE}
  target: {name: test-dashscope}
  data: [{secretKey: api-key, remoteRef: {key: $KEY}}]
END
k wait --for=condition=Ready externalsecret/test-dashscope -n eso-test --timeout=60s
k get secret test-dashscope -n eso-test

# 7. Cleanup
k delete namespace eso-test
