package uninstall

import (
	"context"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const definitionKind = "CustomResourceDefinition"

// webhooks finds ESO's configurations that lead to this release's Service. Others are another installation's.
func (s *survey) webhooks(ctx context.Context) error {
	list, err := s.Typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, configuration := range list.Items {
		if leadsTo(configuration.Webhooks, s.Namespace) {
			s.plan.Webhooks = append(s.plan.Webhooks, Item{Kind: "ValidatingWebhookConfiguration", Name: configuration.Name, Fate: Deleted,
				resource: webhooksResource, uid: configuration.UID})
		}
	}
	return nil
}

// leadsTo reports whether all of the webhooks are ESO's and have their Service in the namespace.
func leadsTo(webhooks []admissionv1.ValidatingWebhook, namespace string) bool {
	for _, w := range webhooks {
		if service := w.ClientConfig.Service; service == nil || service.Namespace != namespace || !strings.HasSuffix(w.Name, ".external-secrets.io") {
			return false
		}
	}
	return len(webhooks) > 0
}

// definitions finds ESO's custom resource definitions by their names, which end in their group.
func (s *survey) definitions(ctx context.Context) error {
	return kube.EachPage(ctx, s.Metadata(definitionsResource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
		for i := range page {
			if _, group, _ := strings.Cut(page[i].GetName(), "."); !slices.Contains(eso.Groups, group) {
				continue
			}
			item := Item{Kind: definitionKind, Name: page[i].GetName(), Fate: Deleted, resource: definitionsResource, uid: page[i].GetUID()}
			switch {
			case page[i].GetDeletionTimestamp() != nil && !s.DeleteCRDs:
				item.Fate, item.Reason = Kept, "it is being deleted already"
			case !s.DeleteCRDs:
				item.Fate, item.Reason = Kept, "--delete-crds was not given"
			}
			s.plan.Definitions = append(s.plan.Definitions, item)
		}
		return nil
	})
}
