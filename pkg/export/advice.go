package export

import (
	"bytes"
	"fmt"
)

// install says how ESO comes into a cluster by hand before the manifests are applied.
func (s State) install() File {
	return File{"INSTALL.md", fmt.Appendf(nil, `# In this order

1. External Secrets Operator, whose definitions the store needs:

       helm upgrade --install %s %s \
         --namespace %s --create-namespace --values helm/values.yaml --wait

2. The credentials: see %s.
3. The rest:

       kubectl apply --server-side -f .
`, s.Release, s.Chart.helmArguments(), s.Namespace, credentialsFile)}
}

// credentials says how the one thing gets into the cluster that is not exported.
func (s State) credentials() File {
	var b bytes.Buffer
	b.WriteString("# The credentials\n")
	for _, secret := range s.Secrets {
		fmt.Fprintf(&b, `
A store logs in with the Secret %[1]s/%[2]s. It is not among these files, and must not be: who reads the repository could read all that the
machine identity may read. Choose one of these ways.

## In each cluster, once

The pair is tried out first, and no kubectl apply writes it into an annotation:

    kubectl eso-infisical bootstrap --namespace %[1]s --secret %[2]s --client-id ID --client-secret-file FILE

A machine identity for each cluster can be locked, revoked and rotated by itself: kubectl eso-infisical identity create. Only with this way does
kubectl eso-infisical rotate credentials work; with the next two, what it wrote would be undone from the repository.

## Sealed Secrets

Make the Secret on your machine, seal it for the one cluster that your context leads to, and commit what comes out. The files clientId and
clientSecret hold one value each, without a newline at the end.

    kubectl create secret generic %[2]s -n %[1]s --from-file=clientId --from-file=clientSecret --dry-run=client -o yaml \
      | kubeseal --format yaml > stores/05-credentials.yaml

Name the new file in stores/kustomization.yaml, if there is one. The controller of Sealed Secrets has to be in the cluster before.

## SOPS

The Secret is encrypted before it touches the disk, for the keys that your .sops.yaml names:

    kubectl create secret generic %[2]s -n %[1]s --from-file=clientId --from-file=clientSecret --dry-run=client -o yaml \
      | sops encrypt --input-type yaml --output-type yaml --encrypted-regex '^(data|stringData)$' \
        --filename-override stores/05-credentials.yaml /dev/stdin > stores/05-credentials.yaml

Name the new file in stores/kustomization.yaml. Flux decrypts it when its Kustomization infisical-stores says so:

    spec:
      decryption:
        provider: sops
        secretRef:
          name: sops-age

Argo CD does not decrypt by itself: it needs a plugin such as KSOPS.

## No secret at all

With Kubernetes Auth (--auth kubernetes) ESO shows Infisical the token of its own ServiceAccount.
`, secret.Namespace, secret.Name)
	}
	return File{credentialsFile, b.Bytes()}
}
