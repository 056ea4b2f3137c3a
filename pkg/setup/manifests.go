package setup

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/authority"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// Manifests are what the steps put into a cluster, but for the credentials, for those who let another tool apply it.
type Manifests struct {
	Chart  helm.Source
	Values map[string]any
	// CA holds the server's CA, nil for none, and Store is the store.
	CA, Store *unstructured.Unstructured
	// Credentials is the Secret that the store refers to, and Authority what it takes the CA from, if it does.
	Credentials eso.Reference
	Authority   eso.CASource
	// Unwritten are the names of values that the cluster's release has and these lack. Values may hold secrets, so that none is taken from there.
	Unwritten []string
}

// Told reports whether the place in Infisical was given, so that no cluster needs to be asked.
func (d *Desired) Told() bool { return d.Host != "" && d.Project != "" }

// Manifests renders what was given; ca is the server's CA, or nil.
func (d Desired) Manifests(ctx context.Context, ca *trust.Bundle) (Manifests, error) {
	if err := d.complete(); err != nil {
		return Manifests{}, err
	}
	store := eso.Store{Namespace: d.StoreNamespace, Name: d.Store, Host: d.Host, Project: d.Project, Environment: d.Environment, Path: d.Path,
		Auth: d.Auth, Credentials: d.Secret()}
	d.StoreOptions.apply(&store)
	if !d.StoreOptions.NoCA && (ca != nil || d.CA.Name != "") {
		store.CA = d.Authority()
	}
	return d.manifests(ctx, store, ca)
}

// Manifests renders what the cluster holds, with what was given in its place.
func (r *Runner) Manifests(ctx context.Context) (Manifests, error) {
	if err := r.Remember(ctx); err != nil {
		return Manifests{}, err
	}
	held, err := r.heldStore(ctx)
	if err != nil {
		return Manifests{}, err
	}
	store, err := r.desiredStore(ctx, held)
	if err != nil {
		return Manifests{}, err
	}
	ca := r.CA
	if ca == nil && store.CA.Name != "" {
		bundle, err := r.heldCA(ctx, store.CA)
		if err != nil {
			return Manifests{}, err
		}
		ca = &bundle
	}
	release, err := r.Releases.Get(r.Desired.Release)
	if err != nil {
		return Manifests{}, fmt.Errorf("look up the release %s: %w; with --host and --project, no cluster is asked", r.Desired.Release, err)
	}
	m, err := r.Desired.manifests(ctx, store, ca)
	if r.Desired.Chart.Version == "" && !r.Desired.Chart.Pinned() && release.ChartVersion != "" {
		m.Chart.Version = release.ChartVersion
	}
	for name, value := range release.Values {
		if !equality.Semantic.DeepEqual(value, m.Values[name]) {
			m.Unwritten = append(m.Unwritten, name)
		}
	}
	slices.Sort(m.Unwritten)
	return m, err
}

func (d *Desired) manifests(ctx context.Context, store eso.Store, ca *trust.Bundle) (Manifests, error) {
	given, err := d.values(ctx)
	if err != nil {
		return Manifests{}, err
	}
	m := Manifests{Chart: d.source(), Values: helm.Overlay(eso.ChartValues(), given), Store: store.Object(), Credentials: store.Credentials, Authority: store.CA}
	if ca != nil && store.CA.Name != "" {
		m.CA = authority.Object(store.CA, *ca)
	}
	return m, nil
}

// Referred names an object that the store refers to.
type Referred struct{ Resource, Namespace, Name string }

// Referred are the Secret with the credentials and what holds the CA.
func (d *Desired) Referred() []Referred {
	secret, ca := d.Secret(), d.Authority()
	return []Referred{{"secrets", secret.Namespace, secret.Name}, {ca.Resource().Resource, ca.Namespace, ca.Name}}
}
