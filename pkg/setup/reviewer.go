package setup

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// reviewerName is that of the account, its token and the binding that let Infisical ask the cluster about tokens.
const reviewerName = "eso-infisical-token-reviewer"

// reviewerPatience is how long Kubernetes is given to fill in a ServiceAccount's token.
const reviewerPatience = 30 * time.Second

var (
	serviceAccounts     = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
	clusterRoleBindings = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}
)

// allowReview lets ESO's ServiceAccount and the reviewer's have tokens reviewed, and nothing else.
func (r *Runner) allowReview(ctx context.Context) error {
	subject := func(name string) map[string]any {
		return map[string]any{"kind": "ServiceAccount", "name": name, "namespace": r.Desired.Namespace}
	}
	binding := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
		"metadata": map[string]any{"name": reviewerName, "labels": map[string]any{kube.ManagedByLabel: kube.FieldManager}},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"},
		"subjects": []any{subject(r.Desired.Release), subject(reviewerName)},
	}}
	_, _, err := kube.Apply(ctx, r.Dynamic.Resource(clusterRoleBindings), binding, false)
	return err
}

// reviewerToken makes the account whose token an older Infisical keeps, and returns that token.
func (r *Runner) reviewerToken(ctx context.Context) (string, error) {
	ref := eso.Reference{Namespace: r.Desired.Namespace, Name: reviewerName}
	if _, err := r.applyInput(ctx, serviceAccounts, object("ServiceAccount", ref), ""); err != nil {
		return "", err
	}
	token := object("Secret", ref)
	token.Object["type"] = "kubernetes.io/service-account-token"
	token.SetAnnotations(map[string]string{"kubernetes.io/service-account.name": reviewerName})
	if _, err := r.applyInput(ctx, secretsResource, token, ""); err != nil {
		return "", err
	}
	return r.awaitToken(ctx, ref)
}

func (r *Runner) awaitToken(ctx context.Context, ref eso.Reference) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, reviewerPatience)
	defer cancel()
	sources := []kube.Source{kube.Named(r.Dynamic.Resource(secretsResource).Namespace(ref.Namespace), ref.Name)}
	err := kube.Until(ctx, sources, func(seen []kube.Seen) (bool, error) {
		secret := seen[0].First()
		if secret == nil {
			return false, nil
		}
		token, _, _ := unstructured.NestedString(secret.Object, "data", "token")
		return token != "", nil
	})
	if err != nil {
		return "", fmt.Errorf("wait for the token of ServiceAccount %s/%s: %w", ref.Namespace, ref.Name, err)
	}
	secret, err := r.Typed.CoreV1().Secrets(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return "", fmt.Errorf("read the token of ServiceAccount %s/%s: %w", ref.Namespace, ref.Name, err)
	}
	return string(secret.Data["token"]), nil
}

// removeReview removes what lets Infisical ask the cluster about tokens, unless a store logs in as another identity by the same means. It says
// what it has removed.
func (r *Runner) removeReview(ctx context.Context, identityID string) ([]string, error) {
	if needed, err := r.reviewsOthers(ctx, identityID); err != nil || needed {
		return nil, err
	}
	var removed []string
	for _, target := range []struct {
		resource        schema.GroupVersionResource
		kind, namespace string
	}{{clusterRoleBindings, "ClusterRoleBinding", ""}, {secretsResource, "Secret", r.Desired.Namespace}, {serviceAccounts, "ServiceAccount", r.Desired.Namespace}} {
		api := r.Dynamic.Resource(target.resource).Namespace(target.namespace)
		obj, err := api.Get(ctx, reviewerName, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && obj.GetLabels()[kube.ManagedByLabel] != kube.FieldManager {
			continue
		}
		if err == nil {
			err = api.Delete(ctx, reviewerName, metav1.DeleteOptions{})
		}
		if err != nil && !apierrors.IsNotFound(err) {
			return removed, fmt.Errorf("remove %s %s: %w; run the same command again", target.kind, reviewerName, err)
		}
		removed = append(removed, target.kind+"/"+reviewerName)
	}
	return removed, nil
}

// reviewsOthers reports whether a store uses Kubernetes Auth with another identity.
func (r *Runner) reviewsOthers(ctx context.Context, identityID string) (bool, error) {
	stores, err := r.storesUsing(ctx, metav1.NamespaceAll, func(s eso.Store) bool { return s.Auth == eso.KubernetesAuth })
	if err != nil {
		return false, err
	}
	for _, s := range stores {
		// A store whose Secret cannot be read may be of another identity.
		if id, err := r.identityID(ctx, s.Credentials); err != nil || id != identityID {
			return true, nil
		}
	}
	return false, nil
}
