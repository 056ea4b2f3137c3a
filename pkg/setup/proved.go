package setup

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// provedAnnotation on a store records what the last successful test has proved, so that a second run need not prove the very same
// state again. Any change of the store, its credentials, its CA or the key makes the record void.
const provedAnnotation = "eso-infisical.dev/proved"

// proofSubject names the state that a proof is about, by versions; it holds nothing of the content.
func (r *Runner) proofSubject(ctx context.Context) (subject, recorded string, err error) {
	store, err := eso.Stores(r.Dynamic, r.Desired.StoreNamespace).Get(ctx, r.Desired.Store, metav1.GetOptions{})
	if err != nil {
		return "", "", fmt.Errorf("read %s: %w", r.Desired.storeName(), err)
	}
	read, ok := eso.ReadStore(store)
	if !ok {
		return "", "", r.notForInfisical()
	}
	subject = fmt.Sprintf("key=%s store=%s/%d %s", r.Desired.Key, store.GetUID(), store.GetGeneration(), r.inputVersions(ctx, read))
	if r.Desired.Verify != verify.Local {
		subject += " uncompared"
	}
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
	_, err = eso.Stores(r.Dynamic, r.Desired.StoreNamespace).Patch(ctx, r.Desired.Store, types.MergePatchType, []byte(patch),
		metav1.PatchOptions{FieldManager: kube.FieldManager + "-proof"})
	if err != nil {
		return fmt.Errorf("record the proof on %s: %w", r.Desired.storeName(), err)
	}
	return nil
}
