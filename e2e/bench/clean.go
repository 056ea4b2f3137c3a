package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/clientcmd"
)

// cleanTimeout bounds the removal of one installation.
const cleanTimeout = 5 * time.Minute

// nudgeAfter is how long a deletion may take by itself.
const nudgeAfter = 10 * time.Second

var (
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	secrets     = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	// clusterWide is in the order of removal: what would stand in the way goes first.
	clusterWide = []schema.GroupVersionResource{
		{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"},
		definitions,
	}
)

// cleaner removes what a run has made, and nothing else.
type cleaner struct {
	client metadata.Interface
	marks  corev1client.ConfigMapInterface
	// store is the name of the store that the runs make, or empty.
	store string
	// poll is the time between two looks.
	poll time.Duration
}

// connect uses the context of that name, and no other.
func connect(context string) (cleaner, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(),
		&clientcmd.ConfigOverrides{CurrentContext: context}).ClientConfig()
	if err != nil {
		return cleaner{}, fmt.Errorf("find the cluster of context %q: %w", context, err)
	}
	config.QPS, config.Burst = 50, 100
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return cleaner{}, err
	}
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return cleaner{}, err
	}
	return cleaner{client: client, marks: typed.CoreV1().ConfigMaps(metav1.NamespaceDefault), poll: time.Second}, nil
}

// left names what there is of External Secrets Operator, as RESOURCE/NAME.
func (c cleaner) left(ctx context.Context) ([]string, error) {
	var names []string
	for _, resource := range clusterWide {
		list, err := c.client.Resource(resource).List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", resource.Resource, err)
		}
		for _, obj := range list.Items {
			if obj.Annotations["meta.helm.sh/release-name"] == release || strings.HasSuffix(obj.Name, ".external-secrets.io") {
				names = append(names, resource.Resource+"/"+obj.Name)
			}
		}
	}
	for _, name := range []string{namespace, testSpace} {
		_, err := c.client.Resource(namespaces).Get(ctx, name, metav1.GetOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("look for namespace %s: %w", name, err)
		}
		if err == nil {
			names = append(names, "namespaces/"+name)
		}
	}
	return names, nil
}

// clean removes all that is left, and waits until it is gone. It removes nothing where somebody else uses External Secrets Operator.
func (c cleaner) clean(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cleanTimeout)
	defer cancel()
	if err := c.refuseOthers(ctx); err != nil {
		return err
	}
	// Only while the controller runs do the test's ExternalSecrets end.
	if err := c.removeAll(ctx, func(name string) bool { return name == "namespaces/"+testSpace }); err != nil {
		return err
	}
	return c.removeAll(ctx, func(string) bool { return true })
}

// removeAll removes what is meant, and waits until it is gone.
func (c cleaner) removeAll(ctx context.Context, meant func(name string) bool) error {
	nudged := time.Now()
	for asked := map[string]bool{}; ; {
		names, err := c.left(ctx)
		names = filter(names, meant)
		if err != nil || len(names) == 0 {
			return err
		}
		if time.Since(nudged) > nudgeAfter {
			nudged = time.Now()
			c.nudge(ctx, names)
		}
		for _, name := range names {
			if asked[name] {
				continue
			}
			asked[name] = true
			if err := c.remove(ctx, name); err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("delete %s: %w", name, err)
			}
		}
		select {
		case <-time.After(c.poll):
		case <-ctx.Done():
			return fmt.Errorf("wait until %v is gone: %w", names, ctx.Err())
		}
	}
}

func filter(names []string, keep func(string) bool) []string {
	var kept []string
	for _, name := range names {
		if keep(name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// nudge changes definitions that are being deleted: the API server may let one that has just been made wait for its end, unless it is.
func (c cleaner) nudge(ctx context.Context, names []string) {
	for _, name := range names {
		if object, ok := strings.CutPrefix(name, definitions.Resource+"/"); ok {
			patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"nudged":%q}}}`, time.Now())
			_, _ = c.client.Resource(definitions).Patch(ctx, object, types.MergePatchType, patch, metav1.PatchOptions{})
		}
	}
}

func (c cleaner) remove(ctx context.Context, name string) error {
	resource, object, _ := strings.Cut(name, "/")
	for _, known := range append(clusterWide, namespaces) {
		if known.Resource == resource {
			return c.client.Resource(known).Delete(ctx, object, metav1.DeleteOptions{})
		}
	}
	return nil
}
