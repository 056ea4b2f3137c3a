package credentials

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

var (
	ref    = eso.Reference{Namespace: "external-secrets", Name: "creds"}
	oldOne = infisical.UniversalAuth{ClientID: "id-1", ClientSecret: "0ldsecret-canary-0123456789"}
	newOne = infisical.UniversalAuth{ClientID: "id-1", ClientSecret: "newsecret-canary-0123456789"}
)

func verified(pair infisical.UniversalAuth, at time.Time) Content {
	return Content{Pair: pair, Record: Record{SecretID: "cs-1", IdentityID: "i-1", VerifiedAt: at, VerifiedFrom: "local"}}
}

func stored(t *testing.T, client dynamic.Interface) *unstructured.Unstructured {
	t.Helper()
	obj, err := client.Resource(secrets).Namespace(ref.Namespace).Get(t.Context(), ref.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// held is a Secret that others have made; extra goes into its metadata.
func held(t *testing.T, extra string) *unstructured.Unstructured {
	return clustertest.Object(t, `
apiVersion: v1
kind: Secret
type: Opaque
metadata: {name: creds, namespace: external-secrets, resourceVersion: "7", `+extra+`}
data: {clientId: aWQtMA==, clientSecret: b2xk, note: a2VwdA==}`)
}

func TestWriteThenReadBack(t *testing.T) {
	client := clustertest.Dynamic()
	want := verified(newOne, time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC))
	want.Previous = &Previous{Pair: oldOne, SecretID: "cs-0", IdentityID: "i-1", ReplacedAt: time.Date(2026, 11, 24, 3, 0, 1, 0, time.UTC)}
	w, err := Write(t.Context(), client, ref, want, false)
	if err != nil || w.Outcome != kube.Created {
		t.Fatalf("%v, %v", w, err)
	}
	got, err := Read(t.Context(), client, ref)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Content{})); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	if prefix := stored(t, client).GetAnnotations()[prefixAnnotation]; prefix != "news" {
		t.Errorf("prefix %q", prefix)
	}
}

func TestSecondWriteChangesNothing(t *testing.T) {
	client := clustertest.Dynamic()
	first := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	if _, err := Write(t.Context(), client, ref, verified(newOne, first), false); err != nil {
		t.Fatal(err)
	}
	before := stored(t, client).GetResourceVersion()
	w, err := Write(t.Context(), client, ref, verified(newOne, first.Add(time.Hour)), false)
	if err != nil || w.Outcome != kube.Unchanged || stored(t, client).GetResourceVersion() != before {
		t.Errorf("%v, %v: a second verification of the same pair changes the Secret", w, err)
	}
	later := verified(newOne, first.Add(time.Hour))
	later.VerifiedFrom = "cluster"
	if w, err := Write(t.Context(), client, ref, later, false); err != nil || w.Outcome != kube.Changed {
		t.Errorf("%v, %v: another way of verification is not recorded", w, err)
	}
}

func TestWriteTakesOverFromAPerson(t *testing.T) {
	leak, err := json.Marshal(`{"data":{"clientSecret":"b2xk"}}`)
	if err != nil {
		t.Fatal(err)
	}
	client := clustertest.Dynamic(held(t, `managedFields: [{manager: kubectl-client-side-apply, operation: Update, fieldsV1: {"f:data": {"f:clientSecret": {}}}}],
  annotations: {kubectl.kubernetes.io/last-applied-configuration: `+string(leak)+`}`))
	w, err := Write(t.Context(), client, ref, verified(newOne, time.Now()), false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Written{Outcome: kube.Changed, Adopted: []string{"kubectl-client-side-apply"}, LeakRemoved: true}, w); diff != "" {
		t.Error(diff)
	}
	obj := stored(t, client)
	if _, leaks := obj.GetAnnotations()[lastApplied]; leaks || value(obj, "note") != "kept" {
		t.Errorf("annotations %v, note %q", obj.GetAnnotations(), value(obj, "note"))
	}
	if text := w.Detail(); !strings.Contains(text, "taken over from kubectl-client-side-apply") || !strings.Contains(text, "annotation is removed") {
		t.Errorf("detail %q", text)
	}
}

func TestWriteStopsBeforeWhatOthersKeep(t *testing.T) {
	tests := map[string]struct {
		obj  func(t *testing.T) *unstructured.Unstructured
		code string
		text string
	}{
		"Argo CD": {func(t *testing.T) *unstructured.Unstructured {
			return held(t, "annotations: {argocd.argoproj.io/tracking-id: app}")
		}, "EI320", "Argo CD (app)"},
		"Flux": {func(t *testing.T) *unstructured.Unstructured {
			return held(t, "labels: {kustomize.toolkit.fluxcd.io/name: infra}")
		}, "EI320", "Flux (infra)"},
		"another ExternalSecret": {func(t *testing.T) *unstructured.Unstructured {
			return held(t, "ownerReferences: [{apiVersion: external-secrets.io/v1, kind: ExternalSecret, name: creds, uid: u, controller: true}]")
		}, "EI320", "ExternalSecret creds"},
		"Kubernetes Auth's": {func(t *testing.T) *unstructured.Unstructured {
			obj := held(t, "labels: {a: b}")
			obj.Object["data"] = map[string]any{"identityId": "aWQ="}
			return obj
		}, "EI329", "--secret NAME"},
		"immutable": {func(t *testing.T) *unstructured.Unstructured {
			obj := held(t, "labels: {a: b}")
			obj.Object["immutable"] = true
			return obj
		}, "EI321", "kubectl -n external-secrets delete secret creds"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client := clustertest.Dynamic(tt.obj(t))
			before := stored(t, client)
			_, err := Write(t.Context(), client, ref, verified(newOne, time.Now()), true)
			var named *cause.Error
			if !errors.As(err, &named) || string(named.Cause.Code) != tt.code || !strings.Contains(named.Cause.Summary+named.Cause.Fix, tt.text) {
				t.Errorf("error = %v", err)
			}
			if diff := cmp.Diff(before, stored(t, client)); diff != "" {
				t.Errorf("it was written nevertheless: %s", diff)
			}
		})
	}
}

func TestReadIncomplete(t *testing.T) {
	empty := held(t, "labels: {a: b}")
	_ = unstructured.SetNestedField(empty.Object, "", "data", "clientSecret")
	for name, tt := range map[string]struct {
		client dynamic.Interface
		want   cause.Cause
	}{
		"missing": {clustertest.Dynamic(), cause.CredentialsMissing},
		"empty":   {clustertest.Dynamic(empty), cause.CredentialsIncomplete},
	} {
		_, err := Read(t.Context(), tt.client, ref)
		var named *cause.Error
		if !errors.As(err, &named) || named.Cause != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestContentDoesNotPrint(t *testing.T) {
	c := verified(newOne, time.Now())
	c.Previous = &Previous{Pair: oldOne}
	if text := fmt.Sprintf("%v %+v %#v %s %v", c, c, c, c, *c.Previous); strings.Contains(text, "canary") {
		t.Errorf("it prints %s", text)
	}
	if Prefix("short") != "" || Prefix(newOne.ClientSecret) != "news" {
		t.Error("a prefix shows too much or too little")
	}
}

func TestCheckWriteChangesNothing(t *testing.T) {
	client := clustertest.Dynamic()
	if err := CheckWrite(t.Context(), client, ref); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), client, ref); err == nil {
		t.Error("the check has written the Secret")
	}
	tests := map[string]struct {
		refusal error
		fails   bool
	}{
		"not allowed":                      {clustertest.Forbidden("secrets"), true},
		"no namespace yet":                 {clustertest.NoSuchResource("namespaces"), false},
		"a webhook that knows no dry runs": {errors.New("admission webhook does not support dry run"), false},
	}
	for name, tt := range tests {
		client := clustertest.Dynamic()
		clustertest.Refuse(&client.Fake, "patch", "secrets", tt.refusal)
		if err := CheckWrite(t.Context(), client, ref); (err != nil) != tt.fails {
			t.Errorf("%s: %v", name, err)
		}
	}
	kept := clustertest.Dynamic(held(t, "annotations: {argocd.argoproj.io/tracking-id: app}"))
	var named *cause.Error
	if err := CheckWrite(t.Context(), kept, ref); !errors.As(err, &named) || named.Cause.Code != "EI320" {
		t.Errorf("kept by another tool: %v", err)
	}
}

func TestContinuing(t *testing.T) {
	at := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	known := verified(newOne, at)
	known.MadeAs, known.Previous = "eso-p", &Previous{Pair: oldOne}
	if got := (Content{Pair: newOne}).Continuing(known); got.Record != known.Record || got.Previous != known.Previous {
		t.Errorf("what is known is forgotten: %+v", got.Record)
	}
	fresh := verified(newOne, at.Add(time.Hour))
	fresh.VerifiedFrom = "cluster"
	if got := fresh.Continuing(known); got.VerifiedFrom != "cluster" || !got.VerifiedAt.Equal(fresh.VerifiedAt) || got.MadeAs != "eso-p" {
		t.Errorf("what is new is lost: %+v", got.Record)
	}
	if got := (Content{Pair: oldOne}).Continuing(known); got.Record != (Record{}) || got.Previous != nil {
		t.Errorf("it is said of another pair: %+v", got.Record)
	}
}

func TestWhatIsKeptIsReadBack(t *testing.T) {
	client := clustertest.Dynamic()
	at := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	want := verified(newOne, at)
	want.Previous = &Previous{Pair: oldOne, ReplacedAt: at, ProvedAt: at.Add(time.Minute), KeptUntil: at.Add(time.Hour)}
	if _, err := Write(t.Context(), client, ref, want, false); err != nil {
		t.Fatal(err)
	}
	got, err := Read(t.Context(), client, ref)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Content{})); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	if id, madeAs := MadeIdentity(stored(t, client).GetAnnotations()); id != "i-1" || madeAs != "" {
		t.Errorf("made identity %q as %q", id, madeAs)
	}
	want.Previous = nil
	if _, err := Write(t.Context(), client, ref, want, false); err != nil {
		t.Fatal(err)
	}
	if annotations := stored(t, client).GetAnnotations(); annotations[keptUntilAnnotation] != "" || value(stored(t, client), previousSecretKey) != "" {
		t.Errorf("annotations %v", annotations)
	}
}

func TestWriteRemembersWhoMadeTheSecret(t *testing.T) {
	tests := map[string]struct {
		existing *unstructured.Unstructured
		want     string
	}{
		"nobody":         {nil, ""},
		"a person":       {held(t, `managedFields: [{manager: kubectl-create, fieldsV1: {"f:data": {}, "f:type": {}}}]`), "kubectl-create"},
		"several":        {held(t, `managedFields: [{manager: kubectl, fieldsV1: {"f:stringData": {}}}, {manager: k9s, fieldsV1: {"f:metadata": {}}}]`), "kubectl, k9s"},
		"nobody knows":   {held(t, ""), "somebody else"},
		"known already":  {held(t, `labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical}, annotations: {eso-infisical.dev/adopted-from: kubectl}`), "kubectl"},
		"this program":   {held(t, `labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical}`), ""},
		"us, and edited": {held(t, `labels: {app.kubernetes.io/managed-by: kubectl-eso-infisical}, managedFields: [{manager: kubectl-edit, fieldsV1: {"f:data": {}}}]`), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client := clustertest.Dynamic()
			if tt.existing != nil {
				client = clustertest.Dynamic(tt.existing)
			}
			for range 2 {
				if _, err := Write(t.Context(), client, ref, verified(newOne, time.Unix(0, 0)), true); err != nil {
					t.Fatal(err)
				}
				if got := AdoptedFrom(stored(t, client)); got != tt.want {
					t.Errorf("adopted from %q, want %q", got, tt.want)
				}
			}
		})
	}
}
