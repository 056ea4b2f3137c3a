package cmd

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/version"
)

// result is what a run has left.
type result struct {
	code        int
	out, errOut string
}

// start runs the program with a kubeconfig that does not exist, so that a command which gets as far as the cluster says so.
func start(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "absent"))
	streams, in, out, errOut := genericiooptions.NewTestIOStreams()
	in.WriteString(stdin)
	root := New(version.Build{Version: "v1.2.3", Commit: "abc", Date: "today"}, streams)
	code := Report(errOut, Execute(t.Context(), root, args, out), false)
	return result{code, out.String(), errOut.String()}
}

func TestUsageErrors(t *testing.T) {
	tests := map[string]struct {
		args []string
		text string
	}{
		"unknown command":                 {[]string{"upp"}, `unknown command "upp"`},
		"unknown flag":                    {[]string{"up", "--nope"}, "unknown flag: --nope\nSee 'kubectl eso-infisical up --help'."},
		"unknown flag before a command":   {[]string{"--nope"}, "See 'kubectl eso-infisical --help'."},
		"value that cannot be":            {[]string{"doctor", "--timeout", "soon"}, "--timeout"},
		"argument where none is taken":    {[]string{"install", "extra"}, `unknown command "extra" for "kubectl eso-infisical install"`},
		"dry run that is none":            {[]string{"install", "--dry-run", "maybe"}, "use none, client or server"},
		"level that is none":              {[]string{"version", "-v", "loud"}, "not a level from 0 to 9"},
		"output format that is not known": {[]string{"version", "-o", "xml"}, "use text, json or yaml"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if r := start(t, "", tt.args...); r.code != 2 || !strings.Contains(r.errOut, tt.text) || r.out != "" {
				t.Errorf("exit code %d, %q, %q", r.code, r.out, r.errOut)
			}
		})
	}
}

func TestWrongInputIsFoundBeforeAClusterIsLookedFor(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	tests := map[string]struct {
		args  []string
		stdin string
		text  string
	}{
		"install with two things on standard input":       {[]string{"install", "--chart", "-", "--values", "-"}, "hello", "not both"},
		"install with a digest that is none":              {[]string{"install", "--chart-digest", "abc"}, "", "sha256:"},
		"install with a path that is none":                {[]string{"install", "--chart", "a/b.tgz"}, "", "begins with ./"},
		"install with a version of a cluster":             {[]string{"install", "--kube-version", "1.30"}, "", "a cluster tells its own"},
		"install with a negative time":                    {[]string{"install", "--timeout", "-1s"}, "", "--timeout"},
		"up with a chart and a secret on one input":       {[]string{"up", "--chart", "-", "--client-secret-stdin"}, "hello", "not both"},
		"up without scheme":                               {[]string{"up", "--host", "h"}, "", "https://HOST"},
		"up with two sources":                             {[]string{"up", "--client-secret-stdin", "--client-secret-file", "f"}, "", "exclude each other"},
		"up with two mistakes":                            {[]string{"up", "--path", "x", "--client-id", "i", "--client-id-file", "f"}, "", "--path must begin"},
		"up with a CA that is not one":                    {[]string{"up", "--ca-file", "-"}, "hello", "holds no certificate"},
		"up with a CA and a secret on one standard input": {[]string{"up", "--ca-file", "-", "--client-secret-stdin"}, "hello", "not both"},
		"test in ESO's own namespace":                     {[]string{"test", "--key", "K", "--test-namespace", "external-secrets"}, "", "a namespace of its own"},
		"cleanup of ESO's own namespace":                  {[]string{"cleanup", "-n", "eso-test"}, "", "a namespace of its own"},
		"up with a missing CA file":                       {[]string{"up", "--ca-file", absent}, "", "read the CA file"},
		"up with a placeholder":                           {[]string{"up", "--client-id", "<ID>", "--client-secret-stdin"}, "s", "placeholder"},
		"bootstrap without anything":                      {[]string{"bootstrap"}, "", "--client-secret-stdin"},
		"bootstrap with an empty pipe":                    {[]string{"bootstrap", "--client-id", "3e5d1c7a-0b1f-4c22-9d6f-2f0c5a7e9b10", "--client-secret-stdin"}, "\n", "the client secret is empty"},
		"bootstrap with a missing file":                   {[]string{"bootstrap", "--client-id", "i", "--client-secret-file", absent}, "", "read the client secret"},
		"apply-ca without a file":                         {[]string{"apply-ca"}, "", "--ca-file FILE"},
		"apply-ca with garbage":                           {[]string{"apply-ca", "--ca-file", "-"}, "hello", "holds no certificate"},
		"apply-store with a bad path":                     {[]string{"apply-store", "--path", "app"}, "", "--path must begin"},
		"test without a key":                              {[]string{"test"}, "", "--key NAME"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, tt.stdin, tt.args...)
			if r.code != 2 || !strings.Contains(r.errOut, tt.text) || !strings.Contains(r.errOut, "Nothing has been changed.") {
				t.Errorf("exit code %d, %q", r.code, r.errOut)
			}
			if strings.Contains(r.errOut, "find the cluster") || strings.Contains(r.errOut, "KUBECONFIG") {
				t.Errorf("the cluster was looked for first: %q", r.errOut)
			}
		})
	}
}

func TestNoClusterIsSaidPlainly(t *testing.T) {
	for _, args := range [][]string{{"install"}, {"up", "--key", "K"}, {"apply-store"}, {"test", "--key", "K"}, {"cleanup"}} {
		r := start(t, "", args...)
		if r.code != 3 || !strings.Contains(r.errOut, "find the cluster") || r.out != "" {
			t.Errorf("%v: exit code %d, %q, %q", args, r.code, r.out, r.errOut)
		}
	}
}

func TestVersionAndHelpNeedNoCluster(t *testing.T) {
	if r := start(t, "", "version"); r.code != 0 || !strings.Contains(r.out, "v1.2.3 (commit abc") {
		t.Errorf("version: %+v", r)
	}
	if r := start(t, "", "version", "-o", "json"); r.code != 0 || !strings.Contains(r.out, `"kind": "Version",`) {
		t.Errorf("version -o json: %+v", r)
	}
	for _, args := range [][]string{nil, {"--help"}, {"up", "--help"}} {
		if r := start(t, "", args...); r.code != 0 || !strings.Contains(r.out, "kubectl eso-infisical") {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

func TestEnvironmentSetsFlags(t *testing.T) {
	t.Setenv("ESO_INFISICAL_HOST", "h")
	if r := start(t, "", "apply-store"); r.code != 2 || !strings.Contains(r.errOut, "https://HOST") {
		t.Errorf("the variable is not heeded: %+v", r)
	}
	if r := start(t, "", "apply-store", "--host", "https://h"); r.code != 3 {
		t.Errorf("the variable wins over the flag: %+v", r)
	}
	t.Setenv("ESO_INFISICAL_TIMEOUT", "soon")
	if r := start(t, "", "doctor"); r.code != 2 || !strings.Contains(r.errOut, "ESO_INFISICAL_TIMEOUT") {
		t.Errorf("invalid value: %+v", r)
	}
}

// commands are all that a user can see.
func commands(t *testing.T) []*cobra.Command {
	t.Helper()
	root := New(version.Build{}, genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}})
	return root.Commands()
}

func TestEveryCommandExplainsItself(t *testing.T) {
	for _, c := range commands(t) {
		if c.Short == "" || c.Short != strings.TrimSpace(c.Short) || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: Short is %q", c.Name(), c.Short)
		}
		if c.Name() != "version" && !strings.Contains(c.Example, "kubectl eso-infisical "+c.Name()) {
			t.Errorf("%s: no example", c.Name())
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s has no description", c.Name(), f.Name)
			}
		})
	}
}

func TestNoFlagTakesASecretValue(t *testing.T) {
	for _, c := range commands(t) {
		c.Flags().AddFlagSet(c.InheritedFlags())
		c.Flags().VisitAll(func(f *pflag.Flag) {
			// --token is kubectl's own connection flag, --secret and --ca-secret are names of objects.
			if f.Name == "token" && c.InheritedFlags().Lookup("token") != nil || f.Name == "secret" || f.Name == "ca-secret" {
				return
			}
			takesAValue := f.Value.Type() != "bool" && !strings.HasSuffix(f.Name, "-file")
			for _, word := range []string{"secret", "token", "password", "credential"} {
				if takesAValue && strings.Contains(f.Name, word) {
					t.Errorf("%s: --%s would show a secret to everyone on the machine", c.Name(), f.Name)
				}
			}
		})
	}
}

func TestVerbosityNeverReachesTheBodiesOfSecrets(t *testing.T) {
	t.Cleanup(func() { var off klog.Level; _ = off.Set("0") })
	for _, level := range []string{"7", "8", "9", "99"} {
		if r := start(t, "", "version", "-v", level); r.code != 0 {
			t.Errorf("-v %s: %+v", level, r)
		}
		if !klog.V(7).Enabled() || klog.V(8).Enabled() {
			t.Errorf("-v %s: level 7 is %t, level 8 is %t", level, klog.V(7).Enabled(), klog.V(8).Enabled())
		}
	}
	if r := start(t, "", "version", "-v", "-1"); r.code != 2 {
		t.Errorf("-v -1: %+v", r)
	}
	if start(t, "", "version", "-v=2"); !klog.V(2).Enabled() || klog.V(3).Enabled() {
		t.Error("-v=2 is not level 2")
	}
}
