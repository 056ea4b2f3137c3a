package setup

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
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
		{"two stores", []*unstructured.Unstructured{one, two}, Desired{}, place{}, "say which one with --store or --project"},
		{"the store is named", []*unstructured.Unstructured{one, two}, Desired{Store: "infisical-two"}, fromTwo, ""},
		{"the project is named", []*unstructured.Unstructured{one, two}, Desired{Project: "two"}, fromTwo, ""},
		{"a new project is taken to be on the one host", []*unstructured.Unstructured{one}, Desired{Project: "new"},
			place{"https://one.example.com", "new", "prod", "/", "infisical-new"}, ""},
		{"a new project among several stores needs a host", []*unstructured.Unstructured{one, two}, Desired{Project: "new"}, place{}, "so --host must be given"},
		{"a new store needs a project", []*unstructured.Unstructured{one}, Desired{Store: "new"}, place{}, "so --project must be given"},
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

func TestReferencesAreRemembered(t *testing.T) {
	withCA, withoutCA := store("p"), store("p")
	withCA.Credentials, withCA.CA = eso.Reference{Namespace: "vault", Name: "creds"}, eso.CASource{Reference: eso.Reference{Namespace: "certs", Name: "root"}, Secret: true}
	mine := eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "mine"}}
	withoutCA.Credentials = withCA.Credentials
	tests := []struct {
		name               string
		held               eso.Store
		given              Desired
		wantSecret         eso.Reference
		wantSource, wantCA eso.CASource
	}{
		{"both", withCA, Desired{}, withCA.Credentials, withCA.CA, withCA.CA},
		{"a store without a CA", withoutCA, Desired{}, withCA.Credentials, defaultCA, eso.CASource{}},
		{"a Secret that is given wins", withCA, Desired{Credentials: eso.Reference{Name: "mine"}},
			eso.Reference{Namespace: "external-secrets", Name: "mine"}, withCA.CA, withCA.CA},
		{"a ConfigMap that is given wins", withCA, Desired{CA: eso.CASource{Reference: eso.Reference{Name: "mine"}}},
			withCA.Credentials, mine, mine},
		{"another project's store has its own", withCA, Desired{Project: "new"}, eso.Reference{Namespace: "external-secrets", Name: "infisical-eso-creds"},
			defaultCA, eso.CASource{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(tt.held.Object())
			tt.given.Namespace = "external-secrets"
			c.Desired = tt.given
			if err := c.Remember(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := c.Desired.Secret(); got != tt.wantSecret {
				t.Errorf("Secret %+v, want %+v", got, tt.wantSecret)
			}
			if got := c.Desired.Authority(); got != tt.wantSource {
				t.Errorf("CA %+v, want %+v", got, tt.wantSource)
			}
			desired, err := c.desiredStore(t.Context(), nil)
			if err != nil || desired.Credentials != tt.wantSecret || desired.CA != tt.wantCA {
				t.Errorf("the store would be %+v, %v", desired, err)
			}
		})
	}
}

func TestTheStoreIsReadWithoutDemands(t *testing.T) {
	c := newCluster()
	before := c.Desired
	if err := c.fromStore(t.Context()); err != nil || !reflect.DeepEqual(c.Desired, before) {
		t.Errorf("got %+v, %v", c.Desired, err)
	}
	c = newCluster(store("one").Object(), store("two").Object())
	if err := c.fromStore(t.Context()); !isInput(err) {
		t.Errorf("two stores: %v", err)
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
