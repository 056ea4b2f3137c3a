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
	Namespace, Name, UID, ResourceVersion string
	// Created is when it was made, Deleted when somebody has asked for it to go, or zero.
	Created, Deleted time.Time
	// Stores are those that it takes secrets from, each once; none where it uses generators alone.
	Stores []StoreKey
	Target Target
	// Asked are the keys that spec.data names, one by one; Sources is how many entries spec.dataFrom has.
	Asked   []Asked
	Sources int
	// Ready is ESO's verdict, and Since the time from which on it has been the same; Judged is false when there is none yet.
	Ready  Condition
	Judged bool
	Since  time.Time
	// Refreshed is the start of the last pass that succeeded, or zero.
	Refreshed time.Time
	// Interval is the time between two passes, or 0 if ESO does not come back by itself, or not at all times.
	Interval time.Duration
}

// Target is the Secret that an ExternalSecret is for.
type Target struct {
	Name string
	// Creation and Deletion are the policies, which the API server fills in: Owner and Retain, where nobody says anything else.
	Creation, Deletion string
	// Templated means that the values are not written as they are.
	Templated bool
}

// Asked is one secret that an ExternalSecret names.
type Asked struct {
	// Key is its name in Infisical, and TargetKey that in the Secret; Property is a field of its value, or empty.
	Key, TargetKey, Property string
}

// Uses reports whether the ExternalSecret takes secrets from the store.
func (s Synced) Uses(store StoreKey) bool { return slices.Contains(s.Stores, store) }

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
		Namespace         string       `json:"namespace"`
		Name              string       `json:"name"`
		UID               string       `json:"uid"`
		ResourceVersion   string       `json:"resourceVersion"`
		CreationTimestamp metav1.Time  `json:"creationTimestamp"`
		DeletionTimestamp *metav1.Time `json:"deletionTimestamp"`
	} `json:"metadata"`
	Spec struct {
		StoreRef storeRef `json:"secretStoreRef"`
		Target   struct {
			Name           string    `json:"name"`
			CreationPolicy string    `json:"creationPolicy"`
			DeletionPolicy string    `json:"deletionPolicy"`
			Template       *struct{} `json:"template"`
		} `json:"target"`
		Data            []askedFields  `json:"data"`
		DataFrom        []sourceFields `json:"dataFrom"`
		RefreshInterval string         `json:"refreshInterval"`
		RefreshPolicy   string         `json:"refreshPolicy"`
		// Only whether there are any counts; ESO holds passes back outside of them.
		SyncWindows []struct{} `json:"syncWindows"`
	} `json:"spec"`
	Status struct {
		RefreshTime *metav1.Time `json:"refreshTime"`
		Conditions  []struct {
			Type               string      `json:"type"`
			Status             string      `json:"status"`
			Message            string      `json:"message"`
			LastTransitionTime metav1.Time `json:"lastTransitionTime"`
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

// askedFields are an entry of spec.data.
type askedFields struct {
	SecretKey string `json:"secretKey"`
	RemoteRef struct {
		Key      string `json:"key"`
		Property string `json:"property"`
	} `json:"remoteRef"`
	sourceFields
}

func (f externalSecretFields) synced() Synced {
	s := Synced{Namespace: f.Metadata.Namespace, Name: f.Metadata.Name, UID: f.Metadata.UID, ResourceVersion: f.Metadata.ResourceVersion,
		Created: f.Metadata.CreationTimestamp.Time, Stores: f.stores(), Target: f.target(), Sources: len(f.Spec.DataFrom), Interval: f.interval()}
	if f.Metadata.DeletionTimestamp != nil {
		s.Deleted = f.Metadata.DeletionTimestamp.Time
	}
	for _, d := range f.Spec.Data {
		s.Asked = append(s.Asked, Asked{Key: d.RemoteRef.Key, TargetKey: d.SecretKey, Property: d.RemoteRef.Property})
	}
	if f.Status.RefreshTime != nil {
		s.Refreshed = f.Status.RefreshTime.Time
	}
	for _, c := range f.Status.Conditions {
		if c.Type == "Ready" {
			s.Ready, s.Judged, s.Since = Condition{Status: c.Status, Message: c.Message}, true, c.LastTransitionTime.Time
		}
	}
	return s
}

func (f externalSecretFields) target() Target {
	t := f.Spec.Target
	target := Target{Name: t.Name, Creation: t.CreationPolicy, Deletion: t.DeletionPolicy, Templated: t.Template != nil}
	if target.Name == "" {
		target.Name = f.Metadata.Name
	}
	return target
}

func (f externalSecretFields) stores() []StoreKey {
	refs := []storeRef{f.Spec.StoreRef}
	for _, asked := range f.Spec.Data {
		refs = append(refs, asked.SourceRef.StoreRef)
	}
	for _, source := range f.Spec.DataFrom {
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
