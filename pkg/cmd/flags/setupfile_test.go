package flags

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

const (
	oneStore = `apiVersion: eso-infisical.dev/v1alpha1
kind: Setup
operator: {namespace: eso, release: eso, chart: {version: 2.4.1}, valuesFiles: [values.yaml], timeout: 5m}
infisical: {host: https://file.example.com, caFile: ca.crt, via: service/a.b, verify: cluster}
test: {namespace: proof}
stores:
- {project: one, environment: staging, path: /file, key: FILE, clientID: ` + fileID + `, clientSecretFile: secret.txt, caConfigMap: file-ca, allowNamespaces: [a]}
`
	moreStores = oneStore + "- {project: two}\n- {project: three, namespace: team-a, clientSecretFile: three.txt}\n"
)

// command are the flags of a command that takes a Setup file, and what they were given for.
type command struct {
	file      SetupFile
	given     Target
	access    Access
	namespace string
	fs        *pflag.FlagSet
}

func newCommand(env map[string]string) *command {
	c := &command{namespace: setup.DefaultNamespace, fs: pflag.NewFlagSet("up", pflag.ContinueOnError)}
	c.given = Target{Desired: setup.Defaults(), Credentials: &Credentials{Getenv: environment(env)}, CA: &CAFile{}}
	d := &c.given.Desired
	c.fs.StringVarP(&c.namespace, "namespace", "n", c.namespace, "")
	Infisical(c.fs, d)
	Auth(c.fs, d)
	Verify(c.fs, d)
	Via(c.fs, d)
	Test(c.fs, d)
	Chart(c.fs, d)
	Wait(c.fs, d)
	c.access.AddFlags(c.fs)
	c.given.Credentials.AddFlags(c.fs)
	c.given.CA.AddFlags(c.fs)
	c.file.AddFlags(c.fs)
	return c
}

// targets are those of a Setup file on standard input.
func (c *command) targets(content string, args ...string) ([]Target, error) {
	if err := c.fs.Parse(append([]string{"-f", "-"}, args...)); err != nil {
		return nil, err
	}
	var err error
	if c.given.Desired.StoreOptions.Access, err = c.access.Parse(""); err != nil {
		return nil, err
	}
	streams, in, _, _ := genericiooptions.NewTestIOStreams()
	in.WriteString(content)
	return c.file.Targets(c.fs, c.given, streams)
}

// said is what of a target both a flag and a file can say, by the flag.
func said(t Target) map[string]any {
	d := t.Desired
	return map[string]any{"namespace": d.Namespace, "release": d.Release, "version": d.Chart.Version, "values": strings.Join(d.Values.Files, ","), "timeout": d.Timeout.String(),
		"host": d.Host, "via": d.Via.Name, "verify": string(d.Verify), "test-namespace": d.TestNamespace, "project": d.Project, "environment": d.Environment, "path": d.Path, "key": d.Key,
		"ca-configmap": d.CA.Name, "ca-file": t.CA.Name, "client-id": t.Credentials.ClientID, "client-secret-file": t.Credentials.ClientSecretFile,
		"allow-namespace": strings.Join(d.StoreOptions.Access.Namespaces, ",")}
}

func TestAFlagCountsMoreThanTheSetupFile(t *testing.T) {
	inFile := map[string]any{"namespace": "eso", "release": "eso", "version": "2.4.1", "values": "values.yaml", "timeout": "5m0s", "host": "https://file.example.com", "via": "a",
		"verify": "cluster", "test-namespace": "proof", "project": "one", "environment": "staging", "path": "/file", "key": "FILE", "ca-configmap": "file-ca", "ca-file": "ca.crt",
		"client-id": fileID, "client-secret-file": "secret.txt", "allow-namespace": "a"}
	byFlag := map[string][2]string{"namespace": {"other"}, "release": {"other"}, "version": {"2.4.0"}, "values": {"other.yaml"}, "timeout": {"1m", "1m0s"}, "host": {"https://flag.example.com"},
		"via": {"service/c.d", "c"}, "verify": {"none"}, "test-namespace": {"other"}, "project": {"other"}, "environment": {"prod"}, "path": {"/"}, "key": {"FLAG"}, "ca-configmap": {"other"},
		"ca-file": {"other.crt"}, "client-id": {flagID}, "client-secret-file": {"other.txt"}, "allow-namespace": {"b"}}
	for flag := range inFile {
		value, want := byFlag[flag][0], inFile[flag]
		for _, given := range []bool{false, true} {
			c, args := newCommand(nil), []string(nil)
			if given {
				args, want = []string{"--" + flag, value}, value
				if shown := byFlag[flag][1]; shown != "" {
					want = shown
				}
			}
			got, err := c.targets(oneStore, args...)
			if err != nil || len(got) != 1 {
				t.Fatalf("%s: %v, %v", flag, got, err)
			}
			for name, is := range said(got[0]) {
				if name == flag && is != want || name != flag && is != inFile[name] {
					t.Errorf("--%s given: %t; %s is %v", flag, given, name, is)
				}
			}
			if c.namespace != got[0].Desired.Namespace {
				t.Errorf("--%s given: %t; the clients work in %s", flag, given, c.namespace)
			}
		}
	}
}

func TestAVariableCountsAsItsFlag(t *testing.T) {
	c := newCommand(map[string]string{clientIDVariable: envID, clientSecretVariable: "x"})
	if err := FromEnvironment(c.fs, lookup(map[string]string{"ESO_INFISICAL_ENVIRONMENT": "prod"})); err != nil {
		t.Fatal(err)
	}
	got, err := c.targets(oneStore)
	if err != nil || got[0].Desired.Environment != "prod" || got[0].Credentials.ClientID != "" || got[0].Credentials.ClientSecretFile != "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestStoresOfASetupFileShareWhatTheyHaveInCommon(t *testing.T) {
	got, err := newCommand(nil).targets(moreStores)
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	if got[0].Credentials != got[1].Credentials || got[0].Credentials == got[2].Credentials || got[0].CA != got[2].CA {
		t.Error("stores with the same Secret share its credentials, and all of them the CA")
	}
	if got[2].Credentials.ClientSecretFile != "three.txt" || got[1].Desired.Environment != "prod" || got[2].Desired.StoreNamespace != "team-a" {
		t.Errorf("%+v", got)
	}
}

// TestStoresWithKubernetesAuthAskForNoCredentials mixes both ways to log in: what is given is for the one Secret there is to fill.
func TestStoresWithKubernetesAuthAskForNoCredentials(t *testing.T) {
	const mixed = oneStore + "- {project: two, auth: kubernetes}\n- {project: three, auth: kubernetes, namespace: team-a}\n"
	for name, tt := range map[string]struct {
		env  map[string]string
		args []string
	}{
		"variables": {map[string]string{clientIDVariable: envID, clientSecretVariable: "x"}, nil},
		"flags":     {nil, []string{"--client-id", flagID, "--client-secret-file", "x"}},
	} {
		got, err := newCommand(tt.env).targets(mixed, tt.args...)
		if err != nil || len(got) != 3 {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		if !got[0].Credentials.Given() || got[1].Credentials.Given() || got[2].Credentials.Given() {
			t.Errorf("%s: the credentials are for the store with universal auth, and for no other", name)
		}
	}
}

func TestAStoreOfASetupFileIsChosen(t *testing.T) {
	const twins = "- {project: two, name: twin, namespace: a}\n- {project: two, name: twin, namespace: b}\n"
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--store", "infisical-two"}, "infisical-two"},
		{[]string{"--store", "infisical-three"}, "team-a/infisical-three"},
		{[]string{"--store", "b/twin"}, "b/twin"},
		{[]string{"--store", "twin", "--store-namespace", "a"}, "a/twin"},
		{[]string{"--store", "infisical-two", "--environment", "dev", "--client-id", flagID}, "infisical-two"},
	} {
		got, err := newCommand(nil).targets(moreStores+twins, tt.args...)
		if err != nil || len(got) != 1 {
			t.Errorf("%v: %v, %v", tt.args, got, err)
			continue
		}
		if key := (eso.StoreKey{Namespace: got[0].Desired.StoreNamespace, Name: got[0].Desired.Store}); key.ID() != tt.want {
			t.Errorf("%v: %s", tt.args, key.ID())
		}
	}
}

func TestASetupFileThatCannotBeUsedAsTold(t *testing.T) {
	for _, tt := range []struct {
		env     map[string]string
		content string
		args    []string
		text    string
	}{
		{nil, "", nil, "read the Setup file on standard input: line 1: the file is empty"},
		{nil, moreStores, []string{"--store", "x"}, "--store x: the Setup file has no such store; it has infisical-one, infisical-two, team-a/infisical-three"},
		{nil, moreStores + "- {project: two, namespace: a}\n", []string{"--store", "infisical-two"}, "several of that name; write NAMESPACE/NAME"},
		{nil, moreStores, []string{"--project", "x"}, "--project is for one store, and the Setup file has 3; say which one with --store"},
		{nil, moreStores, []string{"--allow-all-namespaces"}, "--allow-all-namespaces is for one store"},
		{nil, moreStores, []string{"--client-id", flagID}, "--client-id and --client-secret would count for all stores, and those log in with 2 Secrets; say which store with --store"},
		{nil, moreStores, []string{"--client-secret-file", "x"}, "with 2 Secrets"},
		{map[string]string{clientSecretVariable: "x"}, moreStores, nil, "the variable " + clientSecretVariable + " would count for all stores"},
		{nil, oneStore, []string{"--client-secret-stdin"}, "standard input can hold the Setup file or the other value, not both"},
		{nil, oneStore, []string{"--ca-file", "-"}, "standard input can hold"},
		{nil, oneStore, []string{"--values", "-"}, "standard input can hold"},
		{nil, oneStore, []string{"--project", "A B"}, "--project takes a slug"},
		{nil, strings.Replace(oneStore, ", via: service/a.b", "", 1), []string{"--host", "http://a.example.com"}, "--plain-http"},
	} {
		got, err := newCommand(tt.env).targets(tt.content, tt.args...)
		if !isInput(err) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%v: %v, error = %v, want %q", tt.args, got, err, tt.text)
		}
	}
}

func TestWithoutASetupFileTheFlagsSayItAll(t *testing.T) {
	c := newCommand(nil)
	if err := c.fs.Parse([]string{"--project", "p"}); err != nil {
		t.Fatal(err)
	}
	got, err := c.file.Targets(c.fs, c.given, genericiooptions.IOStreams{})
	if err != nil || len(got) != 1 || got[0].Desired.Project != "p" || got[0].Credentials != c.given.Credentials {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestEveryFlagHasItsPlaceOverAFile finds flags that a Setup file would override.
func TestEveryFlagHasItsPlaceOverAFile(t *testing.T) {
	// Of these a file says nothing, or they are read in another way.
	other := []string{"file", "namespace", "store", "wait", "set", "set-string", "set-file", "set-json", "client-id", "client-id-file", "client-secret-file", "client-secret-stdin", "ca-file", "ca-password-file"}
	newCommand(nil).fs.VisitAll(func(f *pflag.Flag) {
		laid := slices.ContainsFunc(overlays, func(o overlay) bool { return o.flag == f.Name })
		if laid == slices.Contains(other, f.Name) {
			t.Errorf("--%s: laid over a Setup file: %t", f.Name, laid)
		}
	})
}
