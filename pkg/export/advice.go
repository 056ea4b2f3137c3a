package export

import (
	"bytes"
	"fmt"
)

// install says how ESO comes into a cluster by hand before the manifests are applied.
func (s State) install() File {
	return File{"INSTALL.md", fmt.Appendf(nil, `# In this order

1. External Secrets Operator, whose definitions the store needs:

       helm upgrade --install %s %s --repo %s --version %s \
         --namespace %s --create-namespace --values helm/values.yaml --wait

2. The credentials: see %s.
3. The rest:

       kubectl apply --server-side -f .
`, s.Release, s.Chart.Name, s.Chart.Repository, s.Chart.Version, s.Namespace, credentialsFile)}
}

// credentials says how the one thing gets into the cluster that is not exported.
func (s State) credentials() File {
	var b bytes.Buffer
	b.WriteString("# The credentials\n")
	for _, secret := range s.Secrets {
		fmt.Fprintf(&b, `
A store logs in with the Secret %[1]s/%[2]s. It is not among these files, and must not be: who reads the repository could read all that the
machine identity may read. Choose one of these ways.

- In each cluster, once. The pair is tried out first, and no kubectl apply writes it into an annotation:

      kubectl eso-infisical bootstrap --namespace %[1]s --secret %[2]s --client-id ID --client-secret-file FILE

- Sealed Secrets: make the Secret on your machine, seal it for the cluster, and commit what comes out.

      kubectl create secret generic %[2]s -n %[1]s --from-file=clientId --from-file=clientSecret --dry-run=client -o yaml | kubeseal -o yaml

- SOPS, with Flux (spec.decryption of the Kustomization) or Argo CD (by a plugin): encrypt the file before it is committed.

      kubectl create secret generic %[2]s -n %[1]s --from-file=clientId --from-file=clientSecret --dry-run=client -o yaml > secret.yaml
      sops encrypt --encrypted-regex '^(data|stringData)$' --in-place secret.yaml

- No secret at all: Kubernetes Auth (--auth kubernetes), where ESO shows Infisical the token of its own ServiceAccount.
`, secret.Namespace, secret.Name)
	}
	b.WriteString("\nA machine identity for each cluster can be locked, revoked and rotated by itself: kubectl eso-infisical identity create.\n")
	return File{credentialsFile, b.Bytes()}
}
