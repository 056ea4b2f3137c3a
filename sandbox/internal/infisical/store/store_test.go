package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const (
	clientID     = "the-client"
	clientSecret = "right-secret"
)

// world is a store with one identity that may read one project, and a clock that stands still.
type world struct {
	*store.Store
	clock    time.Time
	identity store.Identity
	project  store.Project
	secretID string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)}
	w.Store = store.New(func() time.Time { return w.clock }, store.Rules2026())
	org := w.AddOrganization("", "Org", "org")
	w.project = w.AddProject(org.ID, "Demo", "demo")
	w.identity = w.AddIdentity(org.ID, "reader", store.RoleNoAccess)
	auth := store.NewUniversalAuth()
	auth.ClientID = clientID
	w.AttachUniversalAuth(w.identity.ID, auth)
	w.AddMember(w.project.ID, w.identity.ID, store.RoleViewer)
	w.secretID = w.AddClientSecret(w.identity.ID, clientSecret, store.ClientSecretTerms{})
	return w
}

// try logs in and returns the cause of the refusal, or 0.
func (w *world) try(secret string) store.Cause {
	_, failure := w.LogIn(store.Login{ClientID: clientID, ClientSecret: secret})
	return cause(failure)
}

func (w *world) setTTLs(ttl, maxTTL time.Duration) {
	w.EditUniversalAuth(w.identity.ID, func(a *store.UniversalAuth) { a.TTL, a.MaxTTL = ttl, maxTTL })
}

func (w *world) token(t *testing.T) string {
	t.Helper()
	grant, failure := w.LogIn(store.Login{ClientID: clientID, ClientSecret: clientSecret})
	if failure != nil {
		t.Fatalf("log in: %+v", failure)
	}
	return grant.AccessToken
}

func (w *world) actor(t *testing.T) store.Actor {
	t.Helper()
	actor, failure := w.Authenticate(w.token(t), "")
	if failure != nil {
		t.Fatalf("authenticate: %+v", failure)
	}
	return actor
}

func cause(failure *store.Failure) store.Cause {
	if failure == nil {
		return 0
	}
	return failure.Cause
}

func expect(t *testing.T, what string, got, want store.Cause) {
	t.Helper()
	if got != want {
		t.Errorf("%s: cause %d, want %d", what, got, want)
	}
}

func TestLockout(t *testing.T) {
	t.Parallel()
	const wrong = "wrong-secret"
	w := newWorld(t)
	for range 3 {
		expect(t, "wrong secret", w.try(wrong), store.InvalidCredentials)
	}
	expect(t, "right secret while locked", w.try(clientSecret), store.AuthMethodLocked)
	w.clock = w.clock.Add(299 * time.Second)
	expect(t, "right secret just before the end", w.try(clientSecret), store.AuthMethodLocked)
	w.clock = w.clock.Add(time.Second)
	expect(t, "right secret after 300 seconds", w.try(clientSecret), 0)
}

func TestLockoutCounter(t *testing.T) {
	t.Parallel()
	const wrong = "wrong-secret"
	cases := map[string]struct {
		between func(w *world)
		want    store.Cause
	}{
		"two and two at once lock":             {func(*world) {}, store.AuthMethodLocked},
		"the counter starts again after 30 s":  {func(w *world) { w.clock = w.clock.Add(31 * time.Second) }, 0},
		"a success clears the counter":         {func(w *world) { w.try(clientSecret) }, 0},
		"clearing lockouts clears the counter": {func(w *world) { w.Unlock(w.identity.ID) }, 0},
		"an identity may have lockouts off": {func(w *world) {
			w.EditUniversalAuth(w.identity.ID, func(a *store.UniversalAuth) { a.Lockout.Enabled = false })
		}, 0},
		"an unknown client id counts for nobody": {func(w *world) { w.LogIn(store.Login{ClientID: "other"}); w.Unlock(w.identity.ID) }, 0},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.try(wrong)
			w.try(wrong)
			test.between(w)
			w.try(wrong)
			w.try(wrong)
			expect(t, "right secret", w.try(clientSecret), test.want)
		})
	}
}

func TestClientSecretLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddClientSecret(w.identity.ID, "short-lived", store.ClientSecretTerms{TTL: time.Minute})
	w.AddClientSecret(w.identity.ID, "twice", store.ClientSecretTerms{UsesLimit: 2})

	expect(t, "first use", w.try("twice"), 0)
	expect(t, "second use", w.try("twice"), 0)
	expect(t, "third use", w.try("twice"), store.ClientSecretExhausted)
	expect(t, "fourth use", w.try("twice"), store.InvalidCredentials)

	w.clock = w.clock.Add(time.Minute)
	expect(t, "expired", w.try("short-lived"), store.ClientSecretExpired)
	expect(t, "expired, again", w.try("short-lived"), store.InvalidCredentials)
	expect(t, "the other secret", w.try(clientSecret), 0)
}

func TestTokenLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setTTLs(time.Hour, 90*time.Minute)
	first := w.token(t)

	w.clock = w.clock.Add(45 * time.Minute)
	second, failure := w.Renew(first)
	expect(t, "renew", cause(failure), 0)
	if second.AccessToken == first || second.ExpiresIn != 45*time.Minute {
		t.Errorf("renewed token: same %v, expires in %s, want another one and 45m", second.AccessToken == first, second.ExpiresIn)
	}
	expect(t, "revoke the first", cause(w.Revoke(first)), 0)
	expect(t, "revoke the first again", cause(w.Revoke(first)), 0)
	expect(t, "use the first", useToken(w, first), store.TokenRevoked)
	_, failure = w.Renew(first)
	expect(t, "renew the first", cause(failure), store.RenewRevoked)
	expect(t, "use the second", useToken(w, second.AccessToken), 0)

	w.EditClientSecret(w.secretID, func(c *store.ClientSecret) { c.Revoked, c.TokensEnd = true, true })
	expect(t, "use with the client secret revoked", useToken(w, second.AccessToken), store.TokenSecretRevoked)
	_, failure = w.Renew(second.AccessToken)
	expect(t, "renew with the client secret revoked", cause(failure), store.RenewSecretRevoked)
	w.EditClientSecret(w.secretID, func(c *store.ClientSecret) { c.Revoked, c.TokensEnd = false, false })
	expect(t, "use with the client secret back", useToken(w, second.AccessToken), 0)

	w.setTTLs(time.Hour, 30*time.Minute)
	_, failure = w.Renew(second.AccessToken)
	expect(t, "renew past the max TTL", cause(failure), store.RenewMaxTTL)
	w.clock = w.clock.Add(46 * time.Minute)
	expect(t, "use when expired", useToken(w, second.AccessToken), store.TokenExpired)
	expect(t, "use of another server's token", useToken(w, newWorld(t).token(t)), store.TokenInvalid)
	expect(t, "use of garbage", useToken(w, "garbage"), store.TokenMalformed)
}

func useToken(w *world, token string) store.Cause {
	_, failure := w.Authenticate(token, "")
	return cause(failure)
}

func TestReferencesAndImports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	put := func(environment, path, key, value string) { w.PutSecret(w.project.ID, environment, path, key, value) }
	put("prod", "/", "HOST", "db")
	put("prod", "/", "URL", "pg://${HOST}/${prod.llm.NAME}?x=${NOTHING}")
	put("prod", "/llm", "NAME", "${staging.NAME}-${prod.llm.NAME2}")
	put("prod", "/llm", "NAME2", "two")
	put("staging", "/", "NAME", "one")
	put("staging", "/", "HOST", "staging-db")
	w.AddImport(w.project.ID, "prod", "/llm", store.Import{Environment: "staging", Path: "/"})
	w.AddImport(w.project.ID, "staging", "/", store.Import{Environment: "prod", Path: "/llm"}) // a circle

	actor, scope := w.actor(t), store.Scope{Project: store.ProjectRef{Slug: "demo"}, Environment: "prod", Path: "/", Expand: true}
	url, failure := w.GetSecret(actor, scope, "URL")
	if want := "pg://db/one-two?x="; failure != nil || url.Value != want {
		t.Errorf("expanded value %q (%+v), want %q", url.Value, failure, want)
	}

	scope.Path, scope.IncludeImports = "/llm/", true
	_, imports, failure := w.ListSecrets(actor, scope)
	if failure != nil || len(imports) != 1 {
		t.Fatalf("imports %+v (%+v), want one block", imports, failure)
	}
	if diff := cmp.Diff([]string{"HOST", "NAME"}, keys(imports[0].Secrets)); diff != "" {
		t.Errorf("imported keys (-want +got):\n%s", diff)
	}
	host, failure := w.GetSecret(actor, scope, "HOST")
	if failure != nil || host.Value != "staging-db" || host.Environment != "staging" || host.Path != "/" {
		t.Errorf("imported secret %+v (%+v), want staging-db of staging /", host, failure)
	}
	scope.IncludeImports = false
	_, failure = w.GetSecret(actor, scope, "HOST")
	expect(t, "without imports", cause(failure), store.SecretUnknown)
}

func keys(secrets []store.LocatedSecret) []string {
	names := []string{}
	for _, secret := range secrets {
		names = append(names, secret.Key)
	}
	return names
}
