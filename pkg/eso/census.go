package eso

import (
	"context"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Synced is how an ExternalSecret is, in the few fields that a look at thousands of them needs.
type Synced struct {
	Namespace, Name, UID string
	Created              time.Time
	// Stores are those that it takes secrets from, each once; none where it uses generators alone.
	Stores []StoreKey
	// Ready is ESO's verdict; Judged is false when there is none yet.
	Ready  Condition
	Judged bool
	// Refreshed is the start of the last pass that succeeded, or zero.
	Refreshed time.Time
	// Interval is the time between two passes, or 0 if ESO does not come back by itself, or not at all times.
	Interval time.Duration
}

// defaultInterval is what the CRD fills in for a missing refreshInterval.
const defaultInterval = time.Hour

// EachExternalSecret visits the ExternalSecrets of a namespace, or of all of them if it is empty, without holding more than one at a time.
func EachExternalSecret(ctx context.Context, client rest.Interface, namespace string, visit func(Synced) error) error {
	all := kube.Collection{Client: client, Resource: ExternalSecrets, Namespace: namespace}
	return kube.Stream(ctx, all, func(es externalSecretFields) error { return visit(es.synced()) })
}

// externalSecretFields are those of the custom resource that Synced is made of.
type externalSecretFields struct {
	Metadata struct {
		Namespace         string      `json:"namespace"`
		Name              string      `json:"name"`
		UID               string      `json:"uid"`
		CreationTimestamp metav1.Time `json:"creationTimestamp"`
	} `json:"metadata"`
	Spec struct {
		StoreRef        storeRef       `json:"secretStoreRef"`
		Data            []sourceFields `json:"data"`
		DataFrom        []sourceFields `json:"dataFrom"`
		RefreshInterval string         `json:"refreshInterval"`
		RefreshPolicy   string         `json:"refreshPolicy"`
		// Only whether there are any counts; ESO holds passes back outside of them.
		SyncWindows []struct{} `json:"syncWindows"`
	} `json:"spec"`
	Status struct {
		RefreshTime *metav1.Time `json:"refreshTime"`
		Conditions  []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"conditions"`
	} `json:"status"`
}

type storeRef struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

type sourceFields struct {
	SourceRef struct {
		StoreRef storeRef `json:"storeRef"`
	} `json:"sourceRef"`
}

func (f externalSecretFields) synced() Synced {
	s := Synced{Namespace: f.Metadata.Namespace, Name: f.Metadata.Name, UID: f.Metadata.UID, Created: f.Metadata.CreationTimestamp.Time,
		Stores: f.stores(), Interval: f.interval()}
	if f.Status.RefreshTime != nil {
		s.Refreshed = f.Status.RefreshTime.Time
	}
	for _, c := range f.Status.Conditions {
		if c.Type == "Ready" {
			s.Ready, s.Judged = Condition{Status: c.Status, Message: c.Message}, true
		}
	}
	return s
}

func (f externalSecretFields) stores() []StoreKey {
	refs := []storeRef{f.Spec.StoreRef}
	for _, source := range slices.Concat(f.Spec.Data, f.Spec.DataFrom) {
		refs = append(refs, source.SourceRef.StoreRef)
	}
	var stores []StoreKey
	for _, ref := range refs {
		if ref.Name == "" {
			continue
		}
		id := StoreKey{Name: ref.Name}
		if ref.Kind != id.Kind() {
			// ESO takes a reference without a kind for one to a SecretStore.
			id.Namespace = f.Metadata.Namespace
		}
		if !slices.Contains(stores, id) {
			stores = append(stores, id)
		}
	}
	return stores
}

func (f externalSecretFields) interval() time.Duration {
	periodic := f.Spec.RefreshPolicy == "" || f.Spec.RefreshPolicy == "Periodic"
	if !periodic || len(f.Spec.SyncWindows) > 0 {
		return 0
	}
	interval, err := time.ParseDuration(f.Spec.RefreshInterval)
	if err != nil {
		return defaultInterval
	}
	return interval
}
