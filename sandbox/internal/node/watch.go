package node

import (
	"context"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/node/volume"
)

const apiServerPoll = 200 * time.Millisecond

// awaitAPIServer returns false when the context ended before there was an API server.
func awaitAPIServer(ctx context.Context, client kubernetes.Interface) bool {
	ticker := time.NewTicker(apiServerPoll)
	defer ticker.Stop()
	for {
		if _, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{Limit: 1}); err == nil {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
}

// watchPods returns the informer of this node's pods, which runs them, and has the pods told about the
// objects that they take files from. Nothing is started yet.
func (a *agent) watchPods() (cache.SharedIndexInformer, error) {
	if err := a.watchObjects(); err != nil {
		return nil, err
	}
	thisNode := func(options *metav1.ListOptions) {
		options.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", a.cfg.NodeName).String()
	}
	informer := coreinformers.NewFilteredPodInformer(a.client, metav1.NamespaceAll, 0, cache.Indexers{}, thisNode)
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { a.pods.sync(object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { a.pods.sync(object.(*corev1.Pod)) },
		DeleteFunc: func(object any) {
			if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = gone.Obj
			}
			if pod, ok := object.(*corev1.Pod); ok {
				a.pods.remove(pod.UID)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("watch pods: %w", err)
	}
	return informer, nil
}

func (a *agent) watchObjects() error {
	for kind, informer := range map[string]cache.SharedIndexInformer{
		volume.KindSecret:    a.informers.Core().V1().Secrets().Informer(),
		volume.KindConfigMap: a.informers.Core().V1().ConfigMaps().Informer(),
	} {
		changed := func(object any) {
			if meta, ok := object.(metav1.Object); ok {
				a.pods.objectChanged(kind, meta.GetNamespace(), meta.GetName())
			}
		}
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: changed, UpdateFunc: func(_, object any) { changed(object) }, DeleteFunc: changed,
		})
		if err != nil {
			return fmt.Errorf("watch objects of kind %s: %w", kind, err)
		}
	}
	return nil
}

// objects gives pods the Secrets and ConfigMaps that the agent watches.
type objects struct {
	secrets    corelisters.SecretLister
	configMaps corelisters.ConfigMapLister
}

func newObjects(factory informers.SharedInformerFactory) objects {
	return objects{secrets: factory.Core().V1().Secrets().Lister(), configMaps: factory.Core().V1().ConfigMaps().Lister()}
}

// Secret implements environ.Objects.
func (o objects) Secret(namespace, name string) (*corev1.Secret, error) {
	return o.secrets.Secrets(namespace).Get(name)
}

// ConfigMap implements environ.Objects.
func (o objects) ConfigMap(namespace, name string) (*corev1.ConfigMap, error) {
	return o.configMaps.ConfigMaps(namespace).Get(name)
}

// sameMetadata compares what the downward API can put into a volume.
func sameMetadata(a, b *corev1.Pod) bool {
	return maps.Equal(a.Labels, b.Labels) && maps.Equal(a.Annotations, b.Annotations)
}
