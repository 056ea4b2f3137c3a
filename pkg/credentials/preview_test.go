package credentials

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// Whatever the Secret is like, the preview says what the write then does, and changes nothing itself.
func TestThePreviewIsTrue(t *testing.T) {
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	of := func(change func(*unstructured.Unstructured)) []*unstructured.Unstructured {
		obj := verified(newOne, at).object(ref)
		// The API server makes the fields of JSON out of what is written.
		data, err := json.Marshal(obj)
		if err != nil {
			t.Fatal(err)
		}
		made := &unstructured.Unstructured{}
		if err := json.Unmarshal(data, made); err != nil {
			t.Fatal(err)
		}
		made.SetResourceVersion("7")
		change(made)
		return []*unstructured.Unstructured{made}
	}
	byHand := `managedFields: [{manager: kubectl-create, operation: Update, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {"f:data": {"f:clientId": {}}}}]`
	for name, tt := range map[string]struct {
		objects []*unstructured.Unstructured
		want    kube.Outcome
		detail  string
	}{
		"there is none":                 {nil, kube.Created, ""},
		"the very same":                 {of(func(*unstructured.Unstructured) {}), kube.Unchanged, ""},
		"verified earlier":              {of(func(o *unstructured.Unstructured) { setAnnotation(o, verifiedAtAnnotation, "2026-01-01T00:00:00Z") }), kube.Unchanged, ""},
		"another client secret":         {of(func(o *unstructured.Unstructured) { o.Object["data"].(map[string]any)["clientSecret"] = "b2xk" }), kube.Changed, ""},
		"without a mark":                {of(func(o *unstructured.Unstructured) { o.SetLabels(nil) }), kube.Changed, ""},
		"with more than ours":           {of(func(o *unstructured.Unstructured) { setAnnotation(o, "team", "a") }), kube.Unchanged, ""},
		"with kubectl's copy of values": {of(func(o *unstructured.Unstructured) { setAnnotation(o, lastApplied, "{}") }), kube.Changed, "copy of the values"},
		"made by hand":                  {[]*unstructured.Unstructured{held(t, byHand)}, kube.Changed, "taken over from kubectl-create"},
	} {
		client := clustertest.Dynamic(tt.objects...)
		content := verified(newOne, at.Add(time.Hour))
		previewed, err := Preview(t.Context(), client, ref, content)
		if err != nil || previewed.Outcome != tt.want || !strings.Contains(previewed.Detail(), tt.detail) {
			t.Errorf("%s: %+v, %v; want %s", name, previewed, err, tt.want)
		}
		for _, verb := range clustertest.Verbs(&client.Fake, "secrets") {
			if verb != "get" {
				t.Errorf("%s: the preview has asked to %s", name, verb)
			}
		}
		written, err := Write(t.Context(), client, ref, content, false)
		if err != nil || written.Outcome != previewed.Outcome || written.Detail() != previewed.Detail() {
			t.Errorf("%s: previewed %+v, written %+v, %v", name, previewed, written, err)
		}
	}
}

func setAnnotation(o *unstructured.Unstructured, name, value string) {
	annotations := o.GetAnnotations()
	annotations[name] = value
	o.SetAnnotations(annotations)
}

func TestThePreviewStopsWhereTheWriteDoes(t *testing.T) {
	client := clustertest.Dynamic(held(t, `labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}`))
	_, previewErr := Preview(t.Context(), client, ref, verified(newOne, time.Time{}))
	_, writeErr := Write(t.Context(), client, ref, verified(newOne, time.Time{}), false)
	if previewErr == nil || writeErr == nil || previewErr.Error() != writeErr.Error() {
		t.Errorf("preview: %v, write: %v", previewErr, writeErr)
	}
}
