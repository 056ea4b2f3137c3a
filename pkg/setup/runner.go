package setup

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// Releases is what the steps need of Helm.
type Releases interface {
	Get(name string) (helm.Release, error)
	Install(ctx context.Context, op helm.Operation) (helm.Release, error)
	Resume(ctx context.Context, op helm.Operation) (helm.Release, error)
	Capabilities(ctx context.Context) (helm.Capabilities, error)
}

// Runner carries out steps against one cluster.
type Runner struct {
	Desired Desired
	Dynamic dynamic.Interface
	Typed   kubernetes.Interface
	// Metadata reads nothing of objects but their metadata.
	Metadata func(resource schema.GroupVersionResource, namespace string) kube.Reader
	Releases Releases
	Lookout  kube.Lookout
	Verifier *verify.Verifier
	// ClusterName is what the kubeconfig calls the cluster, and ClusterServer its address there.
	ClusterName, ClusterServer string
	// given are the values of the command line once they are read, which standard input can be but once.
	given map[string]any
	// CA is a bundle that was given for this run; nil means what the cluster holds.
	CA *trust.Bundle
	// Progress receives one line whenever what a step waits for changes.
	Progress func(string)
	// Warn receives what people should know and what stops nothing; nil tells nobody.
	Warn func(string)
	// Confirm asks a person; nil stands for a run in which nobody may be asked.
	Confirm func(question string) (bool, error)
}

// Telling is the same runner with its progress told to another. What it finds out and remembers is its own.
func (r *Runner) Telling(progress func(string)) *Runner {
	other := *r
	other.Progress = progress
	if r.Verifier != nil {
		verifier := *r.Verifier
		verifier.Progress = progress
		other.Verifier = &verifier
	}
	return &other
}

// Toward is a runner for the same cluster with another state to reach.
func (r *Runner) Toward(desired Desired) *Runner {
	other := r.Telling(r.Progress)
	other.Desired, other.CA = desired, nil
	return other
}

// Result says what a step did.
type Result struct {
	// Object is what the step is about, as kubectl writes it: kind/name.
	Object  string
	Outcome kube.Outcome
	// Detail is one plain sentence, or empty.
	Detail string
	// Proof says what the test has proved; other steps leave it empty.
	Proof string
	// Notes are to be told beside, one sentence each.
	Notes []string
}

func (r Result) String() string {
	if r.Detail == "" {
		return fmt.Sprintf("%s %s", r.Object, r.Outcome)
	}
	return fmt.Sprintf("%s %s: %s", r.Object, r.Outcome, r.Detail)
}

// Remember fills what was not given from the cluster's own store, so that after the first run no flag is needed. Where several
// stores could be meant, the project or the store must be named.
func (r *Runner) Remember(ctx context.Context) error {
	if err := r.fromStore(ctx); err != nil {
		return err
	}
	return r.Desired.complete()
}

// fromStore is Remember without the demand for Infisical's part.
func (r *Runner) fromStore(ctx context.Context) error {
	stores, err := r.existingStores(ctx)
	if err != nil {
		return err
	}
	d := &r.Desired
	matching := slices.DeleteFunc(slices.Clone(stores), func(s eso.Store) bool { return !r.meant(s) })
	switch {
	case len(matching) > 1:
		return r.several(ctx, matching, "--store or --project")
	case len(matching) == 1:
		store := matching[0]
		fill(&d.Host, store.Host)
		fill(&d.Project, store.Project)
		fill(&d.Environment, store.Environment)
		fill(&d.Path, store.Path)
		fill(&d.Store, store.Name)
		if d.Auth == "" || d.Auth == store.Auth {
			d.Auth = store.Auth
			d.Credentials = remembered(d.Credentials, store.Credentials)
		}
		if d.CA.Name == "" {
			d.CA = store.CA
		}
	case len(stores) == 1:
		// Another project of the same server, most likely.
		fill(&d.Host, stores[0].Host)
	}
	return nil
}

// recall fills a reference that was not given with the one that the stores meant have in common; option names the flag that gives it.
func recall[T comparable](ctx context.Context, r *Runner, ref *T, option string, of func(eso.Store) T) error {
	var none T
	if *ref != none {
		return nil
	}
	stores, err := r.existingStores(ctx)
	if err != nil {
		return err
	}
	for _, s := range stores {
		held := of(s)
		switch {
		case !r.meant(s) || held == none || r.Desired.Auth != "" && s.Auth != r.Desired.Auth:
		case *ref == none:
			*ref = held
		case *ref != held:
			return &InputError{Problem: "the stores in the cluster refer to different objects; say which one with --store or " + option}
		}
	}
	return nil
}

func remembered(given, held eso.Reference) eso.Reference {
	if given.Name == "" {
		return held
	}
	return given
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func (r *Runner) existingStores(ctx context.Context) ([]eso.Store, error) {
	return r.listStores(ctx, eso.StoreKey{Namespace: r.Desired.StoreNamespace}.Kind(), r.Desired.StoreNamespace)
}

func (r *Runner) meant(s eso.Store) bool {
	d := r.Desired
	if d.Store != "" {
		return s.Name == d.Store
	}
	return d.Project == "" || s.Project == d.Project
}
