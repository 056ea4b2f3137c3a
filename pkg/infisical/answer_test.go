package infisical

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

func TestARedirectNamesWhereItLeads(t *testing.T) {
	for location, want := range map[string]string{
		"https://sso.example/login?state=" + canary: "a redirect to https://sso.example: ",
		"/login": "a redirect to another path of the same server: ",
	} {
		session := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}}).WithToken("t")
		_, err := session.Projects(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, want %q", location, err, want)
		}
		if c, _ := cause.Of(err); c.Code != cause.NotInfisical {
			t.Errorf("%s: cause %s", location, c.Code)
		}
	}
}

func TestWhatIsNotJSON(t *testing.T) {
	tests := []struct {
		status int
		kind   string
		code   cause.Code
	}{
		{200, "text/html", cause.NotInfisical}, {200, "", cause.NotInfisical}, {404, "text/plain", cause.NotInfisical}, {403, "text/html; charset=utf-8", cause.NotInfisical},
		{500, "text/html", cause.ServerFailed}, {502, "text/html", cause.ProxyAnswers}, {503, "text/plain", cause.ProxyAnswers},
	}
	for _, tt := range tests {
		session := serve(t, map[string]http.HandlerFunc{"/": answer(tt.status, tt.kind, canary)}).WithToken("t")
		patient(session.client)
		_, err := session.Projects(t.Context())
		if c, _ := cause.Of(err); c.Code != tt.code || strings.Contains(err.Error(), canary) {
			t.Errorf("%d %s: %v: cause %s, want %s", tt.status, tt.kind, err, c.Code, tt.code)
		}
	}
}

func TestWhatTheServerRepeatsIsHidden(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		_ = json.NewDecoder(r.Body).Decode(&in)
		text, _ := json.Marshal(fmt.Sprint(in, r.Header.Get("Authorization")))
		answer(403, "application/json", fmt.Sprintf(`{"error":%s,"message":%s,"reqId":%s}`, text, text, text))(w, r)
	}
	client := serve(t, map[string]http.HandlerFunc{"/": echo})
	attempts := map[string]func() error{
		"login":            func() error { _, err := client.Login(t.Context(), UniversalAuth{"id", canary}); return err },
		"Kubernetes login": func() error { _, err := client.LoginKubernetes(t.Context(), "i", canary); return err },
		"revoke":           func() error { return (&Session{client: client, token: canary, ours: true}).Close(t.Context()) },
		"any call":         func() error { _, err := client.WithToken(canary).Projects(t.Context()); return err },
		"Kubernetes Auth": func() error {
			return client.WithToken("t").AttachKubernetesAuth(t.Context(), "i", KubernetesAuth{ReviewerToken: canary})
		},
		"a change to that": func() error {
			return client.WithToken("t").UpdateKubernetesAuth(t.Context(), "i", KubernetesAuth{ReviewerToken: canary})
		},
	}
	for name, try := range attempts {
		err := try()
		if err == nil || strings.Contains(fmt.Sprintf("%+v %#v", err, err), canary) {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(err.Error(), "[hidden]") {
			t.Errorf("%s: nothing is hidden in %v", name, err)
		}
	}
}

func TestALockEndsByTheServersClock(t *testing.T) {
	locked := func(date string) error {
		client := serve(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Date"] = nil
			if date != "" {
				w.Header().Set("Date", date)
			}
			answer(401, "application/json", `{"error":"UnauthorizedError","message":"This identity auth method is temporarily locked, please try again later"}`)(w, r)
		}})
		_, err := client.Login(t.Context(), UniversalAuth{"id", "secret"})
		return err
	}
	err := locked("Tue, 03 Mar 2026 10:00:00 GMT")
	if c, _ := cause.Of(err); c.Code != cause.LockedOut || !strings.Contains(c.Fix, "10:05:00 UTC") {
		t.Errorf("got %s %q", c.Code, c.Fix)
	}
	var answer *APIError
	if !errors.As(err, &answer) || !answer.Date.Equal(time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("date %v", answer.Date)
	}
	if c, _ := cause.Of(locked("")); c.Code != cause.LockedOut || !strings.Contains(c.Fix, "5 minutes by default") {
		t.Errorf("without a clock: %s %q", c.Code, c.Fix)
	}
}

func TestMissingPermissions(t *testing.T) {
	tests := []struct {
		details string
		want    []Permission
	}{
		{`[{"action":"read","subject":"secrets"},{"action":["edit"],"subject":["identity"]}]`, []Permission{{"read", "secrets"}, {"edit", "identity"}}},
		{`{"missingPermissions":[{"action":"create-token","subject":"identity"}]}`, []Permission{{"create-token", "identity"}}},
		{`[{"action":"read"},{"action":"a b","subject":"secrets"},{"action":[],"subject":"x"},{"action":7,"subject":"x"}]`, nil},
		{`["dev /app KEY"]`, nil}, {`"text"`, nil}, {`null`, nil}, {``, nil},
	}
	for _, tt := range tests {
		same(t, tt.want, missing(json.RawMessage(tt.details)), nil)
	}
}

func FuzzClassify(f *testing.F) {
	for _, era := range []string{"2024", "2026"} {
		for _, p := range contract(f, era) {
			f.Add(p.Response.Status, p.Response.Headers["content-type"], p.Response.Headers["location"], string(p.Response.Body))
		}
	}
	f.Add(302, "text/html", "https://sso.example/?t="+canary, "<html>")
	f.Add(401, "application/json", "", `{"message":"`+canary+`","error":"`+canary+`","reqId":"`+canary+`","details":[{"action":"`+canary+`","subject":"x"}]}`)
	f.Fuzz(func(t *testing.T, status int, kind, location, body string) {
		req := &http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "h", Path: "/api", RawQuery: "q=" + canary}}
		resp := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Location": {location}}}
		read := func() *APIError {
			e := refusal("try", req, resp, []byte(body))
			if e != nil {
				e.hide([]string{canary, "", "t"})
			}
			return e
		}
		e := read()
		if e == nil {
			if status != http.StatusOK {
				t.Fatalf("%d is taken for a success", status)
			}
			return
		}
		first, known := e.Cause()
		if again, knownAgain := read().Cause(); first != again || known != knownAgain {
			t.Fatal("the same answer is judged in two ways")
		}
		if text := e.Error() + first.Summary + first.Fix; strings.Contains(text, canary) {
			t.Fatalf("a value is shown: %s", text)
		}
	})
}
