package eso

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// webhookPoll is how often a webhook is asked that does not answer yet. Nothing can be watched here: what is awaited is that the
// API server itself can reach it.
const webhookPoll = 500 * time.Millisecond

// AskWebhook proves that the API server reaches ESO's webhook and trusts it: it creates a store as a server-side dry run, which
// passes through the webhook and is stored nowhere.
func AskWebhook(ctx context.Context, client dynamic.Interface) error {
	probe := Store{Name: "eso-infisical-probe", Host: "https://probe.invalid", Project: "probe", Environment: "probe", Path: "/",
		Credentials: Reference{Namespace: "default", Name: "probe"}}.Object()
	_, err := client.Resource(ClusterSecretStores).Create(ctx, probe,
		metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: kube.FieldManager})
	return Explain("ask ESO's webhook", err)
}

// WaitWebhook asks until the webhook answers. Right after an install it does not yet, which heals by itself.
func WaitWebhook(ctx context.Context, client dynamic.Interface) error {
	for {
		err := AskWebhook(ctx, client)
		if err == nil || !cause.WebhookNotYetReachable(err.Error()) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for ESO's webhook: %w (last answer: %w)", ctx.Err(), err)
		case <-time.After(webhookPoll):
		}
	}
}
