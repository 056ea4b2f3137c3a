package cmd

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/applyca"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/applystore"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/bootstrap"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/cleanup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/install"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/test"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/up"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// command is how each command's package makes it.
type command[O any] func(*clients.Factory, func(context.Context, *O) error) *cobra.Command

// options runs the first half of a command: what it makes of its arguments.
func options[O any](t *testing.T, make command[O], args ...string) *O {
	t.Helper()
	var got *O
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	c := make(clients.New("test", streams), func(_ context.Context, o *O) error { got = o; return nil })
	// Without arguments cobra would take the test's own.
	c.SetArgs(append([]string{}, args...))
	c.SilenceErrors, c.SilenceUsage = true, true
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return got
}

// desired is the runbook's state with changes.
func desired(change func(*setup.Desired)) setup.Desired {
	d := setup.Defaults()
	change(&d)
	return d
}

func TestFlagsReachTheDesiredState(t *testing.T) {
	tests := map[string]struct{ got, want setup.Desired }{
		"install by default": {options(t, install.New).Desired, setup.Defaults()},
		"install": {options(t, install.New, "--release", "r", "--repo", "https://r", "--chart", "./c", "--version", "1.0.0").Desired,
			desired(func(d *setup.Desired) {
				d.Release, d.Chart.Repository, d.Chart.Chart, d.Chart.Version = "r", "https://r", "./c", "1.0.0"
			})},
		"install with values": {options(t, install.New, "--values", "a", "--values", "-", "--set", "a=1,b=2", "--set-string", "c=3", "--set-file", "d=f", "--set-json", `e={"f":[1,2]}`).Desired,
			desired(func(d *setup.Desired) {
				d.Values = helm.Values{Files: []string{"a", "-"}, Set: []string{"a=1,b=2"}, SetString: []string{"c=3"}, SetFile: []string{"d=f"}, JSON: []string{`e={"f":[1,2]}`}}
			})},
		"install of a proven chart": {options(t, install.New, "--chart-digest", "sha256:"+strings.Repeat("0", 64), "--verify-chart", "--keyring", "k").Desired,
			desired(func(d *setup.Desired) {
				d.Chart.Digest, d.Chart.Verify, d.Chart.Keyring = "sha256:"+strings.Repeat("0", 64), true, "k"
			})},
		"install without waiting": {options(t, install.New, "--wait=false", "--timeout", "9s", "--take-ownership").Desired,
			desired(func(d *setup.Desired) { d.Wait, d.Timeout, d.TakeOwnership = false, 9*time.Second, true })},
		"bootstrap": {options(t, bootstrap.New, "--secret", "s").Desired, desired(func(d *setup.Desired) { d.Credentials.Name = "s" })},
		"apply-ca": {options(t, applyca.New, "--ca-file", "f", "--ca-configmap", "c").Desired,
			desired(func(d *setup.Desired) { d.CA.Name = "c" })},
		"apply-store": {options(t, applystore.New, "--host", "https://h/api/", "--project", "p", "--environment", "dev", "--path", "/a",
			"--store", "st", "--secret", "s", "--ca-configmap", "c").Desired,
			desired(func(d *setup.Desired) {
				d.Host, d.Project, d.Environment, d.Path, d.Store, d.Credentials.Name, d.CA.Name = "https://h", "p", "dev", "/a", "st", "s", "c"
			})},
		"test": {options(t, test.New, "--key", "K", "--test-namespace", "n", "--store", "st").Desired,
			desired(func(d *setup.Desired) { d.TestNamespace, d.Store = "n", "st" })},
		"apply-store for one namespace": {options(t, applystore.New, "--kind", "SecretStore", "--store-namespace", "team-a", "--no-ca").Desired,
			desired(func(d *setup.Desired) { d.StoreNamespace, d.StoreOptions.NoCA = "team-a", true })},
		"apply-store with more": {options(t, applystore.New, "--recursive", "--expand-references=false", "--organization", "org",
			"--allow-namespace", "a", "--allow-namespace", "b", "--allow-namespace-selector", "team=x").Desired,
			desired(func(d *setup.Desired) {
				on, off := true, false
				d.StoreOptions = setup.StoreOptions{Recursive: &on, Expand: &off, Organization: "org", Access: &setup.Access{Namespaces: []string{"a", "b"},
					Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "x"}, MatchExpressions: []metav1.LabelSelectorRequirement{}}}}
			})},
		"apply-store that opens it again": {options(t, applystore.New, "--allow-all-namespaces").Desired,
			desired(func(d *setup.Desired) { d.StoreOptions.Access = &setup.Access{} })},
		"cleanup":                       {options(t, cleanup.New, "--test-namespace", "n").Desired, desired(func(d *setup.Desired) { d.TestNamespace = "n" })},
		"doctor":                        {options(t, doctor.New, "--release", "r").Desired, desired(func(d *setup.Desired) { d.Release = "r" })},
		"what others own is taken over": {options(t, bootstrap.New, "--force-conflicts").Desired, desired(func(d *setup.Desired) { d.ForceConflicts = true })},
		"up by default":                 {options(t, up.New).Desired, setup.Defaults()},
		"up": {options(t, up.New, "--host", "https://h", "--project", "p", "--key", "K", "--version", "1.0.0").Desired,
			desired(func(d *setup.Desired) { d.Host, d.Project, d.Key, d.Chart.Version = "https://h", "p", "K", "1.0.0" })},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestFlagsReachTheOptions(t *testing.T) {
	if o := options(t, test.New, "--key", "K"); o.Test.Keep || o.Test.Timeout != time.Minute {
		t.Error("test keeps what it made without being told to")
	}
	if o := options(t, test.New, "--key", "K", "--key", "L", "--keep", "--timeout", "5s"); !o.Test.Keep || len(o.Test.Keys) != 2 || o.Test.Timeout != 5*time.Second {
		t.Error("test --keep does not keep")
	}
	if o := options(t, cleanup.New); !o.Wait || o.Timeout != time.Minute {
		t.Errorf("cleanup: wait %t, time-out %s", o.Wait, o.Timeout)
	}
	if o := options(t, cleanup.New, "--wait=false", "--timeout", "5s"); o.Wait || o.Timeout != 5*time.Second {
		t.Errorf("cleanup --wait=false: wait %t, time-out %s", o.Wait, o.Timeout)
	}
	if o := options(t, doctor.New, "--timeout", "5s"); o.Timeout != 5*time.Second {
		t.Errorf("doctor: time-out %s", o.Timeout)
	}
	if o := options(t, applyca.New, "--ca-file", "f"); o.CA.File.Name != "f" {
		t.Errorf("apply-ca: file %q", o.CA.File.Name)
	}
	o := options(t, up.New, "--client-id", "i", "--client-secret-file", "f", "--ca-file", "c")
	if o.Credentials.ClientID != "i" || o.Credentials.ClientSecretFile != "f" || o.CA.Name != "c" || o.Credentials.Stdin {
		t.Errorf("up: %+v", o)
	}
	if o := options(t, bootstrap.New, "--client-id-file", "f", "--client-secret-stdin"); o.Credentials.ClientIDFile != "f" || !o.Credentials.Stdin {
		t.Errorf("bootstrap: %+v", o.Credentials)
	}
}

func TestESOHasANamespaceOfItsOwn(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	if got := *clients.New("test", streams).Connection.Flags.Namespace; got != "external-secrets" {
		t.Errorf("namespace %q", got)
	}
}
