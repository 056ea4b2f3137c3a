package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestEnsureRelease(t *testing.T) {
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
		{helm.Deployed, false, otherChart, kube.Unchanged, "", nil},
		{helm.Deployed, true, otherChart, kube.Unchanged, "", nil},
		{helm.Failed, true, sameChart, kube.Changed, "", []string{"resume"}},
		{helm.Pending, true, sameChart, kube.Changed, "", []string{"resume"}},
		{helm.Failed, true, otherChart, "", "EI203", nil},
		{helm.Pending, true, otherChart, "", "EI203", nil},
		{helm.Failed, false, sameChart, "", "EI203", nil},
		{helm.Pending, false, sameChart, "", "EI203", nil},
		{helm.Other, false, sameChart, "", "EI203", nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s, ours %t, chart %s", tt.status, tt.ours, tt.chart), func(t *testing.T) {
			c := newCluster()
			c.Desired.Chart.Chart = chartDirectory(t)
			release := helm.Release{Name: "external-secrets", Status: tt.status, AppVersion: "v1.0.0", Ours: tt.ours, ChartVersion: tt.chart}
			outcome, err := c.ensureRelease(t.Context(), &release)
			if codeOf(err) != tt.code || (err == nil) != (tt.code == "") || outcome != tt.outcome {
				t.Errorf("outcome %s, %v", outcome, err)
			}
			if diff := cmp.Diff(tt.calls, c.releases.calls); diff != "" {
				t.Error(diff)
			}
			if tt.calls != nil && (release.Status != helm.Deployed || c.releases.values["installCRDs"] != true) {
				t.Errorf("release %+v with values %v", release, c.releases.values)
			}
		})
	}
}

func TestEnsureReleaseFetchesNothingForADeployedRelease(t *testing.T) {
	c := newCluster()
	c.Desired.Chart.Chart = "./no-such-chart"
	release := helm.Release{Status: helm.Deployed}
	if outcome, err := c.ensureRelease(t.Context(), &release); err != nil || outcome != kube.Unchanged {
		t.Errorf("outcome %s, %v", outcome, err)
	}
}

func TestEnsureReleaseNamesAChartThatCannotBeFetched(t *testing.T) {
	c := newCluster()
	c.Desired.Chart.Chart = "./no-such-chart"
	release := helm.Release{Status: helm.Absent}
	_, err := c.ensureRelease(t.Context(), &release)
	if codeOf(err) != "EI205" || !strings.Contains(err.Error(), "./no-such-chart") || c.releases.calls != nil {
		t.Errorf("error = %v after %v", err, c.releases.calls)
	}
}

func TestInstallLeavesAReleaseOfOthersToThem(t *testing.T) {
	c := newCluster()
	c.Desired.Chart.Chart = chartDirectory(t)
	c.releases.last = helm.Release{Name: "external-secrets", Status: helm.Failed, RawStatus: "failed", ChartVersion: "2.4.1"}
	_, err := c.Install(t.Context())
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != "EI203" || !strings.Contains(named.Cause.Summary, "Helm release external-secrets is failed") ||
		!strings.Contains(named.Cause.Fix, "helm -n external-secrets history external-secrets") {
		t.Errorf("error = %v", err)
	}
	if c.releases.calls != nil {
		t.Errorf("Helm was told to %v", c.releases.calls)
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
	if codeOf(err) != "EI210" || !strings.Contains(err.Error(), "no such image") {
		t.Errorf("error = %v", err)
	}
}

func TestInstallPassesHelmsErrorsOn(t *testing.T) {
	c := newCluster()
	c.releases.getErr = clustertest.Forbidden("secrets")
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
