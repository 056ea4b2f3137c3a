package verify

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/infisicaltest"
)

const space = "external-secrets"

var (
	pair  = infisical.UniversalAuth{ClientID: "client", ClientSecret: "canary-of-a-client-secret"}
	scope = infisical.Scope{ProjectSlug: infisicaltest.ProjectSlug, EnvironmentSlug: "prod", Path: "/"}
)

// inCluster is a verifier whose ESO says what works says of a pair.
func inCluster(works func(clientID, clientSecret string) error, held ...*unstructured.Unstructured) (*Verifier, *fake.FakeDynamicClient) {
	client := clustertest.Dynamic(held...)
	clustertest.Operator(client, works)
	return &Verifier{Dynamic: client, Namespace: space, Progress: func(string) {}, Silence: 50 * time.Millisecond}, client
}

// left are the names of all that a verification makes.
func left(t *testing.T, client *fake.FakeDynamicClient) []string {
	t.Helper()
	var names []string
	for _, api := range []resourceClient{client.Resource(eso.ClusterSecretStores), client.Resource(secrets).Namespace(space)} {
		list, err := api.List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range list.Items {
			names = append(names, item.GetKind()+"/"+item.GetName())
		}
	}
	return names
}

func TestESOJudgesAPair(t *testing.T) {
	var seen infisical.UniversalAuth
	v, client := inCluster(func(id, secret string) error {
		seen = infisical.UniversalAuth{ClientID: id, ClientSecret: secret}
		return nil
	})
	finding, err := v.Credentials(t.Context(), Cluster, Server{Host: "https://h"}, pair, scope)
	if err != nil || finding.From != Cluster || finding.Keys != -1 || seen != pair {
		t.Errorf("%+v, %v", finding, err)
	}
	if names := left(t, client); len(names) > 0 {
		t.Errorf("left: %v", names)
	}
}

func TestESORefusesAPair(t *testing.T) {
	v, client := inCluster(func(string, string) error { return errors.New("Invalid credentials") })
	_, err := v.Credentials(t.Context(), Cluster, Server{Host: "https://h"}, pair, scope)
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != cause.WrongCredentials || !strings.HasPrefix(named.Tried, "verify the credentials from inside") {
		t.Errorf("error = %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "canary") {
		t.Error("the error shows the client secret")
	}
	if names := left(t, client); len(names) > 0 {
		t.Errorf("left: %v", names)
	}
}

func TestNothingIsLeftAfterAnInterruption(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	v, client := inCluster(func(string, string) error { interrupt(); return errors.New("Invalid credentials") })
	if _, err := v.Credentials(ctx, Cluster, Server{Host: "https://h"}, pair, scope); err == nil {
		t.Error("no error")
	}
	if names := left(t, client); len(names) > 0 {
		t.Errorf("left: %v", names)
	}
}

// probe is what a verification has made.
func probe(t *testing.T, kind, name string) *unstructured.Unstructured {
	namespace, version := "", "external-secrets.io/v1"
	if kind == "Secret" {
		namespace, version = space, "v1"
	}
	obj := clustertest.Object(t, "{apiVersion: "+version+", kind: "+kind+", metadata: {name: "+name+", resourceVersion: '1', labels: {eso-infisical.dev/purpose: probe}}}")
	obj.SetNamespace(namespace)
	return obj
}

func TestWhatAKilledRunHasLeftIsRemoved(t *testing.T) {
	other := probe(t, "Secret", "credentials-of-others")
	other.SetLabels(nil)
	v, client := inCluster(func(string, string) error { return nil }, probe(t, "Secret", "dead"), probe(t, "ClusterSecretStore", "dead"),
		probe(t, "ClusterSecretStore", "dead-without-secret"), probe(t, "Secret", "dead-without-store"), other)
	if _, err := v.Credentials(t.Context(), Cluster, Server{Host: "https://h"}, pair, scope); err != nil {
		t.Fatal(err)
	}
	if names := left(t, client); len(names) != 1 || names[0] != "Secret/credentials-of-others" {
		t.Errorf("left: %v", names)
	}
}

func TestWhatOthersVerifyWithIsLeftAlone(t *testing.T) {
	v, client := inCluster(func(string, string) error { return nil }, probe(t, "Secret", "this-is-alive"), probe(t, "ClusterSecretStore", "this-is-alive"))
	looks := 0
	client.PrependReactor("list", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		looks++
		moved := probe(t, "Secret", "this-is-alive")
		moved.SetResourceVersion(strings.Repeat("1", looks))
		return false, nil, client.Tracker().Update(secrets, moved, space)
	})
	if _, err := v.Credentials(t.Context(), Cluster, Server{Host: "https://h"}, pair, scope); err != nil {
		t.Fatal(err)
	}
	if names := left(t, client); len(names) != 2 {
		t.Errorf("left: %v", names)
	}
}

func TestWhoMayNotListSecretsRemovesNothing(t *testing.T) {
	v, client := inCluster(func(string, string) error { return nil }, probe(t, "ClusterSecretStore", "unknown"))
	clustertest.Refuse(&client.Fake, "list", "secrets", clustertest.Forbidden("secrets"))
	if _, err := v.Credentials(t.Context(), Cluster, Server{Host: "https://h"}, pair, scope); err != nil {
		t.Fatal(err)
	}
	list, err := client.Resource(eso.ClusterSecretStores).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(list.Items) != 1 {
		t.Errorf("%d stores are left, %v", len(list.Items), err)
	}
}

func TestAProbeMovesWhileItsRunIsAlive(t *testing.T) {
	v, client := inCluster(func(string, string) error { return nil }, probe(t, "Secret", "mine"))
	beats := make(chan struct{}, 10)
	client.PrependReactor("patch", "secrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if strings.Contains(string(action.(clienttesting.PatchActionImpl).Patch), beatAnnotation) {
			beats <- struct{}{}
		}
		return false, nil, nil
	})
	stop := v.beat(t.Context(), "mine")
	for range 2 {
		select {
		case <-beats:
		case <-time.After(time.Minute):
			t.Fatal("it does not move")
		}
	}
	stop()
}

// local verifies from here against a server that has the pair.
func local(t *testing.T, s *infisicaltest.Server, secret string, at infisical.Scope) (Finding, error) {
	t.Helper()
	owner := s.Add("eso", pair.ClientSecret)
	v := &Verifier{Namespace: space, Progress: func(string) {}}
	return v.Credentials(t.Context(), Local, Server{Host: s.URL}, infisical.UniversalAuth{ClientID: owner.ClientID, ClientSecret: secret}, at)
}

func TestVerifyingFromHereCostsOneLoginAndOneList(t *testing.T) {
	s := infisicaltest.Start(t)
	var asked []string
	s.Before = func(r *http.Request) int { asked = append(asked, r.Method+" "+r.URL.Path); return 0 }
	finding, err := local(t, s, pair.ClientSecret, scope)
	if err != nil || finding.From != Local || finding.Keys != 1 {
		t.Errorf("%+v, %v", finding, err)
	}
	want := "POST /api/v1/auth/universal-auth/login, GET /api/v3/secrets/raw, POST /api/v1/auth/token/revoke"
	if got := strings.Join(asked, ", "); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

func TestAWrongPairCostsOneLogin(t *testing.T) {
	s := infisicaltest.Start(t)
	_, err := local(t, s, "another-client-secret", scope)
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != cause.WrongCredentials {
		t.Errorf("error = %v", err)
	}
	if tried, tokens := s.Logins(); tried != 1 || tokens != 0 {
		t.Errorf("%d logins, %d tokens", tried, tokens)
	}
}

func TestEnvironmentsAreKnownByTheirSlug(t *testing.T) {
	project := infisical.Project{Environments: []infisical.Environment{{Name: "Production", Slug: "prod"}, {Name: "Development", Slug: "dev"}}}
	for slug, hint := range map[string]string{"prod": "", "production": "use the environment prod", "Dev": "use the environment dev", "qa": "prod, dev"} {
		err := KnownEnvironment(project, slug)
		if hint == "" {
			if err != nil {
				t.Errorf("%s: %v", slug, err)
			}
			continue
		}
		var named *cause.Error
		if !errors.As(err, &named) || named.Cause.Code != cause.EnvironmentUnknown || !strings.Contains(named.Cause.Fix, hint) {
			t.Errorf("%s: %v", slug, err)
		}
	}
}

func TestAServerThatIsNotReachedOffersTheOtherWays(t *testing.T) {
	s := infisicaltest.Start(t)
	v := &Verifier{Namespace: space, Progress: func(string) {}}
	_, err := v.Credentials(t.Context(), Local, Server{Host: "http://127.0.0.1:1"}, pair, scope)
	var named *cause.Error
	if !errors.As(err, &named) || named.Cause.Code != cause.ConnectionRefused || !strings.Contains(named.Cause.Fix, "--verify=cluster") {
		t.Errorf("error = %v", err)
	}
	finding, err := v.Credentials(t.Context(), None, Server{Host: s.URL}, pair, scope)
	if tried, _ := s.Logins(); err != nil || finding.From != None || tried != 0 {
		t.Errorf("without verification: %+v, %v, %d logins", finding, err, tried)
	}
}

func TestParseMode(t *testing.T) {
	for text, want := range map[string]Mode{"local": Local, "cluster": Cluster, "none": None} {
		if got, err := ParseMode(text); got != want || err != nil {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	if _, err := ParseMode("remote"); err == nil || !strings.Contains(err.Error(), "local, cluster or none") {
		t.Errorf("error = %v", err)
	}
}

func TestClearingUp(t *testing.T) {
	v, client := inCluster(func(string, string) error { return nil }, probe(t, "Secret", "dead"), probe(t, "ClusterSecretStore", "dead"))
	if err := v.ClearUp(t.Context()); err != nil || len(left(t, client)) > 0 {
		t.Errorf("left: %v, %v", left(t, client), err)
	}
	for _, refusal := range []error{clustertest.Forbidden("clustersecretstores"), clustertest.NoSuchResource("clustersecretstores")} {
		v, client := inCluster(func(string, string) error { return nil })
		clustertest.Refuse(&client.Fake, "list", "clustersecretstores", refusal)
		if err := v.ClearUp(t.Context()); err != nil {
			t.Errorf("where stores may not be looked at: %v", err)
		}
	}
}
