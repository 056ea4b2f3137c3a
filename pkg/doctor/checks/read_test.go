package checks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8sversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/apimachinery/pkg/watch"
	discoveryfake "k8s.io/client-go/discovery/fake"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	typedfake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
)

// cluster holds what the healthy world was read from, behind client-go's fakes.
type cluster struct {
	doctor.Cluster
	dynamic *dynamicfake.FakeDynamicClient
	typed   *typedfake.Clientset
	// server has the ExternalSecrets and what ESO has told of them.
	server  *clustertest.Server
	raw     map[string]any
	metaErr error
}

func clusterOf(t *testing.T, w *world) *cluster {
	t.Helper()
	objects := []*unstructured.Unstructured{w.store()}
	for i := range w.deployments {
		objects = append(objects, &w.deployments[i])
	}
	event := clustertest.Object(t, `{apiVersion: v1, kind: Event, metadata: {name: e, namespace: default}, reason: Valid, message: store validated,
		involvedObject: {kind: ClusterSecretStore, name: infisical-p}}`)
	set(event, time.Now().UTC().Format(time.RFC3339), "lastTimestamp")
	objects = append(objects, event)
	typedObjects := []runtime.Object{w.secret(), w.configMap(), &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "s",
		Labels: map[string]string{discoveryv1.LabelServiceName: webhookService}}, Endpoints: []discoveryv1.Endpoint{{}}}}
	typedObjects = append(typedObjects, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: webhookService},
		Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 443}}, Selector: map[string]string{"app": "webhook"}}})
	for i := range w.configurations {
		typedObjects = append(typedObjects, &w.configurations[i])
	}
	c := &cluster{dynamic: clustertest.Dynamic(objects...), typed: typedfake.NewClientset(typedObjects...), server: clustertest.Serve(t, w.wishes...), raw: map[string]any{}}
	c.typed.PrependReactor("create", "subjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		asked := action.(clienttesting.CreateAction).GetObject().(*authorizationv1.SubjectAccessReview).Spec.ResourceAttributes
		// The operator may do its work and no more; nobody may read the one Secret.
		allowed := asked.Name == "" && asked.Verb != "*"
		return true, &authorizationv1.SubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: allowed}}, nil
	})
	c.typed.Discovery().(*discoveryfake.FakeDiscovery).FakedServerVersion = &k8sversion.Info{GitVersion: "v1.34.4"}
	for i, name := range needed {
		c.raw["/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+name] = w.definitions[i]
	}
	for path, names := range w.served {
		var list metav1.APIResourceList
		for _, name := range names {
			list.APIResources = append(list.APIResources, metav1.APIResource{Name: name}, metav1.APIResource{Name: name + "/status"})
		}
		c.raw[path] = list
	}
	c.Cluster = doctor.Cluster{Name: "test", Namespace: home, Release: home, Dynamic: c.dynamic, Typed: c.typed, Client: c.server.Client(t),
		Clock:       func() kube.Offset { return w.clock },
		User:        func() (kube.User, error) { return w.user, nil },
		ReadRelease: func(name string) (helm.Release, error) { return w.release, nil },
		Raw: func(_ context.Context, path string) ([]byte, error) {
			if err, failed := c.raw[path].(error); failed {
				return nil, err
			}
			return json.Marshal(c.raw[path])
		},
		Metadata: func(resource schema.GroupVersionResource, namespace string) kube.Reader {
			return metadataOf{c, resource}
		}}
	return c
}

// metadataOf lists a release, and the Secrets of the wishes.
type metadataOf struct {
	*cluster
	resource schema.GroupVersionResource
}

func (m metadataOf) List(_ context.Context, o metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	if m.metaErr != nil {
		return nil, m.metaErr
	}
	list := &unstructured.UnstructuredList{Object: map[string]any{}}
	add := func(namespace, name string, labels map[string]string) {
		var obj unstructured.Unstructured
		obj.SetNamespace(namespace)
		obj.SetName(name)
		obj.SetLabels(labels)
		list.Items = append(list.Items, obj)
	}
	switch {
	case m.resource == secretsResource && o.LabelSelector == managedLabel:
		add("app", "api", nil)
		add("app", "db", nil)
	case m.resource == accountsResource:
		add(home, "default", nil)
	case m.resource == secretsResource && o.FieldSelector != "":
		add(home, webhookService, nil)
		list.Items[0].SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: "external-secrets", FieldsV1: metav1.NewFieldsV1(`{"f:data":{"f:tls.crt":{}}}`)}})
	case m.resource == spacesResource:
		add("", "app", nil)
	case m.resource == secretsResource && o.LabelSelector == "owner=helm,name=external-secrets":
		add(home, "sh.helm.release.v1.external-secrets.v1", map[string]string{"version": "1", "status": "deployed"})
	}
	return list, nil
}

func (m metadataOf) Watch(context.Context, metav1.ListOptions) (watch.Interface, error) {
	return nil, errors.New("nothing is watched")
}

func read(t *testing.T, c *cluster) doctor.Report {
	t.Helper()
	return doctor.Examine(t.Context(), All(), doctor.NewSnapshot(t.Context(), c.Cluster))
}

func TestAHealthyClusterIsReadAndPasses(t *testing.T) {
	c := clusterOf(t, healthy(t))
	r := read(t, c)
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			if f.Status != doctor.Pass {
				t.Errorf("%s: %+v", o.Code, f)
			}
		}
	}
	for _, action := range append(c.typed.Actions(), c.dynamic.Actions()...) {
		verb := action.GetVerb()
		dryRun := false
		if create, ok := action.(clienttesting.CreateActionImpl); ok {
			dryRun = len(create.CreateOptions.DryRun) > 0
		}
		if action.GetResource().Group == authorizationv1.GroupName {
			continue // a question, which is stored nowhere
		}
		if verb != "get" && verb != "list" && !dryRun {
			t.Errorf("the doctor has asked to %s %s", verb, action.GetResource().Resource)
		}
	}
}

func TestAFailureIsReadWithItsEvent(t *testing.T) {
	w := healthy(t)
	clustertest.Ready(w.wishes[0], "False")
	c := clusterOf(t, w)
	event := clustertest.Object(t, `{apiVersion: v1, kind: Event, metadata: {name: f, namespace: app}, reason: UpdateFailed, message: "err: Secret does not exist",
		involvedObject: {kind: ExternalSecret, name: api, namespace: app}}`)
	c.server.Add(event)
	if f, found := finding(read(t, c), "EI807", cause.SecretUnknown); !found || f.Objects[0].Name != "api" {
		t.Errorf("finding %+v", f)
	}
}

func TestAMissingDefinitionIsFoundByReading(t *testing.T) {
	c := clusterOf(t, healthy(t))
	c.raw["/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+needed[0]] = apierrors.NewNotFound(schema.GroupResource{}, needed[0])
	r := read(t, c)
	if _, found := finding(r, "EI204", "EI204"); !found || outcome(r, "EI701").BlockedBy != "EI204" {
		t.Errorf("%+v", outcome(r, "EI204"))
	}
}

// Whatever may not be read, nothing passes that depends on it, and nothing is called wrong.
func TestForbiddenIsUnknownAndNeverAPass(t *testing.T) {
	tests := map[string]struct {
		forbid func(*cluster)
		codes  []cause.Code
	}{
		"Secrets":     {func(c *cluster) { clustertest.Refuse(&c.typed.Fake, "get", "secrets", forbidden("secrets")) }, []cause.Code{"EI301", "EI302", "EI350", "EI901"}},
		"ConfigMaps":  {func(c *cluster) { clustertest.Refuse(&c.typed.Fake, "get", "configmaps", forbidden("configmaps")) }, []cause.Code{"EI402", "EI403", "EI409", "EI450"}},
		"Deployments": {func(c *cluster) { clustertest.Refuse(&c.dynamic.Fake, "list", "deployments", forbidden("deployments")) }, []cause.Code{"EI202", "EI259", "EI260", "EI206", "EI216", "EI219", "EI264", "EI267", "EI269", "EI270", "EI274"}},
		"pods":        {func(c *cluster) { clustertest.Refuse(&c.dynamic.Fake, "list", "pods", forbidden("pods")) }, []cause.Code{"EI110", "EI210", "EI217", "EI218", "EI275", "EI276", "EI277", "EI278", "EI279"}},
		"events":      {func(c *cluster) { clustertest.Refuse(&c.dynamic.Fake, "list", "events", forbidden("events")) }, []cause.Code{"EI751", "EI752"}},
		"stores": {func(c *cluster) {
			clustertest.Refuse(&c.dynamic.Fake, "list", "clustersecretstores", forbidden("clustersecretstores"))
		}, []cause.Code{"EI701", "EI802"}},
		"wishes": {func(c *cluster) {
			c.server.Refuse["externalsecrets"] = forbidden("externalsecrets")
		}, []cause.Code{"EI807", "EI852", "EI851", "EI806", "EI850", "EI804", "EI802"}},
		"metadata": {func(c *cluster) { c.metaErr = forbidden("secrets") }, []cause.Code{"EI201", "EI233", "EI850", "EI804", "EI832", "EI904", "EI206", "EI716", "EI717", "EI916", "EI917"}},
		"dry runs": {func(c *cluster) {
			clustertest.Refuse(&c.dynamic.Fake, "create", "clustersecretstores", forbidden("clustersecretstores"))
		}, []cause.Code{"EI220"}},
		"webhooks": {func(c *cluster) {
			clustertest.Refuse(&c.typed.Fake, "get", "validatingwebhookconfigurations", forbidden("validatingwebhookconfigurations"))
		}, []cause.Code{"EI213", "EI214", "EI215", "EI223", "EI255", "EI221"}},
		"endpoints": {func(c *cluster) {
			clustertest.Refuse(&c.typed.Fake, "list", "endpointslices", forbidden("endpointslices"))
		}, []cause.Code{"EI221"}},
		"policies": {func(c *cluster) {
			clustertest.Refuse(&c.typed.Fake, "list", "networkpolicies", forbidden("networkpolicies"))
		}, []cause.Code{"EI551"}},
		"other webhooks": {func(c *cluster) {
			clustertest.Refuse(&c.typed.Fake, "list", "mutatingwebhookconfigurations", forbidden("mutatingwebhookconfigurations"))
		}, []cause.Code{"EI226"}},
		"SecretStores": {func(c *cluster) {
			clustertest.Refuse(&c.dynamic.Fake, "list", "secretstores", forbidden("secretstores"))
		}, []cause.Code{"EI710", "EI802"}},
		"ClusterExternalSecrets": {func(c *cluster) { c.server.Refuse["clusterexternalsecrets"] = forbidden("clusterexternalsecrets") }, []cause.Code{"EI840"}},
		"PushSecrets":            {func(c *cluster) { c.server.Refuse["pushsecrets"] = forbidden("pushsecrets") }, []cause.Code{"EI841"}},
		"the rights of others": {func(c *cluster) {
			clustertest.Refuse(&c.typed.Fake, "create", "subjectaccessreviews", forbidden("subjectaccessreviews"))
		}, []cause.Code{"EI268", "EI911", "EI912", "EI913"}},
		"definitions": {func(c *cluster) {
			for path := range c.raw {
				c.raw[path] = forbidden("customresourcedefinitions")
			}
		}, []cause.Code{"EI204"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := clusterOf(t, healthy(t))
			tt.forbid(c)
			r := read(t, c)
			for _, code := range tt.codes {
				for _, f := range outcome(r, code).Findings {
					if f.Status != doctor.Unknown && f.Status != doctor.Skip || f.Status == doctor.Unknown && !strings.Contains(f.Detail, "not allowed to ") {
						t.Errorf("%s: %+v", code, f)
					}
				}
			}
			if r.Count(doctor.Fail) != 0 || r.Verdict(doctor.FailOnFail) != doctor.Undecided {
				t.Errorf("a missing right is taken for a failure: %s", wrong(r))
			}
		})
	}
}

func forbidden(resource string) error { return clustertest.Forbidden(resource) }

func TestNoSecretIsInAReport(t *testing.T) {
	c := clusterOf(t, healthy(t))
	r := read(t, c)
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), clientSecret) || strings.Contains(string(data), clientID) {
		t.Error("the report holds a Secret's value")
	}
}
