package setup

import (
	"context"
	"strings"
	"testing"

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
		problem string
	}{
		{"all given", []runtime.Object{store("p").Object()}, given, ""},
		{"credentials in the cluster", []runtime.Object{store("p").Object(), held}, Inputs{}, ""},
		{"no credentials anywhere", []runtime.Object{store("p").Object()}, Inputs{}, "--client-id"},
		{"half of them in the cluster", []runtime.Object{store("p").Object(), pairSecret(map[string]string{"clientId": "id"})}, Inputs{}, "--client-id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(tt.objects...)
			if err := c.Remember(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := c.Gather(t.Context(), tt.in)
			if tt.problem == "" && err != nil || tt.problem != "" && (!isInput(err) || !strings.Contains(err.Error(), tt.problem)) {
				t.Errorf("error = %v, want %q", err, tt.problem)
			}
			c.onlyRead(t)
		})
	}
}

// onlyRead sees that nothing was written.
func (c *cluster) onlyRead(t *testing.T) {
	t.Helper()
	for _, action := range append(c.typed.Actions(), c.dynamic.Actions()...) {
		if verb := action.GetVerb(); verb != "get" && verb != "list" && action.GetResource().Resource != "selfsubjectaccessreviews" {
			t.Errorf("asked to %s %s", verb, action.GetResource().Resource)
		}
	}
}

func TestCheckWithoutTheRightToSeeCredentials(t *testing.T) {
	c := newCluster(store("p").Object())
	clustertest.Refuse(&c.dynamic.Fake, "get", "secrets", clustertest.Forbidden("secrets"))
	if err := c.Remember(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Gather(t.Context(), Inputs{}); !apierrors.IsForbidden(err) || isInput(err) {
		t.Errorf("error = %v", err)
	}
}

func TestWhatIsNotGivenIsKept(t *testing.T) {
	c := newCluster()
	for object, bring := range map[string]func(context.Context, Checked) (Result, error){
		"secret/infisical-eso-creds": c.BringCredentials, "configmap/infisical-ca": c.BringCA} {
		result, err := bring(t.Context(), Checked{})
		if err != nil || result.Object != object || result.Outcome != kube.Unchanged || !strings.Contains(result.Detail, "is kept") {
			t.Errorf("%+v, %v", result, err)
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
		in      Checked
		touched bool
	}{{"nothing new", Checked{}, false}, {"new credentials", Checked{Inputs: Inputs{Credentials: &auth}}, true}} {
		t.Run(tt.name, func(t *testing.T) {
			c := withValidStore(t, "True")
			if _, err := c.BringCredentials(t.Context(), tt.in); err != nil {
				t.Fatal(err)
			}
			if _, err := c.ApplyStore(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.touched() != tt.touched {
				t.Errorf("touched: %t", c.touched())
			}
		})
	}
}
