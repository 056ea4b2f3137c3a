package eso

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// webhookParts selects what the cert-controller fills: the webhook's Secret, among others.
const webhookParts = "external-secrets.io/component=webhook"

// Operator is an installation of ESO that is to run.
type Operator struct {
	Dynamic dynamic.Interface
	Typed   kubernetes.Interface
	// Metadata reads metadata alone; nil does without the short cut to the webhook's certificates.
	Metadata           func(resource schema.GroupVersionResource, namespace string) kube.Reader
	Namespace, Release string
	// Deployments must be there, whatever others there are.
	Deployments []string
	Progress    func(string)
}

// WaitRunning waits until every Deployment is available and the API server reaches the webhook, or fails as soon as something will not heal
// by itself. The webhook waits for certificates that come after its pod: the kubelet is made to look at once, instead of after a minute.
func (o Operator) WaitRunning(ctx context.Context) error {
	rollout := kube.Rollout{Client: o.Dynamic, Namespace: o.Namespace, Selector: InstanceSelector(o.Release), Names: o.Deployments,
		Logs: kube.LastLines(o.Typed, o.Namespace), Progress: o.Progress}
	if o.Metadata != nil {
		secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
		rollout.Refresh = &kube.Refresh{Secrets: o.Metadata(secrets, o.Namespace), Selector: webhookParts}
	}
	const tried = "start External Secrets Operator"
	err := rollout.Wait(ctx)
	var stuck *kube.StuckError
	if errors.As(err, &stuck) {
		return &cause.Error{Tried: tried, Cause: cause.WorkloadStuck(string(stuck.Trouble.Obstacle), stuck.Trouble.Object, o.Namespace), Err: err}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", tried, err)
	}
	if AskWebhook(ctx, o.Dynamic) == nil {
		return nil
	}
	o.Progress("waiting for the webhook to answer the API server")
	return WaitWebhook(ctx, o.Dynamic)
}
