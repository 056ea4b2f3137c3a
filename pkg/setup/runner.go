package setup

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Releases is what the steps need of Helm.
type Releases interface {
	Get(name string) (helm.Release, error)
	Install(ctx context.Context, name string, ch *helm.Chart, values map[string]any) (helm.Release, error)
	Resume(ctx context.Context, name string, ch *helm.Chart, values map[string]any) (helm.Release, error)
}

// Runner carries out steps against one cluster.
type Runner struct {
	Desired  Desired
	Dynamic  dynamic.Interface
	Typed    kubernetes.Interface
	Releases Releases
	// Progress receives one line whenever what a step waits for changes.
	Progress func(string)
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
	store, found, err := r.existingStore(ctx)
	if err != nil {
		return err
	}
	d := &r.Desired
	if found {
		fill(&d.Host, store.Host)
		fill(&d.Project, store.Project)
		fill(&d.Environment, store.Environment)
		fill(&d.Path, store.Path)
		fill(&d.Store, store.Name)
	}
	return d.complete()
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func (r *Runner) existingStore(ctx context.Context) (eso.Store, bool, error) {
	list, err := r.Dynamic.Resource(eso.ClusterSecretStores).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return eso.Store{}, false, nil // ESO's CRDs are not there yet.
	}
	if err != nil {
		return eso.Store{}, false, fmt.Errorf("list ClusterSecretStores: %w", err)
	}
	var matching []eso.Store
	for i := range list.Items {
		if s, ok := eso.ReadStore(&list.Items[i]); ok && r.meant(s) {
			matching = append(matching, s)
		}
	}
	switch len(matching) {
	case 0:
		return eso.Store{}, false, nil
	case 1:
		return matching[0], true, nil
	default:
		return eso.Store{}, false, &InputError{Problem: fmt.Sprintf(
			"the cluster has %d stores for Infisical; say which one with --store or --project", len(matching))}
	}
}

func (r *Runner) meant(s eso.Store) bool {
	d := r.Desired
	if d.Store != "" {
		return s.Name == d.Store
	}
	return d.Project == "" || s.Project == d.Project
}
