package uninstall

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// secrets finds those that ESO writes and those that this program made. No value is read.
func (s *survey) secrets(ctx context.Context) error {
	return kube.EachPage(ctx, s.Metadata(secretsResource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if secret, ok := s.newSecret(&page[i]); ok {
				s.plan.Secrets = append(s.plan.Secrets, secret)
			} else {
				s.claims.take(s.Uninstaller, secretsResource, "Secret", &page[i])
			}
		}
		return nil
	})
}

// newSecret reports false for a Secret that ESO has nothing to do with.
func (u *Uninstaller) newSecret(obj *unstructured.Unstructured) (Secret, bool) {
	secret := Secret{Namespace: obj.GetNamespace(), Name: obj.GetName(), Fate: Kept, UsedBy: []Use{},
		uid: obj.GetUID(), hash: obj.GetAnnotations()[eso.DataHashAnnotation]}
	if owner := eso.OwningReference(obj); owner >= 0 {
		secret.ExternalSecret = obj.GetOwnerReferences()[owner].Name
		if !u.KeepSecrets {
			secret.Fate = Deleted
		}
		return secret, true
	}
	return secret, obj.GetLabels()[eso.ManagedLabel] == "true"
}
