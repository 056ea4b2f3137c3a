package setup

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/infisicaltest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

// provider is a cluster and an Infisical of which it has nothing yet.
type provider struct {
	*cluster
	server *infisicaltest.Server
	admin  *identity.Admin
}

func newProvider(t *testing.T, objects ...runtime.Object) *provider {
	t.Helper()
	p := &provider{cluster: newCluster(objects...), server: infisicaltest.Start(t)}
	p.admin = &identity.Admin{Session: p.server.Session(t, infisicaltest.AdminToken), Progress: func(string) {}}
	d := &p.Desired
	d.Verify, d.Host, d.Project, d.Environment, d.Path = verify.Local, p.server.URL, infisicaltest.ProjectSlug, "prod", "/"
	d.PlainHTTP = true
	return p
}

func (p *provider) provision(t *testing.T, confirm bool) (Provisioned, error) {
	t.Helper()
	return p.ProvisionIdentity(t.Context(), p.admin, Provision{Confirm: func(string) (bool, error) { return confirm, nil }})
}

// expectOne fails unless there is one identity with one live client secret, which the cluster holds.
func (p *provider) expectOne(t *testing.T) credentials.Content {
	t.Helper()
	held, err := credentials.Read(t.Context(), p.dynamic, p.Desired.Secret())
	if err != nil {
		t.Fatal(err)
	}
	all := p.server.Identities()
	if len(all) != 1 || len(p.server.Live(all[0])) != 1 || p.server.Live(all[0])[0].Value != held.Pair.ClientSecret {
		t.Fatalf("%d identities, and the cluster does not hold the one client secret", len(all))
	}
	if _, tokens := p.server.Logins(); tokens != 0 {
		t.Errorf("%d tokens are not revoked", tokens)
	}
	return held
}

// rewrite changes the client secret in the cluster by hand.
func (p *provider) rewrite(t *testing.T, change func(data map[string]any)) {
	t.Helper()
	ref := p.Desired.Secret()
	api := p.dynamic.Resource(secretsResource).Namespace(ref.Namespace)
	obj, err := api.Get(t.Context(), ref.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	data, _, _ := unstructured.NestedMap(obj.Object, "data")
	change(data)
	obj.Object["data"] = data
	if _, err := api.Update(t.Context(), obj, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestProvisionTwice(t *testing.T) {
	p := newProvider(t)
	made, err := p.provision(t, false)
	if err != nil || made.Outcome != kube.Created || made.Identity != "eso-demo" {
		t.Fatalf("%+v, %v", made.Result, err)
	}
	held := p.expectOne(t)
	if held.MadeAs != "eso-demo" || held.VerifiedFrom != "local" || held.IdentityID != p.server.Identities()[0].ID {
		t.Errorf("record %+v", held.Record)
	}
	tried, _ := p.server.Logins()
	again, err := p.provision(t, false)
	if now, _ := p.server.Logins(); err != nil || again.Outcome != kube.Unchanged || again.Pair != made.Pair || tried != 1 || now != 1 {
		t.Errorf("the second run: %+v, %v, %d logins", again.Result, err, now)
	}
	if text := made.String() + again.String(); strings.Contains(text, made.Pair.ClientSecret) {
		t.Errorf("the result shows the client secret: %s", text)
	}
}

func TestProvisionReplacesWhatIsNotValidAnyMore(t *testing.T) {
	p := newProvider(t)
	if _, err := p.provision(t, false); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(){
		"revoked": func() {
			for _, secret := range p.server.Identities()[0].Secrets {
				secret.Revoked = true
			}
		},
		"typed anew": func() {
			p.rewrite(t, func(data map[string]any) { data["clientSecret"] = "dHlwZWQtYnktaGFuZC1pbnRvLWl0" })
		},
		"Secret alone": func() { p.forget(t) },
	} {
		spoil()
		if made, err := p.provision(t, false); err != nil || made.Outcome == kube.Unchanged {
			t.Errorf("%s: %+v, %v", name, made.Result, err)
		}
		p.expectOne(t)
	}
}

func (p *provider) forget(t *testing.T) {
	t.Helper()
	ref := p.Desired.Secret()
	if err := p.dynamic.Resource(secretsResource).Namespace(ref.Namespace).Delete(t.Context(), ref.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestProvisionAsksBeforeItReplacesAnotherIdentity(t *testing.T) {
	p := newProvider(t, pairSecret(map[string]string{"clientId": "another-client", "clientSecret": canary}))
	if _, err := p.provision(t, false); !errors.Is(err, ErrDeclined) {
		t.Errorf("error = %v", err)
	}
	if len(p.server.Identities()) != 0 {
		t.Error("an identity was made")
	}
	p.Desired.ForceConflicts = true
	if _, err := p.provision(t, true); err != nil {
		t.Error(err)
	}
	p.expectOne(t)
}

func TestProvisionLooksAtTheSecretBeforeItMakesAnything(t *testing.T) {
	kept := pairSecret(map[string]string{"clientId": "id", "clientSecret": canary})
	kept.Annotations = map[string]string{"argocd.argoproj.io/tracking-id": "app"}
	p := newProvider(t, kept)
	if _, err := p.provision(t, true); codeOf(err) != "EI320" {
		t.Errorf("error = %v", err)
	}
	denied := newProvider(t)
	clustertest.Refuse(&denied.dynamic.Fake, "patch", "secrets", clustertest.Forbidden("secrets"))
	if _, err := denied.provision(t, true); err == nil {
		t.Error("no error without the right to write the Secret")
	}
	if len(p.server.Identities())+len(denied.server.Identities()) > 0 {
		t.Error("an identity was made")
	}
}

func TestAClientSecretThatCannotBeUsedIsRevoked(t *testing.T) {
	refused := newProvider(t)
	refused.server.Before = func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/secrets/raw") {
			return http.StatusInternalServerError
		}
		return 0
	}
	if _, err := refused.provision(t, false); codeOf(err) != string(cause.ServerFailed) {
		t.Errorf("error = %v", err)
	}
	unwritten := newProvider(t)
	unwritten.dynamic.PrependReactor("patch", "secrets", func(action clienttesting.Action) (bool, runtime.Object, error) {
		patch := action.(clienttesting.PatchActionImpl)
		return patch.PatchType == types.ApplyPatchType && len(patch.PatchOptions.DryRun) == 0, nil, errors.New("disk full")
	})
	if _, err := unwritten.provision(t, false); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error = %v", err)
	}
	for name, p := range map[string]*provider{"refused": refused, "unwritten": unwritten} {
		all := p.server.Identities()
		if len(all) != 1 || len(all[0].Secrets) != 1 || len(p.server.Live(all[0])) != 0 {
			t.Errorf("%s: a client secret is left that nobody has", name)
		}
	}
}

func TestBootstrapForgetsNothingOfTheSamePair(t *testing.T) {
	p := newProvider(t)
	made, err := p.provision(t, false)
	if err != nil {
		t.Fatal(err)
	}
	before := p.expectOne(t)
	p.Desired.Verify = verify.None
	result, err := p.Bootstrap(t.Context(), made.Pair)
	if after := p.expectOne(t); err != nil || result.Outcome != kube.Unchanged || after.Record != before.Record {
		t.Errorf("%s, %v: %+v, it was %+v", result, err, after.Record, before.Record)
	}
	other := infisical.UniversalAuth{ClientID: made.Pair.ClientID, ClientSecret: "another-client-secret-by-hand"}
	if _, err := p.Bootstrap(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	held, err := credentials.Read(t.Context(), p.dynamic, p.Desired.Secret())
	if err != nil || held.MadeAs != "" || held.SecretID != "" || !held.VerifiedAt.IsZero() {
		t.Errorf("what was known of the pair before is said of another: %+v, %v", held.Record, err)
	}
}

func TestReviewsStayWhileAnotherIdentityNeedsThem(t *testing.T) {
	for _, namespace := range []string{"", "team"} {
		t.Run("store in "+namespace, func(t *testing.T) { reviewsStay(t, namespace) })
	}
}

func reviewsStay(t *testing.T, namespace string) {
	other := store("other")
	other.Auth, other.Namespace = "kubernetes", namespace
	other.Credentials.Name = "other-identity"
	secret := pairSecret(map[string]string{"identityId": "identity-of-other"})
	secret.Name = "other-identity"
	if namespace != "" {
		secret.Namespace, other.Credentials.Namespace = namespace, namespace
	}
	binding := clustertest.Object(t, `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding,
		metadata: {name: eso-infisical-token-reviewer, labels: {app.kubernetes.io/managed-by: `+kube.FieldManager+`}}}`)
	c := newCluster(other.Object(), secret, binding)
	for _, tt := range []struct {
		id    string
		stays bool
	}{{"identity-of-mine", true}, {"identity-of-other", false}} {
		if _, err := c.removeReview(t.Context(), tt.id); err != nil {
			t.Fatal(err)
		}
		_, err := c.dynamic.Resource(clusterRoleBindings).Get(t.Context(), reviewerName, metav1.GetOptions{})
		if (err == nil) != tt.stays {
			t.Errorf("after %s is deleted: %v", tt.id, err)
		}
	}
}
