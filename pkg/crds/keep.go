package crds

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Keep marks each of the definitions that lacks it, so that Helm leaves them in the cluster whatever a chart says: with a definition go all
// its objects. It returns how many it has marked.
func Keep(ctx context.Context, client dynamic.Interface, definitions []Definition) (int, error) {
	marked := 0
	patch := []byte(`{"metadata":{"annotations":{"` + keepAnnotation + `":"` + keepPolicy + `"}}}`)
	for _, d := range definitions {
		if d.Kept {
			continue
		}
		_, err := client.Resource(Resource).Patch(ctx, d.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: kube.FieldManager})
		if err != nil {
			return marked, fmt.Errorf("mark custom resource definition %s to be kept: %w", d.Name, err)
		}
		marked++
	}
	return marked, nil
}
