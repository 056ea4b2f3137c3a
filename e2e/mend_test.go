//go:build e2e && linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// TestMend breaks a store by hand and lets the doctor mend it, but only if somebody has said so, and may.
func TestMend(t *testing.T) {
	t.Parallel()
	s := start(t, "mend")
	s.mustRun(t, s.up()...)
	t.Run("nothing to mend", func(t *testing.T) {
		s.run(t, "doctor", "--fix=EI550").expect(t, 0, "EI550  was not found", "0 failed")
	})
	t.Run("wrong usage", func(t *testing.T) {
		s.run(t, "doctor", "--fix=EI310").expect(t, 2, "there is no repair for EI310")
		s.run(t, "doctor", "--yes").expect(t, 2, "go with --fix")
		s.run(t, "doctor", "--fix", "--watch").expect(t, 2, "--fix goes with")
	})
	for _, tt := range []struct {
		name, code, patch, want string
	}{
		{"address", "EI550", `{"spec":{"provider":{"infisical":{"hostAPI":%q}}}}`, "write the address as "},
		{"environment", "EI604", `{"spec":{"provider":{"infisical":{"secretsScope":{"environmentSlug":"production"}}}}}`, "read environment 'prod'"},
		{"namespace", "EI303", `{"spec":{"provider":{"infisical":{"auth":{"universalAuthCredentials":{"clientId":{"namespace":null},"clientSecret":{"namespace":null}}}}}}}`, "add namespace external-secrets"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			patch := tt.patch
			if strings.Contains(patch, "%q") {
				patch = fmt.Sprintf(patch, s.Infisical.URL+"/api/")
			}
			s.patchStore(t, patch)
			s.finds(t, tt.code)
			before := versions(t, s.client(t))
			s.run(t, "doctor", "--fix", "--dry-run").expect(t, 1, tt.code, tt.want)
			s.run(t, "doctor", "--fix", "--yes", "--dry-run").expect(t, 1, tt.want)
			s.run(t, "doctor", "--fix").expect(t, 1, tt.want, "there is no terminal to ask on")
			s.run(t, "doctor", "--fix=EI901", "--yes").expect(t, 1, "EI901  was not found")
			s.run(t, "doctor", "--fix="+tt.code, "--as", "nobody").expect(t, 3)
			s.onTerminal(t, "doctor", "--fix").declines(t)
			if after := versions(t, s.client(t)); after["ClusterSecretStore//"+storeName] != before["ClusterSecretStore//"+storeName] {
				t.Error("the store was changed without a yes")
			}
			s.mends(t, tt.code)
		})
	}
	t.Run("leak", func(t *testing.T) { leakIsMended(t, s) })
	t.Run("Argo CD's", func(t *testing.T) { keptInGit(t, s) })
}

// declines says no to what the run asks.
func (a *asked) declines(t *testing.T) {
	t.Helper()
	a.shown.await(t, "Mend this?")
	if r := a.answer(t, "n", "failed"); r.code != 1 {
		t.Errorf("exit code %d after a no", r.code)
	}
}

func (s *sandbox) patchStore(t *testing.T, patch string) {
	t.Helper()
	_, err := s.client(t).Resource(resources["clustersecretstores"]).Patch(t.Context(), storeName, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "kubectl-edit"})
	if err != nil {
		t.Fatal(err)
	}
}

// finds waits until the doctor names the code alone.
func (s *sandbox) finds(t *testing.T, code string) {
	t.Helper()
	if exit, d, well := s.until(t, 90*time.Second, func(exit int, d diagnosis) bool {
		return exit == 1 && slices.Equal(d.RootCauses, []string{code})
	}); !well {
		t.Fatalf("exit code %d, root causes %v; want %s", exit, d.RootCauses, code)
	}
}

// mends lets the doctor mend the code, and sees that the second run has nothing to do.
func (s *sandbox) mends(t *testing.T, code string) {
	t.Helper()
	r := s.run(t, "doctor", "--fix="+code, "--yes", "-o", "json")
	keepsToSchema(t, "doctor-report.json", []byte(r.out))
	if !strings.Contains(r.out, `"outcome": "applied"`) {
		t.Errorf("nothing was applied: %s", r)
	}
	eventually(t, s, 0, "0 failed")
	before := versions(t, s.client(t))
	s.run(t, "doctor", "--fix="+code, "--yes").expect(t, 0, code+"  was not found")
	if after := versions(t, s.client(t)); after["ClusterSecretStore//"+storeName] != before["ClusterSecretStore//"+storeName] {
		t.Error("the second run has changed the store")
	}
}

// lastApplied is the annotation in which kubectl apply keeps a whole object.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// leakIsMended takes an annotation away that holds the credentials, and shows them nowhere.
func leakIsMended(t *testing.T, s *sandbox) {
	s.leakCredentials(t)
	s.addCanary(t, `clientSecret":"leaked`)
	s.finds(t, "EI901")
	s.run(t, "doctor", "--fix", "--yes").expect(t, 0, "remove the annotation", "applied EI901")
	secret, err := s.client(t).Resource(resources["secrets"]).Namespace("external-secrets").Get(t.Context(), "infisical-eso-creds", metav1.GetOptions{})
	if err != nil || secret.GetAnnotations()[lastApplied] != "" {
		t.Errorf("the annotation is there (%v)", err)
	}
	if data, _, _ := unstructured.NestedStringMap(secret.Object, "data"); len(data) == 0 {
		t.Error("the credentials have gone")
	}
}

// keptInGit leaves alone what Argo CD would put back, and names it.
func keptInGit(t *testing.T, s *sandbox) {
	s.patchStore(t, `{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":"x"}},"spec":{"provider":{"infisical":{"hostAPI":"`+s.Infisical.URL+`/api/"}}}}`)
	s.finds(t, "EI550")
	s.run(t, "doctor", "--fix=EI550", "--yes").expect(t, 1, "not mended: it is kept by Argo CD")
	s.patchStore(t, `{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":null}}}`)
	s.mends(t, "EI550")
}
