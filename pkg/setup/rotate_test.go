package setup

import (
	"slices"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
)

func TestAnAdministratorsAccessGoesToOneServer(t *testing.T) {
	of := func(name, host string) *cluster {
		second := eso.Store{Name: name, Host: host, Project: "p", Environment: "prod", Path: "/",
			Credentials: eso.Reference{Namespace: "external-secrets", Name: "creds-" + name}}
		first := second
		first.Name, first.Host, first.Credentials.Name = "first", "https://one.example.com", "creds-first"
		return newCluster(first.Object(), second.Object())
	}
	all := Rotation{AllStores: true}
	if plans, err := of("second", "https://one.example.com").RotationPlans(t.Context(), all); err != nil || len(plans) != 2 {
		t.Errorf("one server: %d plans, %v", len(plans), err)
	}
	other := of("second", "https://two.example.com")
	if _, err := other.RotationPlans(t.Context(), all); !isInput(err) || !strings.Contains(err.Error(), "two.example.com") {
		t.Errorf("two servers: %v", err)
	}
	if _, err := other.RotationPlans(t.Context(), Rotation{AllStores: true, NewPair: &infisical.UniversalAuth{}}); err != nil {
		t.Errorf("two servers, and no access to send: %v", err)
	}
}

func TestARotationKnowsTheSecretStoresOfTheSecret(t *testing.T) {
	shared := eso.Reference{Namespace: "external-secrets", Name: "creds"}
	cluster := eso.Store{Name: "s", Host: "https://h", Project: "p", Environment: "prod", Path: "/", Credentials: shared}
	beside, elsewhere := cluster, cluster
	beside.Namespace, elsewhere.Namespace = "external-secrets", "team"
	elsewhere.Credentials.Namespace = "team"
	c := newCluster(cluster.Object(), beside.Object(), elsewhere.Object())
	plans, err := c.RotationPlans(t.Context(), Rotation{})
	if err != nil || len(plans) != 1 {
		t.Fatalf("%+v, %v", plans, err)
	}
	if want := []eso.StoreKey{cluster.Key(), beside.Key()}; !slices.Equal(plans[0].Stores, want) {
		t.Errorf("stores %v, want %v", plans[0].Stores, want)
	}
}
