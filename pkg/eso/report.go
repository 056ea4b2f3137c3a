package eso

import (
	"context"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/rest"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Told is an event of ESO about one of its objects: the only place where it says why something fails.
type Told struct {
	Namespace, Name, UID string
	Reason, Message      string
	// At is when it was last told; the resolution is one second.
	At time.Time
}

// EachFailure visits what ESO has told of ExternalSecrets that it cannot sync, in a namespace or in all of them, in no order. Kubernetes
// forgets events after an hour, unless told otherwise.
func EachFailure(ctx context.Context, client rest.Interface, namespace string, visit func(Told)) error {
	return eachEvent(ctx, client, namespace, fields.Set{"involvedObject.kind": "ExternalSecret", "reason": "UpdateFailed"}, visit)
}

// EachClusterStoreVerdict visits what ESO has told of ClusterSecretStores, good and bad, in no order.
func EachClusterStoreVerdict(ctx context.Context, client rest.Interface, visit func(StoreKey, Told)) error {
	return eachVerdict(ctx, client, "ClusterSecretStore", metav1.NamespaceDefault, func(t Told) { visit(StoreKey{Name: t.Name}, t) })
}

// EachSecretStoreVerdict does so for the SecretStores of a namespace, or of all of them if it is empty.
func EachSecretStoreVerdict(ctx context.Context, client rest.Interface, namespace string, visit func(StoreKey, Told)) error {
	return eachVerdict(ctx, client, "SecretStore", namespace, func(t Told) { visit(StoreKey{t.Namespace, t.Name}, t) })
}

func eachVerdict(ctx context.Context, client rest.Interface, kind, namespace string, visit func(Told)) error {
	return eachEvent(ctx, client, namespace, fields.Set{"involvedObject.kind": kind}, func(t Told) {
		if t.Reason == reasonValid || t.Reason == reasonInvalid {
			visit(t)
		}
	})
}

// Failed reports whether the verdict on a store is a bad one.
func (t Told) Failed() bool { return t.Reason == reasonInvalid }

func eachEvent(ctx context.Context, client rest.Interface, namespace string, selector fields.Set, visit func(Told)) error {
	events := kube.Collection{Client: client, Resource: kube.EventsResource, Namespace: namespace,
		Options: metav1.ListOptions{FieldSelector: selector.AsSelector().String()}}
	return kube.Stream(ctx, events, func(e eventFields) error {
		visit(e.told())
		return nil
	})
}

type eventFields struct {
	Metadata struct {
		CreationTimestamp string `json:"creationTimestamp"`
	} `json:"metadata"`
	InvolvedObject struct {
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
		UID       string `json:"uid"`
	} `json:"involvedObject"`
	Reason        string `json:"reason"`
	Message       string `json:"message"`
	LastTimestamp string `json:"lastTimestamp"`
	EventTime     string `json:"eventTime"`
	Series        struct {
		LastObservedTime string `json:"lastObservedTime"`
	} `json:"series"`
}

func (e eventFields) told() Told {
	return Told{Namespace: e.InvolvedObject.Namespace, Name: e.InvolvedObject.Name, UID: e.InvolvedObject.UID, Reason: e.Reason,
		Message: strings.TrimPrefix(e.Message, kube.SimilarEvents),
		At:      kube.LastSeen(e.Series.LastObservedTime, e.LastTimestamp, e.EventTime, e.Metadata.CreationTimestamp)}
}
