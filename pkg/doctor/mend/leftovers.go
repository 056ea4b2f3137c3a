package mend

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// removeLeak removes the annotation in which kubectl apply keeps the credentials. Its value is neither read nor shown.
func removeLeak(_ context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	var repairs []Repair
	for _, o := range f.Objects {
		if o.Kind != "Secret" {
			continue
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{corev1.LastAppliedConfigAnnotation: nil}}})
		if err != nil {
			return nil, err
		}
		repairs = append(repairs, Repair{Code: f.Code(), Object: o.String(), Action: "remove the annotation " + corev1.LastAppliedConfigAnnotation,
			Diff:   "- metadata.annotations." + corev1.LastAppliedConfigAnnotation + ": (not shown)\n",
			Risk:   "the next kubectl apply of that Secret writes it again; make it with kubectl eso-infisical bootstrap instead",
			rights: kube.On(kube.Right{Resource: "secrets", Namespace: o.Namespace, Name: o.Name}, "patch"),
			apply: func(ctx context.Context) error {
				_, err := m.Typed.CoreV1().Secrets(o.Namespace).Patch(ctx, o.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
				if err != nil {
					return fmt.Errorf("remove the annotation of %s: %w", o, err)
				}
				return nil
			}})
	}
	return repairs, nil
}

// removeTest removes what a test has left, and nothing of others.
func removeTest(_ context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	var repairs []Repair
	for _, o := range f.Objects {
		repairs = append(repairs, Repair{Code: f.Code(), Object: o.String(), Action: "remove what the test has left in namespace " + o.Name + ", and the namespace if nothing of others is in it",
			rights: kube.On(kube.Right{Resource: "namespaces", Name: o.Name}, "get", "delete"),
			apply: func(ctx context.Context) error {
				removed, err := m.Tests.Cleanup(ctx, o.Name, false)
				if err == nil && removed.Outcome != kube.Deleted {
					err = fmt.Errorf("remove namespace %s: %s", o.Name, removed.Detail)
				}
				return err
			}})
	}
	return repairs, nil
}

// removeProbe deletes a store that a killed verification has left, with its Secret.
func removeProbe(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	var repairs []Repair
	for _, o := range f.Objects {
		store, err := m.Dynamic.Resource(eso.ClusterSecretStores).Get(ctx, o.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", o, err)
		}
		uid := store.GetUID()
		if store.GetLabels()[eso.PurposeLabel] != eso.ProbePurpose {
			return nil, unfit("it is no probe of this program's")
		}
		repairs = append(repairs, Repair{Code: f.Code(), Object: o.String(), Action: "delete the probe, and its Secret",
			rights: append(kube.On(kube.Right{Group: eso.ClusterSecretStores.Group, Resource: eso.ClusterSecretStores.Resource, Name: o.Name}, "delete"),
				kube.On(kube.Right{Resource: "secrets", Namespace: m.Namespace, Name: o.Name}, "get", "delete")...),
			apply: func(ctx context.Context) error {
				err := m.Dynamic.Resource(eso.ClusterSecretStores).Delete(ctx, o.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
				if err != nil && !apierrors.IsNotFound(err) {
					return eso.Explain("delete "+o.String(), err)
				}
				return m.removeProbeSecret(ctx, o.Name)
			}})
	}
	return repairs, nil
}

// removeProbeSecret deletes the Secret of that name if it carries the mark of a probe.
func (m *Mender) removeProbeSecret(ctx context.Context, name string) error {
	found, err := m.Installation.Metadata(corev1.SchemeGroupVersion.WithResource("secrets"), m.Namespace).
		List(ctx, metav1.ListOptions{LabelSelector: eso.PurposeLabel + "=" + eso.ProbePurpose, FieldSelector: "metadata.name=" + name})
	if err != nil || len(found.Items) == 0 {
		return err
	}
	err = m.Typed.CoreV1().Secrets(m.Namespace).Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete Secret %s/%s: %w", m.Namespace, name, err)
	}
	return nil
}
