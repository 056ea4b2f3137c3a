package uninstall

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cmd/output"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/uninstall"
)

func samplePlan() *uninstall.Plan {
	return &uninstall.Plan{
		Release: uninstall.Release{Name: "external-secrets", Namespace: "eso", Status: "deployed", Chart: "external-secrets 1.3.2",
			Objects: []uninstall.Object{{Kind: "Service", Name: "s", Fate: uninstall.Deleted}, {Kind: "ConfigMap", Name: "c", Fate: uninstall.Kept}}},
		Kinds: []uninstall.Kind{{Name: "ExternalSecret", Objects: []uninstall.Custom{{Namespace: "shop", Name: "db"},
			{Namespace: "web", Name: "shared", ManagedBy: "ClusterExternalSecret everywhere"}}},
			{Name: "PushSecret", Objects: []uninstall.Custom{{Namespace: "shop", Name: "p", Note: "what it has pushed is deleted at the provider, too"}}}},
		Secrets: []uninstall.Secret{
			{Namespace: "shop", Name: "db", ExternalSecret: "db", Fate: uninstall.Deleted, UsedBy: []uninstall.Use{{Workload: "Deployment/api", Pods: []string{"a", "b"}}, {Workload: "Job/j", Pods: []string{"j"}}}},
			{Namespace: "shop", Name: "merged", Fate: uninstall.Kept}},
		Definitions: []uninstall.Item{{Kind: "CustomResourceDefinition", Name: "a", Fate: uninstall.Kept, Reason: "--delete-crds was not given"},
			{Kind: "CustomResourceDefinition", Name: "b", Fate: uninstall.Kept, Reason: "--delete-crds was not given"}},
		Own:        []uninstall.Item{{Kind: "ConfigMap", Namespace: "eso", Name: "infisical-ca", Fate: uninstall.Deleted}, {Kind: "Secret", Namespace: "eso", Name: "creds", Fate: uninstall.Kept, Reason: "it was there before, made by kubectl"}},
		Namespaces: []uninstall.Item{{Kind: "Namespace", Name: "eso", Fate: uninstall.Kept, Reason: "this program did not make it"}},
		Unknown:    []uninstall.Unknown{{What: "pods that use the Secrets", Reason: "forbidden"}},
		Blockers:   []uninstall.Blocker{{Code: "EI241", Problem: "it is kept by Flux", Fix: "remove it there"}},
	}
}

func TestPlanForPeople(t *testing.T) {
	want := `Helm release external-secrets in namespace eso (external-secrets 1.3.2, deployed) goes, with 1 object.
Custom resources that go first, 3 in this order:
  2 ExternalSecrets in 2 namespaces (shop 1, web 1)
    shop/db
    web/shared, kept by ClusterExternalSecret everywhere
  1 PushSecret
    shop/p: what it has pushed is deleted at the provider, too
Secrets that go with their ExternalSecrets, 1:
  shop/db, used by Deployment/api (2 pods), Job/j (1 pod)
  (pods were looked at; an Ingress or an operator may use them, too; --keep-secrets lets them stay)
Secrets that ESO has written and that stay, 1 (no ExternalSecret owns them):
  shop/merged, used by no pod
2 custom resource definitions: each stays, since --delete-crds was not given
Made by this program:
  configmap/eso/infisical-ca goes
  secret/eso/creds stays: it was there before, made by kubectl
Namespaces:
  namespace/eso stays: this program did not make it
Unknown, since it may not be read:
  pods that use the Secrets: forbidden
  Ask for these rights, or go on without knowing with --ignore-unknown.
In the way: it is kept by Flux (EI241)
  fix: remove it there
`
	var out bytes.Buffer
	if err := writePlan(&out, samplePlan(), &Options{}); err != nil {
		t.Fatal(err)
	}
	// The release of the sample has no revision, as one that is absent.
	got := strings.Replace(out.String(), "Helm release external-secrets is not in namespace eso.", strings.SplitN(want, "\n", 2)[0], 1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLongListsAreShortened(t *testing.T) {
	p := samplePlan()
	for i := range 30 {
		p.Kinds[0].Objects = append(p.Kinds[0].Objects, uninstall.Custom{Namespace: fmt.Sprintf("n%02d", i), Name: "e"})
	}
	var short, wide bytes.Buffer
	if err := writePlan(&short, p, &Options{}); err != nil {
		t.Fatal(err)
	}
	if err := writePlan(&wide, p, &Options{Output: output.Wide}); err != nil {
		t.Fatal(err)
	}
	if text := short.String(); !strings.Contains(text, "and 22 more; -o wide names all") || strings.Contains(text, "n29/e") {
		t.Errorf("short:\n%s", text)
	}
	if text := wide.String(); strings.Contains(text, "more") || !strings.Contains(text, "n29/e") {
		t.Errorf("wide:\n%s", text)
	}
}

func TestQuestion(t *testing.T) {
	p := samplePlan()
	if got, want := question(p), "Uninstall External Secrets Operator? 3 custom resources go, and 1 Secret with them; pods that use these: 3."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Secrets = nil
	if got := question(p); !strings.Contains(got, "no Secret goes with them") {
		t.Errorf("%q", got)
	}
}

func TestResultForPeople(t *testing.T) {
	o := &Options{Release: "external-secrets"}
	tests := []struct {
		name string
		doc  document
		want []string
	}{
		{"nothing to do", document{Plan: samplePlan()}, []string{"there is nothing to uninstall"}},
		{"done", document{Plan: samplePlan(), Done: true}, []string{"3 custom resources and 1 Secret are gone", "kept: 2 custom resource definitions", "kept: 1 Secret",
			"kept: secret/eso/creds: it was there before", "kept: namespace/eso"}},
		{"something left", document{Plan: samplePlan(), Done: true, Left: []uninstall.Item{{Kind: "Namespace", Name: "eso", Reason: "it hangs"}}}, []string{"but for what is left", "namespace/eso: it hangs"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := tt.doc.text(&out, o); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in\n%s", want, out.String())
				}
			}
		})
	}
}

func TestKeepingAndIgnoringExcludeEachOther(t *testing.T) {
	for _, o := range []uninstall.Options{{}, {KeepSecrets: true}, {IgnoreUnknown: true}} {
		if err := (&Options{Options: o}).validate(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if err := (&Options{Options: uninstall.Options{KeepSecrets: true, IgnoreUnknown: true}}).validate(); err == nil {
		t.Error("both are taken")
	}
}
