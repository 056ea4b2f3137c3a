package uninstall

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// requests is how many are under way at a time.
const requests = 10

// Plan looks at everything and changes nothing. What may not be read is in the plan as unknown.
func (u *Uninstaller) Plan(ctx context.Context) (*Plan, error) {
	content, err := u.Releases.Content(u.Release)
	if err != nil {
		return nil, err
	}
	p := &Plan{Release: newRelease(content, u.Namespace), Secrets: []Secret{}, Webhooks: []Item{}, Definitions: []Item{}, Own: []Item{},
		Namespaces: []Item{}, Forced: []string{}, Unknown: []Unknown{}, Blockers: []Blocker{}}
	s := &survey{Uninstaller: u, plan: p}
	if err := s.customResources(ctx); err != nil {
		return nil, err
	}
	err = s.together(ctx,
		look{"Secrets that ESO has written", s.secrets},
		look{"what else uses ESO's custom resources", s.installations},
		look{"ESO's custom resource definitions", s.definitions},
		look{"ESO's webhook configurations", s.webhooks},
		look{"ConfigMaps that this program made", s.ownObjects(configMapsResource, "ConfigMap")},
		look{"ServiceAccounts that this program made", s.ownObjects(serviceAccountsResource, "ServiceAccount")},
		look{"ClusterRoleBindings that this program made", s.ownObjects(bindingsResource, "ClusterRoleBinding")},
	)
	if err != nil {
		return nil, err
	}
	p.Own = append(p.Own, s.claims.items...)
	if err := s.together(ctx, look{"pods that use the Secrets", s.uses}, look{"namespaces that this program made", s.namespaces}); err != nil {
		return nil, err
	}
	sortPlan(p)
	return p, s.judge(ctx)
}

// survey is a plan in the making.
type survey struct {
	*Uninstaller
	plan *Plan
	// claims are what this program made, foreign what of others is in a namespace of ours.
	claims  claims
	running installations

	mu sync.Mutex
}

// look is one part of a survey; what says in words what it is about.
type look struct {
	what string
	run  func(context.Context) error
}

// together takes several looks at once. What may not be seen is noted as unknown.
func (s *survey) together(ctx context.Context, looks ...look) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(requests)
	for _, l := range looks {
		group.Go(func() error { return s.unless(l.what, l.run(ctx)) })
	}
	return group.Wait()
}

// unless turns a refusal into something unknown.
func (s *survey) unless(what string, err error) error {
	var status apierrors.APIStatus
	if err != nil && errors.As(err, &status) && (apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.plan.Unknown = append(s.plan.Unknown, Unknown{What: what, Reason: err.Error()})
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for %s: %w", what, err)
	}
	return nil
}

func (s *survey) customResources(ctx context.Context) error {
	kinds, err := s.discover()
	if err != nil {
		return err
	}
	looks := make([]look, len(kinds))
	for i := range kinds {
		looks[i] = look{kinds[i].Name + " objects", func(ctx context.Context) error { return s.fill(ctx, &kinds[i]) }}
	}
	if err := s.together(ctx, looks...); err != nil {
		return err
	}
	s.plan.Kinds = []Kind{}
	for _, k := range kinds {
		if len(k.Objects) > 0 {
			s.plan.Kinds = append(s.plan.Kinds, k)
		}
	}
	return nil
}

func newRelease(content helm.Content, namespace string) Release {
	r := Release{Name: content.Name, Namespace: namespace, Status: string(content.Status), Objects: []Object{}, content: content}
	if content.RawStatus != "" {
		r.Status = content.RawStatus
	}
	if content.ChartVersion != "" {
		r.Chart = "external-secrets " + content.ChartVersion
	}
	for _, o := range content.Objects {
		if o.Kind == definitionKind {
			continue // they are in the plan by themselves
		}
		// The name of a kind in the API's paths, as Kubernetes forms it.
		resource, _ := meta.UnsafeGuessKindToResource(schema.FromAPIVersionAndKind(o.APIVersion, o.Kind))
		object := Object{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, Fate: Deleted, resource: resource}
		if o.Kept {
			object.Fate = Kept
		}
		r.Objects = append(r.Objects, object)
	}
	return r
}
