package doctor

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestHealthyClusterPassesEveryCheck(t *testing.T) {
	r := judge(healthy(t))
	if r.Count(Pass) != len(checks) || len(r.Findings) != len(checks) {
		t.Errorf("report: %+v", r.Findings)
	}
}

// invalid is the event of a store that ESO could not use.
func invalid(message string) []kube.Event {
	return []kube.Event{{Reason: "InvalidProviderConfig", Message: message}}
}

func TestEachCheckFails(t *testing.T) {
	store := func(s *snapshot) *storeState { return &s.stores.value[0] }
	tests := []struct {
		name         string
		harm         func(*testing.T, *snapshot)
		check, cause string
	}{
		{"no release", func(_ *testing.T, s *snapshot) { s.release.value.Status = helm.Absent }, "EI201", "EI201"},
		{"failed release", func(_ *testing.T, s *snapshot) { s.release.value.Status = helm.Failed }, "EI201", "EI203"},
		{"pending release", func(_ *testing.T, s *snapshot) { s.release.value.Status = helm.Pending }, "EI201", "EI203"},
		{"no Deployments", func(_ *testing.T, s *snapshot) { s.deployments = list() }, "EI202", "EI202"},
		{"a Deployment of the release is gone", func(_ *testing.T, s *snapshot) {
			s.deployments.value.Items = s.deployments.value.Items[:2]
		}, "EI202", "EI202"},
		{"scaled to zero", func(t *testing.T, s *snapshot) {
			idle := &s.deployments.value.Items[0]
			idle.Object["spec"] = map[string]any{"replicas": int64(0)}
			// That is all it wants, so it is complete and calls itself available.
			for _, count := range []string{"replicas", "readyReplicas", "updatedReplicas", "availableReplicas"} {
				unstructured.RemoveNestedField(idle.Object, "status", count)
			}
		}, "EI202", "EI202"},
		{"not available", func(t *testing.T, s *snapshot) {
			unstructured.RemoveNestedField(s.deployments.value.Items[1].Object, "status")
		}, "EI202", "EI202"},
		{"a pod that cannot start", func(t *testing.T, s *snapshot) {
			s.pods = list(clustertest.Object(t, "{metadata: {name: p}, status: {containerStatuses: [{name: c, state: {waiting: {reason: ErrImagePull}}}]}}"))
		}, "EI202", "EI210"},
		{"webhook", func(_ *testing.T, s *snapshot) {
			s.webhook.err = cause.Wrap("ask", errors.New(`failed calling webhook "validate.clustersecretstore.external-secrets.io": no endpoints available for service "y"`))
		}, "EI220", "EI221"},
		{"no CRDs", func(_ *testing.T, s *snapshot) { s.stores.err = clustertest.NoSuchResource("clustersecretstores") }, "EI701", "EI204"},
		{"no store", func(_ *testing.T, s *snapshot) { s.stores.value = nil }, "EI701", "EI701"},
		{"no Secret", func(_ *testing.T, s *snapshot) { store(s).secret.err = clustertest.NoSuchResource("secrets") }, "EI301", "EI301"},
		{"no client secret", func(_ *testing.T, s *snapshot) { delete(store(s).secret.value.Data, "clientSecret") }, "EI301", "EI302"},
		{"empty client ID", func(_ *testing.T, s *snapshot) { store(s).secret.value.Data["clientId"] = nil }, "EI301", "EI302"},
		{"no ConfigMap", func(_ *testing.T, s *snapshot) { store(s).configMap.err = clustertest.NoSuchResource("configmaps") }, "EI402", "EI402"},
		{"expired CA", func(t *testing.T, s *snapshot) { store(s).configMap.value.Data["ca.crt"] = caPEM(t, -24) }, "EI402", "EI409"},
		{"no CA in the ConfigMap", func(_ *testing.T, s *snapshot) { store(s).configMap.value.Data = nil }, "EI402", "EI409"},
		{"never judged", func(_ *testing.T, s *snapshot) { delete(store(s).object.Object, "status") }, "EI702", "EI704"},
		{"not ready", func(_ *testing.T, s *snapshot) {
			clustertest.Ready(store(s).object, "False")
			store(s).events.value = invalid(`[message="Invalid credentials"]`)
		}, "EI702", "EI310"},
		{"not ready for a reason of its own", func(_ *testing.T, s *snapshot) {
			clustertest.Ready(store(s).object, "False")
			store(s).events.value = invalid("the moon is full")
		}, "EI702", "EI702"},
		{"not ready and no event", func(_ *testing.T, s *snapshot) { clustertest.Ready(store(s).object, "False") }, "EI702", "EI703"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := healthy(t)
			tt.harm(t, s)
			r := judge(s)
			f := find(t, r, tt.check)
			if f.Status != Fail || string(f.Cause.Code) != tt.cause || f.Cause.Summary == "" || f.Cause.Fix == "" {
				t.Errorf("finding %+v, want a failure of %s", f, tt.cause)
			}
			if r.Count(Fail) != 1 || r.Count(Unknown) != 0 {
				t.Errorf("one harm, but: %+v", r.Findings)
			}
		})
	}
}

func TestAMissingDeploymentIsNamed(t *testing.T) {
	s := healthy(t)
	s.deployments.value.Items = s.deployments.value.Items[:2]
	if f := find(t, judge(s), "EI202"); !strings.HasSuffix(f.Cause.Summary, " of external-secrets-cert-controller") {
		t.Errorf("finding %+v", f)
	}
}

func TestAStoreThatCannotBeFollowedIsUnknown(t *testing.T) {
	s := healthy(t)
	s.stores.value[0].store.Unread = "its CA certificate is elsewhere"
	r := judge(s)
	for _, code := range []string{"EI301", "EI402"} {
		if f := find(t, r, code); f.Status != Unknown || !strings.Contains(f.Detail, "its CA certificate is elsewhere") {
			t.Errorf("finding %+v", f)
		}
	}
	if f := find(t, r, "EI702"); f.Status != Pass || r.Count(Fail) != 0 {
		t.Errorf("ESO's own verdict does not count any more: %+v", r.Findings)
	}
}

func TestForbiddenIsUnknownAndNeverAPass(t *testing.T) {
	store := func(s *snapshot) *storeState { return &s.stores.value[0] }
	tests := map[string]func(*snapshot, error){
		"EI102": func(s *snapshot, no error) { s.version.err = no },
		"EI201": func(s *snapshot, no error) { s.release.err = no },
		"EI202": func(s *snapshot, no error) { s.deployments.err = no },
		"EI220": func(s *snapshot, no error) { s.webhook.err = no },
		"EI701": func(s *snapshot, no error) { s.stores.err = no },
		"EI301": func(s *snapshot, no error) { store(s).secret.err = no },
		"EI402": func(s *snapshot, no error) { store(s).configMap.err = no },
	}
	for code, deny := range tests {
		t.Run(code, func(t *testing.T) {
			s := healthy(t)
			deny(s, clustertest.Forbidden("things"))
			r := judge(s)
			if f := find(t, r, code); f.Status != Unknown || !strings.Contains(f.Detail, "not allowed to look") || !strings.Contains(f.Detail, "things") {
				t.Errorf("finding %+v", f)
			}
			if r.Count(Fail) != 0 {
				t.Errorf("a missing right is taken for a failure: %+v", r.Findings)
			}
		})
	}
}

func TestEventsThatMayNotBeReadDoNotHideANotReadyStore(t *testing.T) {
	s := healthy(t)
	clustertest.Ready(s.stores.value[0].object, "False")
	s.stores.value[0].events.err = clustertest.Forbidden("events")
	if f := find(t, judge(s), "EI702"); f.Status != Fail || f.Cause.Code != "EI703" {
		t.Errorf("finding %+v", f)
	}
}

func TestUnreachableClusterIsUnknownAndTheRestSkipped(t *testing.T) {
	s := healthy(t)
	s.version.err = &url.Error{Op: "Get", URL: "https://h/version", Err: errors.New("connection refused")}
	r := judge(s)
	if f := find(t, r, "EI102"); f.Status != Unknown || !strings.Contains(f.Detail, "connection refused") {
		t.Errorf("finding %+v", f)
	}
	if r.Count(Skip) != len(checks)-1 || r.Count(Pass) != 0 {
		t.Errorf("report %+v", r.Findings)
	}
}

func TestAFailedNeedSkipsWhatBuildsOnIt(t *testing.T) {
	s := healthy(t)
	s.stores.value = nil
	r := judge(s)
	for _, code := range []string{"EI301", "EI402", "EI702"} {
		if f := find(t, r, code); f.Status != Skip || f.Detail != "needs EI701" {
			t.Errorf("finding %+v", f)
		}
	}
	if f := find(t, r, "EI202"); f.Status != Pass {
		t.Errorf("what does not need it is skipped too: %+v", f)
	}
}

func TestEveryStoreIsExamined(t *testing.T) {
	s := healthy(t)
	s.stores.value = append(s.stores.value, storeFor(t, "q"))
	clustertest.Ready(s.stores.value[1].object, "False")
	s.stores.value[0].store.CA.Name = ""
	r := judge(s)
	status := map[string]Status{}
	for _, f := range r.Findings {
		status[f.Title] = f.Status
	}
	want := map[string]Status{"the store is ready: infisical-p": Pass, "the store is ready: infisical-q": Fail,
		"the CA certificate is in the cluster and valid: none named, the system's certificates are used": Pass}
	for title, expected := range want {
		if status[title] != expected {
			t.Errorf("%q: %q, want %q", title, status[title], expected)
		}
	}
}

func TestChecksNeedOnlyEarlierOnes(t *testing.T) {
	earlier := map[string]bool{"": true}
	for _, c := range checks {
		if !earlier[c.needs] {
			t.Errorf("%s needs %s, which comes later or does not exist", c.code, c.needs)
		}
		if earlier[c.code] {
			t.Errorf("the code %s is used twice", c.code)
		}
		earlier[c.code] = true
	}
}
