package setup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
)

func TestInstall(t *testing.T) {
	const sameChart, otherChart = "2.4.1", "2.4.0"
	tests := []struct {
		status  helm.Status
		ours    bool
		chart   string
		outcome kube.Outcome
		code    string
		calls   []string
	}{
		{helm.Absent, false, "", kube.Created, "", []string{"install"}},
		{helm.Failed, true, sameChart, kube.Changed, "", []string{"resume"}},
		{helm.Pending, true, sameChart, kube.Changed, "", []string{"resume"}},
		{helm.Failed, true, otherChart, kube.Unchanged, "EI203", nil},
		{helm.Pending, true, otherChart, kube.Unchanged, "EI203", nil},
		{helm.Failed, false, sameChart, kube.Unchanged, "EI203", nil},
		{helm.Pending, false, sameChart, kube.Unchanged, "EI203", nil},
		{helm.Other, false, sameChart, kube.Unchanged, "EI203", nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s, ours %t, chart %s", tt.status, tt.ours, tt.chart), func(t *testing.T) {
			c := newCluster()
			c.Desired.Chart.Chart, c.Desired.Wait = chartDirectory(t), false
			c.releases.last = helm.Release{Name: "external-secrets", Status: tt.status, AppVersion: "v1.0.0", Ours: tt.ours, ChartVersion: tt.chart,
				Values: map[string]any{"installCRDs": true, "tag": "held"}}
			made, err := c.InstallRelease(t.Context())
			if blockedBy(err) != tt.code || (err == nil) != (tt.code == "") || made.Outcome != tt.outcome {
				t.Errorf("outcome %s, %v", made.Outcome, err)
			}
			if diff := cmp.Diff(tt.calls, c.releases.calls); diff != "" {
				t.Error(diff)
			}
			if tt.calls != nil && (made.Release.Status != helm.Deployed || c.releases.values["installCRDs"] != true || c.releases.values["tag"] != "held") {
				t.Errorf("release %+v with values %v", made.Release, c.releases.values)
			}
		})
	}
}

// blockedBy is the code of the first finding that stopped an install.
func blockedBy(err error) string {
	var blocked *preflight.BlockedError
	if !errors.As(err, &blocked) {
		return ""
	}
	return string(blocked.Report.Of(preflight.Blocker)[0].Code)
}

func TestInstallFetchesNothingForADeployedRelease(t *testing.T) {
	c := installed(t)
	c.Desired.Chart.Repository = "http://127.0.0.1:1"
	if made, err := c.InstallRelease(t.Context()); err != nil || made.Outcome != kube.Unchanged {
		t.Errorf("outcome %s, %v", made.Outcome, err)
	}
}

func TestInstallNamesAChartThatCannotBeUsed(t *testing.T) {
	other, bare := chartDirectory(t), chartDirectory(t)
	writeFile(t, filepath.Join(other, "Chart.yaml"), "apiVersion: v2\nname: other\nversion: 1.0.0\n")
	if err := os.Remove(filepath.Join(bare, "templates", "crd.yaml")); err != nil {
		t.Fatal(err)
	}
	broken := chartDirectory(t)
	writeFile(t, filepath.Join(broken, "templates", "x.yaml"), "{{ fail \"wrong\" }}")
	tests := map[string]struct{ chart, code, text string }{
		"absent":              {"./no-such-chart", "EI205", "./no-such-chart"},
		"another one":         {other, "EI208", "called other"},
		"without definitions": {bare, "EI209", "installCRDs=false"},
		"broken":              {broken, "EI229", "wrong"},
	}
	for name, tt := range tests {
		c := newCluster()
		c.Desired.Chart.Chart = tt.chart
		_, err := c.Install(t.Context())
		var named *cause.Error
		if !errors.As(err, &named) || string(named.Cause.Code) != tt.code || !strings.Contains(err.Error()+named.Cause.Fix, tt.text) || c.releases.calls != nil {
			t.Errorf("%s: error = %v after %v", name, err, c.releases.calls)
		}
	}
	c := newCluster()
	c.Desired.Chart.Chart, c.Desired.Values.Set = bare, []string{"installCRDs=false"}
	if _, err := c.Install(t.Context()); blockedBy(err) != "EI238" {
		t.Errorf("without definitions in the cluster: %v", err)
	}
	c.Desired.Values.JSON = []string{"tag={" + canary}
	if _, err := c.Install(t.Context()); !isInput(err) || strings.Contains(err.Error(), canary) {
		t.Errorf("a value that cannot be read: %v", err)
	}
}

func TestADeployedReleaseMustBeAsWanted(t *testing.T) {
	held := map[string]any{"installCRDs": true, "replicaCount": 2}
	tests := map[string]struct {
		want func(*Desired)
		text string
	}{
		"nothing asked for": {func(*Desired) {}, ""},
		"the same":          {func(d *Desired) { d.Chart.Version, d.Values.Set = "2.4.0", []string{"replicaCount=2"} }, ""},
		"a range":           {func(d *Desired) { d.Chart.Version = "2.x" }, ""},
		"another version":   {func(d *Desired) { d.Chart.Version = "2.4.1" }, "its chart is 2.4.0, not 2.4.1"},
		"another value":     {func(d *Desired) { d.Values.Set = []string{"replicaCount=3,webhook.port=1"} }, "other values for replicaCount, webhook"},
		"another chart":     {func(d *Desired) { d.Chart.Chart = chartDirectory(t) }, "not 2.4.1"},
	}
	for name, tt := range tests {
		c := installed(t)
		c.releases.last.ChartVersion, c.releases.last.Values = "2.4.0", held
		tt.want(&c.Desired)
		made, err := c.InstallRelease(t.Context())
		var named *cause.Error
		switch {
		case tt.text == "" && (err != nil || made.Outcome != kube.Unchanged):
			t.Errorf("%s: %v", name, err)
		case tt.text != "" && (!errors.As(err, &named) || named.Cause.Code != "EI266" || !strings.Contains(named.Cause.Summary, tt.text) ||
			!strings.Contains(named.Cause.Fix, "kubectl eso-infisical upgrade")):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// handmade is a definition that somebody has applied.
func handmade(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(clustertest.Object(t, "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: stores.external-secrets.io}}"))
	c.Desired.Chart.Chart, c.Desired.Wait = chartDirectory(t), false
	return c
}

func TestObjectsOfOthersAreTakenOverWhenThatIsConfirmed(t *testing.T) {
	c := handmade(t)
	if _, err := c.InstallRelease(t.Context()); blockedBy(err) != "EI235" || c.releases.calls != nil {
		t.Errorf("without the flag: %v, %v", err, c.releases.calls)
	}
	c.Desired.TakeOwnership = true
	if _, err := c.InstallRelease(t.Context()); !isInput(err) || c.releases.calls != nil {
		t.Errorf("with nobody to ask: %v, %v", err, c.releases.calls)
	}
	asked := ""
	c.Confirm = func(question string) (bool, error) { asked = question; return false, nil }
	if _, err := c.InstallRelease(t.Context()); !errors.Is(err, ErrDeclined) || c.releases.calls != nil || !strings.Contains(asked, "customresourcedefinition/stores.external-secrets.io") {
		t.Errorf("declined: %v, %v, asked %q", err, c.releases.calls, asked)
	}
	c.Confirm = func(string) (bool, error) { return true, nil }
	made, err := c.InstallRelease(t.Context())
	if diff := cmp.Diff([]string{"customresourcedefinition/stores.external-secrets.io"}, made.Adopted); err != nil || diff != "" || !c.releases.adopting {
		t.Errorf("confirmed: %v, adopting %t %s", err, c.releases.adopting, diff)
	}
}

func TestARunThatIsAheadIsWaitedFor(t *testing.T) {
	c := newCluster()
	c.Desired.Chart.Chart, c.Desired.Wait = chartDirectory(t), false
	c.releases.taken = true
	made, err := c.InstallRelease(t.Context())
	if err != nil || made.Outcome != kube.Unchanged || strings.Join(c.releases.calls, " ") != "install" {
		t.Errorf("%s, %v after %v", made.Outcome, err, c.releases.calls)
	}
}

func TestInstallWarns(t *testing.T) {
	c := newCluster()
	c.Desired.Chart.Chart, c.Desired.Wait = chartDirectory(t), false
	made, err := c.InstallRelease(t.Context())
	if err != nil || len(c.warnings) != 1 || !strings.Contains(c.warnings[0], "EI231") || len(made.Findings) != 1 {
		t.Errorf("%v, warned %q, found %v", err, c.warnings, made.Findings)
	}
}

func TestAReleaseThatMayNotBeReadIsLookedFurtherAt(t *testing.T) {
	c := handmade(t)
	c.releases.getErr = clustertest.Forbidden("secrets")
	if _, err := c.InstallRelease(t.Context()); blockedBy(err) != "EI235" {
		t.Errorf("error = %v", err)
	}
}

func TestPreview(t *testing.T) {
	d := Defaults()
	d.Chart.Chart, d.Values.Set = chartDirectory(t), []string{"tag=v3"}
	got, err := d.Preview(t.Context(), "")
	if err != nil || got.Chart != "2.4.1" || got.Kubernetes != "1.35" || len(got.Objects) != 2 || len(got.Findings) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if diff := cmp.Diff([]string{"example.com/eso:v3"}, got.Images); diff != "" {
		t.Error(diff)
	}
	if got, err := d.Preview(t.Context(), "v1.30.2"); err != nil || got.Kubernetes != "v1.30.2" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := d.Preview(t.Context(), "newest"); codeOf(err) != "EI229" {
		t.Errorf("error = %v", err)
	}
}

func TestTheRunbooksVersionIsForNamesAlone(t *testing.T) {
	for chart, want := range map[string]string{"external-secrets": DefaultChartVersion, "./x": "", "oci://h/x": DefaultChartVersion, "oci://h/x:1": "", "-": ""} {
		d := Defaults()
		d.Chart.Chart = chart
		if got := d.source().Version; got != want {
			t.Errorf("%s: %q", chart, got)
		}
	}
}

func TestDryInstallChangesNothing(t *testing.T) {
	c := handmade(t)
	made, trials, err := c.DryInstall(t.Context())
	if blockedBy(err) != "EI235" || len(made.Findings) == 0 || c.releases.calls != nil {
		t.Errorf("%+v, %v", made, err)
	}
	got := map[string]kube.Outcome{}
	for _, trial := range trials {
		got[trial.Object] = trial.Outcome
	}
	want := map[string]kube.Outcome{"customresourcedefinition/stores.external-secrets.io": kube.Changed, "deployment/external-secrets": kube.Created}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, action := range c.dynamic.Actions() {
		if patch, ok := action.(clienttesting.PatchActionImpl); ok && !slices.Contains(patch.PatchOptions.DryRun, metav1.DryRunAll) {
			t.Errorf("patched %s for good", patch.Name)
		}
	}
	if made, trials, err := installed(t).DryInstall(t.Context()); err != nil || trials != nil || made.Outcome != kube.Unchanged {
		t.Errorf("installed: %+v, %v, %v", made, trials, err)
	}
}

// installed is a cluster in which ESO runs.
func installed(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(clustertest.Available(t, "external-secrets"), clustertest.Available(t, "external-secrets-webhook"),
		clustertest.Available(t, "external-secrets-cert-controller"))
	c.releases.last = helm.Release{Name: "external-secrets", Status: helm.Deployed, AppVersion: "v2.4.1",
		Deployments: []string{"external-secrets", "external-secrets-webhook", "external-secrets-cert-controller"}}
	return c
}

func TestInstallLeavesARunningReleaseAsItIs(t *testing.T) {
	c := installed(t)
	result, err := c.Install(t.Context())
	want := Result{Object: "release/external-secrets", Outcome: kube.Unchanged, Detail: "External Secrets Operator v2.4.1 in namespace external-secrets"}
	if diff := cmp.Diff(want, result); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	if verbs := clustertest.Verbs(&c.dynamic.Fake, "clustersecretstores"); strings.Join(verbs, " ") != "create" {
		t.Errorf("the webhook was asked by %v", verbs)
	}
	stores, err := c.dynamic.Resource(eso.ClusterSecretStores).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(stores.Items) != 0 {
		t.Errorf("asking the webhook has stored %v, %v", stores, err)
	}
}

func TestInstallWaitsForADeploymentThatIsMissing(t *testing.T) {
	c := installed(t)
	c.releases.last.Deployments = append(c.releases.last.Deployments, "gone")
	ctx, cancel := context.WithCancel(t.Context())
	told := ""
	c.Progress = func(line string) { told = line; cancel() }
	if _, err := c.Install(ctx); !errors.Is(err, context.Canceled) || told != "waiting for gone" {
		t.Errorf("error = %v, told %q", err, told)
	}
}

func TestInstallEndsAtAPodThatCannotStart(t *testing.T) {
	c := newCluster(clustertest.Object(t, `
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: external-secrets, labels: {app.kubernetes.io/instance: external-secrets}}
status: {containerStatuses: [{name: c, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}]}`))
	c.releases.last.Status = helm.Deployed
	_, err := c.Install(t.Context())
	if codeOf(err) != "EI251" || !strings.Contains(err.Error(), "no such image") {
		t.Errorf("error = %v", err)
	}
}

func TestInstallPassesHelmsErrorsOn(t *testing.T) {
	c := newCluster()
	c.releases.getErr = errors.New("boom")
	if _, err := c.Install(t.Context()); !errors.Is(err, c.releases.getErr) {
		t.Errorf("error = %v", err)
	}
}

func TestInstallEndsWithItsContext(t *testing.T) {
	c := newCluster()
	c.releases.last.Status = helm.Deployed
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Install(ctx); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "start External Secrets Operator") {
		t.Errorf("error = %v", err)
	}
}

// settling is a release that another run brings to an end while it is looked at.
type settling struct {
	Releases
	states []helm.Release
}

func (s *settling) Get(string) (helm.Release, error) {
	now := s.states[0]
	if len(s.states) > 1 {
		s.states = s.states[1:]
	}
	return now, nil
}

func TestARunThatIsAtWorkIsWaitedFor(t *testing.T) {
	pending := helm.Release{Status: helm.Pending, RawStatus: "pending-install", Updated: time.Now()}
	told := ""
	r := &Runner{Releases: &settling{states: []helm.Release{pending, {Status: helm.Deployed}}}, Progress: func(line string) { told = line }}
	release, err := r.settledRelease(t.Context())
	if err != nil || release.Status != helm.Deployed || !strings.Contains(told, "pending-install") {
		t.Errorf("got %v, %v, told %q", release.Status, err, told)
	}
}

func TestAPendingRunIsGivenItsTime(t *testing.T) {
	tests := []struct {
		name    string
		release helm.Release
		limit   time.Duration
	}{
		{"our install", helm.Release{Ours: true, Revision: 1}, helm.OperationTimeout},
		{"our second revision", helm.Release{Ours: true, Revision: 2}, helm.OperationTimeout},
		{"another's upgrade of ours", helm.Release{Revision: 2}, InstallTimeout},
		{"another's install", helm.Release{Revision: 1}, InstallTimeout},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			tt.release.Status, tt.release.Updated = helm.Pending, start
			r := &Runner{Releases: &settling{states: []helm.Release{tt.release}}, Progress: func(string) {}}
			release, err := r.settledRelease(t.Context())
			if took := time.Since(start); err != nil || release.Status != helm.Pending || took < tt.limit || took > tt.limit+2*releasePoll {
				t.Errorf("%s: got %v, %v after %s, want %s", tt.name, release.Status, err, took, tt.limit)
			}
		})
	}
}

func TestWaitingForARunEndsWithItsContext(t *testing.T) {
	pending := helm.Release{Status: helm.Pending, Updated: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	r := &Runner{Releases: &settling{states: []helm.Release{pending}}, Progress: func(string) { cancel() }}
	if _, err := r.settledRelease(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestARunThatDiedIsNotWaitedFor(t *testing.T) {
	old := helm.Release{Status: helm.Pending, Updated: time.Now().Add(-2 * helm.OperationTimeout), Ours: true, Revision: 1}
	r := &Runner{Releases: &settling{states: []helm.Release{old}}, Progress: func(line string) { t.Errorf("told %q", line) }}
	if release, err := r.settledRelease(t.Context()); err != nil || release.Status != helm.Pending {
		t.Errorf("got %v, %v", release.Status, err)
	}
}
