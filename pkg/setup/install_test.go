package setup

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestEnsureRelease(t *testing.T) {
	tests := []struct {
		status  helm.Status
		outcome kube.Outcome
		calls   []string
	}{
		{helm.Absent, kube.Created, []string{"install"}},
		{helm.Deployed, kube.Unchanged, nil},
		{helm.Failed, kube.Changed, []string{"resume"}},
		{helm.Pending, kube.Changed, []string{"resume"}},
	}
	for _, tt := range tests {
		t.Run(string(tt.status), func(t *testing.T) {
			c := newCluster()
			c.Desired.Chart.Chart = chartDirectory(t)
			release := helm.Release{Name: "external-secrets", Status: tt.status, AppVersion: "v1.0.0"}
			outcome, err := c.ensureRelease(t.Context(), &release)
			if err != nil || outcome != tt.outcome {
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

// installed is a cluster in which ESO runs.
func installed(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(clustertest.Available(t, "external-secrets"), clustertest.Available(t, "external-secrets-webhook"),
		clustertest.Available(t, "external-secrets-cert-controller"))
	c.releases.last = helm.Release{Name: "external-secrets", Status: helm.Deployed, AppVersion: "v2.4.1"}
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

func TestARunThatDiedIsNotWaitedFor(t *testing.T) {
	old := helm.Release{Status: helm.Pending, Updated: time.Now().Add(-2 * helm.OperationTimeout)}
	r := &Runner{Releases: &settling{states: []helm.Release{old}}}
	if release, err := r.settledRelease(t.Context()); err != nil || release.Status != helm.Pending {
		t.Errorf("got %v, %v", release.Status, err)
	}
}
