//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	recursive = "this test is part of it"
	network   = "it needs the internet"

	krewIndex   = "kubectl krew index add eso-infisical https://github.com/eso-infisical/kubectl-eso-infisical.git"
	krewInstall = "kubectl krew install eso-infisical/eso-infisical"
)

// docsPages are the pages with commands that need something before them, or end in another way than well.
var docsPages = map[string]docsPage{
	"README.md": {
		before: newCluster,
		steps: map[string]docsStep{
			krewIndex:                    {notRun: network},
			krewInstall:                  {notRun: network},
			"kubectl eso-infisical init": {before: answers},
			"make demo":                  {notRun: "it does the same on a sandbox of its own"},
			"make test":                  {notRun: recursive},
			"make build":                 {notRun: "what this test runs has been built by it"},
			"kubectl eso-infisical identity create --token-file token.txt --host https://infisical.example.com --ca-file infisical-ca.crt --project archon-platform": {before: anotherCluster},
		},
	},
	"docs/guide.md": {
		before: newCluster,
		steps: map[string]docsStep{
			krewIndex:   {notRun: network},
			krewInstall: {notRun: network},
			"kubectl eso-infisical completion kubectl --install ~/.local/bin": {before: personalBin},
			"kubectl eso-infisical rotate ca --ca-file new-ca.crt":            {before: newCA},
			"kubectl eso-infisical up -f stores.yaml --yes":                   {before: newSecret},
			"sha256sum --check --ignore-missing checksums.txt":                {notRun: network},
			`cosign verify-blob checksums.txt --bundle checksums.txt.sigstore.json --certificate-oidc-issuer https://token.actions.githubusercontent.com --certificate-identity-regexp '^https://github.com/eso-infisical/kubectl-eso-infisical/\.github/workflows/release\.yaml@refs/tags/v'`: {notRun: network},
			"gh attestation verify kubectl-eso_infisical_linux_amd64.tar.gz --repo eso-infisical/kubectl-eso-infisical": {notRun: network},
		},
	},
	"docs/security.md": {before: upAndRunning},
	"docs/upgrading.md": {
		before: olderESO,
		steps: map[string]docsStep{
			"helm -n external-secrets history external-secrets": {notRun: "there is no helm where the tests run"},
			"kubectl krew upgrade eso-infisical":                {notRun: network},
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
	r.environment = slices.DeleteFunc(r.environment, func(variable string) bool { return strings.HasPrefix(variable, "ESO_INFISICAL_") })
	r.s.Kubeconfig = r.s.fleet(t, map[string]string{"prod-eu": "", "prod-us": ""})
	// What comes later counts.
	r.environment = append(r.environment, "KUBECONFIG="+r.s.Kubeconfig,
		// The chart's repository and the version that it has.
		"ESO_INFISICAL_REPO="+r.s.ChartRepo, "ESO_INFISICAL_VERSION="+r.s.ChartVersion)
	r.values = []string{"https://infisical.example.com", r.s.Infisical.URL, "2.4.1", r.s.ChartVersion}
	for name, from := range map[string]string{
		"infisical-ca.crt": r.s.Infisical.CAFile, "client-id.txt": r.s.Infisical.ClientIDFile, "client-secret.txt": r.s.Infisical.ClientSecretFile,
		"token.txt": r.s.Infisical.AdminTokenFile,
	} {
		r.copies(t, from, name)
	}
}

// upAndRunning is where a page begins that speaks of a cluster that works.
func upAndRunning(t *testing.T, r *reader) {
	t.Helper()
	newCluster(t, r)
	r.s.mustRun(t, r.s.up()...)
}

// olderESO is where an upgrade begins.
func olderESO(t *testing.T, r *reader) {
	t.Helper()
	newCluster(t, r)
	r.s.mustRun(t, "install", "--repo", r.s.ChartRepo, "--version", r.s.OlderChartVersion)
}

// personalBin is the folder for a person's own programs, which not everybody has.
func personalBin(t *testing.T, r *reader) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(r.dir, ".local", "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// newCA gives the reader a CA that the server is about to switch to.
func newCA(t *testing.T, r *reader) {
	t.Helper()
	r.copies(t, r.s.Infisical.CAFile, "new-ca.crt")
}

// newSecret gives the reader the client secret that a rotation has put into the cluster.
func newSecret(t *testing.T, r *reader) {
	t.Helper()
	secret := held(t, r.s, "clientSecret")
	r.s.addCanary(t, secret)
	r.write(t, "client-secret.txt", secret)
}

// answers are a person's to the questions of init, as variables give them where there is no terminal.
func answers(_ *testing.T, r *reader) {
	r.environment = append(r.environment, "ESO_INFISICAL_HOST="+r.s.Infisical.URL, "ESO_INFISICAL_CA_FILE=infisical-ca.crt",
		"ESO_INFISICAL_PROJECT="+r.s.Infisical.ProjectSlug, "ESO_INFISICAL_KEY="+r.s.Infisical.Key,
		"ESO_INFISICAL_CLIENT_ID_FILE=client-id.txt", "ESO_INFISICAL_CLIENT_SECRET_FILE=client-secret.txt")
}
