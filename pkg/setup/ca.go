package setup

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/trust"
)

// ApplyCA writes the bundle as the ConfigMap that the store refers to.
func (r *Runner) ApplyCA(ctx context.Context, bundle trust.Bundle) (Result, error) {
	err := r.recall(ctx, &r.Desired.CA, "--ca-configmap", func(s eso.Store) eso.Reference { return s.CA })
	if err != nil {
		return Result{}, err
	}
	configMap := object("ConfigMap", r.Desired.configMap())
	configMap.Object["data"] = map[string]any{eso.CAKey: string(bundle.PEM())}
	var names []string
	for _, c := range bundle.Certificates {
		names = append(names, trust.Describe(c))
	}
	return r.applyInput(ctx, configMapsResource, configMap, strings.Join(names, "; "))
}

// caReference returns the ConfigMap that was named or that the store names, else the default one if the cluster has it, and else an empty
// reference: a server whose certificate the system trusts needs none.
func (r *Runner) caReference(ctx context.Context) (eso.Reference, error) {
	ref := r.Desired.configMap()
	if r.Desired.CA.Name != "" {
		return ref, nil
	}
	_, err := r.Typed.CoreV1().ConfigMaps(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return eso.Reference{}, nil
	}
	if err != nil {
		return eso.Reference{}, fmt.Errorf("read ConfigMap %s/%s: %w", ref.Namespace, ref.Name, err)
	}
	return ref, nil
}

// heldCA is the bundle in a ConfigMap; an empty reference holds none, so that the system's certificates alone count.
func (r *Runner) heldCA(ctx context.Context, ref eso.Reference) (trust.Bundle, error) {
	if ref.Name == "" {
		return trust.Bundle{}, nil
	}
	what := fmt.Sprintf("read the CA in ConfigMap %s/%s", ref.Namespace, ref.Name)
	configMap, err := r.Typed.CoreV1().ConfigMaps(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return trust.Bundle{}, fmt.Errorf("%s: %w", what, err)
	}
	bundle, err := trust.ParsePEM([]byte(configMap.Data[eso.CAKey]), time.Now())
	if err != nil {
		return trust.Bundle{}, &cause.Error{Tried: what, Err: err, Cause: cause.CAUnusable}
	}
	return bundle, nil
}

// ReadCA parses the content of a CA file; source names it in errors.
func ReadCA(source string, data []byte) (trust.Bundle, error) {
	bundle, err := trust.ParsePEM(data, time.Now())
	if err != nil {
		return trust.Bundle{}, &InputError{Problem: fmt.Sprintf("read the CA file %s: %v", source, err)}
	}
	return bundle, nil
}
