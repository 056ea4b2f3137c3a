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
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// cleanTimeout bounds the removal of one installation.
const cleanTimeout = 5 * time.Minute

// nudgeAfter is how long a deletion may take by itself.
const nudgeAfter = 10 * time.Second

var (
	namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	// clusterWide is in the order of removal: what would stand in the way goes first.
	clusterWide = []schema.GroupVersionResource{
		{Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingwebhookconfigurations"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"},
		{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"},
	}
)

// cleaner removes what an installation has made, and nothing else.
type cleaner struct{ client metadata.Interface }

func newCleaner(config *rest.Config) (cleaner, error) {
	config.QPS, config.Burst = 50, 100
	client, err := metadata.NewForConfig(config)
	return cleaner{client}, err
}

// left names what there is of the release and its definitions.
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
	_, err := c.client.Resource(namespaces).Get(ctx, namespace, metav1.GetOptions{})
	if err == nil {
		names = append(names, "namespaces/"+namespace)
	}
	if apierrors.IsNotFound(err) {
		err = nil
	}
	return names, err
}

// clean removes all that is left, and waits until it is gone.
func (c cleaner) clean(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cleanTimeout)
	defer cancel()
	nudged := time.Now()
	for asked := map[string]bool{}; ; {
		names, err := c.left(ctx)
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
		case <-time.After(time.Second):
		case <-ctx.Done():
			return fmt.Errorf("wait until %v is gone: %w", names, ctx.Err())
		}
	}
}

// nudge changes definitions that are being deleted: the API server may let one that has just been made wait for its end, unless it is.
func (c cleaner) nudge(ctx context.Context, names []string) {
	for _, name := range names {
		if object, ok := strings.CutPrefix(name, "customresourcedefinitions/"); ok {
			patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"nudged":%q}}}`, time.Now())
			_, _ = c.client.Resource(clusterWide[3]).Patch(ctx, object, types.MergePatchType, patch, metav1.PatchOptions{})
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
