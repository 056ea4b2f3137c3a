package eso

import (
	"context"
	"errors"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const raceText = `failed calling webhook "validate.clustersecretstore.external-secrets.io": no endpoints available for service "external-secrets-webhook"`

func webhook(kind, apiVersion string, fields map[string]any) *unstructured.Unstructured {
	obj := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": "w", "namespace": "external-secrets",
		"labels": map[string]any{"app.kubernetes.io/name": "external-secrets-webhook"}}}
	for name, value := range fields {
		obj[name] = value
	}
	return &unstructured.Unstructured{Object: obj}
}

func TestTheWebhooksRace(t *testing.T) {
	deployment := func(replicas int64) *unstructured.Unstructured {
		return webhook("Deployment", "apps/v1", map[string]any{"spec": map[string]any{"replicas": replicas}})
	}
	stuck := webhook("Pod", "v1", map[string]any{"status": map[string]any{"containerStatuses": []any{map[string]any{"name": "c",
		"state": map[string]any{"waiting": map[string]any{"reason": "ImagePullBackOff"}}}}}})
	tests := []struct {
		name    string
		objects []runtime.Object
		text    string
		// tries is how often it is done in all, if it works at the third time.
		tries int
	}{
		{"it starts", []runtime.Object{deployment(1)}, raceText, 3},
		{"it is told to run no pod", []runtime.Object{deployment(0)}, raceText, 1},
		{"there is none", nil, raceText, 1},
		{"its image is not there", []runtime.Object{deployment(1), stuck}, raceText, 1},
		{"another failure", []runtime.Object{deployment(1)}, `admission webhook "validate.clustersecretstore.external-secrets.io" denied the request: x`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kinds := map[schema.GroupVersionResource]string{kube.DeploymentsResource: "DeploymentList", kube.PodsResource: "PodList"}
			client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, tt.objects...)
			tries, told := 0, 0
			err := OnceWebhookAnswers(t.Context(), client, "external-secrets", func(string) { told++ }, func() error {
				if tries++; tries == 3 {
					return nil
				}
				return errors.New(tt.text)
			})
			if tries != tt.tries || (err == nil) != (tt.tries == 3) || told != tt.tries-1 {
				t.Errorf("done %d times, told %d times: %v", tries, told, err)
			}
		})
	}
}

func TestTheWebhooksRaceEndsWithTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	kinds := map[schema.GroupVersionResource]string{kube.DeploymentsResource: "DeploymentList", kube.PodsResource: "PodList"}
	running := webhook("Deployment", "apps/v1", map[string]any{"spec": map[string]any{"replicas": int64(1)}})
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, running)
	if err := OnceWebhookAnswers(ctx, client, "external-secrets", func(string) { cancel() }, func() error { return errors.New(raceText) }); err == nil {
		t.Error("an interrupted wait is a success")
	}
}
