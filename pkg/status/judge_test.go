package status

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
)

const (
	unauthorized = `failed to authenticate via universal auth APIError: CallUniversalAuthLogin unsuccessful response [status-code=401] [message="Invalid credentials"]`
	noKey        = "error processing spec.data[0] (key: A), err: Secret does not exist"
	notReady     = `error processing spec.data[0] (key: A), err: ClusterSecretStore "infisical-shop" is not ready`
)

func TestJudgement(t *testing.T) {
	tests := map[string]struct {
		harm func(*cluster)
		want Verdict
		// codes are those of what is wrong.
		codes []string
	}{
		"all is well":                      {func(*cluster) {}, Well, nil},
		"a Deployment is not ready":        {func(c *cluster) { c.deployment("external-secrets-cert-controller", 0, 1) }, Failing, []string{"EI202"}},
		"half of a Deployment is ready":    {func(c *cluster) { c.deployment("external-secrets", 1, 2) }, Failing, []string{"EI202"}},
		"a Deployment is scaled to zero":   {func(c *cluster) { c.deployment("external-secrets", 0, 0) }, Failing, []string{"EI202"}},
		"no Deployments":                   {func(c *cluster) { c.drop("Deployment", "") }, Failing, []string{"EI202"}},
		"not installed by Helm":            {func(c *cluster) { c.drop("Secret", "") }, Well, nil},
		"a release that failed":            {func(c *cluster) { c.release(3, "failed") }, Failing, []string{"EI203"}},
		"a release that has not ended":     {func(c *cluster) { c.release(10, "pending-upgrade") }, Failing, []string{"EI203"}},
		"no endpoint of the webhook":       {func(c *cluster) { c.endpoints(false) }, Failing, []string{"EI221"}},
		"endpoints without a word on them": {func(c *cluster) { delete(c.find("EndpointSlice", "webhook-abc").Object, "endpoints") }, Failing, []string{"EI221"}},
		"no webhook at all": {func(c *cluster) {
			c.drop("EndpointSlice", "")
			c.drop("Deployment", "external-secrets-webhook")
		}, Well, nil},
		"no store": {func(c *cluster) { c.drop("ClusterSecretStore", ""); c.drop("ExternalSecret", "") }, Failing, []string{"EI701"}},
		"a store that is not ready": {func(c *cluster) {
			c.store("bad", "False")
			c.storeEvent("bad", "InvalidProviderConfig", unauthorized, time.Minute)
		}, Failing, []string{"EI310"}},
		"a store that fails again after it was valid": {func(c *cluster) {
			c.store("bad", "False")
			c.storeEvent("bad", "InvalidProviderConfig", unauthorized, time.Minute)
			c.storeEvent("bad", "Valid", "store validated", time.Hour)
		}, Failing, []string{"EI310"}},
		"a store that is not ready, without an event":     {func(c *cluster) { c.store("bad", "False") }, Failing, []string{"EI703"}},
		"a store that is not ready for an unknown reason": {func(c *cluster) { c.store("bad", "False"); c.storeEvent("bad", "InvalidProviderConfig", "the moon", 0) }, Failing, []string{"EI702"}},
		"a store without a verdict":                       {func(c *cluster) { delete(c.find("ClusterSecretStore", "infisical-shop").Object, "status") }, Failing, []string{"EI704"}},
		"a new store without a verdict": {func(c *cluster) {
			c.store("new", "")
			o := c.find("ClusterSecretStore", "new")
			delete(o.Object, "status")
			_ = unstructured.SetNestedField(o.Object, ago(time.Second), "metadata", "creationTimestamp")
		}, Well, nil},
		"a verdict that is old":            {func(c *cluster) { c.drop("Event", "") }, Unknown, nil},
		"a CA that expires soon":           {func(c *cluster) { c.configMap(caPEM(c.t, 240*time.Hour)) }, Well, nil},
		"a CA that has expired":            {func(c *cluster) { c.configMap(caPEM(c.t, -time.Hour)) }, Failing, []string{"EI409"}},
		"a CA that is none":                {func(c *cluster) { c.configMap("hello") }, Failing, []string{"EI409"}},
		"a ConfigMap without the key":      {func(c *cluster) { c.find("ConfigMap", "infisical-ca").Object["data"] = map[string]any{} }, Failing, []string{"EI409"}},
		"no ConfigMap":                     {func(c *cluster) { c.drop("ConfigMap", "") }, Failing, []string{"EI402"}},
		"an ExternalSecret without a key":  {func(c *cluster) { c.secret("shop", "x", "infisical-shop", "False", 0); c.failed("shop", "x", noKey) }, Failing, []string{"EI606×1"}},
		"failures of two kinds, by number": {func(c *cluster) { twoKinds(c) }, Failing, []string{"EI606×2", "EI803×1"}},
		"a failure of an unknown kind": {func(c *cluster) {
			c.secret("shop", "x", "infisical-shop", "False", 0)
			c.failed("shop", "x", "the moon")
		}, Failing, []string{"EI807×1"}},
		"a failure without an event": {func(c *cluster) { c.secret("shop", "x", "infisical-shop", "False", 0) }, Failing, []string{"EI807×1"}},
		"a failure that the condition explains": {func(c *cluster) {
			condition(c.secret("shop", "x", "infisical-shop", "False", 0), "target is owned by another ExternalSecret")
		}, Failing, []string{"EI806×1"}},
		"an event about another object of the name": {func(c *cluster) {
			c.secret("shop", "x", "infisical-shop", "False", 0).SetUID("a-new-one")
			c.failed("shop", "x", noKey)
		}, Failing, []string{"EI807×1"}},
		"what fails with its store": {func(c *cluster) {
			c.store("bad", "False")
			c.storeEvent("bad", "InvalidProviderConfig", unauthorized, time.Minute)
			c.secret("shop", "x", "bad", "False", 0)
			c.secret("shop", "x2", "bad", "False", 0)
			c.failed("shop", "x2", notReady)
		}, Failing, []string{"EI310", "EI801×2"}},
		"a store that does not exist":      {func(c *cluster) { c.secret("shop", "x", "gone", "False", 0) }, Failing, []string{"EI802", "EI802×1"}},
		"ready, but the store has gone":    {func(c *cluster) { c.secret("shop", "x", "gone", "True", 0) }, Failing, []string{"EI802"}},
		"a kind that was forgotten":        {func(c *cluster) { forgotten(c) }, Failing, []string{"EI802", "EI802×1"}},
		"overdue":                          {func(c *cluster) { c.secret("shop", "x", "infisical-shop", "True", 5*time.Hour) }, Failing, []string{"EI851×1"}},
		"late, but not by much":            {func(c *cluster) { c.secret("shop", "x", "infisical-shop", "True", 65*time.Minute) }, Well, nil},
		"synced once, long ago":            {func(c *cluster) { interval(c.secret("shop", "x", "infisical-shop", "True", 500*time.Hour), "0") }, Well, nil},
		"never looked at":                  {func(c *cluster) { delete(c.secret("shop", "x", "infisical-shop", "", 0).Object, "status") }, Failing, []string{"EI852×1"}},
		"made a moment ago":                {func(c *cluster) { fresh(c.secret("shop", "x", "infisical-shop", "", 0)) }, Well, nil},
		"a failure of another provider":    {func(c *cluster) { vault(c); c.secret("shop", "x", "vault", "False", 0) }, Well, nil},
		"no custom resources":              {func(c *cluster) { noKinds(c) }, Failing, []string{"EI204"}},
		"a SecretStore with failures":      {func(c *cluster) { ownStore(c) }, Failing, []string{"EI606×1"}},
		"a store with a caBundle, expired": {func(c *cluster) { bundle(c, caPEM(c.t, -time.Hour)) }, Failing, []string{"EI409"}},
		"a store with a caBundle":          {func(c *cluster) { bundle(c, caPEM(c.t, 5000*time.Hour)) }, Well, nil},
		"a CA in a Secret":                 {func(c *cluster) { inSecret(c) }, Well, nil},
		"the system's certificates":        {func(c *cluster) { infisical(c)["caProvider"] = nil; c.drop("ConfigMap", "") }, Well, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := healthy(t)
			tt.harm(c)
			r := c.look(Scope{})
			if r.Verdict != tt.want || !slices.Equal(codes(r), tt.codes) {
				t.Errorf("verdict %s, %v; want %s, %v\n%+v", r.Verdict, codes(r), tt.want, tt.codes, r)
			}
			if len(r.Unknown) > 0 {
				t.Errorf("unknown: %v", r.Unknown)
			}
			for _, s := range r.Stores {
				for _, g := range s.Causes {
					if g.Summary == "" || g.Fix == "" || len(g.Examples) == 0 {
						t.Errorf("group without words: %+v", g)
					}
				}
			}
		})
	}
}

func twoKinds(c *cluster) {
	for n, message := range []string{noKey, `using cluster store "infisical-shop" is not allowed from namespace "shop": denied by spec.condition`, noKey} {
		name := fmt.Sprintf("x-%d", n)
		c.secret("shop", name, "infisical-shop", "False", 0)
		c.failed("shop", name, message)
	}
}

func condition(o *unstructured.Unstructured, message string) {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	conditions[0].(map[string]any)["message"] = message
	_ = unstructured.SetNestedSlice(o.Object, conditions, "status", "conditions")
}

func interval(o *unstructured.Unstructured, text string) {
	_ = unstructured.SetNestedField(o.Object, text, "spec", "refreshInterval")
}

func fresh(o *unstructured.Unstructured) {
	delete(o.Object, "status")
	_ = unstructured.SetNestedField(o.Object, ago(time.Second), "metadata", "creationTimestamp")
}

func forgotten(c *cluster) {
	unstructured.RemoveNestedField(c.secret("shop", "x", "infisical-shop", "False", 0).Object, "spec", "secretStoreRef", "kind")
}

func vault(c *cluster) {
	c.add(`{kind: ClusterSecretStore, metadata: {name: vault}, spec: {provider: {vault: {}}}}`)
}

func noKinds(c *cluster) {
	for _, resource := range []string{"clustersecretstores", "secretstores", "externalsecrets"} {
		c.refuse[resource] = clustertest.NoSuchResource(resource)
	}
}

func ownStore(c *cluster) {
	c.add(`{kind: SecretStore, metadata: {namespace: shop, name: own}, spec: {provider: {infisical: {auth: {kubernetesAuthCredentials: {}}}}},
		status: {conditions: [{type: Ready, status: "True"}]}}`)
	o := c.secret("shop", "x", "own", "False", 0)
	_ = unstructured.SetNestedField(o.Object, "SecretStore", "spec", "secretStoreRef", "kind")
	c.failed("shop", "x", noKey)
}

// infisical is the provider's part of the store.
func infisical(c *cluster) map[string]any {
	spec := c.find("ClusterSecretStore", "infisical-shop").Object["spec"].(map[string]any)
	return spec["provider"].(map[string]any)["infisical"].(map[string]any)
}

func bundle(c *cluster, pem string) {
	infisical(c)["caProvider"] = nil
	infisical(c)["caBundle"] = base64Of(pem)
	c.drop("ConfigMap", "")
}

func inSecret(c *cluster) {
	infisical(c)["caProvider"] = map[string]any{"type": "Secret", "namespace": "external-secrets", "name": "ca", "key": "k"}
	o := c.add(`{kind: Secret, metadata: {namespace: external-secrets, name: ca}}`)
	o.Object["data"] = map[string]any{"k": base64Of(caPEM(c.t, 5000*time.Hour))}
}

func TestARefusalIsUnknownAndNeverZero(t *testing.T) {
	tests := map[string]func(Report) bool{
		"deployments":         func(r Report) bool { return r.Operator.Deployments == nil },
		"secrets":             func(r Report) bool { return r.Operator.Release == nil },
		"endpointslices":      func(r Report) bool { return r.Operator.Webhook == nil },
		"clustersecretstores": func(r Report) bool { return r.Stores[0].Ready == "" && !r.Stores[0].Missing },
		"secretstores":        func(r Report) bool { return r.Others == nil },
		"externalsecrets":     func(r Report) bool { return r.ExternalSecrets == nil && r.Stores[0].ExternalSecrets == nil },
		"configmaps":          func(r Report) bool { return r.Stores[0].CA.Until == nil },
		"events":              func(r Report) bool { return !r.Stores[0].Stale },
	}
	for resource, hidden := range tests {
		t.Run(resource, func(t *testing.T) {
			c := healthy(t)
			c.refuse[resource] = clustertest.Forbidden(resource)
			r := c.look(Scope{})
			if r.Verdict != Unknown || len(r.Unknown) != 1 || !strings.HasPrefix(r.Unknown[0].Why, "not allowed: ") || !strings.Contains(r.Unknown[0].Why, resource) {
				t.Errorf("verdict %s, unknown %v", r.Verdict, r.Unknown)
			}
			if !hidden(r) || len(codes(r)) > 0 {
				t.Errorf("codes %v in %+v", codes(r), r)
			}
		})
	}
}

func TestWhatFailsIsFailingAlthoughSomethingIsUnknown(t *testing.T) {
	c := healthy(t)
	c.secret("shop", "x", "infisical-shop", "False", 0)
	c.failed("shop", "x", noKey)
	c.refuse["events"] = clustertest.Forbidden("events")
	if r := c.look(Scope{}); r.Verdict != Failing || !slices.Equal(codes(r), []string{"EI807×1"}) || len(r.Unknown) != 2 {
		t.Errorf("%s, %v, %v", r.Verdict, codes(r), r.Unknown)
	}
}

func TestEventsAreAskedForOnlyWhereSomethingFails(t *testing.T) {
	c := healthy(t)
	server := clustertest.Serve(t, c.objects...)
	if _, err := Look(t.Context(), Cluster{Client: server.Client(t), Namespace: "external-secrets", Release: "external-secrets"}, Scope{}); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, request := range server.Requests() {
		if request == "GET events" {
			asked++
		}
	}
	if asked != 1 { // those of the stores
		t.Errorf("asked for events %d times: %v", asked, server.Requests())
	}
}

func TestAClusterThatDoesNotAnswerIsAnError(t *testing.T) {
	server := clustertest.Serve(t)
	server.Close()
	_, err := Look(t.Context(), Cluster{Client: server.Client(t), Namespace: "external-secrets", Release: "external-secrets"}, Scope{})
	var network *url.Error
	if !errors.As(err, &network) || !strings.HasPrefix(err.Error(), "look at the cluster: ") {
		t.Errorf("error = %v", err)
	}
}
