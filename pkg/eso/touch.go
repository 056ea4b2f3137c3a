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

// Touch makes ESO look at the store with that key again at once. inputs names the versions of what the store refers to, see LookedAt.
func Touch(ctx context.Context, client dynamic.Interface, key, inputs string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{
		touchedAnnotation: time.Now().UTC().Format(time.RFC3339Nano), inputsAnnotation: inputs,
	}}})
	if err == nil {
		store := addressOf(key)
		_, err = store.api(client).Patch(ctx, store.name, types.MergePatchType, patch,
			metav1.PatchOptions{FieldManager: kube.FieldManager + "-touch"})
	}
	return Explain("make ESO look at "+StoreName(key)+" again", err)
}

// LookedAt are the inputs of the last Touch.
func LookedAt(store interface{ GetAnnotations() map[string]string }) string {
	return store.GetAnnotations()[inputsAnnotation]
}
