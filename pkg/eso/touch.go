package eso

import (
	"context"
	"encoding/json"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Annotations on a store. ESO watches neither the credentials nor the CA, so what it has been told to look at is recorded.
const (
	touchedAnnotation = "eso-infisical.dev/checked-at"
	inputsAnnotation  = "eso-infisical.dev/inputs"
)

// Touch makes ESO look at the store again at once, with what it refers to unchanged.
func (k StoreKey) Touch(ctx context.Context, client dynamic.Interface) error {
	return k.touch(ctx, client, map[string]any{})
}

// TouchFor does as Touch and records inputs, the versions of what the store refers to; see LookedAt.
func (k StoreKey) TouchFor(ctx context.Context, client dynamic.Interface, inputs string) error {
	return k.touch(ctx, client, map[string]any{inputsAnnotation: inputs})
}

func (k StoreKey) touch(ctx context.Context, client dynamic.Interface, annotations map[string]any) error {
	annotations[touchedAnnotation] = time.Now().UTC().Format(time.RFC3339Nano)
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	if err == nil {
		_, err = k.in(client).Patch(ctx, k.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager + "-touch"})
	}
	return Explain("make ESO look at "+k.String()+" again", err)
}

// LookedAt are the inputs of the last TouchFor.
func LookedAt(store interface{ GetAnnotations() map[string]string }) string {
	return store.GetAnnotations()[inputsAnnotation]
}
