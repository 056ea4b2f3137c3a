package setup

import (
	"context"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// ensureNamespace creates the namespace with the product's mark and the labels, unless it exists.
func (r *Runner) ensureNamespace(ctx context.Context, name string, labels map[string]string) error {
	_, err := kube.EnsureNamespace(ctx, r.Typed, r.Dynamic, name, labels, r.Progress)
	return err
}
