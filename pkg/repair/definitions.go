package repair

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// definitionPatience is how long a definition may take to be gone after nothing holds its objects any more.
const definitionPatience = time.Minute

var secretsResource = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// terminating judges the definitions that are being deleted. Kubernetes has begun to delete all their objects, which cannot be undone.
func (r *Repairer) terminating(ctx context.Context, s *state) ([]Finding, error) {
	var findings []Finding
	var kinds []eso.Kind
	for _, d := range s.definitions {
		if d.GetDeletionTimestamp() == nil {
			continue
		}
		if kinds == nil {
			var err error
			if kinds, err = eso.Kinds(r.Typed.Discovery()); err != nil {
				return nil, err
			}
		}
		f, err := r.terminatingOne(ctx, s, d.GetName(), kinds)
		if err != nil {
			return nil, err
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func (r *Repairer) terminatingOne(ctx context.Context, s *state, name string, kinds []eso.Kind) (Finding, error) {
	f := Finding{Code: "EI257", Object: "customresourcedefinition/" + name, Problem: "it is being deleted, and all its objects with it"}
	plural, group, _ := strings.Cut(name, ".")
	var kind *eso.Kind
	for i := range kinds {
		if kinds[i].Resource.Resource == plural && kinds[i].Resource.Group == group {
			kind = &kinds[i]
		}
	}
	var err error
	if kind != nil {
		f.Held, err = r.holders(ctx, *kind)
	}
	if err != nil {
		return f, err
	}
	f.Repair = "wait until ESO's controller has let its objects go"
	if len(f.Held) > 0 && !s.controllerWorks() {
		f.Problem += fmt.Sprintf(", which %d of them do not: ESO's controller does not run that would take their finalizers away", len(f.Held))
		f.Repair = "take ESO's finalizers from these objects; Secrets that they own are taken from them before, so that the Secrets stay; " +
			"if ESO's webhook refuses that since it does not run, its configurations are deleted"
		f.Risk = "these objects are gone then, as they have been since the definition was deleted; have their manifests ready to apply them again"
	}
	work := kind
	f.mend, f.rights = func(ctx context.Context) error { return r.finish(ctx, s, name, work) }, r.toFinish(s, kind)
	return f, nil
}

// holders are the objects whose finalizers keep a definition from going.
func (r *Repairer) holders(ctx context.Context, kind eso.Kind) ([]string, error) {
	var held []string
	err := kube.EachPage(ctx, r.Metadata(kind.Resource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if finalizers := page[i].GetFinalizers(); len(finalizers) > 0 {
				held = append(held, fmt.Sprintf("%s %s (%s)", kind.Name, strings.TrimPrefix(page[i].GetNamespace()+"/"+page[i].GetName(), "/"), strings.Join(finalizers, ", ")))
			}
		}
		return nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("look at what holds %s: %w", kind.Resource.GroupResource(), err)
	}
	return held, nil
}

// definitionRound is how long a definition is waited for before its objects are looked at again: Kubernetes begins to delete them one by one.
const definitionRound = 3 * time.Second

// finish lets the deletion of a definition come to its end.
func (r *Repairer) finish(ctx context.Context, s *state, name string, kind *eso.Kind) error {
	ctx, cancel := context.WithTimeout(ctx, definitionPatience)
	defer cancel()
	for {
		if kind != nil && !s.controllerWorks() {
			if err := r.letGo(ctx, s, *kind); err != nil {
				return err
			}
		}
		gone, err := r.awaitDefinition(ctx, name)
		if gone {
			return nil
		}
		if ctx.Err() != nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return r.heldBack(context.WithoutCancel(ctx), name, kind, err)
		}
	}
}

// awaitDefinition waits for one round.
func (r *Repairer) awaitDefinition(ctx context.Context, name string) (gone bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, definitionRound)
	defer cancel()
	err = kube.Until(ctx, []kube.Source{kube.Named(r.Metadata(crds.Resource, metav1.NamespaceAll), name)}, func(seen []kube.Seen) (bool, error) {
		obj := seen[0].First()
		if obj != nil && obj.GetDeletionTimestamp() != nil {
			r.Progress("waiting for customresourcedefinition/" + name + " to be gone")
			return false, nil
		}
		return true, nil
	})
	return err == nil, err
}

// heldBack says what still holds a definition.
func (r *Repairer) heldBack(ctx context.Context, name string, kind *eso.Kind, err error) error {
	what := "wait for customresourcedefinition/" + name + " to be gone"
	if kind == nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	held, listErr := r.holders(ctx, *kind)
	if listErr != nil || len(held) == 0 {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s, which is held by %s: %w", what, strings.Join(held, ", "), err)
}

// letGo does what ESO's controller would for the objects that are being deleted, but for deleting their Secrets.
func (r *Repairer) letGo(ctx context.Context, s *state, kind eso.Kind) error {
	if kind.Name == "ExternalSecret" {
		if err := r.keepSecrets(ctx, kind); err != nil {
			return err
		}
	}
	return r.release(ctx, s, kind)
}

// keepSecrets takes every Secret from the ExternalSecret that owns it, also where that is not marked as deleted yet: with its definition,
// all are going to be, one after the other, and release may find more of them marked than could be seen here.
func (r *Repairer) keepSecrets(ctx context.Context, kind eso.Kind) error {
	going := map[string]bool{}
	err := kube.EachPage(ctx, r.Metadata(kind.Resource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			going[string(page[i].GetUID())] = true
		}
		return nil
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for ExternalSecrets that go with their definition: %w", err)
	}
	err = kube.EachPage(ctx, r.Metadata(secretsResource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			index := eso.OwningReference(&page[i])
			if index < 0 || !going[string(page[i].GetOwnerReferences()[index].UID)] {
				continue
			}
			if err := eso.LetGo(ctx, r.Typed, &page[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the Secrets of ExternalSecrets that go with their definition: %w", err)
	}
	return nil
}

// release takes ESO's finalizers from the objects of a kind. Where ESO's webhook would have to allow that and cannot be asked, its
// configurations go; they come back with the release.
func (r *Repairer) release(ctx context.Context, s *state, kind eso.Kind) error {
	err := kube.EachPage(ctx, r.Metadata(kind.Resource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if page[i].GetDeletionTimestamp() == nil {
				continue
			}
			err := eso.DropFinalizers(ctx, r.Dynamic, kind.Resource, &page[i])
			var named *cause.Error
			if errors.As(err, &named) && cause.WebhookNotYetReachable(err.Error()) {
				if err = r.silence(ctx, s); err == nil {
					err = eso.DropFinalizers(ctx, r.Dynamic, kind.Resource, &page[i])
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
