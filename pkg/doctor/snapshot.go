package doctor

import (
	"context"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Cluster is what the doctor may ask.
type Cluster struct {
	Namespace, Release string
	Dynamic            dynamic.Interface
	Typed              kubernetes.Interface
	// ReadRelease reads a Helm release.
	ReadRelease func(name string) (helm.Release, error)
}

// answer is a thing read, or why it could not be.
type answer[T any] struct {
	value T
	err   error
}

// snapshot is all that the checks judge by.
type snapshot struct {
	version     answer[string]
	release     answer[helm.Release]
	deployments answer[*unstructured.UnstructuredList]
	pods        answer[*unstructured.UnstructuredList]
	webhook     answer[struct{}]
	stores      answer[[]storeState]
}

// storeState is one ClusterSecretStore for Infisical and what belongs to it.
type storeState struct {
	store     eso.Store
	object    *unstructured.Unstructured
	events    answer[[]kube.Event]
	secret    answer[*corev1.Secret]
	configMap answer[*corev1.ConfigMap]
}

// collect reads everything at once.
func collect(ctx context.Context, c Cluster) *snapshot {
	var s snapshot
	options := metav1.ListOptions{LabelSelector: eso.InstanceSelector(c.Release)}
	var all sync.WaitGroup
	all.Go(func() {
		info, err := within(ctx, c.Typed.Discovery().ServerVersion)
		if err == nil {
			s.version.value = info.GitVersion
		}
		s.version.err = err
	})
	all.Go(func() {
		s.release.value, s.release.err = within(ctx, func() (helm.Release, error) { return c.ReadRelease(c.Release) })
	})
	all.Go(func() {
		s.deployments.value, s.deployments.err = c.Dynamic.Resource(kube.DeploymentsResource).Namespace(c.Namespace).List(ctx, options)
	})
	all.Go(func() {
		s.pods.value, s.pods.err = c.Dynamic.Resource(kube.PodsResource).Namespace(c.Namespace).List(ctx, options)
	})
	all.Go(func() { s.webhook.err = eso.AskWebhook(ctx, c.Dynamic) })
	all.Go(func() { s.stores.value, s.stores.err = collectStores(ctx, c) })
	all.Wait()
	return &s
}

// within ends a call that takes no context together with ctx; the call itself is left behind.
func within[T any](ctx context.Context, call func() (T, error)) (T, error) {
	done := make(chan answer[T], 1)
	go func() {
		value, err := call()
		done <- answer[T]{value, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

func collectStores(ctx context.Context, c Cluster) ([]storeState, error) {
	list, err := c.Dynamic.Resource(eso.ClusterSecretStores).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var states []storeState
	for i := range list.Items {
		if store, ok := eso.ReadStore(&list.Items[i]); ok {
			states = append(states, collectStore(ctx, c, store, &list.Items[i]))
		}
	}
	return states, nil
}

func collectStore(ctx context.Context, c Cluster, store eso.Store, object *unstructured.Unstructured) storeState {
	s := storeState{store: store, object: object}
	source := kube.EventsOf(c.Dynamic, "ClusterSecretStore", "", store.Name, "")
	events, err := source.Client.List(ctx, source.Options)
	if s.events.err = err; err == nil {
		s.events.value = kube.Events(kube.ListSeen(events))
	}
	s.secret.value, s.secret.err = c.Typed.CoreV1().Secrets(store.Credentials.Namespace).Get(ctx, store.Credentials.Name, metav1.GetOptions{})
	if store.CA.Name != "" {
		s.configMap.value, s.configMap.err = readCA(ctx, c.Typed, store.CA)
	}
	return s
}

// readCA reads the object with the CA; a Secret is given the form of a ConfigMap.
func readCA(ctx context.Context, client kubernetes.Interface, source eso.CASource) (*corev1.ConfigMap, error) {
	if !source.Secret {
		return client.CoreV1().ConfigMaps(source.Namespace).Get(ctx, source.Name, metav1.GetOptions{})
	}
	secret, err := client.CoreV1().Secrets(source.Namespace).Get(ctx, source.Name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return &corev1.ConfigMap{ObjectMeta: secret.ObjectMeta, Data: map[string]string{eso.CAKey: string(secret.Data[eso.CAKey])}}, nil
}
