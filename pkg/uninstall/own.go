package uninstall

import (
	"context"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// ours selects what this program made or has taken over.
var ours = metav1.ListOptions{LabelSelector: kube.ManagedByLabel + "=" + kube.FieldManager}

// claims collects objects that carry this program's mark, from several looks at once.
type claims struct {
	mu    sync.Mutex
	items []Item
}

func (s *survey) ownObjects(resource schema.GroupVersionResource, kind string) func(context.Context) error {
	return func(ctx context.Context) error {
		return kube.EachPage(ctx, s.Metadata(resource, metav1.NamespaceAll), ours, func(page []unstructured.Unstructured) error {
			for i := range page {
				s.claims.take(s.Uninstaller, resource, kind, &page[i])
			}
			return nil
		})
	}
}

// take adds the object if it carries the mark.
func (c *claims) take(u *Uninstaller, resource schema.GroupVersionResource, kind string, obj *unstructured.Unstructured) {
	if obj.GetLabels()[kube.ManagedByLabel] != kube.FieldManager {
		return
	}
	item := Item{Kind: kind, Namespace: obj.GetNamespace(), Name: obj.GetName(), Fate: Deleted, resource: resource, uid: obj.GetUID()}
	if reason := u.spare(resource, obj); reason != "" {
		item.Fate, item.Reason = Kept, reason
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = append(c.items, item)
}

// spare says why an object with this program's mark is not deleted, or nothing.
func (u *Uninstaller) spare(resource schema.GroupVersionResource, obj *unstructured.Unstructured) string {
	if from := credentials.AdoptedFrom(obj); from != "" {
		return "it was there before, made by " + from
	}
	if others := writers(obj); len(others) > 0 {
		return "it is written by " + strings.Join(others, ", ") + ", too"
	}
	if owner, found := kube.OwnerOf(obj); found {
		return "it is kept by " + owner.String()
	}
	if u.KeepCredentials && (resource == secretsResource || resource == configMapsResource) {
		return "--keep-credentials"
	}
	return ""
}

// writers are the other field managers that have written what the object holds, now or at its creation: its type or data. Kubernetes' own
// controller, which fills in tokens, does not count.
func writers(obj metav1.Object) []string {
	var names []string
	for _, field := range []string{"data", "type"} {
		for _, name := range kube.Managers(obj, field) {
			if name != "kube-controller-manager" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
