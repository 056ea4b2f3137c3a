package setup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// canary is a value that must never show up in an error or a printed value.
const canary = "canary-7b1e"

// cluster is a Runner and what lies below it.
type cluster struct {
	*Runner
	dynamic  *fake.FakeDynamicClient
	typed    *typedfake.Clientset
	releases *releases
	progress []string
	warnings []string
}

// newCluster sorts the objects by the client that the steps read them with: custom resources are known to the dynamic one alone.
func newCluster(objects ...runtime.Object) *cluster {
	var dynamic []*unstructured.Unstructured
	var typed []runtime.Object
	for _, o := range objects {
		if u, ok := o.(*unstructured.Unstructured); ok {
			dynamic = append(dynamic, u)
			continue
		}
		typed = append(typed, o)
		kind := ""
		switch o.(type) {
		case *corev1.Secret:
			kind = "Secret"
		case *corev1.ConfigMap:
			kind = "ConfigMap"
		default:
			continue
		}
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
		if err != nil {
			panic(err)
		}
		known := &unstructured.Unstructured{Object: fields}
		known.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind))
		dynamic = append(dynamic, known)
	}
	dynamic = append(dynamic, anyFields("clustersecretstores"), anyFields("secretstores"))
	c := &cluster{dynamic: clustertest.Dynamic(dynamic...), typed: typedfake.NewClientset(typed...), releases: &releases{last: helm.Release{Name: "external-secrets", Status: helm.Absent}}}
	c.Runner = &Runner{Desired: Defaults(), Dynamic: c.dynamic, Typed: c.typed, Releases: c.releases,
		Metadata: func(resource schema.GroupVersionResource, namespace string) kube.Reader {
			return c.dynamic.Resource(resource).Namespace(namespace)
		},
		Lookout:  kube.Lookout{Discovery: c.typed.Discovery(), Metadata: metadatafake.NewSimpleMetadataClient(metadatafake.NewTestScheme())},
		Verifier: &verify.Verifier{Dynamic: c.dynamic, Namespace: DefaultNamespace, Progress: func(string) {}},
		Progress: func(line string) { c.progress = append(c.progress, line) },
		Warn:     func(line string) { c.warnings = append(c.warnings, line) }}
	// The user is a cluster administrator.
	c.typed.PrependReactor("create", "selfsubjectaccessreviews", allow)
	c.Desired.Verify = verify.None
	return c
}

// store is the one that the product itself would write for the project.
func store(project string) eso.Store {
	return eso.Store{Name: "infisical-" + project, Host: "https://" + project + ".example.com", Project: project, Environment: "staging", Path: "/app",
		Credentials: eso.Reference{Namespace: "external-secrets", Name: "infisical-eso-creds"}}
}

// releases is Helm with one release.
type releases struct {
	last   helm.Release
	getErr error
	calls  []string
	values map[string]any
	// taken makes another run be a moment ahead, and done when it is looked at again.
	taken bool
	// adopting is what Helm was told of others' objects.
	adopting bool
}

func (r *releases) Get(string) (helm.Release, error) { return r.last, r.getErr }

func (r *releases) Install(_ context.Context, op helm.Operation) (helm.Release, error) {
	return r.apply("install", op)
}

func (r *releases) Resume(_ context.Context, op helm.Operation) (helm.Release, error) {
	return r.apply("resume", op)
}

func (r *releases) Capabilities(context.Context) (helm.Capabilities, error) {
	return helm.Capabilities{Kubernetes: "v1.34.4"}, nil
}

func (r *releases) apply(call string, op helm.Operation) (helm.Release, error) {
	r.calls, r.values, r.adopting = append(r.calls, call), op.Values, op.TakeOwnership
	var err error
	if r.taken {
		err = helm.ErrTaken
	}
	r.last = helm.Release{Name: op.Name, Status: helm.Deployed, ChartVersion: op.Chart.Version(), AppVersion: "v" + op.Chart.Version()}
	return r.last, err
}

// chartDirectory makes a chart and returns its path.
func chartDirectory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "Chart.yaml"), "apiVersion: v2\nname: external-secrets\nversion: 2.4.1\nappVersion: v2.4.1\n")
	writeFile(t, filepath.Join(dir, "templates", "crd.yaml"), `{{- if .Values.installCRDs }}
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: stores.external-secrets.io
spec: {}
{{- end }}
`)
	writeFile(t, filepath.Join(dir, "templates", "deployment.yaml"), `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec: {template: {spec: {containers: [{name: c, image: "example.com/eso:{{ .Values.tag }}"}]}}}
`)
	writeFile(t, filepath.Join(dir, "values.yaml"), "installCRDs: true\ntag: v2\n")
	return dir
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// codeOf is the code of the error's cause, or "".
func codeOf(err error) string {
	var named *cause.Error
	if errors.As(err, &named) {
		return string(named.Cause.Code)
	}
	return ""
}

// isInput reports whether the error blames what was given.
func isInput(err error) bool {
	var input *InputError
	return errors.As(err, &input)
}

// neverAsked is for requests that would be a mistake.
func neverAsked(t *testing.T) clienttesting.ReactionFunc {
	return func(action clienttesting.Action) (bool, runtime.Object, error) {
		t.Errorf("asked to %s %s", action.GetVerb(), action.GetResource().Resource)
		return true, nil, errors.New("unexpected request")
	}
}

// allow answers every question for a right with yes.
func allow(clienttesting.Action) (bool, runtime.Object, error) {
	return true, &authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: true}}, nil
}

// anyFields is the definition of a resource of ESO's that has every field.
func anyFields(resource string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": resource + ".external-secrets.io"},
		"spec": map[string]any{"versions": []any{map[string]any{"name": "v1", "served": true, "schema": map[string]any{"openAPIV3Schema": map[string]any{
			"properties": map[string]any{"spec": map[string]any{"x-kubernetes-preserve-unknown-fields": true}}}}}}}}}
}

// problemOf is the error's text, with its fix.
func problemOf(err error) string {
	var named *cause.Error
	if errors.As(err, &named) {
		return named.Error() + " " + named.Cause.Fix
	}
	if err == nil {
		return ""
	}
	return err.Error()
}
