package eso

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// webhookRace is how long the API server may need to reach a webhook that has just been installed.
const webhookRace = 2 * time.Minute

// webhookSelector picks the webhook's Deployment and pods, whatever the release is called.
const webhookSelector = "app.kubernetes.io/name=external-secrets-webhook"

// OnceWebhookAnswers does what passes through ESO's webhook, in that namespace, and does it again while the webhook starts: after an
// install the API server does not reach it for a while. Only the messages that this gives are waited with, for two minutes, and not where
// nothing starts. progress receives a line when that begins.
func OnceWebhookAnswers(ctx context.Context, client dynamic.Interface, namespace string, progress func(string), do func() error) error {
	err := do()
	for end := time.Now().Add(webhookRace); err != nil && cause.WebhookNotYetReachable(err.Error()) && time.Now().Before(end); err = do() {
		if !webhookStarts(ctx, client, namespace) {
			return err
		}
		progress("waiting for ESO's webhook to answer the API server")
		select {
		case <-ctx.Done():
			return err
		case <-time.After(webhookPoll):
		}
	}
	return err
}

// webhookStarts reports whether the webhook may yet come: it is to run, and no pod of it is stuck. Who may not look hopes.
func webhookStarts(ctx context.Context, client dynamic.Interface, namespace string) bool {
	options := metav1.ListOptions{LabelSelector: webhookSelector}
	deployments, err := client.Resource(kube.DeploymentsResource).Namespace(namespace).List(ctx, options)
	if err != nil {
		return apierrors.IsForbidden(err)
	}
	seen := kube.ListSeen(deployments).Objects
	if len(seen) == 0 || len(kube.ScaledToZero(seen)) > 0 {
		return false
	}
	pods, err := client.Resource(kube.PodsResource).Namespace(namespace).List(ctx, options)
	if err != nil {
		return apierrors.IsForbidden(err)
	}
	for _, pod := range kube.ListSeen(pods).Objects {
		if _, stuck := kube.PodTrouble(pod); stuck {
			return false
		}
	}
	return true
}
