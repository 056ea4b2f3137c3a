package crds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/retry"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Migration rewrites the objects of one definition, so that none is stored in a version that goes.
type Migration struct {
	Definition string
	// Retire are the stored versions that nothing is to be kept in any more.
	Retire []string
}

// Migrate writes every object back as it is, which makes the API server store it in its present version, and then takes the versions off
// the definition's list of stored ones. It returns how many objects it has gone through. A run that was killed is simply repeated: what has
// been rewritten already costs a request and changes nothing.
func (m Migration) Migrate(ctx context.Context, client dynamic.Interface, progress func(string)) (int, error) {
	what := "migrate the stored objects of " + m.Definition
	d, err := read(ctx, client, m.Definition)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	if slices.Contains(m.Retire, d.Storage()) {
		return 0, fmt.Errorf("%s: the cluster still stores objects as %s", what, d.Storage())
	}
	resource, served := d.Readable()
	if !served {
		return 0, fmt.Errorf("%s: no version of it is served", what)
	}
	var done atomic.Int64
	err = kube.EachPage(ctx, client.Resource(resource), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		err := rewriteAll(ctx, client.Resource(resource), page, &done)
		progress(fmt.Sprintf("rewriting %s: %d objects", d.Name, done.Load()))
		return err
	})
	if err != nil {
		return int(done.Load()), fmt.Errorf("%s: %w", what, err)
	}
	if err := m.prune(ctx, client, d.Storage()); err != nil {
		return int(done.Load()), fmt.Errorf("%s: %w", what, err)
	}
	return int(done.Load()), nil
}

func rewriteAll(ctx context.Context, client dynamic.NamespaceableResourceInterface, page []unstructured.Unstructured, done *atomic.Int64) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range page {
		group.Go(func() error {
			if err := rewrite(ctx, client, &page[i]); err != nil {
				return err
			}
			done.Add(1)
			return nil
		})
	}
	return group.Wait()
}

// rewrite writes the object as it was read. Its resource version is the precondition: somebody else's change is never undone, the object is
// read again instead.
func rewrite(ctx context.Context, client dynamic.NamespaceableResourceInterface, obj *unstructured.Unstructured) error {
	api := client.Namespace(obj.GetNamespace())
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		_, err := api.Update(ctx, obj, metav1.UpdateOptions{FieldManager: kube.FieldManager})
		if !apierrors.IsConflict(err) {
			return err
		}
		fresh, readErr := api.Get(ctx, obj.GetName(), metav1.GetOptions{})
		if readErr != nil {
			return readErr
		}
		obj = fresh
		return err
	})
	if err == nil || apierrors.IsNotFound(err) {
		return nil
	}
	return &RewriteError{Kind: obj.GetKind(), Object: types.NamespacedName{Namespace: obj.GetNamespace(), Name: obj.GetName()}, Err: err}
}

// RewriteError says which object the API server did not take back as it was, such as one that a webhook has come to refuse.
type RewriteError struct {
	Kind   string
	Object types.NamespacedName
	Err    error
}

func (e *RewriteError) Error() string {
	return fmt.Sprintf("rewrite %s %s: %v; correct or delete that object, then run the same command again",
		e.Kind, strings.TrimPrefix(e.Object.String(), "/"), e.Err)
}

func (e *RewriteError) Unwrap() error { return e.Err }

// prune takes the versions off the definition's list, if it still stores what it stored when the rewriting began.
func (m Migration) prune(ctx context.Context, client dynamic.Interface, storage string) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		obj, err := client.Resource(Resource).Get(ctx, m.Definition, metav1.GetOptions{})
		if err != nil {
			return err
		}
		now, err := fromObject(obj)
		if err != nil {
			return err
		}
		if now.Storage() != storage {
			return errors.New("somebody has changed the version that objects are stored in meanwhile; run the same command again")
		}
		left := slices.DeleteFunc(slices.Clone(now.Stored), func(v string) bool { return slices.Contains(m.Retire, v) })
		if len(left) == len(now.Stored) {
			return nil
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"resourceVersion": obj.GetResourceVersion()},
			"status": map[string]any{"storedVersions": left}})
		if err != nil {
			return err
		}
		_, err = client.Resource(Resource).Patch(ctx, m.Definition, types.MergePatchType, patch,
			metav1.PatchOptions{FieldManager: kube.FieldManager}, "status")
		return err
	})
}
