package eso

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// What ESO leaves on the Secrets that it writes.
const (
	// ManagedLabel is "true" on each of them.
	ManagedLabel = "reconcile.external-secrets.io/managed"
	// DataHashAnnotation changes with the data, and with nothing else.
	DataHashAnnotation = "reconcile.external-secrets.io/data-hash"
)

// OwningReference is the index of the owner reference that makes a Secret go with its ExternalSecret, or -1.
func OwningReference(secret metav1.Object) int {
	return slices.IndexFunc(secret.GetOwnerReferences(), func(r metav1.OwnerReference) bool {
		group, _, _ := strings.Cut(r.APIVersion, "/")
		return r.Kind == "ExternalSecret" && slices.Contains(Groups, group)
	})
}

// LetGo takes a Secret from the ExternalSecret that owns it, so that it outlives it. Where ESO's controller runs and the ExternalSecret is
// to own its Secret, it takes it back.
func LetGo(ctx context.Context, client kubernetes.Interface, secret metav1.Object) error {
	index := OwningReference(secret)
	if index < 0 {
		return nil
	}
	path := fmt.Sprintf("/metadata/ownerReferences/%d", index)
	patch, err := json.Marshal([]map[string]any{
		{"op": "test", "path": "/metadata/uid", "value": secret.GetUID()},
		{"op": "test", "path": path + "/uid", "value": secret.GetOwnerReferences()[index].UID},
		{"op": "remove", "path": path},
	})
	if err == nil {
		_, err = client.CoreV1().Secrets(secret.GetNamespace()).Patch(ctx, secret.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
	}
	if err != nil {
		return fmt.Errorf("take Secret %s/%s from its ExternalSecret: %w", secret.GetNamespace(), secret.GetName(), err)
	}
	return nil
}
