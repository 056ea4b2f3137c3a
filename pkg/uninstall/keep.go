package uninstall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// letGoPatience is how long ESO may let nothing go before the rest is taken from its ExternalSecrets by hand. ESO does not look again at one
// that is fetched once only, and cannot at one whose store fails.
const letGoPatience = 15 * time.Second

// orphan is the creation policy under which no ExternalSecret owns its Secret.
const orphan = "Orphan"

// KeepError says which Secrets could not be made to stay. No Secret has been deleted; policies of ExternalSecrets
// may have been changed.
type KeepError struct{ Problems []string }

func (e *KeepError) Error() string {
	return "keep the Secrets: no Secret has been deleted, and these could not be made to stay: " + strings.Join(e.Problems, "; ") +
		"; their ExternalSecrets and ClusterExternalSecrets may have creationPolicy Orphan and deletionPolicy Retain by now: set these back if ESO is to stay"
}

// keepSecrets takes every Secret from the ExternalSecret that owns it, and sees that it is the same as before. The ExternalSecrets are told
// so also where no controller works: one that crashes again and again may live long enough to take its Secrets back.
func (u *Uninstaller) keepSecrets(ctx context.Context, p *Plan) error {
	owned := map[string]Secret{}
	for _, s := range p.Secrets {
		if s.ExternalSecret != "" {
			owned[s.Namespace+"/"+s.Name] = s
		}
	}
	if len(owned) == 0 {
		return nil
	}
	var problems problems
	if err := u.makeOrphans(ctx, p, owned, &problems); err != nil {
		return err
	}
	if len(problems.list) > 0 {
		return &KeepError{problems.list}
	}
	if p.controller {
		if err := u.awaitLetGo(ctx, owned); err != nil {
			return err
		}
	}
	if err := u.letGo(ctx, owned, &problems); err != nil {
		return err
	}
	if err := u.verifyKept(ctx, owned, &problems); err != nil {
		return err
	}
	if len(problems.list) > 0 {
		return &KeepError{problems.list}
	}
	return nil
}

// problems collects what went wrong, from several requests at once.
type problems struct {
	mu   sync.Mutex
	list []string
}

func (p *problems) add(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, fmt.Sprintf(format, args...))
}

// makeOrphans changes the policy where it is said: in a ClusterExternalSecret for those that it makes, in the ExternalSecret for all others.
// It also makes ESO look at them.
func (u *Uninstaller) makeOrphans(ctx context.Context, p *Plan, owned map[string]Secret, problems *problems) error {
	u.Progress("taking Secrets from their ExternalSecrets")
	owners := map[string]bool{}
	for _, s := range owned {
		owners[s.Namespace+"/"+s.ExternalSecret] = true
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(requests)
	for _, k := range p.Kinds {
		for _, c := range k.Objects {
			switch {
			case k.Name == "ClusterExternalSecret":
			case k.Name != "ExternalSecret" || !owners[c.Namespace+"/"+c.Name]:
				continue
			}
			group.Go(func() error {
				err := u.makeOrphan(ctx, k, c)
				if err != nil && ctx.Err() == nil {
					problems.add("%v", err)
				}
				return ctx.Err()
			})
		}
	}
	return group.Wait()
}

func (u *Uninstaller) makeOrphan(ctx context.Context, k Kind, c Custom) error {
	target := map[string]any{"target": map[string]any{"creationPolicy": orphan, "deletionPolicy": "Retain"}}
	fields := map[string]any{"spec": target,
		"metadata": map[string]any{"annotations": map[string]any{"force-sync": time.Now().UTC().Format(time.RFC3339Nano)}}}
	if k.Name == "ClusterExternalSecret" {
		fields = map[string]any{"spec": map[string]any{"externalSecretSpec": target}}
	}
	patch, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	_, err = u.Dynamic.Resource(k.resource).Namespace(c.Namespace).Patch(ctx, c.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return eso.Explain("set the creationPolicy of "+reference(k.Name, c.Namespace, c.Name)+" to "+orphan, err)
}

// managed selects the Secrets that ESO writes.
var managed = metav1.ListOptions{LabelSelector: eso.ManagedLabel + "=true"}

var errPatience = errors.New("ESO lets nothing go any more")

// awaitLetGo waits until ESO has let every Secret go, or lets none go for a while.
func (u *Uninstaller) awaitLetGo(ctx context.Context, owned map[string]Secret) error {
	waiting, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := time.AfterFunc(letGoPatience, func() { cancel(errPatience) })
	defer patience.Stop()
	last := -1
	sources := []kube.Source{{Client: u.Metadata(secretsResource, metav1.NamespaceAll), Options: managed}}
	err := kube.Until(waiting, sources, func(seen []kube.Seen) (bool, error) {
		left := 0
		for _, obj := range seen[0].Objects {
			if _, ours := owned[obj.GetNamespace()+"/"+obj.GetName()]; ours && eso.OwningReference(obj) >= 0 {
				left++
			}
		}
		if left != last {
			last = left
			patience.Reset(letGoPatience)
			u.Progress(fmt.Sprintf("waiting for ESO to let %d Secrets go", left))
		}
		return left == 0, nil
	})
	if errors.Is(context.Cause(waiting), errPatience) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wait for ESO to let the Secrets go: %w", err)
	}
	return nil
}

// letGo takes the owner reference from each Secret that still has one.
func (u *Uninstaller) letGo(ctx context.Context, owned map[string]Secret, problems *problems) error {
	return u.eachOwned(ctx, owned, func(obj *unstructured.Unstructured) {
		if err := eso.LetGo(ctx, u.Typed, obj); err != nil {
			problems.add("secret/%s/%s is still owned by its ExternalSecret: %v", obj.GetNamespace(), obj.GetName(), err)
		}
	})
}

// verifyKept sees that each Secret is there, the same object with the same data, and that nobody owns it.
func (u *Uninstaller) verifyKept(ctx context.Context, owned map[string]Secret, problems *problems) error {
	seen := map[string]bool{}
	err := u.eachOwned(ctx, owned, func(obj *unstructured.Unstructured) {
		key := obj.GetNamespace() + "/" + obj.GetName()
		before := owned[key]
		seen[key] = true
		switch {
		case obj.GetUID() != before.uid:
			problems.add("secret/%s is another object than before", key)
		case obj.GetAnnotations()[eso.DataHashAnnotation] != before.hash:
			problems.add("secret/%s has other data than when the plan was made; run the same command again", key)
		case eso.OwningReference(obj) >= 0:
			problems.add("secret/%s is still owned by its ExternalSecret", key)
		case obj.GetDeletionTimestamp() != nil:
			problems.add("secret/%s is being deleted", key)
		}
	})
	for key := range owned {
		if err == nil && !seen[key] {
			problems.add("secret/%s is gone", key)
		}
	}
	return err
}

// eachOwned visits the metadata of the Secrets as they are now.
func (u *Uninstaller) eachOwned(ctx context.Context, owned map[string]Secret, visit func(*unstructured.Unstructured)) error {
	err := kube.EachPage(ctx, u.Metadata(secretsResource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if _, ours := owned[page[i].GetNamespace()+"/"+page[i].GetName()]; ours {
				visit(&page[i])
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at the Secrets that are to be kept: %w", err)
	}
	return nil
}
