package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const (
	clientID     = "8a0e6d8c-0000-4000-8000-000000000001"
	clientSecret = "canary-client-secret"
	secretValue  = "canary-value"
	loginPath    = "/api/v1/auth/universal-auth/login"
)

// rig is a server under test, its state and its log.
type rig struct {
	era        string
	store      *store.Store
	mu         sync.Mutex
	clock      time.Time
	orgID      string
	projectID  string
	identityID string
	secretID   string // of the client secret
	admin      string // the Authorization header of an administrator of the organisation and the project
	url        string
	stop       func() // waits for the requests under way
	log        *bytes.Buffer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOf(t, api.Era2026)
}

func newRigOf(t *testing.T, era string) *rig {
	t.Helper()
	r := &rig{era: era, clock: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	var err error
	if r.store, err = api.NewStore(era, r.now); err != nil {
		t.Fatal(err)
	}
	r.orgID = r.store.AddOrganization("", "Org", "org").ID
	r.projectID = r.store.AddProject(r.orgID, "Demo", "demo").ID
	r.identityID, r.secretID = r.addIdentity("reader", store.RoleViewer, clientID, clientSecret)
	r.store.PutSecret(r.projectID, "prod", "/", "KEY", secretValue)
	r.store.PutSecret(r.projectID, "prod", "/", "EMPTY", "")
	r.store.PutSecret(r.projectID, "prod", "/", "schlüssel mit leerzeichen", "line1\r\nline2\n")
	r.store.PutSecret(r.projectID, "prod", "/app/llm", "NESTED", "${prod.KEY}")
	user := r.store.AddUser("", r.orgID, "admin@example.com", "password", store.RoleAdmin)
	r.store.AddMember(r.projectID, user.ID, store.RoleAdmin)
	r.admin = r.userToken(t, user.ID)
	r.serve(t)
	return r
}

func (r *rig) serve(t *testing.T) {
	t.Helper()
	handler, err := api.New(r.store, r.era, slog.New(slog.NewTextHandler(r.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	r.url, r.stop = server.URL, server.Close
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

// wait lets time pass on the server.
func (r *rig) wait(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

func (r *rig) userToken(t *testing.T, userID string) string {
	t.Helper()
	token, failure := r.store.UserToken(userID)
	if failure != nil {
		t.Fatalf("make a user's token: %+v", failure)
	}
	return "Bearer " + token
}

// addIdentity makes an identity without rights in the organisation, with Universal Auth and a role in the project,
// where one is given. Its tokens live a day, and a month with renewals.
func (r *rig) addIdentity(name, role, client, secret string) (identityID, secretID string) {
	identity := r.store.AddIdentity(r.orgID, name, store.RoleNoAccess)
	auth := store.NewUniversalAuth()
	auth.ClientID, auth.TTL = client, 24*time.Hour
	r.store.AttachUniversalAuth(identity.ID, auth)
	if role != "" {
		r.store.AddMember(r.projectID, identity.ID, role)
	}
	return identity.ID, r.store.AddClientSecret(identity.ID, secret, store.ClientSecretTerms{})
}

// call is one request; the body is JSON unless a content type is given. from is where it says it comes from.
type call struct {
	method, path, token, body, contentType, from string
}

// answer is what a test looks at in a response.
type answer struct {
	Status  int
	Error   string
	Message string
}

func (r *rig) send(t *testing.T, c call) (*http.Response, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), c.method, r.url+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.contentType != "" {
		request.Header.Set("Content-Type", c.contentType)
	}
	if c.token != "" {
		request.Header.Set("Authorization", c.token)
	}
	if c.from != "" {
		request.Header.Set("X-Forwarded-For", c.from)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	decoded := map[string]any{}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") && len(content) > 0 {
		if err := json.Unmarshal(content, &decoded); err != nil {
			t.Fatalf("%s %s: %v in %q", c.method, c.path, err, content)
		}
	}
	return response, decoded
}

func (r *rig) logIn(t *testing.T) string {
	t.Helper()
	response, body := r.send(t, call{method: "POST", path: loginPath, body: credentials(clientID, clientSecret)})
	token, ok := body["accessToken"].(string)
	if !ok {
		t.Fatalf("log in: %s %v", response.Status, body)
	}
	return "Bearer " + token
}

func credentials(id, secret string) string {
	text, _ := json.Marshal(map[string]string{"clientId": id, "clientSecret": secret})
	return string(text)
}

func (r *rig) check(t *testing.T, c call, want answer) {
	t.Helper()
	response, body := r.send(t, c)
	got := answer{Status: response.StatusCode}
	if response.StatusCode != http.StatusOK {
		got.Error, _ = body["error"].(string)
		switch message := body["message"].(type) {
		case string:
			got.Message = message
		case []any:
			got.Message, _ = message[0].(map[string]any)["message"].(string)
		}
		if body["statusCode"] != float64(response.StatusCode) {
			t.Errorf("%s %s: statusCode %v in the body of a %d", c.method, c.path, body["statusCode"], response.StatusCode)
		}
		reqID, _ := body["reqId"].(string)
		if hasID := strings.HasPrefix(reqID, "req-") && len(reqID) == len("req-")+14; hasID != (got.Error != "Not Found" && r.era == api.Era2026) {
			t.Errorf("%s %s: reqId %q with error %q", c.method, c.path, reqID, got.Error)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s %s (-want +got):\n%s", c.method, c.path, diff)
	}
}

func TestUnknownEraIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := api.New(nil, "1999", slog.Default()); err == nil || !strings.Contains(err.Error(), `"1999"`) {
		t.Errorf("error %v, want one that names the era", err)
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token := r.logIn(t)
	r.send(t, call{method: "GET", path: "/api/v3/secrets/raw?workspaceSlug=demo&environment=prod&x=" + secretValue, token: token})
	r.stop()
	text := r.log.String()
	for _, canary := range []string{clientSecret, secretValue, strings.TrimPrefix(token, "Bearer ")} {
		if strings.Contains(text, canary) {
			t.Errorf("the log holds %q:\n%s", canary, text)
		}
	}
	for _, part := range []string{"method=GET", "path=/api/v3/secrets/raw", "status=200", "duration="} {
		if !strings.Contains(text, part) {
			t.Errorf("the log lacks %q:\n%s", part, text)
		}
	}
}
