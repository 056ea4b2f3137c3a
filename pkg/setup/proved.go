package setup

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// provedAnnotation on a store records what the last successful test has proved, so that a second run need not prove the very same
// state again. Any change of the store, its credentials, its CA or the key makes the record void.
const provedAnnotation = "eso-infisical.dev/proved"

// proofSubject names the state that a proof is about, by versions; it holds nothing of the content.
func (r *Runner) proofSubject(ctx context.Context) (subject, recorded string, err error) {
	store, err := r.Dynamic.Resource(eso.ClusterSecretStores).Get(ctx, r.Desired.Store, metav1.GetOptions{})
	if err != nil {
		return "", "", fmt.Errorf("read ClusterSecretStore %s: %w", r.Desired.Store, err)
	}
	secret, err := r.Dynamic.Resource(secretsResource).Namespace(r.Desired.Namespace).Get(ctx, r.Desired.Secret, metav1.GetOptions{})
	if err != nil {
		return "", "", fmt.Errorf("read Secret %s: %w", r.Desired.Secret, err)
	}
	ca, err := r.caReference(ctx)
	if err != nil {
		return "", "", err
	}
	caVersion := "none"
	if ca.Name != "" {
		configMap, err := r.Dynamic.Resource(configMapsResource).Namespace(ca.Namespace).Get(ctx, ca.Name, metav1.GetOptions{})
		if err != nil {
			return "", "", fmt.Errorf("read ConfigMap %s: %w", ca.Name, err)
		}
		caVersion = configMap.GetResourceVersion()
	}
	subject = fmt.Sprintf("key=%s store=%s/%d credentials=%s ca=%s", r.Desired.Key, store.GetUID(), store.GetGeneration(), secret.GetResourceVersion(), caVersion)
	return subject, store.GetAnnotations()[provedAnnotation], nil
}

// AlreadyProved reports whether the last successful test was about exactly the present state.
func (r *Runner) AlreadyProved(ctx context.Context) (bool, error) {
	subject, recorded, err := r.proofSubject(ctx)
	return err == nil && subject == recorded, err
}

// RecordProof remembers that the present state has been proved.
func (r *Runner) RecordProof(ctx context.Context) error {
	subject, _, err := r.proofSubject(ctx)
	if err != nil {
		return err
	}
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, provedAnnotation, subject)
	_, err = r.Dynamic.Resource(eso.ClusterSecretStores).Patch(ctx, r.Desired.Store, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{FieldManager: kube.FieldManager + "-proof"})
	if err != nil {
		return fmt.Errorf("record the proof on ClusterSecretStore %s: %w", r.Desired.Store, err)
	}
	return nil
}
