package checks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// verdicts are the parts of a report that must not depend on where it is made.
func verdicts(r doctor.Report) []string {
	var lines []string
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			lines = append(lines, fmt.Sprintf("%s %s %s %v %s %s", o.Code, f.Status, f.Code(), f.Objects, f.Cause.Summary, f.Detail))
		}
	}
	return lines
}

// repacked is the snapshot as a bundle has it.
func repacked(t *testing.T, s *doctor.Snapshot) *doctor.Snapshot {
	t.Helper()
	var given []doctor.Given
	for _, input := range doctor.Sources(slices.Concat(All(), Live(), Administered())) {
		p, read, err := input.Pack(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if !read {
			continue
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), clientSecret) || strings.Contains(string(data), clientID) {
			t.Errorf("%s holds a Secret's value", input.Name())
		}
		var back doctor.Packed
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		g, err := input.Unpack(back)
		if err != nil {
			t.Fatal(err)
		}
		given = append(given, g)
	}
	offline := doctor.NewSnapshot(t.Context(), doctor.Cluster{Name: s.Cluster.Name, Namespace: s.Cluster.Namespace, Release: s.Cluster.Release, Offline: true, Err: s.Cluster.Err}, given...)
	offline.Now = s.Now
	return offline
}

func TestABundleComesToTheSameVerdict(t *testing.T) {
	all := append([]harm{{name: "nothing", do: func(*testing.T, *world) {}}}, everyHarm()...)
	for _, h := range all {
		t.Run(h.name, func(t *testing.T) {
			w := healthy(t)
			h.do(t, w)
			s := w.snapshot(t)
			direct := verdicts(doctor.Examine(t.Context(), slices.Concat(All(), Live(), Administered()), s))
			offline := verdicts(doctor.Examine(t.Context(), slices.Concat(All(), Live(), Administered()), repacked(t, s)))
			if diff := cmp.Diff(direct, offline); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryInputSaysItsRightsAndWhatMayLeave(t *testing.T) {
	c := doctor.Cluster{Namespace: home}
	for _, input := range doctor.Sources(slices.Concat(All(), Live(), Administered())) {
		if !input.Declared() {
			t.Errorf("%s does not say which rights it takes, or what of it may leave the cluster", input.Name())
		}
		for _, right := range input.Rights(c) {
			if right.Verb == "" || right.Resource == "" || right.Verb == "*" || right.Resource == "*" {
				t.Errorf("%s asks for %+v", input.Name(), right)
			}
		}
	}
}

func TestAStandInKeepsCertificatesAlone(t *testing.T) {
	ca := caPEM(t, 100)
	for name, tt := range map[string]struct{ value, want string }{
		"empty":               {"", ""},
		"a secret":            {clientSecret, "kept out of the bundle"},
		"a certificate":       {ca, ca},
		"text around it":      {"# ours, password hunter2\n" + ca, ca},
		"a private key":       {ca + keyPEM(t), ca + string(keyBlock)},
		"a private key alone": {keyPEM(t), string(keyBlock)},
	} {
		if got := string(standIn([]byte(tt.value))); got != tt.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestProxiesAreKeptWithoutTheirUser(t *testing.T) {
	kept := keptContainer(map[string]any{"name": "c", "command": []any{"x"}, "env": []any{
		map[string]any{"name": "HTTPS_PROXY", "value": "http://user:hunter2@proxy:3128"}, map[string]any{"name": "http_proxy", "value": "user:hun/ter2@proxy:3128"},
		map[string]any{"name": "ALL_PROXY", "value": "http://user:p%ss@w@proxy"}, map[string]any{"name": "TOKEN", "value": "hunter2"}}})
	want := map[string]any{"name": "c", "env": []any{map[string]any{"name": "HTTPS_PROXY", "value": "http://proxy:3128"},
		map[string]any{"name": "http_proxy", "value": "proxy:3128"}, map[string]any{"name": "ALL_PROXY", "value": "http://proxy"}}}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
}

func TestSecretValuesLeaveOutCertificates(t *testing.T) {
	w := healthy(t)
	w.secret().Data["ca.crt"] = []byte(caPEM(t, 100))
	s := w.snapshot(t)
	if _, err := secrets.Of(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	values := strings.Join(SecretValues(s), "\n")
	if !strings.Contains(values, clientSecret) || !strings.Contains(values, clientID) || strings.Contains(values, "CERTIFICATE") {
		t.Errorf("%d values", len(SecretValues(s)))
	}
	w.secrets["Secret external-secrets/gone"] = answer[*corev1.Secret]{}
	if len(SecretValues(w.snapshot(t))) == 0 {
		t.Error("a Secret that could not be read hides the others")
	}
}
