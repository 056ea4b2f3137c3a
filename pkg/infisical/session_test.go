package infisical

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const loginPath = "/api/v1/auth/universal-auth/login"

func TestARefusedPairIsNotSentAgain(t *testing.T) {
	session, p := meet(t, map[string]reply{"POST " + loginPath: refuse(401, "UnauthorizedError", "Invalid credentials")})
	auth := UniversalAuth{"id", "secret"}
	_, first := session.client.Login(t.Context(), auth)
	_, second := session.client.Login(t.Context(), auth)
	if first == nil || first != second || len(p.asked) != 1 {
		t.Errorf("asked %d times: %v, then %v", len(p.asked), first, second)
	}
	if _, err := session.client.Login(t.Context(), UniversalAuth{"id", "other"}); err == nil || len(p.asked) != 2 {
		t.Errorf("another pair: asked %d times, %v", len(p.asked), err)
	}
}

func TestWhatIsNoRefusalIsSentAgain(t *testing.T) {
	for name, r := range map[string]reply{"internal error": refuse(500, "InternalServerError", "Something went wrong"),
		"rate limit": refuse(429, "RateLimitExceeded", "Failed to acquire lock: rate limit exceeded"), "no Infisical": {403, `{}`}} {
		session, p := meet(t, map[string]reply{"POST " + loginPath: r})
		for range 2 {
			if _, err := session.client.Login(t.Context(), UniversalAuth{"id", "secret"}); err == nil {
				t.Errorf("%s: logged in", name)
			}
		}
		if len(p.asked) != 2 {
			t.Errorf("%s: asked %d times, want one for each call", name, len(p.asked))
		}
	}
}

func TestAnEndedLockIsForgotten(t *testing.T) {
	session, p := meet(t, map[string]reply{"POST " + universalAuthPath("i") + "/clear-lockouts": ok(`{"deleted":1}`)})
	p.replies["POST "+loginPath] = []reply{refuse(401, "UnauthorizedError", "temporarily locked"), ok(`{"accessToken":"t"}`)}
	auth := UniversalAuth{"id", "secret"}
	if _, err := session.client.Login(t.Context(), auth); err == nil {
		t.Fatal("logged in although locked")
	}
	if n, err := session.ClearLockouts(t.Context(), "i"); n != 1 || err != nil {
		t.Fatalf("%d locks, %v", n, err)
	}
	if _, err := session.client.Login(t.Context(), auth); err != nil {
		t.Errorf("still refused: %v", err)
	}
}

func TestNoAuthorizationWhereItHarms(t *testing.T) {
	routes := map[string]http.HandlerFunc{}
	for _, path := range []string{loginPath, "/api/v1/auth/kubernetes-auth/login", "/api/v1/auth/token/revoke"} {
		routes["POST "+path] = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				t.Errorf("%s carries a token", r.URL.Path)
			}
			answer(200, "application/json", `{"accessToken":"t"}`)(w, r)
		}
	}
	client := serve(t, routes)
	if session, err := client.Login(t.Context(), UniversalAuth{"id", "secret"}); err != nil || session.Close(t.Context()) != nil {
		t.Errorf("universal auth: %v", err)
	}
	if session, err := client.LoginKubernetes(t.Context(), "i", "jwt"); err != nil || session.Close(t.Context()) != nil {
		t.Errorf("Kubernetes Auth: %v", err)
	}
}

func TestTheTokenOfSomebodyElseIsNotRevoked(t *testing.T) {
	session, p := meet(t, nil)
	if err := session.Close(t.Context()); err != nil || len(p.asked) != 0 {
		t.Errorf("asked %v, %v", p.asked, err)
	}
}

func TestALoginWithoutTokenFails(t *testing.T) {
	session, _ := meet(t, map[string]reply{"POST " + loginPath: ok(`{}`)})
	if _, err := session.client.Login(t.Context(), UniversalAuth{}); err == nil || !strings.Contains(err.Error(), "no access token") {
		t.Errorf("error = %v", err)
	}
}

func token(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func TestClaims(t *testing.T) {
	tests := []struct {
		name, token string
		want        Claims
	}{
		{"2026", token(`{"identityId":"i","clientSecretId":"s","orgId":"o","authTokenType":"identityAccessToken","exp":1772532000}`),
			Claims{"i", "s", "o", "identityAccessToken", time.Unix(1772532000, 0)}},
		{"2024", token(`{"identityId":"i","clientSecretId":"s","authTokenType":"identityAccessToken"}`), Claims{IdentityID: "i", ClientSecretID: "s", Kind: "identityAccessToken"}},
		{"a person", token(`{"organizationId":"o","authTokenType":"accessToken"}`), Claims{OrganizationID: "o", Kind: "accessToken"}},
		{"no token", "garbage", Claims{}},
		{"no base64", "a.!.c", Claims{}},
		{"no JSON", "a." + base64.RawURLEncoding.EncodeToString([]byte("x")) + ".c", Claims{}},
	}
	for _, tt := range tests {
		if got := (&Session{token: tt.token}).Claims(); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestNothingPrintsAValue(t *testing.T) {
	session, _ := meet(t, map[string]reply{"POST " + loginPath: refuse(401, "UnauthorizedError", "Invalid credentials")})
	pair := UniversalAuth{canary, canary}
	if _, err := session.client.Login(t.Context(), pair); err == nil {
		t.Fatal("logged in")
	}
	kubernetes := KubernetesAuth{Host: "https://h", ReviewerToken: canary}
	holders := []any{pair, &pair, session, session.client, kubernetes, &kubernetes, []UniversalAuth{pair}, map[string]KubernetesAuth{"k": kubernetes},
		Secret{Key: "K", Value: []byte(canary)}, struct{ Pair UniversalAuth }{pair}}
	for _, h := range holders {
		data, err := json.Marshal(h)
		if err != nil {
			t.Errorf("%T: %v", h, err)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", h, h, h, data); strings.Contains(text, canary) {
			t.Errorf("%T prints a value: %s", h, text)
		}
	}
	if data, _ := json.Marshal(kubernetes); !strings.Contains(string(data), "https://h") {
		t.Errorf("the rest is lost: %s", data)
	}
}
