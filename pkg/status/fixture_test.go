package status

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

// now is when the tests look.
var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) string { return now.Add(-d).Format(time.RFC3339) }

// caPEM makes a CA certificate that is valid for so long from now on.
func caPEM(t *testing.T, life time.Duration) string {
	t.Helper()
	return clustertest.CAPEM(t, now.Add(-9000*time.Hour), now.Add(life))
}

// cluster is a server's objects, which tests change before they look.
type cluster struct {
	t       *testing.T
	objects []*unstructured.Unstructured
	refuse  map[string]error
}

// add puts an object into the cluster; text is YAML with the values filled in.
func (c *cluster) add(text string, values ...any) *unstructured.Unstructured {
	c.t.Helper()
	o := clustertest.Object(c.t, fmt.Sprintf(text, values...))
	c.objects = append(c.objects, o)
	return o
}

// drop takes the objects of a kind out that have the name, or all of the kind without one.
func (c *cluster) drop(kind, name string) {
	var kept []*unstructured.Unstructured
	for _, o := range c.objects {
		if o.GetKind() != kind || name != "" && o.GetName() != name {
			kept = append(kept, o)
		}
	}
	c.objects = kept
}

func (c *cluster) find(kind, name string) *unstructured.Unstructured {
	c.t.Helper()
	for _, o := range c.objects {
		if o.GetKind() == kind && o.GetName() == name {
			return o
		}
	}
	c.t.Fatalf("no %s %s", kind, name)
	return nil
}

func (c *cluster) deployment(name string, ready, wanted int) {
	c.drop("Deployment", name)
	c.add(`{kind: Deployment, metadata: {name: %s, namespace: external-secrets, labels: {app.kubernetes.io/instance: external-secrets,
		app.kubernetes.io/version: v2.4.1, helm.sh/chart: external-secrets-2.4.1}}, spec: {replicas: %d}, status: {readyReplicas: %d}}`, name, wanted, ready)
}

func (c *cluster) release(revision int, status string) {
	c.add(`{kind: Secret, metadata: {name: sh.helm.release.v1.external-secrets.v%[1]d, namespace: external-secrets,
		labels: {owner: helm, name: external-secrets, status: %[2]s, version: "%[1]d"}}}`, revision, status)
}

func (c *cluster) endpoints(ready bool) {
	c.drop("EndpointSlice", "")
	c.add(`{kind: EndpointSlice, metadata: {name: webhook-abc, namespace: external-secrets, labels: {app.kubernetes.io/instance: external-secrets,
		kubernetes.io/service-name: external-secrets-webhook}}, endpoints: [{conditions: {ready: %t}}]}`, ready)
}

func (c *cluster) store(name, ready string) {
	c.add(`{kind: ClusterSecretStore, metadata: {name: %s, creationTimestamp: "%s"},
		spec: {provider: {infisical: {hostAPI: "https://infisical.example.com", auth: {universalAuthCredentials: {}},
		secretsScope: {projectSlug: shop, environmentSlug: prod, secretsPath: /}, caProvider: {type: ConfigMap, namespace: external-secrets, name: infisical-ca, key: ca.crt}}}},
		status: {conditions: [{type: Ready, status: "%s", lastTransitionTime: "%s"}]}}`, name, ago(72*time.Hour), ready, ago(48*time.Hour))
}

func (c *cluster) storeEvent(store, reason, message string, before time.Duration) {
	c.add(`{kind: Event, metadata: {name: %[1]s-%[2]s, namespace: default}, involvedObject: {kind: ClusterSecretStore, name: %[1]s}, reason: %[2]s,
		message: %[3]q, lastTimestamp: "%[4]s"}`, store, reason, message, ago(before))
}

// secret adds an ExternalSecret of the ClusterSecretStore that was refreshed so long ago.
func (c *cluster) secret(namespace, name, store, ready string, refreshed time.Duration) *unstructured.Unstructured {
	return c.add(`{kind: ExternalSecret, metadata: {namespace: %[1]s, name: %[2]s, uid: %[1]s-%[2]s, creationTimestamp: "%[5]s"},
		spec: {secretStoreRef: {kind: ClusterSecretStore, name: %[3]s}, refreshInterval: 1h0m0s},
		status: {refreshTime: "%[6]s", conditions: [{type: Ready, status: "%[4]s", message: could not get secret data from provider}]}}`,
		namespace, name, store, ready, ago(90*time.Hour), ago(refreshed))
}

func (c *cluster) failed(namespace, name, message string) {
	c.add(`{kind: Event, metadata: {name: %[2]s.1, namespace: %[1]s}, involvedObject: {kind: ExternalSecret, namespace: %[1]s, name: %[2]s, uid: %[1]s-%[2]s},
		reason: UpdateFailed, message: %[3]q, lastTimestamp: "%[4]s"}`, namespace, name, message, ago(time.Minute))
}

func (c *cluster) configMap(ca string) {
	c.drop("ConfigMap", "")
	o := c.add(`{kind: ConfigMap, metadata: {namespace: external-secrets, name: infisical-ca}}`)
	o.Object["data"] = map[string]any{"ca.crt": ca}
}

// healthy is a cluster in which all is well.
func healthy(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, refuse: map[string]error{}}
	for _, name := range []string{"external-secrets", "external-secrets-cert-controller", "external-secrets-webhook"} {
		c.deployment(name, 1, 1)
	}
	c.release(1, "superseded")
	c.release(2, "deployed")
	c.endpoints(true)
	c.configMap(caPEM(t, 5000*time.Hour))
	c.store("infisical-shop", "True")
	c.storeEvent("infisical-shop", "Valid", "store validated", 3*time.Minute)
	for n := range 3 {
		c.secret("shop", fmt.Sprintf("app-%d", n), "infisical-shop", "True", time.Duration(n+1)*10*time.Minute)
	}
	return c
}

// look looks at the cluster.
func (c *cluster) look(scope Scope) Report {
	c.t.Helper()
	server := clustertest.Serve(c.t, c.objects...)
	server.Refuse = c.refuse
	r, err := lookAt(c.t.Context(), Cluster{Client: server.Client(c.t), Namespace: "external-secrets", Release: "external-secrets"}, scope, now)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, request := range server.Requests() {
		if !strings.HasPrefix(request, "GET ") {
			c.t.Errorf("status sends %s", request)
		}
	}
	return r
}

// codes are those of all that is wrong, in the order of the report.
func codes(r Report) []string {
	var all []string
	for _, p := range r.Operator.Problems {
		all = append(all, string(p.Code))
	}
	for _, p := range r.Problems {
		all = append(all, string(p.Code))
	}
	for _, s := range r.Stores {
		for _, p := range s.Problems {
			all = append(all, string(p.Code))
		}
	}
	for _, s := range r.Stores {
		for _, g := range s.Causes {
			all = append(all, fmt.Sprintf("%s×%d", g.Code, g.Count))
		}
	}
	return all
}
