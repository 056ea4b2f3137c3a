package mend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
)

// installation proposes what "install --repair" would do about the code.
func installation(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	plan, err := m.Installation.Plan(ctx)
	if err != nil {
		return nil, err
	}
	var repairs []Repair
	for _, found := range plan.Findings {
		if found.Code != f.Code() && !(f.Code() == "EI255" && found.Code == "EI222") {
			continue
		}
		if found.Blocked {
			return nil, unfit("%s: %s", found.Problem, found.Repair)
		}
		one := &repair.Plan{Release: plan.Release, Namespace: plan.Namespace, Findings: []repair.Finding{found}}
		repairs = append(repairs, Repair{Code: f.Code(), Object: found.Object, Action: found.Repair, Risk: found.Risk,
			// What is written anew is what ESO itself writes; the rest deletes something, or lets Helm work.
			Named:  found.Code != "EI223",
			rights: one.Rights(),
			apply: func(ctx context.Context) error {
				err := m.Installation.Run(ctx, one)
				var others *repair.UnmendedError
				if errors.As(err, &others) && !others.About(found) {
					return nil // what else is broken was not asked for
				}
				return err
			}})
	}
	if len(repairs) == 0 {
		return nil, unfit("it needs a decision; %s", f.Cause.Fix)
	}
	return repairs, nil
}

// scaleUp lets Deployments run a pod again that were told to run none.
func scaleUp(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	var repairs []Repair
	for _, o := range f.Objects {
		d, err := m.Typed.AppsV1().Deployments(o.Namespace).Get(ctx, o.Name, metav1.GetOptions{})
		if err != nil {
			return nil, unfit("%v", err)
		}
		if d.Spec.Replicas == nil || *d.Spec.Replicas != 0 {
			continue
		}
		if owner, owned := kube.OwnerOf(d); owned && !strings.Contains(owner.String(), "Helm") {
			return nil, unfit("it is kept by %s, which would undo the change; scale it there", owner)
		}
		patch := fmt.Sprintf(`{"metadata":{"resourceVersion":%q},"spec":{"replicas":1}}`, d.ResourceVersion)
		repairs = append(repairs, Repair{Code: f.Code(), Object: o.String(), Action: "scale it to one replica", Diff: "- spec.replicas: 0\n+ spec.replicas: 1\n",
			Risk: "somebody may have stopped it on purpose", Named: true,
			rights: kube.On(kube.Right{Group: "apps", Resource: "deployments", Namespace: o.Namespace, Name: o.Name}, "patch"),
			apply: func(ctx context.Context) error {
				_, err := m.Typed.AppsV1().Deployments(o.Namespace).Patch(ctx, o.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: kube.FieldManager})
				if err != nil {
					return fmt.Errorf("scale %s: %w", o, err)
				}
				return m.available(ctx, o)
			}})
	}
	if len(repairs) == 0 {
		return nil, unfit("it is not for want of replicas; %s", f.Cause.Fix)
	}
	return repairs, nil
}

// availablePause is how often a Deployment is looked at that was scaled up.
const availablePause = time.Second

func (m *Mender) available(ctx context.Context, o doctor.Object) error {
	for {
		d, err := m.Typed.AppsV1().Deployments(o.Namespace).Get(ctx, o.Name, metav1.GetOptions{})
		if err == nil && d.Status.ObservedGeneration >= d.Generation && d.Status.AvailableReplicas > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("wait for a pod of %s: %w", o, ctx.Err()), err)
		case <-time.After(availablePause):
		}
	}
}

// syncLimit is how many ExternalSecrets are synced one after the other.
const syncLimit = 20

// syncAgain makes ESO fetch anew what is overdue.
func syncAgain(_ context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	if len(f.Objects) > syncLimit {
		return nil, unfit("there are %d of them; mend what they have in common first", len(f.Objects))
	}
	var repairs []Repair
	for _, o := range f.Objects {
		repairs = append(repairs, Repair{Code: f.Code(), Object: o.String(), Action: "make ESO fetch it now", logsIn: true,
			rights: kube.On(kube.Right{Group: eso.ExternalSecrets.Group, Resource: eso.ExternalSecrets.Resource, Namespace: o.Namespace}, "get", "list", "patch"),
			apply: func(ctx context.Context) error {
				return eso.Sync(ctx, m.Dynamic, types.NamespacedName{Namespace: o.Namespace, Name: o.Name})
			}})
	}
	return repairs, nil
}
