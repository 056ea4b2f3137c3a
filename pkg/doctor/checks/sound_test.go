package checks

import (
	"encoding/base64"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

func port(n int) networkingv1.NetworkPolicyPort {
	p := intstr.FromInt32(int32(n))
	return networkingv1.NetworkPolicyPort{Port: &p}
}

// What looks odd and is right must not be called wrong.
func TestWhatIsRightIsNotCalledWrong(t *testing.T) {
	tests := map[string]func(*testing.T, *world){
		"hostAPI with a slash": provider("https://infisical.example.com/", "hostAPI"),
		"hostAPI with /api":    provider("https://infisical.example.com/api", "hostAPI"),
		"hostAPI with a port":  provider("https://infisical.example.com:8443", "hostAPI"),
		"a store without CA":   func(_ *testing.T, w *world) { delete(infisicalOf(w), "caProvider") },
		"a CA in the store itself": func(t *testing.T, w *world) {
			delete(infisicalOf(w), "caProvider")
			provider(base64.StdEncoding.EncodeToString([]byte(caPEM(t, 9000))), "caBundle")(t, w)
		},
		"another way to log in": func(_ *testing.T, w *world) {
			infisicalOf(w)["auth"] = map[string]any{"awsAuthCredentials": map[string]any{}}
		},
		"a deep path":                 provider("/app/db-1", "secretsScope", "secretsPath"),
		"an environment of their own": provider("qa-2", "secretsScope", "environmentSlug"),
		"no webhook at all":           func(_ *testing.T, w *world) { w.configurations, w.endpoints = nil, nil },
		"egress with DNS": func(_ *testing.T, w *world) {
			w.policies = []networkingv1.NetworkPolicy{policyWith(networkingv1.NetworkPolicyEgressRule{Ports: []networkingv1.NetworkPolicyPort{port(443), port(53)}})}
		},
		"egress to everything": func(_ *testing.T, w *world) {
			w.policies = []networkingv1.NetworkPolicy{policyWith(networkingv1.NetworkPolicyEgressRule{})}
		},
		"a policy for others": func(_ *testing.T, w *world) {
			p := policyWith()
			p.Spec.PodSelector.MatchLabels = map[string]string{"app": "other"}
			w.policies = []networkingv1.NetworkPolicy{p}
		},
		"a policy about ingress": func(_ *testing.T, w *world) {
			p := policyWith()
			p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			w.policies = []networkingv1.NetworkPolicy{p}
		},
		"a proxy to the internet": func(t *testing.T, w *world) {
			w.container(t)["env"] = []any{map[string]any{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}, map[string]any{"name": "NO_PROXY", "value": "10.96.0.0/12"}}
		},
		"a proxy that leaves the cluster out": func(t *testing.T, w *world) {
			provider("https://infisical.tools.svc", "hostAPI")(t, w)
			w.container(t)["env"] = []any{map[string]any{"name": "https_proxy", "value": "http://proxy:3128"}, map[string]any{"name": "NO_PROXY", "value": "localhost, .svc, 10.96.0.1"}}
		},
		"a store of its own": func(_ *testing.T, w *world) {
			set(w.wishes[0], "own", "spec", "secretStoreRef", "name")
			set(w.wishes[0], "SecretStore", "spec", "secretStoreRef", "kind")
		},
		"merged into one": func(_ *testing.T, w *world) {
			set(w.wishes[0], "db", "spec", "target", "name")
			set(w.wishes[0], "Merge", "spec", "target", "creationPolicy")
			set(w.wishes[0], []any{map[string]any{"secretKey": "other", "remoteRef": map[string]any{"key": "API_KEY"}}}, "spec", "data")
		},
		"refreshed once": func(_ *testing.T, w *world) {
			set(w.wishes[0], "CreatedOnce", "spec", "refreshPolicy")
			set(w.wishes[0], "2020-01-01T00:00:00Z", "status", "refreshTime")
		},
		"an interval of a day": func(_ *testing.T, w *world) {
			set(w.store(), int64(86400), "spec", "refreshInterval")
			w.storeEvents = nil
		},
		"its own class": func(t *testing.T, w *world) {
			set(w.store(), "blue", "spec", "controller")
			w.container(t)["args"] = []any{"--controller-class=blue"}
		},
		"not installed by Helm": func(_ *testing.T, w *world) { w.release = helm.Release{Name: home, Status: helm.Absent} },
	}
	for name, do := range tests {
		t.Run(name, func(t *testing.T) {
			w := healthy(t)
			do(t, w)
			r := examine(t, w)
			for _, o := range r.Outcomes {
				for _, f := range o.Findings {
					if f.Status != doctor.Pass {
						t.Errorf("%s %s: %+v", o.Code, o.Title, f)
					}
				}
			}
		})
	}
}

func infisicalOf(w *world) map[string]any {
	return w.store().Object["spec"].(map[string]any)["provider"].(map[string]any)["infisical"].(map[string]any)
}

func TestANewExternalSecretHasTime(t *testing.T) {
	w := healthy(t)
	delete(w.wishes[0].Object, "status")
	w.wishes[0].SetCreationTimestamp(ago(0))
	if r := examine(t, w); r.Count(doctor.Fail) != 0 {
		t.Errorf("a second after its creation: %s", wrong(r))
	}
}

func TestFormsOfTheAddress(t *testing.T) {
	for host, ok := range map[string]bool{
		"https://h": true, "https://h/": true, "https://h/api": true, "http://h:8080": true, "https://h/infisical": true, "https://h/infisical/api": true,
		"https://h/api/": false, "https://h//": false, "https://h/a//b": false, "https:// h": false, "https://": false, "https://u:p@h": false, "https://h/?x=1": false,
		"ftp://h": false, "https://h/api/v3": false, "https://h ": false, "h": true,
	} {
		if fault := formFault(host); (fault == "") != ok {
			t.Errorf("%q: %q", host, fault)
		}
	}
}

func TestNoProxy(t *testing.T) {
	for _, tt := range []struct {
		host, exempt string
		want         bool
	}{
		{"infisical.tools.svc", ".svc", true}, {"infisical.tools.svc", "svc", true}, {"infisical.tools.svc", "*", true}, {"infisical.tools.svc", "tools.svc,x", true},
		{"infisical.tools.svc", "", false}, {"infisical.tools.svc", "localhost,127.0.0.1", false}, {"10.1.2.3", "10.0.0.0/8", true}, {"10.1.2.3", "10.2.0.0/16", false},
		{"10.1.2.3", "10.1.2.3", true}, {"infisical.tools.svc", ",", false},
	} {
		if got := exempted(tt.host, tt.exempt); got != tt.want {
			t.Errorf("%s with NO_PROXY=%q: %t", tt.host, tt.exempt, got)
		}
	}
}

func TestAStuckPodIsNamedInItsNamespace(t *testing.T) {
	w := healthy(t)
	waiting("ImagePullBackOff")(t, w)
	f, found := finding(examine(t, w), "EI210", "EI251")
	if !found || !strings.Contains(f.Cause.Fix+f.Command, "kubectl -n external-secrets describe pod") {
		t.Errorf("finding %+v", f)
	}
}
