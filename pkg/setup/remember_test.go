package setup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// place is the part of Desired that a store holds.
type place struct{ Host, Project, Environment, Path, Store string }

func placeOf(d Desired) place { return place{d.Host, d.Project, d.Environment, d.Path, d.Store} }

func TestRemember(t *testing.T) {
	one, two := store("one").Object(), store("two").Object()
	vault := clustertest.Object(t, "{apiVersion: external-secrets.io/v1, kind: ClusterSecretStore, metadata: {name: v}, spec: {provider: {vault: {}}}}")
	fromOne := place{"https://one.example.com", "one", "staging", "/app", "infisical-one"}
	fromTwo := place{"https://two.example.com", "two", "staging", "/app", "infisical-two"}
	tests := []struct {
		name    string
		held    []*unstructured.Unstructured
		given   Desired
		want    place
		problem string
	}{
		{"one store says all", []*unstructured.Unstructured{one}, Desired{}, fromOne, ""},
		{"another provider's store says nothing", []*unstructured.Unstructured{one, vault}, Desired{}, fromOne, ""},
		{"what is given wins", []*unstructured.Unstructured{one}, Desired{Environment: "dev", Path: "/"},
			place{"https://one.example.com", "one", "dev", "/", "infisical-one"}, ""},
		{"two stores", []*unstructured.Unstructured{one, two}, Desired{}, place{}, "2 stores for Infisical; say which one with --store or --project"},
		{"the store is named", []*unstructured.Unstructured{one, two}, Desired{Store: "infisical-two"}, fromTwo, ""},
		{"the project is named", []*unstructured.Unstructured{one, two}, Desired{Project: "two"}, fromTwo, ""},
		{"a new project needs a host", []*unstructured.Unstructured{one}, Desired{Project: "new"}, place{}, "--host must be given"},
		{"a new project with a host", []*unstructured.Unstructured{one}, Desired{Project: "new", Host: "https://h"},
			place{"https://h", "new", "prod", "/", "infisical-new"}, ""},
		{"no store", nil, Desired{}, place{}, "--host and --project must be given"},
		{"only another provider's store", []*unstructured.Unstructured{vault}, Desired{}, place{}, "--host and --project must be given"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Runner{Desired: tt.given, Dynamic: clustertest.Dynamic(tt.held...)}
			err := r.Remember(t.Context())
			if tt.problem != "" {
				if !isInput(err) || !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("error = %v, want %q", err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, placeOf(r.Desired)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRememberBeforeESOIsInstalled(t *testing.T) {
	c := newCluster()
	clustertest.Refuse(&c.dynamic.Fake, "list", "clustersecretstores", clustertest.NoSuchResource("clustersecretstores"))
	c.Desired.Host, c.Desired.Project = "https://h", "p"
	if err := c.Remember(t.Context()); err != nil || c.Desired.Store != "infisical-p" {
		t.Errorf("store %q, %v", c.Desired.Store, err)
	}
}

func TestRememberWithoutTheRightIsNoEmptyCluster(t *testing.T) {
	c := newCluster()
	clustertest.Refuse(&c.dynamic.Fake, "list", "clustersecretstores", clustertest.Forbidden("clustersecretstores"))
	c.Desired.Host, c.Desired.Project = "https://h", "p"
	if err := c.Remember(t.Context()); !apierrors.IsForbidden(err) || !strings.HasPrefix(err.Error(), "list ClusterSecretStores") {
		t.Errorf("error = %v", err)
	}
}
