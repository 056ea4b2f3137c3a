package uninstall

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Run carries the plan out, and at last looks for what is left of it. Begun again after an interruption, with a new plan, it does the rest.
// Check and RequireRights come first.
func (u *Uninstaller) Run(ctx context.Context, p *Plan) (left []Item, err error) {
	steps := []func(context.Context, *Plan) error{
		u.silenceWebhook, u.keepIfTold, u.markNamespace, u.removeCustomResources, u.removeRelease,
		u.removeItems(func(p *Plan) []Item { return p.Webhooks }),
		u.removeItems(func(p *Plan) []Item { return p.Definitions }),
		u.removeItems(func(p *Plan) []Item { return p.Own }),
		u.removeNamespaces,
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step(ctx, p); err != nil {
			return nil, err
		}
	}
	return u.leftovers(ctx, p)
}

func (u *Uninstaller) keepIfTold(ctx context.Context, p *Plan) error {
	if !u.KeepSecrets {
		return nil
	}
	return u.keepSecrets(ctx, p)
}

// markNamespace writes on the namespace that it is this program's, before the release goes by which that is known, so that the next run knows.
func (u *Uninstaller) markNamespace(ctx context.Context, p *Plan) error {
	if !p.made || p.Release.Absent() {
		return nil
	}
	patch := fmt.Sprintf(`{"metadata":{"labels":{%q:%q}}}`, kube.ManagedByLabel, kube.FieldManager)
	_, err := u.Typed.CoreV1().Namespaces().Patch(ctx, u.Namespace, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: kube.FieldManager})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("mark namespace %s as made by this program: %w", u.Namespace, err)
	}
	return nil
}

// silenceWebhook lets ESO's webhook configurations go first where the webhook does not answer and --force-finalizers was given: they would
// refuse every deletion, every finalizer that is taken away, and that ExternalSecrets are told to own no Secret.
func (u *Uninstaller) silenceWebhook(ctx context.Context, p *Plan) error {
	if !p.silence {
		return nil
	}
	return u.removeItems(func(p *Plan) []Item { return p.Webhooks })(ctx, p)
}

func (u *Uninstaller) removeCustomResources(ctx context.Context, p *Plan) error {
	for s := makers; s <= generators; s++ {
		if err := u.removeStage(ctx, p, s); err != nil {
			return err
		}
	}
	if u.KeepSecrets {
		if err := u.stillThere(ctx, p); err != nil {
			return err
		}
	}
	return u.refuseNewcomers(ctx)
}

// refuseNewcomers stops before the controller goes if there are custom resources again: nobody could delete them any more.
func (u *Uninstaller) refuseNewcomers(ctx context.Context) error {
	kinds, err := u.discover()
	if err != nil {
		return err
	}
	var found []string
	for i := range kinds {
		if err := u.fill(ctx, &kinds[i]); err != nil && !apierrors.IsForbidden(err) {
			return fmt.Errorf("look for new %s objects: %w", kinds[i].Name, err)
		}
		for _, c := range kinds[i].Objects {
			found = append(found, reference(kinds[i].Name, c.Namespace, c.Name))
		}
	}
	if len(found) > 0 {
		return &NewcomersError{found}
	}
	return nil
}

// NewcomersError names custom resources that were made while the others were deleted. The release is still there.
type NewcomersError struct{ Objects []string }

func (e *NewcomersError) Error() string {
	return "uninstall the release: there are custom resources again: " + strings.Join(e.Objects, ", ") +
		"; stop what makes them, such as a GitOps tool, and run the same command again"
}

// stillThere sees that the Secrets have outlived their ExternalSecrets.
func (u *Uninstaller) stillThere(ctx context.Context, p *Plan) error {
	owned, problems := map[string]Secret{}, problems{}
	for _, s := range p.Secrets {
		if s.ExternalSecret != "" {
			owned[s.Namespace+"/"+s.Name] = s
		}
	}
	if err := u.verifyKept(ctx, owned, &problems); err != nil || len(problems.list) == 0 {
		return err
	}
	return fmt.Errorf("the ExternalSecrets are gone, and not all of their Secrets are as they were: %v", problems.list)
}

func (u *Uninstaller) removeRelease(ctx context.Context, p *Plan) error {
	if p.Release.Absent() {
		return nil
	}
	u.Progress("uninstalling Helm release " + u.Release)
	return u.Releases.Uninstall(ctx, u.Release)
}

// removeItems deletes those that go, one by one, and waits until they are gone.
func (u *Uninstaller) removeItems(of func(*Plan) []Item) func(context.Context, *Plan) error {
	return func(ctx context.Context, p *Plan) error {
		u.announce(p.going(of(p)))
		for _, item := range p.going(of(p)) {
			if err := u.removeItem(ctx, item); err != nil {
				return err
			}
		}
		for _, item := range p.going(of(p)) {
			if err := u.awaitItem(ctx, item); err != nil {
				return err
			}
		}
		return nil
	}
}

// announced is how many items a line of progress names.
const announced = 3

func (u *Uninstaller) announce(items []Item) {
	var names []string
	for _, i := range items[:min(announced, len(items))] {
		names = append(names, i.String())
	}
	if more := len(items) - announced; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	if len(names) > 0 {
		u.Progress("deleting " + strings.Join(names, ", "))
	}
}

// removeItem deletes the very object that was planned; another of its name stays.
func (u *Uninstaller) removeItem(ctx context.Context, item Item) error {
	err := u.Dynamic.Resource(item.resource).Namespace(item.Namespace).Delete(ctx, item.Name,
		metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &item.uid}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("delete %s: %w", item, err)
	}
	return nil
}

func (u *Uninstaller) awaitItem(ctx context.Context, item Item) error {
	holding := ""
	err := kube.Until(ctx, []kube.Source{kube.Named(u.Dynamic.Resource(item.resource).Namespace(item.Namespace), item.Name)}, func(seen []kube.Seen) (bool, error) {
		obj := seen[0].First()
		if obj == nil || obj.GetUID() != item.uid {
			return true, nil
		}
		holding = kube.Terminating(obj)
		u.Progress("waiting for " + item.String() + " to be gone" + holding)
		return false, nil
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("wait for %s to be gone%s: %w", item, holding, err)
	}
	return nil
}

// settling is how long what goes by itself after the release, such as its pods, may take to leave the namespace.
const settling = 90 * time.Second

// removeNamespaces deletes those that are empty now. One that others have put something into meanwhile stays.
func (u *Uninstaller) removeNamespaces(ctx context.Context, p *Plan) error {
	for i := range p.Namespaces {
		item := &p.Namespaces[i]
		if item.Fate != Deleted {
			continue
		}
		foreign, err := u.foreign(ctx, p, item.Name)
		if err != nil {
			return err
		}
		if foreign != "" {
			item.Fate, item.Reason = Kept, foreign
			continue
		}
		if err := u.removeItem(ctx, *item); err != nil {
			return err
		}
	}
	u.announce(p.going(p.Namespaces))
	waiting, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	for _, item := range p.going(p.Namespaces) {
		if err := u.awaitItem(waiting, item); err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			return err
		}
	}
	return nil
}
