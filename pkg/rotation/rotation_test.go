package rotation

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/credentials"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/identity"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/infisical"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/clustertest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/internal/infisicaltest"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/verify"
)

var ref = eso.Reference{Namespace: "external-secrets", Name: "creds"}

// scene is a cluster whose store works with an identity's client secret.
type scene struct {
	*Rotator
	server  *infisicaltest.Server
	cluster *fake.FakeDynamicClient
	plan    Plan
	owner   *infisicaltest.Identity
	// broken makes ESO refuse a pair for a reason of its own.
	broken func(clientSecret string) error
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{server: infisicaltest.Start(t)}
	s.owner = s.server.Add("eso-demo", "0ld-client-secret-of-64")
	s.owner.Roles = []string{"viewer"}
	store := eso.Store{Name: "infisical-demo", Host: s.server.URL, Project: infisicaltest.ProjectSlug, Environment: "prod", Path: "/", Credentials: ref}
	es := eso.ExternalSecret{Namespace: "apps", Name: "api", Store: eso.StoreKey{Name: store.Name}, Key: "KEY", TargetKey: "key"}
	s.cluster = clustertest.Dynamic(clustertest.Ready(store.Object(), "True"), clustertest.Ready(es.Object(), "True"))
	clustertest.Operator(s.cluster, s.works)
	verifier := &verify.Verifier{Dynamic: s.cluster, Namespace: ref.Namespace, Progress: func(string) {}}
	s.Rotator = &Rotator{Dynamic: s.cluster, Typed: clustertest.Leases(), Me: kube.Holder{Host: "first", Process: 1}, Verifier: verifier, Progress: func(string) {},
		Admin: &identity.Admin{Session: s.server.Session(t, infisicaltest.AdminToken), Progress: func(string) {}}}
	s.plan = Plan{Secret: ref, Stores: []eso.StoreKey{store.Key()}, Server: verify.Server{Host: s.server.URL}, Mode: verify.Local,
		Scope:    infisical.Scope{ProjectSlug: infisicaltest.ProjectSlug, EnvironmentSlug: "prod", Path: "/"},
		Identity: identity.Spec{Project: infisicaltest.ProjectSlug}, Settle: time.Millisecond,
		Holder: identity.Holder{ClusterName: "c", ClusterID: "uid", Namespace: ref.Namespace, Secret: ref.Name}}
	s.write(t, credentials.Content{Pair: infisical.UniversalAuth{ClientID: s.owner.ClientID, ClientSecret: "0ld-client-secret-of-64"},
		Record: credentials.Record{SecretID: s.owner.Secrets[0].ID, IdentityID: s.owner.ID}})
	return s
}

// works is what ESO finds when it logs in.
func (s *scene) works(_, clientSecret string) error {
	if s.broken != nil {
		if err := s.broken(clientSecret); err != nil {
			return err
		}
	}
	for _, secret := range s.server.Live(s.owner) {
		if secret.Value == clientSecret {
			return nil
		}
	}
	return errors.New("Invalid credentials")
}

func (s *scene) write(t *testing.T, content credentials.Content) {
	t.Helper()
	if _, err := credentials.Write(t.Context(), s.cluster, ref, content, true); err != nil {
		t.Fatal(err)
	}
}

func (s *scene) held(t *testing.T) credentials.Content {
	t.Helper()
	content, err := credentials.Read(t.Context(), s.cluster, ref)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// rotate must go well.
func (s *scene) rotate(t *testing.T) Result {
	t.Helper()
	result, err := s.Rotate(t.Context(), s.plan)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// expectOne fails unless the cluster holds the one client secret that is live.
func (s *scene) expectOne(t *testing.T) {
	t.Helper()
	live := s.server.Live(s.owner)
	if len(live) != 1 || s.held(t).Pair.ClientSecret != live[0].Value {
		t.Errorf("%d client secrets are live, and the cluster holds %v", len(live), s.held(t))
	}
	if tried, tokens := s.server.Logins(); tokens != 0 {
		t.Errorf("%d tokens of %d logins are not revoked", tokens, tried)
	}
}

func (s *scene) fail(when func(r *http.Request) bool) {
	s.server.Before = func(r *http.Request) int {
		if when(r) {
			return http.StatusInternalServerError
		}
		return 0
	}
}

func code(err error) cause.Code {
	var named *cause.Error
	if !errors.As(err, &named) {
		return ""
	}
	return named.Cause.Code
}

func TestRotate(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	result := s.rotate(t)
	if !result.OldRevoked || result.Resumed || result.OldPrefix != "0ld-" || len(result.Synced) != 1 || result.Synced[0] != "apps/api" {
		t.Errorf("result %+v", result)
	}
	s.expectOne(t)
	if held := s.held(t); held.IdentityID != s.owner.ID || held.VerifiedFrom != "local" || s.owner.Secrets[0].Revoked == false {
		t.Errorf("held %+v", held.Record)
	}
	if tried, _ := s.server.Logins(); tried != 1 {
		t.Errorf("%d logins", tried)
	}
}

func TestAFailureBeforeTheSwitchChangesNothing(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"creating": "/client-secrets", "verifying": "/login", "reading": "/secrets/raw"} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			before := version(t, s)
			s.fail(func(r *http.Request) bool {
				return strings.HasSuffix(r.URL.Path, path) && (r.Method == http.MethodPost || name == "reading")
			})
			if _, err := s.Rotate(t.Context(), s.plan); code(err) != cause.ServerFailed {
				t.Errorf("error = %v", err)
			}
			s.server.Before = nil
			s.expectOne(t)
			if now := version(t, s); now != before {
				t.Errorf("the Secret has gone from version %s to %s", before, now)
			}
		})
	}
}

func version(t *testing.T, s *scene) string {
	t.Helper()
	list := s.cluster.Tracker()
	obj, err := list.Get(secretsResource, ref.Namespace, ref.Name)
	if err != nil {
		t.Fatal(err)
	}
	return obj.(*unstructured.Unstructured).GetResourceVersion()
}

func TestAFailureAfterTheSwitchPutsTheOldPairBack(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.broken = func(clientSecret string) error {
		if clientSecret != "0ld-client-secret-of-64" {
			return errors.New("You are not allowed to access this resource from the current IP address")
		}
		return nil
	}
	_, err := s.Rotate(t.Context(), s.plan)
	if code(err) != "EI325" || !strings.Contains(err.Error(), string(cause.AddressNotTrusted)) {
		t.Errorf("error = %v", err)
	}
	s.expectOne(t)
	if s.held(t).Previous != nil || s.held(t).SecretID != s.owner.Secrets[0].ID {
		t.Errorf("held %v %+v", s.held(t), s.held(t).Record)
	}
}

func TestAnOrphanOfAKilledRunIsSwept(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	state, err := s.Admin.Show(t.Context(), s.plan.Identity)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Admin.Issue(t.Context(), state, s.plan.Holder, 0); err != nil {
		t.Fatal(err)
	}
	s.rotate(t)
	s.expectOne(t)
}

func TestAKilledRunIsCompleted(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.interrupted(t, nil)
	result := s.rotate(t)
	if !result.Resumed || !result.OldRevoked {
		t.Errorf("result %+v", result)
	}
	s.expectOne(t)
}

// interrupted leaves what a run leaves that is killed after the switch.
func (s *scene) interrupted(t *testing.T, change func(*credentials.Previous)) {
	t.Helper()
	held := s.held(t)
	state, err := s.Admin.Show(t.Context(), s.plan.Identity)
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.Admin.Issue(t.Context(), state, s.plan.Holder, 0)
	if err != nil {
		t.Fatal(err)
	}
	old := &credentials.Previous{Pair: held.Pair, SecretID: held.SecretID, IdentityID: held.IdentityID, ReplacedAt: time.Now()}
	if change != nil {
		change(old)
	}
	s.write(t, credentials.Content{Pair: made.Pair, Record: credentials.Record{SecretID: made.ID, IdentityID: s.owner.ID}, Previous: old})
}

func TestTheOldOneIsKeptForATime(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	keep := time.Hour
	s.plan.KeepOld = &keep
	result := s.rotate(t)
	if result.OldRevoked || time.Until(result.KeptUntil) < 59*time.Minute || len(s.server.Live(s.owner)) != 2 {
		t.Errorf("result %+v, %d are live", result, len(s.server.Live(s.owner)))
	}
	s.plan.KeepOld = nil
	before := version(t, s)
	if again := s.rotate(t); !again.Unchanged || !again.KeptUntil.Equal(result.KeptUntil) || version(t, s) != before {
		t.Errorf("before the time is over: %+v", again)
	}
	over := s.held(t)
	over.Previous.KeptUntil = time.Now().Add(-time.Second)
	s.write(t, over)
	if last := s.rotate(t); !last.OldRevoked || !last.Resumed {
		t.Errorf("when the time is over: %+v", last)
	}
	s.expectOne(t)
}

func TestATimeThatIsGivenAnewCounts(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	keep, shorter := time.Hour, time.Duration(0)
	s.plan.KeepOld = &keep
	s.rotate(t)
	s.plan.KeepOld = &shorter
	if result := s.rotate(t); !result.OldRevoked {
		t.Errorf("result %+v", result)
	}
	s.expectOne(t)
}

func TestAProvedPairIsNotTakenBack(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.interrupted(t, func(p *credentials.Previous) { p.ProvedAt = time.Now() })
	s.broken = func(string) error { return errors.New("connection refused") }
	if _, err := s.Rotate(t.Context(), s.plan); err == nil || code(err) == "EI325" {
		t.Errorf("error = %v", err)
	}
	if s.held(t).Previous == nil || len(s.server.Live(s.owner)) != 2 {
		t.Errorf("held %v, %d are live", s.held(t), len(s.server.Live(s.owner)))
	}
}

func TestAPairByHand(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Admin = nil
	s.owner.Secrets = append(s.owner.Secrets, &infisicaltest.Secret{ID: "by-hand", Value: "new-client-secret-by-hand"})
	s.plan.NewPair = &infisical.UniversalAuth{ClientID: s.owner.ClientID, ClientSecret: "new-client-secret-by-hand"}
	if result := s.rotate(t); result.OldRevoked || !strings.Contains(result.Note, "revoke it in Infisical") {
		t.Errorf("result %+v", result)
	}
	if held := s.held(t); held.Previous != nil || held.Pair != *s.plan.NewPair {
		t.Errorf("held %v", held)
	}
	if again := s.rotate(t); !again.Unchanged {
		t.Errorf("again: %+v", again)
	}
}

func TestAPairThatIsGivenWhileARotationIsUnderWayIsPutInPlaceAfterIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.interrupted(t, nil)
	s.Admin = nil
	s.owner.Secrets = append(s.owner.Secrets, &infisicaltest.Secret{ID: "by-hand", Value: "new-client-secret-by-hand"})
	s.plan.NewPair = &infisical.UniversalAuth{ClientID: s.owner.ClientID, ClientSecret: "new-client-secret-by-hand"}
	s.rotate(t)
	if held := s.held(t); held.Previous != nil || held.Pair != *s.plan.NewPair {
		t.Errorf("held %v", held)
	}
}

func TestAnotherIdentitysPairIsNotReplaced(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	held := s.held(t)
	held.Pair.ClientID = "another-client"
	s.write(t, held)
	if _, err := s.Rotate(t.Context(), s.plan); code(err) != "EI324" {
		t.Errorf("error = %v", err)
	}
	if n := len(s.server.Live(s.owner)); n != 1 {
		t.Errorf("%d are live", n)
	}
}

func TestAnOldSecretThatIsNotKnownIsSaid(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	held := s.held(t)
	held.Pair.ClientSecret, held.SecretID = "typed-by-hand-into-the-secret", "secret-of-somebody-else"
	s.write(t, held)
	result := s.rotate(t)
	if result.OldRevoked || !strings.Contains(result.Note, "not found") || s.owner.Secrets[0].Revoked {
		t.Errorf("result %+v", result)
	}
}

func TestAnOldSecretInUseIsNotRevoked(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.plan.Settle = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.Progress = func(line string) {
		if strings.Contains(line, "watching that nobody uses the old client secret") {
			cancel() // as when the time is up
		}
	}
	if _, err := s.Rotate(ctx, s.plan); err == nil || !strings.Contains(err.Error(), "run the same command again") {
		t.Errorf("error = %v", err)
	}
	if live := s.server.Live(s.owner); len(live) != 2 || s.held(t).Previous == nil {
		t.Errorf("%d are live", len(live))
	}
}

func TestWhatMayNotBeWrittenIsFoundFirst(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	clustertest.Refuse(&s.cluster.Fake, "patch", "secrets", clustertest.Forbidden("secrets"))
	if _, err := s.Rotate(t.Context(), s.plan); err == nil {
		t.Error("no error")
	}
	if len(s.owner.Secrets) != 1 {
		t.Errorf("%d client secrets were made", len(s.owner.Secrets))
	}
}

var secretsResource = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
