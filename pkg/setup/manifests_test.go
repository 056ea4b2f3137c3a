package setup

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

func placed() Desired {
	d := Defaults()
	d.Namespace, d.Host, d.Project = DefaultNamespace, "https://infisical.example.com", "p"
	return d
}

func bundle(t *testing.T) *trust.Bundle {
	t.Helper()
	b, err := trust.ParsePEM([]byte(clustertest.CAPEM(t, time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour))), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestManifestsOfWhatWasGiven(t *testing.T) {
	m, err := placed().Manifests(t.Context(), bundle(t))
	if err != nil {
		t.Fatal(err)
	}
	want := eso.Store{Name: "infisical-p", Host: "https://infisical.example.com", Project: "p", Environment: "prod", Path: "/",
		Credentials: eso.Reference{Namespace: "external-secrets", Name: "infisical-eso-creds"},
		CA:          eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "infisical-ca"}}}.Object()
	if !reflect.DeepEqual(m.Store, want) {
		t.Errorf("%v, want %v", m.Store, want)
	}
	if m.CA == nil || m.CA.GetName() != "infisical-ca" || m.Chart.Version != DefaultChartVersion {
		t.Errorf("%+v", m)
	}
}

func TestManifestsWithoutACA(t *testing.T) {
	none := placed()
	none.StoreOptions.NoCA = true
	for name, d := range map[string]Desired{"none given": placed(), "none wanted": none} {
		m, err := d.Manifests(t.Context(), nil)
		if _, refers, _ := unstructured.NestedMap(m.Store.Object, "spec", "provider", "infisical", "caProvider"); err != nil || m.CA != nil || refers {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestManifestsNeedAPlace(t *testing.T) {
	d := placed()
	d.Project = ""
	if _, err := d.Manifests(t.Context(), nil); err == nil || d.Told() {
		t.Errorf("error = %v", err)
	}
}

// What is exported of a cluster is what is in it, with the options that no flag gave.
func TestManifestsOfACluster(t *testing.T) {
	held := store("shop")
	held.Namespaces, held.Recursive = []string{"team-a"}, true
	c := newCluster(held.Object())
	m, err := c.Manifests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in, err := c.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), "infisical-shop", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m.Store.Object["spec"], in.Object["spec"]) {
		t.Errorf("%v, want %v", m.Store.Object["spec"], in.Object["spec"])
	}
}

func TestManifestsHaveTheReleasesVersionAndNoneOfItsValues(t *testing.T) {
	c := newCluster(store("shop").Object())
	c.releases.last = helm.Release{Name: "external-secrets", Status: helm.Deployed, ChartVersion: "2.5.0",
		Values: helm.Overlay(eso.ChartValues(), map[string]any{"extraEnv": canary, "replicaCount": int64(2)})}
	c.Desired.Values.Set = []string{"replicaCount=2"}
	m, err := c.Manifests(t.Context())
	if err != nil || m.Chart.Version != "2.5.0" || !reflect.DeepEqual(m.Unwritten, []string{"extraEnv"}) {
		t.Errorf("%+v, %v", m, err)
	}
	if want := helm.Overlay(eso.ChartValues(), map[string]any{"replicaCount": int64(2)}); !reflect.DeepEqual(m.Values, want) {
		t.Errorf("%v, want %v", m.Values, want)
	}
	c.Desired.Chart.Version = "2.4.2"
	if m, err := c.Manifests(t.Context()); err != nil || m.Chart.Version != "2.4.2" {
		t.Errorf("%+v, %v", m, err)
	}
	c.releases.getErr = errors.New("forbidden")
	if _, err := c.Manifests(t.Context()); err == nil || !strings.Contains(err.Error(), "--host and --project") {
		t.Errorf("error = %v", err)
	}
}
