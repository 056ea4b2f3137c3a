package file

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// targets are those of the content, as the file conf/setup.yaml.
func targets(t *testing.T, content string) []Target {
	t.Helper()
	s, err := Parse(filepath.Join("conf", "setup.yaml"), []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return s.Targets(setup.Defaults())
}

func sample(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestTheLeastThereIsMeansTheDefaults(t *testing.T) {
	want := setup.Defaults()
	want.Host, want.Project, want.Environment, want.Path = "https://infisical.example.com", "archon-platform", "prod", "/"
	want.Store, want.Auth, want.Credentials = "infisical-archon-platform", eso.UniversalAuth, eso.Reference{Name: setup.DefaultSecret}
	if diff := cmp.Diff([]Target{{Desired: want}}, targets(t, sample(t, "least.yaml"))); diff != "" {
		t.Error(diff)
	}
}

func TestAllThatAFileCanSay(t *testing.T) {
	got := targets(t, sample(t, "full.yaml"))
	if len(got) != 3 {
		t.Fatal(got)
	}
	for _, target := range got {
		d := target.Desired
		here := []string{d.Namespace, d.Release, d.Chart.Repository, d.Chart.Chart, d.Chart.Version, d.Chart.Keyring, d.Host, d.TestNamespace, target.CAFile, strings.Join(d.Values.Files, " ")}
		want := []string{"eso", "external-secrets", "https://charts.example.com", "external-secrets", "2.4.1", path("conf/keys.gpg"), "https://infisical.example.com/api", "proof",
			path("conf/ca/infisical.crt"), path("conf/values.yaml") + " " + path("shared/values.yaml")}
		if diff := cmp.Diff(want, here); diff != "" {
			t.Error(diff)
		}
		if d.Timeout != 5*time.Minute || !d.Chart.Verify || d.Verify != verify.Cluster || d.Via != (kube.ServicePort{Namespace: "infisical", Name: "infisical", Port: 443}) {
			t.Errorf("%+v", d)
		}
	}
	first, second, third := got[0], got[1], got[2]
	if first.Desired.Store != "infisical-archon-platform" || first.Desired.Key != "DASHSCOPE_API_KEY" || first.ClientID == "" || first.ClientSecretFile != path("conf/secret.txt") ||
		first.Desired.CA.Name != setup.DefaultConfigMap || len(first.Desired.StoreOptions.Access.Namespaces) != 1 || len(first.Desired.StoreOptions.Access.Selector.MatchExpressions) != 1 {
		t.Errorf("%+v", first)
	}
	if o := second.Desired.StoreOptions; second.Desired.Store != "staging" || second.Desired.Environment != "staging" || second.Desired.Path != "/app" || second.Desired.CA.Name != "other-ca" ||
		!*o.Recursive || *o.Expand || o.Organization != "platform" || o.Access != nil || second.ClientID != "" {
		t.Errorf("%+v", second)
	}
	if d := third.Desired; d.StoreNamespace != "team-a" || d.Auth != eso.KubernetesAuth || d.Credentials.Name != setup.DefaultIdentity || !d.CA.Secret || d.CA.Name != "team-ca" || d.Store != "infisical-team" {
		t.Errorf("%+v", third)
	}
}

func path(slashed string) string { return filepath.FromSlash(slashed) }

func TestAChartsPathStaysOne(t *testing.T) {
	for name, want := range map[string]string{"./chart": "./conf/chart", "../chart.tgz": "./chart.tgz", "../../chart": "../chart", "external-secrets": "external-secrets",
		"oci://ghcr.example.com/x:1": "oci://ghcr.example.com/x:1"} {
		got := targets(t, sound+"operator: {chart: {name: '"+name+"'}}\n")[0].Desired.Chart
		if got.Chart != want && got.Chart != path(want) || got.Validate() != nil {
			t.Errorf("%s: %s, %v", name, got.Chart, got.Validate())
		}
	}
}

func TestOnStandardInputPathsStartFromTheWorkingDirectory(t *testing.T) {
	s, err := Parse(Stdin, []byte(sound+"  clientSecretFile: a/b\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Targets(setup.Defaults())[0].ClientSecretFile; got != path("a/b") {
		t.Error(got)
	}
}

func TestStoresThatDoNotGoTogether(t *testing.T) {
	const id = "  clientID: 01234567-aaaa-4bbb-8ccc-0123456789ab\n"
	tests := map[string]string{
		"- project: one\n":                              "line 7: stores[1] and stores[0] are both called infisical-one; two stores of one project need a name each",
		"- project: two\n  name: infisical-one\n":       "line 7: stores[1] and stores[0] are both called infisical-one",
		id + "- project: two\n  clientIDFile: id.txt\n": "line 8: stores[1] logs in with Secret infisical-eso-creds as stores[0] does, and with other credentials; give it a secret of its own",
		id + "  clientIDFile: id.txt\n":                 "line 8: stores[0]: clientID and clientIDFile exclude each other",
		"  caConfigMap: a\n  caSecret: b\n":             "line 8: stores[0]: caConfigMap and caSecret exclude each other",
		"  caSecret: infisical-eso-creds\n":             "line 7: stores[0]: the CA and the credentials need a Secret each",
		"  namespace: a\n  allowNamespaces: [b]\n":      "line 7: stores[0] can be used from its own namespace only, so there is nothing to allow",
		"  auth: kubernetes\n" + id:                     "line 8: stores[0]: clientID is for auth: universal; with kubernetes nobody needs a client secret",
		"  auth: kubernetes\n  clientSecretFile: a\n":   "line 8: stores[0]: clientSecretFile is for auth: universal; with kubernetes nobody needs a client secret",
		"test: {namespace: external-secrets}\n":         "line 7: the test needs a namespace of its own, not that of External Secrets Operator",
		"operator: {namespace: eso-test}\n":             "line 1: the test needs a namespace of its own, not that of External Secrets Operator",
		"operator:\n  chart:\n    digest: sha256:" + strings.Repeat("0", 64) + "\n    name: ./testdata\n    verify: true\n": "",
	}
	for more, want := range tests {
		got := problemsOf(t, sound+more)
		if want != "" && (len(got) != 1 || got[0] != want) {
			t.Errorf("%q\n got %q\nwant %q", more, got, want)
		}
	}
	got := problemsOf(t, head+"infisical: {host: http://infisical.example.com}\nstores: [{project: a}]\n")
	if len(got) != 1 || !strings.HasPrefix(got[0], "line 3: infisical.host: with http://") || !strings.Contains(got[0], "or plainHTTP: true if") {
		t.Errorf("%q", got)
	}
}

func TestStoresThatGoTogether(t *testing.T) {
	const id = "  clientID: 01234567-aaaa-4bbb-8ccc-0123456789ab\n"
	for _, more := range []string{
		"- project: two\n", id + "- project: two\n", id + "- project: two\n" + id, id + "- project: two\n  secret: other\n  clientIDFile: a\n", "- project: one\n  namespace: a\n",
		"- project: one\n  name: other\n  environment: staging\n", id + "- project: two\n  namespace: a\n  clientIDFile: b\n", "- project: two\n  auth: kubernetes\n",
	} {
		if got := problemsOf(t, sound+more); len(got) > 0 {
			t.Errorf("%q: %q", more, got)
		}
	}
}
