package repair

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const definitionKind = "CustomResourceDefinition"

// state is what the judgements are made of.
type state struct {
	content helm.Content
	// definitions are ESO's, without their schemas.
	definitions []*unstructured.Unstructured
	// webhooks are ESO's configurations, of whatever release.
	webhooks []admissionv1.ValidatingWebhookConfiguration
	// deployments are those of the release.
	deployments []*unstructured.Unstructured
}

func (r *Repairer) look(ctx context.Context) (*state, error) {
	s := &state{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		s.content, err = r.Releases.Content(r.Release)
		return err
	})
	group.Go(func() error {
		return kube.EachPage(ctx, r.Metadata(crds.Resource, metav1.NamespaceAll), metav1.ListOptions{}, func(page []unstructured.Unstructured) error {
			for i := range page {
				if _, group, _ := strings.Cut(page[i].GetName(), "."); slices.Contains(eso.Groups, group) {
					s.definitions = append(s.definitions, &page[i])
				}
			}
			return nil
		})
	})
	group.Go(func() error {
		list, err := r.Typed.AdmissionregistrationV1().ValidatingWebhookConfigurations().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, c := range list.Items {
			if allOfESO(c.Webhooks) {
				s.webhooks = append(s.webhooks, c)
			}
		}
		return nil
	})
	group.Go(func() error {
		list, err := r.Dynamic.Resource(kube.DeploymentsResource).Namespace(r.Namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range list.Items {
			if d := &list.Items[i]; eso.IsDeployment(d) && eso.OfRelease(d, r.Namespace, r.Release) {
				s.deployments = append(s.deployments, d)
			}
		}
		return nil
	})
	return s, group.Wait()
}

// allOfESO reports whether a webhook configuration is ESO's and nobody else's.
func allOfESO(webhooks []admissionv1.ValidatingWebhook) bool {
	for _, w := range webhooks {
		if !strings.HasSuffix(w.Name, eso.Suffix) || w.ClientConfig.Service == nil {
			return false
		}
	}
	return len(webhooks) > 0
}

// recorded reports whether Helm knows the release.
func (s *state) recorded() bool { return s.content.Status != helm.Absent }

// controllerWorks reports whether there is a controller that takes finalizers away.
func (s *state) controllerWorks() bool {
	return slices.ContainsFunc(s.deployments, func(d *unstructured.Unstructured) bool { return eso.IsController(d) && eso.Works(d) })
}

// keeper is the GitOps tool that keeps one of the release's Deployments, or nothing.
func (s *state) keeper() string {
	for _, d := range s.deployments {
		if owner, found := kube.OwnerOf(d); found && owner.Tool != "Helm" {
			return owner.String()
		}
	}
	return ""
}

// exists asks whether an object is there.
func exists(_ any, err error) (bool, error) {
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
