package mend

import (
	"context"
	"errors"
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
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
)

const home = "external-secrets"

// clinic is a Mender and the cluster that it works on.
type clinic struct {
	*Mender
	dynamic *fake.FakeDynamicClient
	typed   *typedfake.Clientset
	// works is what ESO says of a store that was changed.
	works error
}

// newClinic makes one with a store that was edited so.
func newClinic(t *testing.T, edit func(*unstructured.Unstructured)) *clinic {
	t.Helper()
	s := eso.Store{Name: "s", Host: "https://infisical.example.com", Project: "p", Environment: "prod", Path: "/", Credentials: eso.Reference{Namespace: home, Name: "creds"},
		CA: eso.CASource{Reference: eso.Reference{Namespace: home, Name: "ca"}}}.Object()
	if edit != nil {
		edit(s)
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "creds", Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: `{"data":{}}`}}}
	c := &clinic{dynamic: clustertest.Dynamic(clustertest.Ready(s, "False"), clustertest.Object(t, "{apiVersion: v1, kind: Secret, metadata: {name: creds, namespace: external-secrets}}"),
		clustertest.Object(t, "{apiVersion: v1, kind: Secret, metadata: {name: creds}}"), // what the fake ESO finds before a reference is mended
		clustertest.Object(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: ca, namespace: external-secrets}}")), typed: typedfake.NewClientset(secret)}
	clustertest.Operator(c.dynamic, func(string, string) error { return c.works })
	clustertest.DryRunPatches(c.dynamic)
	c.allow(true)
	metadata := func(resource schema.GroupVersionResource, namespace string) kube.Reader {
		return named{c.dynamic.Resource(resource).Namespace(namespace)}
	}
	c.Mender = &Mender{Namespace: home, Dynamic: c.dynamic, Typed: c.typed, Progress: func(string) {}, Installation: &repair.Repairer{Metadata: metadata}}
	return c
}

// named lists by the name that a field selector gives, which the fakes do not.
type named struct{ kube.Reader }

func (n named) List(ctx context.Context, o metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	list, err := n.Reader.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(o.FieldSelector, "metadata.name=")
	found := &unstructured.UnstructuredList{Object: map[string]any{}}
	for _, item := range list.Items {
		if item.GetName() == name {
			found.Items = append(found.Items, item)
		}
	}
	return found, nil
}

func (c *clinic) allow(allowed bool) {
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: allowed}}, nil
	})
}

var theStore = doctor.Object{Kind: "ClusterSecretStore", Name: "s"}

// found is a report with one finding.
func found(code cause.Code, objects ...doctor.Object) doctor.Report {
	return doctor.Report{Outcomes: []doctor.Outcome{{Code: code, Findings: doctor.Result{doctor.Problem(cause.Cause{Code: code, Summary: "x", Fix: "y"}, objects...)}}}}
}

func field(path ...string) []string {
	return append([]string{"spec", "provider", "infisical"}, path...)
}

func set(value string, path ...string) func(*unstructured.Unstructured) {
	return func(obj *unstructured.Unstructured) {
		_ = unstructured.SetNestedField(obj.Object, value, field(path...)...)
	}
}

func unset(path ...string) func(*unstructured.Unstructured) {
	return func(obj *unstructured.Unstructured) { unstructured.RemoveNestedField(obj.Object, field(path...)...) }
}

func (c *clinic) value(t *testing.T, path ...string) string {
	t.Helper()
	obj, err := c.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), "s", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	value, _, _ := unstructured.NestedString(obj.Object, field(path...)...)
	return value
}

func TestStoresAreMended(t *testing.T) {
	for name, tt := range map[string]struct {
		code  cause.Code
		harm  func(*unstructured.Unstructured)
		path  []string
		want  string
		asked string
	}{
		"reference without namespace": {"EI303", unset("auth", "universalAuthCredentials", "clientSecret", "namespace"), []string{"auth", "universalAuthCredentials", "clientSecret", "namespace"}, home, ""},
		"CA without namespace":        {"EI452", unset("caProvider", "namespace"), []string{"caProvider", "namespace"}, home, ""},
		"address with a path":         {"EI550", set("https://infisical.example.com/api/v3", "hostAPI"), []string{"hostAPI"}, "https://infisical.example.com", ""},
		"address with a slash":        {"EI550", set("https://infisical.example.com/api/", "hostAPI"), []string{"hostAPI"}, "https://infisical.example.com", ""},
		"address without scheme":      {"EI507", set("infisical.example.com:8443", "hostAPI"), []string{"hostAPI"}, "https://infisical.example.com:8443", ""},
		"environment by name":         {"EI650", set("Production", "secretsScope", "environmentSlug"), []string{"secretsScope", "environmentSlug"}, "prod", "values of that environment"},
		"environment that is not":     {"EI604", set("development", "secretsScope", "environmentSlug"), []string{"secretsScope", "environmentSlug"}, "dev", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClinic(t, tt.harm)
			before := c.value(t, tt.path...)
			plan, err := c.Plan(t.Context(), found(tt.code, theStore))
			if err != nil || len(plan.Repairs) != 1 || plan.Repairs[0].Diff == "" || plan.Repairs[0].Named || !strings.Contains(plan.Repairs[0].Risk, tt.asked) {
				t.Fatalf("%+v, %v", plan, err)
			}
			if now := c.value(t, tt.path...); now != before {
				t.Errorf("the plan has changed %q to %q", before, now)
			}
			done, err := c.Apply(t.Context(), plan.Chosen(nil))
			if err != nil || len(done) != 1 || done[0].Outcome != Applied {
				t.Fatalf("%+v, %v", done, err)
			}
			if got := c.value(t, tt.path...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatIsNotCertainIsNotProposed(t *testing.T) {
	kept := func(obj *unstructured.Unstructured) {
		unset("caProvider", "namespace")(obj)
		obj.SetLabels(map[string]string{"argocd.argoproj.io/instance": "apps"})
		obj.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": "apps:x"})
	}
	for name, tt := range map[string]struct {
		code cause.Code
		harm func(*unstructured.Unstructured)
		why  string
	}{
		"an environment of one's own":  {"EI604", set("blue", "secretsScope", "environmentSlug"), "which environment is meant by 'blue'"},
		"a slug that is right already": {"EI604", nil, "which environment is meant by 'prod'"},
		"a Secret that is elsewhere": {"EI303", func(obj *unstructured.Unstructured) {
			unset("auth", "universalAuthCredentials", "clientSecret", "namespace")(obj)
			set("elsewhere", "auth", "universalAuthCredentials", "clientSecret", "name")(obj)
		}, "has no secret elsewhere"},
		"references that are whole": {"EI303", nil, "every reference has a namespace"},
		"a CA that is not named":    {"EI452", unset("caProvider", "name"), "more is missing"},
		"an address of nothing":     {"EI550", set("https://", "hostAPI"), "what address is meant"},
		"a good address":            {"EI550", nil, "right form by now"},
		"kept by GitOps":            {"EI452", kept, "which would undo the change"},
	} {
		c := newClinic(t, tt.harm)
		plan, err := c.Plan(t.Context(), found(tt.code, theStore))
		if err != nil || len(plan.Repairs) != 0 || len(plan.Left) != 1 || !strings.Contains(plan.Left[0].Why, tt.why) {
			t.Errorf("%s: %+v, %v", name, plan, err)
		}
	}
}

func TestFindingsWithoutARepairOrAcknowledgedAreLeft(t *testing.T) {
	c := newClinic(t, unset("caProvider", "namespace"))
	acknowledged := found("EI452", theStore)
	acknowledged.Outcomes[0].Findings[0].Acknowledged = &doctor.Acknowledgement{}
	passed := found("EI452", theStore)
	passed.Outcomes[0].Findings[0].Status = doctor.Unknown
	for name, report := range map[string]doctor.Report{"no repair": found("EI601", theStore), "acknowledged": acknowledged, "unknown": passed} {
		if plan, err := c.Plan(t.Context(), report); err != nil || len(plan.Repairs)+len(plan.Left) != 0 {
			t.Errorf("%s: %+v, %v", name, plan, err)
		}
	}
}

func TestOneRepairForTwoFindings(t *testing.T) {
	c := newClinic(t, set("production", "secretsScope", "environmentSlug"))
	both := found("EI650", theStore)
	both.Outcomes = append(both.Outcomes, found("EI604", theStore).Outcomes...)
	plan, err := c.Plan(t.Context(), both)
	if err != nil || len(plan.Repairs) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	for _, code := range []cause.Code{"EI650", "EI604"} {
		if len(plan.Chosen([]cause.Code{code})) != 1 {
			t.Errorf("%s does not choose it", code)
		}
	}
	if len(plan.Chosen([]cause.Code{"EI303"})) != 0 {
		t.Error("another code chooses it")
	}
}

func TestAChangeMeanwhileIsKept(t *testing.T) {
	c := newClinic(t, unset("caProvider", "namespace"))
	plan, err := c.Plan(t.Context(), found("EI452", theStore))
	if err != nil {
		t.Fatal(err)
	}
	obj, _ := c.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), "s", metav1.GetOptions{})
	obj.SetResourceVersion("77")
	if err := c.dynamic.Tracker().Update(eso.ClusterSecretStores, obj, ""); err != nil {
		t.Fatal(err)
	}
	done, err := c.Apply(t.Context(), plan.Repairs)
	if err != nil || len(done) != 1 || done[0].Outcome != Failed || c.value(t, "caProvider", "namespace") != "" {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestAStoreThatESORefusesIsTold(t *testing.T) {
	c := newClinic(t, unset("caProvider", "namespace"))
	c.works = errors.New(`[message="Invalid credentials"]`)
	plan, err := c.Plan(t.Context(), found("EI452", theStore))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	done, err := c.Apply(ctx, plan.Repairs)
	if err != nil || len(done) != 1 || done[0].Outcome != Failed {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestWithoutTheRightsNothingIsDone(t *testing.T) {
	c := newClinic(t, unset("caProvider", "namespace"))
	plan, err := c.Plan(t.Context(), found("EI452", theStore))
	if err != nil {
		t.Fatal(err)
	}
	c.allow(false)
	var denied *kube.DeniedError
	if done, err := c.Apply(t.Context(), plan.Repairs); !errors.As(err, &denied) || len(done) != 0 || c.value(t, "caProvider", "namespace") != "" {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestALeakIsRemovedAndNeverShown(t *testing.T) {
	c := newClinic(t, nil)
	plan, err := c.Plan(t.Context(), found("EI901", doctor.Object{Kind: "Secret", Namespace: home, Name: "creds"}))
	if err != nil || len(plan.Repairs) != 1 || !strings.Contains(plan.Repairs[0].Diff, "not shown") {
		t.Fatalf("%+v, %v", plan, err)
	}
	if _, err := c.Apply(t.Context(), plan.Repairs); err != nil {
		t.Fatal(err)
	}
	secret, err := c.typed.CoreV1().Secrets(home).Get(t.Context(), "creds", metav1.GetOptions{})
	if err != nil || secret.Annotations[corev1.LastAppliedConfigAnnotation] != "" {
		t.Errorf("%v, %v", secret.Annotations, err)
	}
}

func TestOnlyAProbeIsDeletedAsOne(t *testing.T) {
	c := newClinic(t, nil)
	plan, err := c.Plan(t.Context(), found("EI905", theStore))
	if err != nil || len(plan.Repairs) != 0 || len(plan.Left) != 1 {
		t.Errorf("a store of the user's: %+v, %v", plan, err)
	}
	probe := newClinic(t, func(obj *unstructured.Unstructured) {
		obj.SetLabels(map[string]string{eso.PurposeLabel: eso.ProbePurpose})
	})
	plan, err = probe.Plan(t.Context(), found("EI905", theStore))
	if err != nil || len(plan.Repairs) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	if done, err := probe.Apply(t.Context(), plan.Repairs); err != nil || done[0].Outcome != Applied {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, err := probe.dynamic.Resource(eso.ClusterSecretStores).Get(t.Context(), "s", metav1.GetOptions{}); err == nil {
		t.Error("the probe is still there")
	}
}

func TestEveryRepairIsForACodeThatTheCatalogueKnows(t *testing.T) {
	for _, code := range Repairable() {
		if f := doctor.Problem(cause.Cause{Code: code}); f.Status == "" {
			t.Errorf("%s", code)
		}
	}
	if len(Repairable()) < 15 {
		t.Errorf("%v", Repairable())
	}
}
