package preflight

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

const (
	crd     = "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: stores.external-secrets.io%s}}"
	webhook = "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: secretstore-validate%s}}"
	account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: external-secrets, namespace: external-secrets%s}}"
	role    = `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: controller%s},
  rules: [{apiGroups: [""], resources: [secrets, serviceaccounts/token], verbs: [get, create]}, {apiGroups: [""], resources: [configmaps], resourceNames: [one], verbs: [get]}]}`
	deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: external-secrets, namespace: external-secrets, labels: {app.kubernetes.io/name: external-secrets}%s}}"

	helms    = ", labels: {app.kubernetes.io/managed-by: Helm}, annotations: {meta.helm.sh/release-name: %s, meta.helm.sh/release-namespace: external-secrets}"
	deleting = `, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [customresourcecleanup.apiextensions.k8s.io]`
	argo     = ", annotations: {argocd.argoproj.io/tracking-id: 'app:x'}"
	kubectl  = ", managedFields: [{manager: kubectl, operation: Apply}, {manager: kube-apiserver, operation: Update, subresource: status}]"
)

func object(t *testing.T, text, more string) *unstructured.Unstructured {
	return clustertest.Object(t, fmt.Sprintf(text, more))
}

func subject(t *testing.T) Subject {
	t.Helper()
	s := Subject{Release: "external-secrets", Namespace: "external-secrets", AppVersion: "v2.9.0", Kubernetes: "v1.35.1", Existing: helm.Release{Status: helm.Absent}}
	for _, text := range []string{crd, webhook, account, role, deployment} {
		s.Objects = append(s.Objects, object(t, text, ""))
	}
	return s
}

// cluster answers access reviews by may, and looks at metadata through a fake.
func cluster(t *testing.T, may func(authorizationv1.ResourceAttributes) bool, objects ...*unstructured.Unstructured) (Cluster, *fake.FakeDynamicClient, *typedfake.Clientset) {
	t.Helper()
	kinds := map[schema.GroupVersionResource]string{}
	for _, text := range []string{crd, webhook, account, role, deployment} {
		obj := object(t, text, "")
		resource, _ := ResourceOf(obj)
		kinds[resource] = obj.GetKind() + "List"
	}
	var all []runtime.Object
	for _, o := range objects {
		all = append(all, o)
	}
	dynamic := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), kinds, all...)
	typed := typedfake.NewClientset(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "external-secrets"}})
	typed.PrependReactor("create", "selfsubjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		review := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SelfSubjectAccessReview).DeepCopy()
		review.Status.Allowed = may(*review.Spec.ResourceAttributes)
		return true, review, nil
	})
	return Cluster{Typed: typed, Metadata: func(resource schema.GroupVersionResource, namespace string) kube.Reader {
		return dynamic.Resource(resource).Namespace(namespace)
	}}, dynamic, typed
}

func administrator(authorizationv1.ResourceAttributes) bool { return true }

func briefly(findings []Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Object))
	}
	return lines
}

func TestExamineObjects(t *testing.T) {
	inRelease := func(name string) string { return fmt.Sprintf(helms, name) }
	tests := []struct {
		name    string
		objects []*unstructured.Unstructured
		change  func(*Subject)
		want    []string
		text    string
	}{
		{"an empty cluster", nil, nil, nil, ""},
		{"what the release has made already", []*unstructured.Unstructured{object(t, crd, inRelease("external-secrets"))}, nil, nil, ""},
		{"made by another release", []*unstructured.Unstructured{object(t, webhook, inRelease("eso"))}, nil,
			[]string{"blocker EI236 validatingwebhookconfiguration/secretstore-validate"}, "Helm release eso in namespace external-secrets"},
		{"made by hand", []*unstructured.Unstructured{object(t, crd, kubectl), object(t, webhook, "")}, nil,
			[]string{"blocker EI235 customresourcedefinition/stores.external-secrets.io", "blocker EI235 validatingwebhookconfiguration/secretstore-validate"}, "--take-ownership"},
		{"made by hand, before an upgrade, which has no such flag", []*unstructured.Unstructured{object(t, webhook, "")}, func(s *Subject) { s.Upgrading = true },
			[]string{"blocker EI235 validatingwebhookconfiguration/secretstore-validate"},
			"kubectl -n external-secrets label validatingwebhookconfiguration/secretstore-validate app.kubernetes.io/managed-by=Helm && kubectl -n external-secrets annotate"},
		{"made by hand, to be adopted", []*unstructured.Unstructured{object(t, crd, kubectl)}, func(s *Subject) { s.TakeOwnership = true },
			[]string{"warning EI235 customresourcedefinition/stores.external-secrets.io"}, "taken over"},
		{"kept by Argo CD, and not to be adopted", []*unstructured.Unstructured{object(t, role, argo)}, func(s *Subject) { s.TakeOwnership = true },
			[]string{"blocker EI237 clusterrole/controller"}, "Argo CD (app:x)"},
		{"being deleted", []*unstructured.Unstructured{object(t, crd, deleting)}, func(s *Subject) { s.TakeOwnership = true },
			[]string{"blocker EI234 customresourcedefinition/stores.external-secrets.io"}, "customresourcecleanup.apiextensions.k8s.io"},
		{"without definitions", nil, func(s *Subject) { s.Objects = s.Objects[1:] },
			[]string{"blocker EI238 customresourcedefinition/clustersecretstores.external-secrets.io"}, "installCRDs"},
		{"another operator", []*unstructured.Unstructured{clustertest.Object(t, strings.ReplaceAll(fmt.Sprintf(deployment, ""), "namespace: external-secrets", "namespace: other"))}, nil,
			[]string{"warning EI259 deployment/external-secrets"}, "namespace other"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := cluster(t, administrator, tt.objects...)
			s := subject(t)
			if tt.change != nil {
				tt.change(&s)
			}
			report, err := Examine(t.Context(), c, s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, briefly(report.Findings)); diff != "" {
				t.Errorf("%s\n%+v", diff, report.Findings)
			}
			text := ""
			for _, f := range report.Findings {
				text += f.String() + "\n" + f.Fix + "\n"
			}
			if !strings.Contains(text, tt.text) {
				t.Errorf("%s lacks %q", text, tt.text)
			}
			if blocked := report.Err() != nil; blocked != slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Severity == Blocker }) {
				t.Errorf("blocked: %t", blocked)
			}
		})
	}
}

func TestMakers(t *testing.T) {
	if got := makers(object(t, crd, kubectl)); got != "kubectl" {
		t.Errorf("got %q", got)
	}
	if got := makers(object(t, crd, "")); got != "somebody" {
		t.Errorf("got %q", got)
	}
}

func TestExamineTheNamespace(t *testing.T) {
	c, dynamic, typed := cluster(t, administrator, object(t, account, ""))
	typed.PrependReactor("get", "namespaces", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "external-secrets")
	})
	if report, err := Examine(t.Context(), c, subject(t)); err != nil || len(report.Findings) != 0 {
		t.Errorf("absent: %v, %v", report, err)
	}
	for _, action := range dynamic.Actions() {
		if action.GetResource().Resource == "serviceaccounts" {
			t.Error("looked into a namespace that does not exist")
		}
	}
	gone := metav1.Now()
	typed.PrependReactor("get", "namespaces", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "external-secrets", DeletionTimestamp: &gone}}, nil
	})
	report, err := Examine(t.Context(), c, subject(t))
	if err != nil || !slices.Contains(briefly(report.Findings), "blocker EI233 namespace/external-secrets") {
		t.Errorf("terminating: %v, %v", report, err)
	}
	clustertest.Refuse(&typed.Fake, "get", "namespaces", clustertest.Forbidden("namespaces"))
	report, err = Examine(t.Context(), c, subject(t))
	if err != nil || !slices.Contains(briefly(report.Findings), "unknown EI230 namespace/external-secrets") {
		t.Errorf("forbidden: %v, %v", report, err)
	}
}

func TestWhatMayNotBeLookedAtIsUnknown(t *testing.T) {
	c, dynamic, _ := cluster(t, administrator)
	clustertest.Refuse(&dynamic.Fake, "list", "customresourcedefinitions", clustertest.Forbidden("customresourcedefinitions"))
	clustertest.Refuse(&dynamic.Fake, "list", "clusterroles", clustertest.Forbidden("clusterroles"))
	clustertest.Refuse(&dynamic.Fake, "list", "deployments", clustertest.Forbidden("deployments"))
	report, err := Examine(t.Context(), c, subject(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"unknown EI230 ", "unknown EI230 ", "unknown EI230 ", "warning EI230 "}
	if diff := cmp.Diff(want, briefly(report.Findings)); diff != "" {
		t.Errorf("%s\n%+v", diff, report.Findings)
	}
	var blocked *BlockedError
	if !errors.As(report.Err(), &blocked) || !blocked.OnlyRights() || !strings.Contains(blocked.Error(), "customresourcedefinitions.apiextensions.k8s.io") {
		t.Errorf("error = %v", report.Err())
	}
	clustertest.Refuse(&dynamic.Fake, "list", "clusterroles", errors.New("boom"))
	if _, err := Examine(t.Context(), c, subject(t)); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("error = %v", err)
	}
}

func TestExamineRights(t *testing.T) {
	tests := []struct {
		name string
		may  func(authorizationv1.ResourceAttributes) bool
		want []string
	}{
		{"all but secrets in the namespace", func(a authorizationv1.ResourceAttributes) bool {
			return a.Verb != "*" && (a.Resource != "secrets" || a.Namespace == "")
		},
			[]string{"EI239 the right is missing to list, get, create, update secrets in namespace external-secrets"}},
		{"everything by name, but not what the roles grant", func(a authorizationv1.ResourceAttributes) bool {
			return a.Verb != "*" && a.Verb != "escalate" && a.Resource != "configmaps" && a.Subresource == "" && (a.Resource != "secrets" || a.Namespace != "")
		}, []string{"EI265 ESO's roles grant what you do not hold and so cannot grant: create, get on secrets, serviceaccounts/token",
			"EI265 ESO's roles grant what you do not hold and so cannot grant: get on configmaps one"}},
		{"who may escalate and bind", func(a authorizationv1.ResourceAttributes) bool { return a.Verb != "*" && a.Resource != "configmaps" }, nil},
		{"who may escalate alone", func(a authorizationv1.ResourceAttributes) bool {
			return a.Verb != "*" && a.Verb != "bind" && a.Resource != "configmaps"
		},
			[]string{"EI265 ESO's roles grant what you do not hold and so cannot grant: get on configmaps one"}},
		{"definitions", func(a authorizationv1.ResourceAttributes) bool {
			return a.Verb != "*" && !(a.Resource == "customresourcedefinitions" && a.Verb == "create")
		}, []string{"EI239 the right is missing to create customresourcedefinitions.apiextensions.k8s.io"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := cluster(t, tt.may)
			report, err := Examine(t.Context(), c, subject(t))
			var got []string
			for _, f := range report.Findings {
				got = append(got, string(f.Code)+" "+f.Summary)
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

// What an uninstall has kept belongs to the release that comes again, which Helm lets be by patching it.
func TestWhatIsThereIsPatched(t *testing.T) {
	kept := object(t, crd, fmt.Sprintf(helms, "external-secrets"))
	c, _, _ := cluster(t, func(a authorizationv1.ResourceAttributes) bool { return a.Verb != "*" && a.Verb != "patch" }, kept)
	report, err := Examine(t.Context(), c, subject(t))
	want := []Finding{{Blocker, missingRight, "", "the right is missing to patch customresourcedefinitions.apiextensions.k8s.io", askFix}}
	if diff := cmp.Diff(want, report.Findings); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestAnAdministratorIsAskedOneQuestion(t *testing.T) {
	c, _, typed := cluster(t, administrator)
	if _, err := Examine(t.Context(), c, subject(t)); err != nil {
		t.Fatal(err)
	}
	if asked := clustertest.Verbs(&typed.Fake, "selfsubjectaccessreviews"); len(asked) != 1 {
		t.Errorf("asked %d times", len(asked))
	}
}

func TestNeededRights(t *testing.T) {
	s := subject(t)
	text := strings.Join(merged(needed(s, space{absent: true}, nil)), "\n")
	for _, want := range []string{"create namespaces", "get, create clusterroles.rbac.authorization.k8s.io", "get, create serviceaccounts in namespace external-secrets"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "patch") || strings.Contains(text, "watch") {
		t.Errorf("too much:\n%s", text)
	}
	s.TakeOwnership, s.Watched = true, true
	text = strings.Join(merged(needed(s, space{}, nil)), "\n")
	for _, want := range []string{"get, create, patch, delete customresourcedefinitions", "list, watch", "create clustersecretstores.external-secrets.io"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}

func TestJudgeRelease(t *testing.T) {
	tests := []struct {
		release   helm.Release
		resumable bool
		want      []string
	}{
		{helm.Release{Status: helm.Absent}, false, nil},
		{helm.Release{Status: helm.Deployed}, false, nil},
		{helm.Release{Name: "r", Status: helm.Pending, RawStatus: "pending-install"}, true, nil},
		{helm.Release{Name: "r", Status: helm.Pending, RawStatus: "pending-install"}, false, []string{"blocker EI203 release/r"}},
		{helm.Release{Name: "r", Status: helm.Failed, RawStatus: "failed"}, false, []string{"blocker EI203 release/r"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, briefly(judgeRelease(Subject{Existing: tt.release, Resumable: tt.resumable}))); diff != "" {
			t.Errorf("%+v: %s", tt.release, diff)
		}
	}
	if got := judgeRelease(Subject{Unread: errors.New("forbidden")}); got != nil {
		t.Errorf("unread: %v", got)
	}
}

func TestVersions(t *testing.T) {
	tests := []struct {
		app, kubernetes string
		want            []string
		text            string
	}{
		{"v2.9.0", "v1.36.0", nil, ""},
		{"v2.4.0", "v1.34.4", []string{"warning EI261 ", "warning EI231 "}, "CVE-2026-42876"},
		{"v2.4.1", "v1.37.2", []string{"warning EI231 ", "warning EI232 "}, "1.34 to 1.35"},
		{"v1.3.2", "v1.30.0", []string{"warning EI261 ", "warning EI231 ", "warning EI232 "}, "tested with Kubernetes 1.34,"},
		{"main", "v1.34.4", nil, ""},
	}
	for _, tt := range tests {
		findings := Versions(Subject{AppVersion: tt.app, Kubernetes: tt.kubernetes})
		if diff := cmp.Diff(tt.want, briefly(findings)); diff != "" || !strings.Contains(fmt.Sprint(findings), tt.text) {
			t.Errorf("%s: %s %v", tt.app, diff, findings)
		}
		if len(findings) > 0 && !strings.Contains(findings[0].Summary, "as known on 20") {
			t.Errorf("it names no date: %s", findings[0])
		}
	}
}

func TestBlockedError(t *testing.T) {
	right := Finding{Severity: Blocker, Code: missingRight, Summary: "no right"}
	other := Finding{Severity: Blocker, Code: "EI233", Object: "namespace/x", Summary: "going"}
	for _, tt := range []struct {
		findings []Finding
		only     bool
	}{{[]Finding{right}, true}, {[]Finding{{Severity: Unknown}}, true}, {[]Finding{right, other}, false}} {
		var blocked *BlockedError
		if err := (Report{Findings: tt.findings}).Err(); !errors.As(err, &blocked) || blocked.OnlyRights() != tt.only {
			t.Errorf("%v: %v", tt.findings, err)
		}
	}
	if err := (Report{Findings: []Finding{{Severity: Warning}}}).Err(); err != nil {
		t.Errorf("a warning blocks: %v", err)
	}
	if text := (Report{Findings: []Finding{right, other}}).Err().Error(); !strings.Contains(text, "no right (EI239); namespace/x: going (EI233)") {
		t.Errorf("text = %q", text)
	}
}
