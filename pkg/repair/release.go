package repair

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// pending judges a release that is being installed, upgraded or rolled back, or was when its run died. A repair that was killed itself may have
// recorded it as failed already.
func (r *Repairer) pending(_ context.Context, s *state) ([]Finding, error) {
	if s.content.Status != helm.Pending && !s.content.GivenUp {
		return nil, nil
	}
	whose := "another program's"
	if s.content.Ours {
		whose = "this program's"
	}
	age := r.Now().Sub(s.content.Updated).Round(time.Second)
	f := Finding{Code: "EI203", Object: "release/" + r.Release,
		Problem: fmt.Sprintf("revision %d, %s, is %s since %s", s.content.Revision, whose, s.content.RawStatus, age)}
	if left := s.content.MayLive(r.Now()); left > 0 {
		f.Blocked, f.Repair = true, fmt.Sprintf("a run may still be working on it; wait until it has ended, or for %s more", left.Round(time.Second))
		return []Finding{f}, nil
	}
	f.Repair = "bring the release to an end: back to the revision that was deployed last, or on with the first; custom resource definitions are marked to be kept before"
	if !s.content.Ours {
		f.Risk = "a run elsewhere that has not died goes on beside this one; make sure that none does"
	}
	f.mend, f.rights = func(ctx context.Context) error { return r.settle(ctx, false) }, r.toSettle(s.content.Objects)
	return []Finding{s.unlessKept(f)}, nil
}

// unlessKept blocks what would apply a release again that a GitOps tool keeps: the two would undo each other's work.
func (s *state) unlessKept(f Finding) Finding {
	if owner := s.keeper(); owner != "" {
		f.Code, f.Problem = "EI241", f.Problem+"; the release is kept by "+owner
		f.Blocked, f.Repair, f.Risk, f.mend, f.rights = true, "let that tool mend it, which would undo what is done here", "", nil, nil
	}
	return f
}

// settle applies what the release holds. With missing set, it is done only if something is still missing by then.
func (r *Repairer) settle(ctx context.Context, missing bool) error {
	if missing {
		s, err := r.look(ctx)
		if err != nil {
			return err
		}
		if gone, err := r.gone(ctx, s); err != nil || len(gone) == 0 {
			return err
		}
	}
	definitions, err := crds.InCluster(ctx, r.Dynamic, r.Metadata(crds.Resource, metav1.NamespaceAll), eso.Suffix)
	if err != nil {
		return err
	}
	if _, err := crds.Keep(ctx, r.Dynamic, definitions); err != nil {
		return err
	}
	_, err = r.Releases.Settle(ctx, r.Release)
	return err
}

// missing judges what a deployed release has lost. What is being deleted counts as lost, and so does a Deployment that runs no pod.
func (r *Repairer) missing(ctx context.Context, s *state) ([]Finding, error) {
	if s.content.Status != helm.Deployed {
		return nil, nil
	}
	gone, err := r.gone(ctx, s)
	if err != nil || len(gone) == 0 {
		return nil, err
	}
	return []Finding{s.unlessKept(Finding{Code: "EI247", Object: "release/" + r.Release,
		Problem: fmt.Sprintf("it is deployed, and lacks %d of its objects", len(gone)), Held: gone,
		Repair: fmt.Sprintf("apply revision %d again, as it is recorded; custom resource definitions are marked to be kept before", s.content.Revision),
		Risk:   "what was changed by hand in its other objects is set back where the release says something else",
		mend:   func(ctx context.Context) error { return r.settle(ctx, true) }, rights: r.toSettle(s.content.Objects)})}, nil
}

// gone are the objects of the release that are not there.
func (r *Repairer) gone(ctx context.Context, s *state) ([]string, error) {
	var mu sync.Mutex
	var names []string
	add := func(o helm.Object) {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, o.Kind+" "+o.Name)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(10)
	for _, o := range s.content.Objects {
		if o.Kind == definitionKind {
			if !s.defined(o.Name) {
				add(o)
			}
			continue
		}
		group.Go(func() error {
			resource, _ := meta.UnsafeGuessKindToResource(schema.FromAPIVersionAndKind(o.APIVersion, o.Kind))
			found, err := exists(r.Dynamic.Resource(resource).Namespace(o.Namespace).Get(ctx, o.Name, metav1.GetOptions{}))
			if err == nil && !found {
				add(o)
			}
			if apierrors.IsForbidden(err) {
				return fmt.Errorf("look for %s %s of the release: %w", o.Kind, o.Name, err)
			}
			return err
		})
	}
	err := group.Wait()
	for _, name := range kube.ScaledToZero(s.deployments) {
		names = append(names, "Deployment "+name+" (told to run no pod)")
	}
	slices.Sort(names)
	return names, err
}

// defined reports whether a definition is there to stay.
func (s *state) defined(name string) bool {
	return slices.ContainsFunc(s.definitions, func(d *unstructured.Unstructured) bool {
		return d.GetName() == name && d.GetDeletionTimestamp() == nil
	})
}

// unrecorded judges objects whose release Helm does not know any more. Helm takes them over by itself, since they carry its marks.
func (r *Repairer) unrecorded(_ context.Context, s *state) ([]Finding, error) {
	if s.recorded() || len(s.deployments) == 0 {
		return nil, nil
	}
	f := Finding{Code: "EI248", Object: "release/" + r.Release, Problem: "its objects are there, and its record (the Secrets sh.helm.release.v1." + r.Release + ".v…) is not",
		Repair: "none is needed: the install that follows takes the objects over"}
	for _, d := range s.deployments {
		f.Held = append(f.Held, "Deployment "+d.GetName())
		version := d.GetLabels()["app.kubernetes.io/version"]
		f.Risk = "they become what that chart says; what runs now is " + version + " (--version), and values that were given then must be given again"
	}
	return []Finding{f}, nil
}
