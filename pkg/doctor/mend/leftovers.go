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

// removeLeak removes the annotation in which kubectl apply keeps the credentials. Its value is never shown.
func removeLeak(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	var repairs []Repair
	for _, o := range f.Objects {
		if o.Kind != "Secret" {
			continue
		}
		secret, err := m.secret(ctx, o.Namespace, o.Name)
		if err != nil {
			return nil, err
		}
		if secret == nil || secret.GetAnnotations()[corev1.LastAppliedConfigAnnotation] == "" {
			continue
		}
		if owner, owned := kube.OwnerOf(secret); owned {
			return nil, unfit("it is kept by %s, which would write the annotation again; make the Secret with kubectl eso-infisical bootstrap instead", owner)
		}
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": secret.GetUID(),
			"annotations": map[string]any{corev1.LastAppliedConfigAnnotation: nil}}})
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
	if len(repairs) == 0 {
		return nil, unfit("the annotation is gone by now")
	}
	return repairs, nil
}

// secret reads the metadata of a Secret, or nil if there is none.
func (m *Mender) secret(ctx context.Context, namespace, name string) (metav1.Object, error) {
	found, err := m.Installation.Metadata(secrets, namespace).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name, Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("read the metadata of Secret %s/%s: %w", namespace, name, err)
	}
	if len(found.Items) == 0 {
		return nil, nil
	}
	return &found.Items[0], nil
}

// removeTest removes what a test has left, and nothing of others.
func removeTest(_ context.Context, m *Mender, f doctor.Finding) ([]Repair, error) {
	var repairs []Repair
	for _, o := range f.Objects {
		repairs = append(repairs, Repair{Code: f.Code(), Object: o.String(), Action: "remove what the test has left in namespace " + o.Name + ", and the namespace if nothing of others is in it",
			Named: true,
			rights: append(kube.On(kube.Right{Resource: "namespaces", Name: o.Name}, "get", "delete"),
				kube.On(kube.Right{Group: eso.ExternalSecrets.Group, Resource: eso.ExternalSecrets.Resource, Namespace: o.Name}, "list", "delete")...),
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
		if !probe(store) {
			return nil, unfit("it is no probe of this program's")
		}
		repairs = append(repairs, Repair{Code: f.Code(), Object: o.String(), Action: "delete the probe, and its Secret", Named: true,
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

// probe reports whether the object is one that this program has made to try credentials out.
func probe(obj metav1.Object) bool {
	return obj.GetLabels()[eso.PurposeLabel] == eso.ProbePurpose && kube.MadeByUs(obj)
}

// removeProbeSecret deletes the Secret of that name if it is a probe's.
func (m *Mender) removeProbeSecret(ctx context.Context, name string) error {
	secret, err := m.secret(ctx, m.Namespace, name)
	if err != nil || secret == nil || !probe(secret) {
		return err
	}
	uid := secret.GetUID()
	err = m.Typed.CoreV1().Secrets(m.Namespace).Delete(ctx, name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete Secret %s/%s: %w", m.Namespace, name, err)
	}
	return nil
}
