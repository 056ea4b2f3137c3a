package setup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

func TestCheck(t *testing.T) {
	given := Inputs{Credentials: &infisical.UniversalAuth{ClientID: "id", ClientSecret: canary}}
	held := pairSecret(map[string]string{"clientId": "id", "clientSecret": canary})
	tests := []struct {
		name    string
		objects []runtime.Object
		in      Inputs
		key     string
		problem string
	}{
		{"all given", []runtime.Object{store("p").Object()}, given, "KEY", ""},
		{"credentials in the cluster", []runtime.Object{store("p").Object(), held}, Inputs{}, "KEY", ""},
		{"no credentials anywhere", []runtime.Object{store("p").Object()}, Inputs{}, "KEY", "--client-id"},
		{"half of them in the cluster", []runtime.Object{store("p").Object(), pairSecret(map[string]string{"clientId": "id"})}, Inputs{}, "KEY", "--client-id"},
		{"no key", []runtime.Object{store("p").Object()}, given, "", "--key NAME"},
		{"no host and project", nil, given, "KEY", "--host and --project"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(tt.objects...)
			c.Desired.Key = tt.key
			err := c.Check(t.Context(), &tt.in)
			if tt.problem == "" && err != nil || tt.problem != "" && (!isInput(err) || !strings.Contains(err.Error(), tt.problem)) {
				t.Errorf("error = %v, want %q", err, tt.problem)
			}
			for _, action := range append(c.typed.Actions(), c.dynamic.Actions()...) {
				if verb := action.GetVerb(); verb != "get" && verb != "list" {
					t.Errorf("checking has asked to %s %s", verb, action.GetResource().Resource)
				}
			}
		})
	}
}

func TestCheckWithoutTheRightToSeeCredentials(t *testing.T) {
	c := newCluster(store("p").Object())
	c.Desired.Key = "KEY"
	clustertest.Refuse(&c.dynamic.Fake, "get", "secrets", clustertest.Forbidden("secrets"))
	if err := c.Check(t.Context(), &Inputs{}); !apierrors.IsForbidden(err) || isInput(err) {
		t.Errorf("error = %v", err)
	}
}

func TestStepsAreTheRunbook(t *testing.T) {
	var names []string
	for _, step := range newCluster().Steps(Inputs{}) {
		names = append(names, step.Name)
	}
	if diff := cmp.Diff([]string{"install", "bootstrap", "apply-ca", "apply-store", "test", "cleanup"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotGivenIsKept(t *testing.T) {
	c := newCluster()
	steps := c.Steps(Inputs{})
	for i, object := range map[int]string{1: "secret/infisical-eso-creds", 2: "configmap/infisical-ca"} {
		result, err := steps[i].Run(t.Context())
		if err != nil || result.Object != object || result.Outcome != kube.Unchanged || !strings.Contains(result.Detail, "is kept") {
			t.Errorf("%s: %+v, %v", steps[i].Name, result, err)
		}
	}
	if actions := append(c.typed.Actions(), c.dynamic.Actions()...); len(actions) != 0 {
		t.Errorf("requests: %v", actions)
	}
}

func TestANewCredentialMakesESOLookAgain(t *testing.T) {
	auth := infisical.UniversalAuth{ClientID: "id", ClientSecret: "new"}
	for _, tt := range []struct {
		name    string
		in      Inputs
		touched bool
	}{{"nothing new", Inputs{}, false}, {"new credentials", Inputs{Credentials: &auth}, true}} {
		t.Run(tt.name, func(t *testing.T) {
			c := withValidStore(t, "True")
			steps := c.Steps(tt.in)
			for _, step := range steps[1:4] {
				if _, err := step.Run(t.Context()); err != nil {
					t.Fatalf("%s: %v", step.Name, err)
				}
			}
			if c.touched() != tt.touched {
				t.Errorf("touched: %t", c.touched())
			}
		})
	}
}
