package uninstall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// gonePatience is how long nothing may go while deleted objects are waited for.
const gonePatience = 45 * time.Second

// HeldError says that deleted objects do not go, and what holds them.
type HeldError struct {
	Kind string
	// Objects are named with their finalizers.
	Objects []string
	// Forced is set when ESO's finalizers have been taken away already.
	Forced bool
}

func (e *HeldError) Error() string {
	advice := "look at what ESO's controller says of them, or take ESO's finalizers away with --force-finalizers"
	if e.Forced {
		advice = "ESO's finalizers have been taken away; see that whoever has set the others lets the objects go"
	}
	return fmt.Sprintf("wait for %s objects to be gone: these are held by their finalizers: %s; %s", e.Kind, strings.Join(e.Objects, ", "), advice)
}

// removeStage deletes the objects of one stage and waits until they are gone.
func (u *Uninstaller) removeStage(ctx context.Context, p *Plan, s stage) error {
	var kinds []Kind
	for _, k := range p.Kinds {
		if k.stage == s {
			kinds = append(kinds, k)
		}
	}
	for _, k := range kinds {
		if err := u.deleteAll(ctx, p, k); err != nil {
			return err
		}
	}
	for _, k := range kinds {
		if err := u.awaitGone(ctx, p, k); err != nil {
			return err
		}
	}
	return nil
}

// deleteAll deletes what there is now, which may be more than when the plan was made, but for what nobody was told of: objects of others
// that have come since are named by the last look.
func (u *Uninstaller) deleteAll(ctx context.Context, p *Plan, k Kind) error {
	u.Progress(fmt.Sprintf("deleting %d %s objects", len(k.Objects), k.Name))
	planned := map[string]bool{}
	for _, c := range k.Objects {
		planned[c.Namespace+"/"+c.Name] = true
	}
	err := kube.EachPage(ctx, u.reader(k), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(requests)
		for i := range page {
			obj := &page[i]
			if obj.GetDeletionTimestamp() == nil && planned[obj.GetNamespace()+"/"+obj.GetName()] {
				group.Go(func() error { return u.delete(ctx, p, k, obj) })
			}
		}
		return group.Wait()
	})
	if apierrors.IsNotFound(err) {
		return nil // the kind has gone
	}
	return err
}

// delete deletes one object. Where Secrets are to be kept, an ExternalSecret goes only in a state in which it owns none.
func (u *Uninstaller) delete(ctx context.Context, p *Plan, k Kind, obj *unstructured.Unstructured) error {
	what := "delete " + reference(k.Name, obj.GetNamespace(), obj.GetName())
	uid := obj.GetUID()
	options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}}
	if u.KeepSecrets && k.Name == "ExternalSecret" {
		if ownsAgain(p, obj) {
			return &KeepError{[]string{fmt.Sprintf("%s/%s: something has set the creationPolicy of its ExternalSecret back, %s",
				obj.GetNamespace(), obj.GetName(), "most likely a GitOps tool; change it there")}}
		}
		version := obj.GetResourceVersion()
		options.Preconditions.ResourceVersion = &version
	}
	api := u.Dynamic.Resource(k.resource).Namespace(obj.GetNamespace())
	err := api.Delete(ctx, obj.GetName(), options)
	changed := apierrors.IsConflict(err) && options.Preconditions.ResourceVersion != nil
	if !changed {
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			return nil // another object of that name is not ours to delete
		}
		return eso.Explain(what, err)
	}
	again, err := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && again.GetUID() != uid {
		return nil
	}
	if err != nil {
		return eso.Explain(what, err)
	}
	return u.delete(ctx, p, k, again)
}

// ownsAgain reports whether an ExternalSecret that owned a Secret is no longer told to own none.
func ownsAgain(p *Plan, obj *unstructured.Unstructured) bool {
	policy, _, _ := unstructured.NestedString(obj.Object, "spec", "target", "creationPolicy")
	owned := slices.ContainsFunc(p.Secrets, func(s Secret) bool { return s.Namespace == obj.GetNamespace() && s.ExternalSecret == obj.GetName() })
	return owned && policy != orphan
}

var errHeld = errors.New("nothing goes any more")

// awaitGone waits until the planned objects of a kind are gone. If it was told to, it takes ESO's finalizers away: at once where no
// controller would, else from those that the controller has not let go for a while.
func (u *Uninstaller) awaitGone(ctx context.Context, p *Plan, k Kind) error {
	var held *HeldError
	if p.controller || !u.ForceFinalizers {
		if err := u.awaitLeaving(ctx, k); !errors.As(err, &held) || !u.ForceFinalizers {
			return err
		}
	}
	if err := u.release(ctx, k); err != nil {
		return err
	}
	err := u.awaitLeaving(ctx, k)
	if errors.As(err, &held) {
		held.Forced = true
	}
	return err
}

// awaitLeaving waits until the planned objects of a kind are gone. Where nothing goes for a while it fails with a *HeldError.
func (u *Uninstaller) awaitLeaving(ctx context.Context, k Kind) error {
	planned := map[string]bool{}
	for _, c := range k.Objects {
		planned[c.Namespace+"/"+c.Name+"/"+string(c.uid)] = true
	}
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := time.AfterFunc(gonePatience, func() { cancel(errHeld) })
	defer patience.Stop()
	var left []string
	err := kube.Until(waiting, []kube.Source{{Client: u.Metadata(k.resource, metav1.NamespaceAll)}}, func(seen []kube.Seen) (bool, error) {
		var now []string
		for _, obj := range seen[0].Objects {
			if planned[obj.GetNamespace()+"/"+obj.GetName()+"/"+string(obj.GetUID())] {
				now = append(now, reference(k.Name, obj.GetNamespace(), obj.GetName())+" ("+strings.Join(obj.GetFinalizers(), ", ")+")")
			}
		}
		if len(now) != len(left) {
			patience.Reset(gonePatience)
		}
		if left = now; len(left) > 0 {
			u.Progress(fmt.Sprintf("waiting for %d %s objects to be gone", len(left), k.Name))
		}
		return len(left) == 0, nil
	})
	switch {
	case err == nil, apierrors.IsNotFound(err):
		return nil
	case errors.Is(context.Cause(waiting), errHeld):
		return &HeldError{Kind: k.Name, Objects: left}
	}
	return fmt.Errorf("wait for %s objects to be gone: %w (still there: %s)", k.Name, err, strings.Join(left, ", "))
}
