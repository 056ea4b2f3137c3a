package mend

import (
	"context"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
)

// canary is a value that must never be shown.
const canary = "canary-3f9a"

var now = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// world is a Mender and what lies below it.
type world struct {
	*Mender
	dynamic *fake.FakeDynamicClient
	typed   *typedfake.Clientset
	content helm.Content
	settled int
	asked   []string
}

func (w *world) Content(string) (helm.Content, error) { return w.content, nil }

func (w *world) Settle(context.Context, string) (helm.Release, error) {
	w.settled++
	w.content.Status = helm.Deployed
	return w.content.Release, nil
}

// newWorld makes a cluster whose ESO finds every store good that is touched. Secrets are known to both clients, since metadata is read by the one
// and patches go through the other.
func newWorld(t *testing.T, objects ...runtime.Object) *world {
	t.Helper()
	return judging(t, nil, objects...)
}

// judging makes a cluster whose ESO says of a store what works says; see clustertest.Operator.
func judging(t *testing.T, works func(clientID, clientSecret string) error, objects ...runtime.Object) *world {
	t.Helper()
	var dynamic []*unstructured.Unstructured
	var typed []runtime.Object
	for _, o := range objects {
		if u, ok := o.(*unstructured.Unstructured); ok {
			dynamic = append(dynamic, u)
			continue
		}
		typed = append(typed, o)
		if s, ok := o.(*corev1.Secret); ok {
			fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(s)
			if err != nil {
				t.Fatal(err)
			}
			known := &unstructured.Unstructured{Object: fields}
			known.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
			dynamic = append(dynamic, known)
		}
	}
	w := &world{dynamic: clustertest.Dynamic(dynamic...), typed: typedfake.NewClientset(typed...),
		content: helm.Content{Release: helm.Release{Name: "external-secrets", Status: helm.Deployed, RawStatus: "deployed", Revision: 1, Ours: true, Updated: now}}}
	clustertest.Operator(w.dynamic, works)
	clustertest.DryRunPatches(w.dynamic)
	w.allow("")
	bare := func(resource schema.GroupVersionResource, namespace string) kube.Reader {
		return named{w.dynamic.Resource(resource).Namespace(namespace)}
	}
	w.Mender = &Mender{Namespace: "external-secrets", Dynamic: w.dynamic, Typed: w.typed, Progress: func(string) {},
		Installation: &repair.Repairer{Namespace: "external-secrets", Release: "external-secrets", Dynamic: w.dynamic, Typed: w.typed, Releases: w,
			Metadata: bare, Progress: func(string) {}, Now: func() time.Time { return now.Add(time.Hour) }},
		Tests: &proof.Prover{Dynamic: w.dynamic, Typed: w.typed, Progress: func(string) {},
			Lookout: kube.Lookout{Discovery: w.typed.Discovery(), Metadata: metadatafake.NewSimpleMetadataClient(metadatafake.NewTestScheme())}}}
	return w
}

// named minds the selector of a name, which the fake does not.
type named struct{ kube.Reader }

func (n named) List(ctx context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	list, err := n.Reader.List(ctx, options)
	if name, found := strings.CutPrefix(options.FieldSelector, "metadata.name="); found && err == nil {
		kept := list.Items[:0]
		for _, item := range list.Items {
			if item.GetName() == name {
				kept = append(kept, item)
			}
		}
		list.Items = kept
	}
	return list, err
}

// allow answers every question for a right with yes, but for those to the resource.
func (w *world) allow(refused string) {
	w.typed.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		of := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).Spec.ResourceAttributes
		w.asked = append(w.asked, of.Verb+" "+of.Resource)
		return true, &authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: of.Resource != refused}}, nil
	})
}

// found is a report with one finding.
func found(code cause.Code, objects ...doctor.Object) doctor.Report {
	return reportOf(doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: code, Summary: "broken", Fix: "mend it by hand"}, Objects: objects})
}

func reportOf(findings ...doctor.Finding) doctor.Report {
	return doctor.Report{Outcomes: []doctor.Outcome{{Code: "EI701", Findings: findings}}}
}

func (w *world) plan(t *testing.T, report doctor.Report) Plan {
	t.Helper()
	before := w.changes()
	p, err := w.Plan(t.Context(), report)
	if err != nil {
		t.Fatal(err)
	}
	if w.changes() != before {
		t.Error("the plan has changed something")
	}
	return p
}

// one is the only repair that is planned.
func (w *world) one(t *testing.T, report doctor.Report) Repair {
	t.Helper()
	p := w.plan(t, report)
	if len(p.Repairs) != 1 || len(p.Left) != 0 {
		t.Fatalf("the plan is %+v", p)
	}
	return p.Repairs[0]
}

func (w *world) apply(t *testing.T, repairs ...Repair) []Done {
	t.Helper()
	done, err := w.Apply(t.Context(), repairs)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// applied carries the repair out.
func (w *world) applied(t *testing.T, repairs ...Repair) {
	t.Helper()
	for _, done := range w.apply(t, repairs...) {
		if done.Outcome != Applied {
			t.Fatalf("%s: %v", done.Outcome, done.Err)
		}
	}
}

// changes counts the requests that change something.
func (w *world) changes() int {
	n := 0
	for _, action := range append(w.dynamic.Actions(), w.typed.Actions()...) {
		switch a := action.(type) {
		case clienttesting.PatchActionImpl:
			if len(a.PatchOptions.DryRun) == 0 {
				n++
			}
		case clienttesting.CreateActionImpl:
			if a.Resource.Resource != "selfsubjectaccessreviews" {
				n++
			}
		case clienttesting.DeleteActionImpl, clienttesting.UpdateActionImpl, clienttesting.DeleteCollectionActionImpl:
			n++
		}
	}
	return n
}

func (w *world) store(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	store, err := w.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// field is one below spec.provider.infisical.
func (w *world) field(t *testing.T, path ...string) string {
	t.Helper()
	return text(w.store(t, "infisical-p"), path...)
}

var theStore = doctor.Object{Kind: eso.ClusterKind, Name: "infisical-p"}

// ourStore is one that this program has made; edit spoils it.
func ourStore(edit func(*unstructured.Unstructured)) *unstructured.Unstructured {
	store := eso.Store{Name: "infisical-p", Host: "https://infisical.example.com", Project: "p", Environment: "prod", Path: "/",
		Credentials: eso.Reference{Namespace: "external-secrets", Name: "creds"},
		CA:          eso.CASource{Reference: eso.Reference{Namespace: "external-secrets", Name: "infisical-ca"}}}.Object()
	store.SetResourceVersion("7")
	store.SetUID("store-uid")
	if edit != nil {
		edit(store)
	}
	return store
}

func with(value string, path ...string) func(*unstructured.Unstructured) {
	return func(store *unstructured.Unstructured) {
		_ = unstructured.SetNestedField(store.Object, value, append(append([]string{}, infisicalFields...), path...)...)
	}
}

func without(path ...string) func(*unstructured.Unstructured) {
	return func(store *unstructured.Unstructured) {
		unstructured.RemoveNestedField(store.Object, append(append([]string{}, infisicalFields...), path...)...)
	}
}

// byHand makes the store one that somebody has written.
func byHand(edit func(*unstructured.Unstructured)) func(*unstructured.Unstructured) {
	return func(store *unstructured.Unstructured) {
		edit(store)
		store.SetLabels(nil)
	}
}

// inGit makes the store one that Argo CD keeps.
func inGit(edit func(*unstructured.Unstructured)) func(*unstructured.Unstructured) {
	return func(store *unstructured.Unstructured) {
		edit(store)
		store.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "stores:external-secrets.io/ClusterSecretStore:infisical-p"})
	}
}

func secret(name string, edit func(*corev1.Secret)) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "external-secrets", Name: name, UID: "secret-uid"},
		Data: map[string][]byte{"clientSecret": []byte(canary)}}
	if edit != nil {
		edit(s)
	}
	return s
}
