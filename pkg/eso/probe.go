package eso

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// probeClass is no controller's, so that ESO leaves a store alone while it names it.
const probeClass = "eso-infisical-probe"

// The label of what exists for the time of one verification only.
const (
	PurposeLabel = "eso-infisical.dev/purpose"
	ProbePurpose = "probe"
)

// UpgradeJournal is the ConfigMap in which an upgrade of ESO notes what it is at.
const UpgradeJournal = "eso-infisical-upgrade"

// What ESO's condition says of a store whose login has failed. It never says why.
const noClient = "unable to create client"

// CreateProbe creates a store that ESO logs in for once, if the login fails, before it waits for a second. Left to itself it would log in
// again at once: writing the failure into the status is a change of the store, to which it reacts. So the store is first kept from ESO, and
// given the very condition that a failed login leaves, whose repetition changes nothing. Await the verdict with StoreKey.Wait and the mark.
func CreateProbe(ctx context.Context, client dynamic.Interface, store *unstructured.Unstructured) (Mark, error) {
	what := "create the probe ClusterSecretStore " + store.GetName()
	mark, err := KeyOf(store).Mark(ctx, client)
	if err != nil {
		return mark, err
	}
	mark.preset = true
	if err := unstructured.SetNestedField(store.Object, probeClass, "spec", "controller"); err != nil {
		return mark, fmt.Errorf("%s: %w", what, err)
	}
	api := client.Resource(ClusterSecretStores)
	created, err := api.Create(ctx, store, metav1.CreateOptions{FieldManager: kube.FieldManager})
	if err != nil {
		return mark, Explain(what, err)
	}
	created.Object["status"] = map[string]any{"conditions": []any{map[string]any{
		"type": "Ready", "status": "False", "reason": reasonInvalid, "message": noClient,
		"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
	}}}
	if _, err := api.UpdateStatus(ctx, created, metav1.UpdateOptions{FieldManager: kube.FieldManager}); err != nil {
		return mark, Explain(what, err)
	}
	_, err = api.Patch(ctx, store.GetName(), types.MergePatchType, []byte(`{"spec":{"controller":null}}`), metav1.PatchOptions{FieldManager: kube.FieldManager})
	return mark, Explain(what, err)
}
