//go:build e2e

package e2e

import "testing"

const (
	recursive = "this test is part of it"
	network   = "it needs the internet"
)

// docsPages are the pages with commands that need something before them, or end in another way than well.
var docsPages = map[string]docsPage{
	"README.md": {
		before: newCluster,
		steps: map[string]docsStep{
			"make demo":  {notRun: "it does the same on a sandbox of its own"},
			"make test":  {notRun: recursive},
			"make build": {notRun: "what this test runs has been built by it"},
			"kubectl eso-infisical identity create --token-file token.txt --host https://infisical.example.com --ca-file infisical-ca.crt --project archon-platform": {before: anotherCluster},
		},
	},
	"docs/guide.md": {
		before: newCluster,
		steps: map[string]docsStep{
			"kubectl krew index add eso-infisical https://github.com/eso-infisical/kubectl-eso-infisical.git": {notRun: network},
			"kubectl krew install eso-infisical/eso-infisical":                                                {notRun: network},
			"sha256sum --check --ignore-missing checksums.txt":                                                {notRun: network},
			`cosign verify-blob checksums.txt --bundle checksums.txt.sigstore.json --certificate-oidc-issuer https://token.actions.githubusercontent.com --certificate-identity-regexp '^https://github.com/eso-infisical/kubectl-eso-infisical/\.github/workflows/release\.yaml@refs/tags/v'`: {notRun: network},
			"gh attestation verify kubectl-eso_infisical_linux_amd64.tar.gz --repo eso-infisical/kubectl-eso-infisical": {notRun: network},
		},
	},
	"sandbox/README.md": {
		before: ownSandbox,
		steps: map[string]docsStep{
			"make sandbox":              {notRun: "what this test runs has been built by it"},
			"bin/eso-sandbox infisical": {until: "}"},
		},
	},
}

// ownSandbox lets the page start the sandbox, and sees that it goes.
func ownSandbox(t *testing.T, r *reader) {
	t.Cleanup(func() { r.s.control(t, "down") })
}

// newCluster starts a sandbox without ESO, and puts the files that the pages speak of beside the reader.
func newCluster(t *testing.T, r *reader) {
	t.Helper()
	ownSandbox(t, r)
	anotherCluster(t, r)
}

// anotherCluster starts anew, for what the page tells as another way to the same end.
func anotherCluster(t *testing.T, r *reader) {
	t.Helper()
	r.s.control(t, "down")
	r.s.begin(t)
	r.s.Kubeconfig = r.s.fleet(t, map[string]string{"prod-eu": "", "prod-us": ""})
	// What comes later counts.
	r.environment = append(r.environment, "KUBECONFIG="+r.s.Kubeconfig,
		// The chart's repository and the version that it has.
		"ESO_INFISICAL_REPO="+r.s.ChartRepo, "ESO_INFISICAL_VERSION="+r.s.ChartVersion)
	r.values = []string{"https://infisical.example.com", r.s.Infisical.URL, "2.4.1", r.s.ChartVersion}
	for name, from := range map[string]string{
		"infisical-ca.crt": r.s.Infisical.CAFile, "client-secret.txt": r.s.Infisical.ClientSecretFile, "token.txt": r.s.Infisical.AdminTokenFile,
	} {
		r.copies(t, from, name)
	}
}
