package proof

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// requireRights fails before anything is made if the test could not be carried out, or what it makes not be removed.
func (p *Prover) requireRights(ctx context.Context, req Request) error {
	es := kube.Right{Group: eso.ExternalSecrets.Group, Resource: eso.ExternalSecrets.Resource, Namespace: req.Namespace}
	rights := append(kube.On(es, "create", "patch", "list", "delete"), kube.On(kube.Right{Resource: "secrets", Namespace: req.Namespace}, "get")...)
	_, err := p.Typed.CoreV1().Namespaces().Get(ctx, req.Namespace, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		rights = append(rights, kube.On(kube.Right{Resource: "namespaces"}, "create", "delete")...)
	case err != nil:
		return fmt.Errorf("read namespace %s: %w", req.Namespace, err)
	}
	return kube.RequireRights(ctx, p.Typed, "test in namespace "+req.Namespace, rights)
}

// refuseForeign makes sure that no ExternalSecret and no Secret of others has the name of the test's: ESO would replace its content.
func (p *Prover) refuseForeign(ctx context.Context, req Request) error {
	names, err := req.names()
	if err != nil {
		return err
	}
	client := p.Dynamic.Resource(eso.ExternalSecrets).Namespace(req.Namespace)
	for _, a := range names {
		held, err := client.Get(ctx, a.name, metav1.GetOptions{})
		if err == nil && (!kube.MadeByUs(held) || held.GetLabels()["eso-infisical.dev/purpose"] != "test") {
			return taken("ExternalSecret", req.Namespace, a.name)
		}
		if err == nil {
			continue // The Secret is that of our own.
		}
		if !apierrors.IsNotFound(err) {
			return eso.Explain(fmt.Sprintf("look for ExternalSecret %s/%s", req.Namespace, a.name), err)
		}
		secret, err := p.Typed.CoreV1().Secrets(req.Namespace).Get(ctx, a.name, metav1.GetOptions{})
		if err == nil && secret.Labels["reconcile.external-secrets.io/managed"] == "" {
			return taken("Secret", req.Namespace, a.name)
		}
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("look for Secret %s/%s: %w", req.Namespace, a.name, err)
		}
	}
	return nil
}

func taken(kind, namespace, name string) error {
	return &cause.Error{Tried: "test in namespace " + namespace, Cause: cause.NameTaken(kind, namespace+"/"+name)}
}
