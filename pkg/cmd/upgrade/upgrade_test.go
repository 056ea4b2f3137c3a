package upgrade

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/clients"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/upgrade"
)

// parse runs the first half of the command.
func parse(t *testing.T, args ...string) (*Options, error) {
	t.Helper()
	var got *Options
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	cmd := New(clients.New("test", streams), func(_ context.Context, o *Options) error { got = o; return nil })
	cmd.SetArgs(append([]string{}, args...))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return got, err
}

func TestFlags(t *testing.T) {
	o, err := parse(t)
	if err != nil || !o.RollbackOnFailure || o.PlanOnly || o.Yes || o.AllowDowngrade || o.NoBackup || o.Timeout != setup.InstallTimeout {
		t.Errorf("by default: %+v, %v", o, err)
	}
	o, err = parse(t, "--plan", "--yes", "--allow-downgrade", "--rollback-on-failure=false", "--backup-file", "f", "--timeout", "90s", "-o", "yaml",
		"--release", "r", "--version", "1.2.3", "--set", "a=b")
	if err != nil || !o.PlanOnly || !o.Yes || !o.AllowDowngrade || o.RollbackOnFailure || o.BackupFile != "f" || o.Timeout != 90*time.Second ||
		o.Format != "yaml" || o.Desired.Release != "r" || o.Desired.Chart.Version != "1.2.3" || len(o.Desired.Values.Set) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestWhatCannotBeMeantIsRefused(t *testing.T) {
	for _, args := range [][]string{{"--no-backup", "--backup-file", "f"}, {"--timeout", "0s"}, {"--timeout=-1m"}} {
		var input *setup.InputError
		if o, err := parse(t, args...); !errors.As(err, &input) || o != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, err := parse(t, "an-argument"); err == nil {
		t.Error("an argument is taken")
	}
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPlanAsText(t *testing.T) {
	plan := &upgrade.Plan{Release: "external-secrets", Namespace: "eso", From: "1.0.0", To: "2.0.0", WayBack: 4, Resumes: "an interrupted upgrade to 2.0.0 is completed",
		ValuesKept:    []upgrade.Value{{Path: "replicaCount", Value: 2}, {Path: "database.password", Masked: true}},
		ValuesChanged: []upgrade.Value{{Path: "log.level", Value: "debug", Before: "info"}},
		Definitions: []upgrade.Definition{
			{Name: "externalsecrets.external-secrets.io", Objects: 200, VersionsUnserved: []string{"v1beta1"}, Migrate: []string{"v1beta1"},
				FieldsRemoved: []upgrade.FieldLoss{{Version: "v1", Path: "spec.old", Objects: 3}}},
			{Name: "secretstores.external-secrets.io", Objects: 2},
			{Name: "widgets.generators.external-secrets.io", New: true},
		},
		Backup:   "b.yaml",
		Stores:   []upgrade.Store{{Kind: "ClusterSecretStore", Name: "a", ExternalSecret: "apps/x"}, {Kind: "SecretStore", Namespace: "team", Name: "b"}},
		Warnings: []string{"something to weigh"},
		Blockers: []upgrade.Blocker{{Code: "EI281", Problem: "it would be a step back"}}}
	const want = `Upgrade of release external-secrets in namespace eso: 1.0.0 → 2.0.0
  an interrupted upgrade to 2.0.0 is completed
  values that stay:
    replicaCount: 2
    database.password (not shown)
  values that change:
    log.level: debug (was info)
  custom resource definitions:
    externalsecrets.external-secrets.io (200 objects): no longer serves v1beta1; objects stored as v1beta1 are rewritten; without the field spec.old of v1 (used by 3)
    widgets.generators.external-secrets.io (0 objects): new
    1 others lose nothing; 202 objects in all
  backup of all objects: b.yaml, which only you may read; a store or generator with inline data has that in it
  to be proved afterwards: 2 stores
    ClusterSecretStore a, by syncing ExternalSecret apps/x
    SecretStore team/b, no ExternalSecret of it is ready
  way back: revision 4
  warning: something to weigh
  stands against it: it would be a step back (EI281)
`
	if got := written(t, func(w io.Writer) error { return writePlan(w, plan) }); got != want {
		t.Errorf("got\n%s", got)
	}
	same := written(t, func(w io.Writer) error {
		return writePlan(w, &upgrade.Plan{Release: "r", To: "2.0.0", Unchanged: true})
	})
	if same != "release/r unchanged: 2.0.0 is installed, with these values\n" {
		t.Errorf("unchanged: %q", same)
	}
}

func TestResultAsText(t *testing.T) {
	store := upgrade.Store{Kind: "ClusterSecretStore", Name: "a", ExternalSecret: "apps/x"}
	tests := []struct {
		result upgrade.Result
		want   []string
	}{
		{upgrade.Result{Outcome: upgrade.Upgraded, From: "1.0.0", To: "2.0.0", Revision: 5, Backup: "f.yaml", BackedUp: 3,
			Migrated: []upgrade.Migrated{{Definition: "d", Objects: 200}}, Stores: []upgrade.Proof{{Store: store, Ready: true, Synced: true}}},
			[]string{"upgraded from 1.0.0 to 2.0.0, revision 5", "backup: f.yaml, 3 objects", "rewritten: 200 objects of d",
				"ClusterSecretStore a is ready, and ExternalSecret apps/x has been fetched anew"}},
		{upgrade.Result{Outcome: upgrade.RolledBack, From: "1.0.0", To: "2.0.0", Revision: 6, Stores: []upgrade.Proof{{Store: store, Problem: "no"}},
			Rollback: &upgrade.Rollback{Stores: []upgrade.Proof{{Store: store, Ready: true, Note: "by its condition"}}}},
			[]string{"rolled back from 2.0.0 to 1.0.0, revision 6", "ClusterSecretStore a does not work: no", "after the rollback: ClusterSecretStore a is ready (by its condition)"}},
		{upgrade.Result{Outcome: upgrade.Unchanged, To: "2.0.0"}, []string{"unchanged: 2.0.0 is installed"}},
		{upgrade.Result{Outcome: upgrade.Refused, From: "1.0.0"}, []string{"is as before, at 1.0.0"}},
		{upgrade.Result{Outcome: upgrade.Incomplete, Revision: 7}, []string{"at revision 7, which is not proved"}},
	}
	for _, tt := range tests {
		t.Run(string(tt.result.Outcome), func(t *testing.T) {
			text := written(t, func(w io.Writer) error { return writeResult(w, &tt.result) })
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
		})
	}
}
