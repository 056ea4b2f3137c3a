package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const (
	notAllowed  = "You are not allowed to access this resource"
	fromAddress = "You are not allowed to access this resource from the current IP address"
	wrongPair   = "401 UnauthorizedError: Invalid credentials"
	wrongPair24 = "403 UnauthorizedError: Invalid credentials"
	bySlug      = "/api/v2/workspace/demo"
)

func plumbingCases() map[int][]contractCase {
	status := func(b *bench) call { return call{method: "GET", path: "/api/status"} }
	withToken := func(token string) func(*bench) call {
		return func(*bench) call { return call{method: "GET", path: bySlug, token: token} }
	}
	maintenance := func(act func(*bench) call) func(*bench) call {
		return func(b *bench) call {
			c := act(b)
			b.store.Configure(func(s *store.Settings) { s.Maintenance = true })
			return c
		}
	}
	return map[int][]contractCase{
		1: {{what: "status, with no calls left", act: func(b *bench) call {
			b.store.Configure(func(s *store.Settings) { s.CallsExhausted = true })
			return status(b)
		}, current: "200 message=Ok redisConfigured=true emailConfigured=false inviteOnlySignup=~ secretScanningConfigured=~ date=~", old: "="}},
		2: {{what: "unknown route", act: func(b *bench) call { return call{method: "GET", path: "/api/nope"} },
			current: "404 Not Found: Route GET:/api/nope not found", old: "=", also: noRequestID}},
		3: {{what: "page outside the API", act: func(b *bench) call { return call{method: "GET", path: "/settings"} },
			current: "200", old: "=", also: isPage}},
		4: {{what: "secrets of version 4", act: func(b *bench) call { return b.get("/api/v4/secrets?projectId={project}&environment=prod") },
			current: "200 secrets.#=3", old: "404 Not Found: Route GET:/api/v4/secrets?projectId={project}&environment=prod not found"}},
		5: {{what: "project by slug, new route", act: func(b *bench) call { return b.get("/api/v1/projects/slug/demo") },
			current: "200 slug=demo", old: "404 Not Found: Route GET:/api/v1/projects/slug/demo not found"}},
		6: {{what: "description of the API", act: func(b *bench) call { return call{method: "GET", path: "/api/docs/json"} },
			current: "200 info.version=0.0.1 paths./api/v4/secrets=~ paths./api/v3/secrets/raw=~", old: "200 info.version=0.0.1 paths./api/v4/secrets=<nil> paths./api/v3/secrets/raw=~"}},
		7: {{what: "trailing slash", act: func(b *bench) call { return b.get(bySlug + "/") }, current: "200 slug=demo", old: "="}},
		8: {{what: "no token", act: withToken(""), current: "401 UnauthorizedError: Token missing", old: "403 Unauthorized access: Token missing"}},
		9: {{what: "garbage for a token", act: withToken("Bearer garbage"), current: "403 TokenError: " + malformed, old: "500 Internal Server Error: jwt malformed"}},
		10: {{what: "another server's token", act: func(b *bench) call {
			return call{method: "GET", path: bySlug, token: newBench(b.t, b.era).reader}
		}, current: "403 TokenError: invalid signature", old: "500 Internal Server Error: invalid signature"}},
		11: {{what: "expired token", act: func(b *bench) call { b.wait(31 * 24 * time.Hour); return b.get(bySlug) },
			current: "403 TokenError: Your token has expired. Please re-authenticate.", old: "500 Internal Server Error: jwt expired"}},
		12: {{what: "garbage token on the login", act: func(b *bench) call { c := b.login(clientSecret); c.token = "Bearer garbage"; return c },
			current: "403 TokenError: " + malformed, old: "500 Internal Server Error: jwt malformed"}},
		13: {
			{what: "wrong types", act: func(b *bench) call { return b.post(loginPath, `{"clientId":5,"clientSecret":"x"}`) },
				current: "422 ValidationFailure: Expected string, received number", old: "403 ValidationFailure: Expected string, received number"},
			{what: "not JSON", act: func(b *bench) call { return b.post(loginPath, `{"clientId":`) },
				current: "400 BadRequest: *", old: "400 Bad Request: *"},
		},
		14: {{what: "too many calls at the cloud", act: func(b *bench) call {
			b.store.Configure(func(s *store.Settings) { s.Cloud = true })
			return b.exhaust()
		}, current: "429 RateLimitExceeded: Rate limit exceeded. Please try again in *", old: "429 Too Many Requests: Rate limit exceeded, retry in 1 minute",
			also: limitHeaders}},
		15: {{what: "many calls at one's own server", act: (*bench).exhaust, current: "200 slug=demo", old: "429 Too Many Requests: Rate limit exceeded, retry in 1 minute"}},
		16: {
			{what: "login in maintenance", act: maintenance(func(b *bench) call { return b.login(clientSecret) }),
				current: "500 InternalServerError: Something went wrong", old: "200 tokenType=Bearer"},
			{what: "change in maintenance", act: maintenance(func(b *bench) call {
				return b.manage("POST", "/api/v1/identities", `{"name":"n","organizationId":"{org}"}`)
			}), current: "500 InternalServerError: Something went wrong", old: "500 Internal Server Error: Infisical is in maintenance mode. Please try again later."},
		},
		17: {{what: "read in maintenance", act: maintenance(func(b *bench) call { return b.get(raw + "?workspaceSlug=demo&environment=prod") }),
			current: "200 secrets.#=3", old: "="}},
		18: {{what: "configuration of the instance", act: maintenance(func(b *bench) call { return call{method: "GET", path: "/api/v1/admin/config"} }),
			current: "200 config.initialized=true config.isMigrationModeOn=true", old: "="}},
	}
}

// exhaust makes as many calls as an address has in a minute, and returns one more.
func (b *bench) exhaust() call {
	for range 60 {
		b.ask(b.get(bySlug))
	}
	return b.get(bySlug)
}

func noRequestID(b *bench, _ *http.Response, body map[string]any) {
	if _, is := body["reqId"]; is {
		b.t.Errorf("it has a reqId: %v", body)
	}
}

func isPage(b *bench, response *http.Response, _ map[string]any) {
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/html") {
		b.t.Errorf("it is %s", kind)
	}
}

func limitHeaders(b *bench, response *http.Response, _ map[string]any) {
	for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"} {
		if response.Header.Get(name) == "" {
			b.t.Errorf("it has no %s", name)
		}
	}
}

func loginCases() map[int][]contractCase {
	const granted = "200 expiresIn=86400 accessTokenMaxTTL=2592000 tokenType=Bearer accessToken=~"
	const locked = "401 UnauthorizedError: This identity auth method is temporarily locked, please try again later"
	right := func(b *bench) call { return b.login(clientSecret) }
	after := func(prepare func(b *bench)) func(*bench) call {
		return func(b *bench) call { prepare(b); return right(b) }
	}
	second := func(terms store.ClientSecretTerms, tries int, pass time.Duration) func(*bench) call {
		return func(b *bench) call {
			b.store.AddClientSecret(b.identityID, "second-secret", terms)
			b.wait(pass)
			for range tries {
				b.ask(b.login("second-secret"))
			}
			return b.login("second-secret")
		}
	}
	const expired24 = "403 UnauthorizedError: Failed to authenticate identity credentials due to expired client secret"
	const used24 = "403 UnauthorizedError: Failed to authenticate identity credentials due to client secret number of uses limit reached"
	twice := store.ClientSecretTerms{UsesLimit: 2}
	return map[int][]contractCase{
		19: {{what: "right pair", act: right, current: granted, old: "=", also: countedAndClaimed}},
		20: {{what: "with white space around", act: func(b *bench) call { return b.post(loginPath, credentials(" "+clientID, clientSecret+"\n")) }, current: granted, old: "="}},
		21: {{what: "as a form", act: func(b *bench) call {
			c := b.post(loginPath, url.Values{"clientId": {clientID}, "clientSecret": {clientSecret}}.Encode())
			c.contentType = "application/x-www-form-urlencoded"
			return c
		}, current: granted, old: "="}},
		22: {{what: "unknown field", act: func(b *bench) call {
			return b.post(loginPath, strings.Replace(credentials(clientID, clientSecret), "{", `{"more":1,`, 1))
		}, current: granted, old: "="}},
		23: {{what: "unknown client ID", act: func(b *bench) call { return b.post(loginPath, credentials("unknown", clientSecret)) }, current: wrongPair, old: wrongPair24,
			also: func(b *bench, _ *http.Response, _ map[string]any) { b.expectLocked(false) }}},
		24: {{what: "wrong secret", act: func(b *bench) call { return b.login("wrong") }, current: wrongPair, old: wrongPair24}},
		25: {
			{what: "right pair after three wrong", act: after(func(b *bench) { b.wrong(3) }), current: locked, old: granted},
			{what: "right pair when the lock is over", act: after(func(b *bench) { b.wrong(3); b.wait(300 * time.Second) }), current: granted, old: "="},
			{what: "a try meanwhile prolongs nothing", act: after(func(b *bench) { b.wrong(3); b.wait(200 * time.Second); b.wrong(2); b.wait(100 * time.Second) }), current: granted, old: "="},
		},
		26: {{what: "two wrong, a pause, two wrong", act: after(func(b *bench) { b.wrong(2); b.wait(31 * time.Second); b.wrong(2) }), current: granted, old: "="}},
		27: {{what: "a success clears the counter", act: after(func(b *bench) { b.wrong(2); b.do(right(b)); b.wrong(2) }), current: granted, old: "="}},
		28: {{what: "locks switched off", act: after(func(b *bench) {
			b.store.EditUniversalAuth(b.identityID, func(a *store.UniversalAuth) { a.Lockout.Enabled = false })
			b.wrong(10)
		}), current: granted}},
		29: {{what: "revoked secret", act: after(func(b *bench) {
			b.do(b.manage("POST", "/api/v1/auth/universal-auth/identities/{identity}/client-secrets/{secret}/revoke", "{}"))
		}), current: wrongPair, old: wrongPair24}},
		30: {{what: "expired secret", act: second(store.ClientSecretTerms{TTL: time.Minute}, 0, time.Minute),
			current: "401 UnauthorizedError: Access denied due to expired client secret", old: expired24}},
		31: {{what: "expired secret, again", act: second(store.ClientSecretTerms{TTL: time.Minute}, 1, time.Minute), current: wrongPair, old: wrongPair24}},
		32: {
			{what: "uses exhausted", act: second(twice, 2, 0), current: "401 UnauthorizedError: Access denied due to client secret usage limit reached", old: used24},
			{what: "uses exhausted, again", act: second(twice, 3, 0), current: wrongPair, old: wrongPair24},
		},
		33: {{what: "limit of uses compared as text", act: func(b *bench) call {
			b.store.Configure(func(s *store.Settings) { s.ComparesUsesAsText = true })
			return second(store.ClientSecretTerms{UsesLimit: 10000}, 2, 0)(b)
		}, current: "401 UnauthorizedError: Access denied due to client secret usage limit reached"}},
		34: {
			{what: "address not trusted", act: (*bench).fromElsewhere, current: "403 ForbiddenError: " + fromAddress, old: "403 UnauthorizedError: " + fromAddress},
			{what: "address not trusted, locked", act: func(b *bench) call { b.wrong(3); return b.fromElsewhere() },
				current: "403 ForbiddenError: " + fromAddress, old: "403 UnauthorizedError: " + fromAddress},
		},
		35: {{what: "two valid secrets", act: func(b *bench) call {
			b.store.AddClientSecret(b.identityID, "second-secret", store.ClientSecretTerms{})
			b.do(right(b))
			return b.login("second-secret")
		}, current: granted, old: "="}},
		36: {{what: "no secret", act: func(b *bench) call { return b.post(loginPath, `{"clientId":"x"}`) },
			current: "422 ValidationFailure: Required", old: "403 ValidationFailure: Required"}},
		37: {{what: "unknown organisation", act: func(b *bench) call {
			return b.post(loginPath, strings.Replace(credentials(clientID, clientSecret), "{", `{"organizationSlug":"nope",`, 1))
		}, current: "404 NotFound: Sub organization with slug nope not found", old: granted}},
		38: {{what: "wrong ones at once", act: func(b *bench) call { b.wrongAtOnce(20); return call{method: "GET", path: "/api/status"} }, current: "200 message=Ok", old: "="}},
		39: {{what: "tokens with a period", act: after(func(b *bench) {
			b.do(b.manage("PATCH", "/api/v1/auth/universal-auth/identities/{identity}", `{"accessTokenPeriod":3600}`))
		}), current: "200 expiresIn=3600 accessTokenMaxTTL=1000000000"}},
	}
}

// expectLocked compares whether the right pair is refused after two more wrong ones.
func (b *bench) expectLocked(want bool) {
	b.wrong(2)
	if response, _ := b.ask(b.login(clientSecret)); (response.StatusCode != http.StatusOK) != want {
		b.t.Errorf("locked: %s", response.Status)
	}
}

// countedAndClaimed looks at the counter of uses, and at what the token says of itself.
func countedAndClaimed(b *bench, _ *http.Response, body map[string]any) {
	all := b.do(b.manage("GET", "/api/v1/auth/universal-auth/identities/{identity}/client-secrets", ""))
	if uses := dig(all, []string{"clientSecretData", "0", "clientSecretNumUses"}); uses != "2" {
		b.t.Errorf("%s uses after two logins", uses)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(body["accessToken"].(string), ".")[1])
	var claims struct {
		IdentityID, ClientSecretID string
		Iat, Exp                   int64
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		b.t.Fatalf("read the token: %v", err)
	}
	life := int64(2592000)
	if b.modern() {
		life = 86400
	}
	if claims.IdentityID != b.identityID || claims.ClientSecretID != b.secretID || claims.Exp-claims.Iat != life {
		b.t.Errorf("claims %+v", claims)
	}
}

// fromElsewhere is a login from an address that is not trusted.
func (b *bench) fromElsewhere() call {
	trusted, failure := store.ParseTrusted([]string{"10.0.0.0/8"})
	if failure != nil {
		b.t.Fatalf("%+v", failure)
	}
	b.store.EditUniversalAuth(b.identityID, func(a *store.UniversalAuth) { a.ClientSecretTrusted = trusted })
	c := b.login(clientSecret)
	c.from = "192.0.2.1"
	return c
}

// wrongAtOnce sends wrong logins in parallel, and compares the statuses that come.
func (b *bench) wrongAtOnce(n int) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	seen := map[int]int{}
	for range n {
		wait.Go(func() {
			response, _ := b.ask(b.login("wrong"))
			mu.Lock()
			defer mu.Unlock()
			seen[response.StatusCode]++
		})
	}
	wait.Wait()
	if b.modern() && (seen[401] == 0 || seen[429] == 0 || seen[401]+seen[429] != n) || !b.modern() && seen[403] != n {
		b.t.Errorf("statuses %v", seen)
	}
}

func tokenCases() map[int][]contractCase {
	body := func(b *bench) string { return tokenBody(b.reader) }
	renew := func(b *bench) call { return b.post("/api/v1/auth/token/renew", body(b)) }
	revoke := func(b *bench) call { return b.post("/api/v1/auth/token/revoke", body(b)) }
	relogin := func(b *bench, ttl, maxTTL time.Duration) {
		b.terms(ttl, maxTTL)
		b.reader = b.tokenOf(clientID, clientSecret)
	}
	const denied24 = "403 UnauthorizedError: " + notAllowed
	return map[int][]contractCase{
		40: {{what: "renew", act: renew, current: "200 expiresIn=86400 tokenType=Bearer", old: "=", also: renewedToken}},
		41: {{what: "renew, little of the max TTL left", act: func(b *bench) call {
			relogin(b, time.Hour, 90*time.Minute)
			b.wait(45 * time.Minute)
			return renew(b)
		}, current: "200 expiresIn=2700", old: "403 UnauthorizedError: Failed to renew MI access token past its Max TTL expiration"}},
		42: {{what: "renew, max TTL over", act: func(b *bench) call {
			relogin(b, time.Hour, 90*time.Minute)
			b.terms(20*time.Minute, 30*time.Minute)
			b.wait(40 * time.Minute)
			return renew(b)
		}, current: "401 UnauthorizedError: Cannot renew: identity access token has reached its max TTL",
			old: "403 UnauthorizedError: Failed to renew MI access token due to Max TTL expiration"}},
		43: {
			{what: "renew, expired", act: func(b *bench) call { relogin(b, time.Hour, 24*time.Hour); b.wait(2 * time.Hour); return renew(b) },
				current: "403 TokenError: Your token has expired. Please re-authenticate.", old: "403 UnauthorizedError: Failed to renew MI access token due to TTL expiration"},
			{what: "renew, expired, again", act: func(b *bench) call {
				relogin(b, time.Hour, 24*time.Hour)
				b.wait(2 * time.Hour)
				b.ask(renew(b))
				return renew(b)
			}, current: "403 TokenError: Your token has expired. Please re-authenticate.", old: denied24},
		},
		44: {{what: "renew a person's token", act: func(b *bench) call { return b.post("/api/v1/auth/token/renew", tokenBody(b.admin)) },
			current: "400 BadRequest: Token is not an identity access token", old: denied24}},
		45: {{what: "revoke", act: revoke, current: "200 message=~", old: "=", also: func(b *bench, _ *http.Response, body map[string]any) {
			if body["message"] != "Successfully revoked access token" {
				b.t.Errorf("%v", body)
			}
		}}},
		46: {{what: "use, revoked", act: func(b *bench) call { b.do(revoke(b)); return b.get(bySlug) },
			current: "401 UnauthorizedError: Failed to authorize: token has been revoked", old: denied24}},
		47: {{what: "renew, revoked", act: func(b *bench) call { b.do(revoke(b)); return renew(b) },
			current: "401 UnauthorizedError: Cannot renew: token has been revoked", old: denied24}},
		48: {{what: "use, client secret revoked", act: func(b *bench) call {
			b.do(b.manage("POST", "/api/v1/auth/universal-auth/identities/{identity}/client-secrets/{secret}/revoke", "{}"))
			return b.get(bySlug)
		}, current: "401 UnauthorizedError: Failed to authorize: client secret has been revoked", old: "200 slug=demo"}},
		49: {{what: "use, universal auth detached", act: func(b *bench) call {
			b.do(b.manage("DELETE", "/api/v1/auth/universal-auth/identities/{identity}", ""))
			return b.get(bySlug)
		}, current: "401 UnauthorizedError: Failed to authorize: auth method has been revoked", old: denied24}},
		50: {
			{what: "renew with garbage in the header", act: func(b *bench) call { c := renew(b); c.token = "Bearer garbage"; return c },
				current: "403 TokenError: " + malformed, old: "500 Internal Server Error: jwt malformed"},
			{what: "revoke with garbage in the header", act: func(b *bench) call { c := revoke(b); c.token = "Bearer garbage"; return c },
				current: "403 TokenError: " + malformed, old: "500 Internal Server Error: jwt malformed"},
		},
	}
}

// renewedToken compares the token with the one before, which stays valid.
func renewedToken(b *bench, _ *http.Response, body map[string]any) {
	if same := "Bearer "+body["accessToken"].(string) == b.reader; same == b.modern() {
		b.t.Errorf("the token is the same: %t", same)
	}
	b.do(b.get(bySlug))
}
