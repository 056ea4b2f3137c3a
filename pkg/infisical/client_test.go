package infisical

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// canary is a value that must never show up in an error or a printed value.
const canary = "canary-5d2f"

func serve(t *testing.T, routes map[string]http.HandlerFunc) *Client {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	client, err := New(server.URL, Options{RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestNormalizeHost(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://h", "https://h"}, {"https://h/", "https://h"}, {"https://h/api", "https://h"}, {"https://h/api/", "https://h"},
		{"https://h:8443//", "https://h:8443"}, {" https://h ", "https://h"}, {"http://h:8080", "http://h:8080"},
		{"https://h/infisical/api", "https://h/infisical"},
		{"h", ""}, {"ftp://h", ""}, {"https://", ""}, {"https://u:p@h", ""}, {"https://h?x=1", ""},
	}
	for _, tt := range tests {
		got, err := NormalizeHost(tt.in)
		if got != tt.want || (err == nil) == (tt.want == "") {
			t.Errorf("NormalizeHost(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestNormalizeHostNeverEchoesAPassword(t *testing.T) {
	if _, err := NormalizeHost("https://u:" + canary + "@h"); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("error = %v", err)
	}
}

func TestLoginListRevoke(t *testing.T) {
	revoked := ""
	client := serve(t, map[string]http.HandlerFunc{
		"POST /api/v1/auth/universal-auth/login": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				t.Error("login carries an Authorization header")
			}
			answer(200, "application/json; charset=utf-8", `{"accessToken":"tok","expiresIn":1}`)(w, r)
		},
		"GET /api/v3/secrets/raw": func(w http.ResponseWriter, r *http.Request) {
			want := "environment=prod&expandSecretReferences=true&include_imports=true&recursive=false&secretPath=%2F&workspaceSlug=p"
			if got := r.URL.Query().Encode(); got != want {
				t.Errorf("query %s, want %s", got, want)
			}
			if r.Header.Get("Authorization") != "Bearer tok" {
				t.Error("list carries no token")
			}
			answer(200, "application/json", `{"secrets":[{"secretKey":"A","secretValue":"own"},{"secretKey":"M","secretValue":"<hidden-by-infisical>","secretValueHidden":true}],
				"imports":[{"secrets":[{"secretKey":"A","secretValue":"imported"},{"secretKey":"B","secretValue":"first"}]},{"secrets":[{"secretKey":"B","secretValue":"second"}]}]}`)(w, r)
		},
		"POST /api/v1/auth/token/revoke": func(w http.ResponseWriter, r *http.Request) {
			revoked = "yes"
			answer(200, "application/json", `{"message":"Successfully revoked access token"}`)(w, r)
		},
	})
	session, err := client.Login(t.Context(), UniversalAuth{"id", "secret"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := session.Secrets(t.Context(), Scope{ProjectSlug: "p", EnvironmentSlug: "prod", Path: "/", ExpandReferences: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Secret{
		"A": {Key: "A", Value: []byte("own")},
		"B": {Key: "B", Value: []byte("first")},
		"M": {Key: "M", Value: []byte("<hidden-by-infisical>"), Hidden: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := session.Close(t.Context()); err != nil || revoked != "yes" {
		t.Errorf("close: %v, revoked %q", err, revoked)
	}
}

func TestLoginErrorsHaveCauses(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		code   string
	}{
		{"modern refusal", answer(401, "application/json", `{"reqId":"req-x","statusCode":401,"message":"Invalid credentials","error":"UnauthorizedError"}`), "EI310"},
		{"2024 refusal", answer(403, "application/json", `{"statusCode":403,"message":"Invalid credentials","error":"UnauthorizedError"}`), "EI310"},
		{"2024 unknown project", answer(500, "application/json", `{"statusCode":500,"message":"Something went wrong","error":"Failed to find project by slug"}`), "EI601"},
		{"HTML with 200", answer(200, "text/html", "<html>"), "EI505"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
		}, "EI505"},
		{"proxy", answer(502, "text/html", "bad gateway"), "EI506"},
		{"unknown route", answer(404, "application/json", `{"message":"Route POST:/api/x not found","error":"Not Found","statusCode":404}`), "EI505"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			logins := 0
			client := serve(t, map[string]http.HandlerFunc{"POST /api/v1/auth/universal-auth/login": func(w http.ResponseWriter, r *http.Request) {
				logins++
				tt.answer(w, r)
			}})
			_, err := client.Login(t.Context(), UniversalAuth{"id", canary})
			c, ok := cause.FromText(fmt.Sprint(err))
			if !ok || string(c.Code) != tt.code {
				t.Errorf("%v: cause %s, want %s", err, c.Code, tt.code)
			}
			if logins != 1 {
				t.Errorf("%d logins, want exactly one", logins)
			}
			if strings.Contains(fmt.Sprintf("%+v %#v", err, err), canary) {
				t.Error("the error holds the client secret")
			}
		})
	}
}

func TestValidationIssuesAreNotAString(t *testing.T) {
	client := serve(t, map[string]http.HandlerFunc{"POST /api/v1/auth/universal-auth/login": answer(422, "application/json",
		`{"reqId":"req-1","statusCode":422,"message":[{"code":"too_small"}],"error":"ValidationFailure"}`)})
	_, err := client.Login(t.Context(), UniversalAuth{})
	var api *APIError
	if !errors.As(err, &api) || api.Status != 422 || api.Name != "ValidationFailure" || api.RequestID != "req-1" {
		t.Errorf("got %#v", err)
	}
}

func TestUntrustedServer(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	client, err := New(server.URL, Options{RootCAs: x509.NewCertPool()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Login(t.Context(), UniversalAuth{})
	if c, _ := cause.FromText(fmt.Sprint(err)); c.Code != "EI401" {
		t.Errorf("%v: cause %s", err, c.Code)
	}
}

func TestTransportErrorsAreTyped(t *testing.T) {
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = log.New(io.Discard, "", 0)
	old.StartTLS()
	defer old.Close()
	pool := x509.NewCertPool()
	pool.AddCert(old.Certificate())
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	short := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "{")
	}))
	defer short.Close()
	for url, text := range map[string]string{old.URL: "tls: protocol version not supported", closed.URL: "connection refused", short.URL: "read the answer: unexpected EOF"} {
		client, err := New(url, Options{RootCAs: pool})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Login(t.Context(), UniversalAuth{"id", canary})
		var away *UnreachableError
		if !errors.As(err, &away) || !strings.HasSuffix(url, "://"+away.Host) || away.Op != "log in to Infisical" {
			t.Fatalf("%s: error = %#v", url, err)
		}
		if got := err.Error(); !strings.HasPrefix(got, away.Op+": ") || !strings.Contains(got, text) || strings.Contains(got, canary) {
			t.Errorf("%s: error = %v, want %q", url, err, text)
		}
	}
}

func TestCancelledCallEnds(t *testing.T) {
	block := make(chan struct{})
	client := serve(t, map[string]http.HandlerFunc{"/": func(http.ResponseWriter, *http.Request) { <-block }})
	t.Cleanup(func() { close(block) })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Login(ctx, UniversalAuth{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestMalformedSuccessDoesNotQuoteTheBody(t *testing.T) {
	client := serve(t, map[string]http.HandlerFunc{"GET /api/v3/secrets/raw": answer(200, "application/json", `{"secrets":"`+canary+`"}`)})
	_, err := (&Session{client: client}).Secrets(t.Context(), Scope{})
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("error = %v", err)
	}
}

func TestSecretsAndCredentialsDoNotPrint(t *testing.T) {
	s := Secret{Key: "K", Value: []byte(canary)}
	w := wireSecret{Secret: s, SecretValue: canary}
	text := fmt.Sprintf("%v %+v %#v %s %v %+v %v", s, s, s, s, w, UniversalAuth{canary, canary}, map[string]Secret{"K": s})
	text += fmt.Sprintf("%#v", UniversalAuth{canary, canary})
	if strings.Contains(text, canary) {
		t.Errorf("a value is printed: %s", text)
	}
}
