package infisical

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// recording is a request to a real server of 2024 and its answer.
type recording struct {
	Request struct {
		Method, Path, Query string
		Headers             map[string]string
		Body                any
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    any
	}
}

// since2024 are fields that servers have added to a secret and to a project since the recordings were made.
func since2024() map[string]bool {
	added := map[string]bool{"type": true, "hasDeleteProtection": true}
	for _, secret := range []string{"secret", "secrets[]", "imports[].secrets[]"} {
		for _, field := range []string{
			"secretPath", "secretValueHidden", "secretMetadata", "tags", "isRotatedSecret", "createdAt", "updatedAt",
		} {
			added[secret+"."+field] = true
		}
	}
	return added
}

// TestRecordings sends the requests that were recorded and compares the fields of the answers. Values differ: they
// are ids, times and tokens.
func TestRecordings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("recordings: %d, %v", len(files), err)
	}
	added := since2024()
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			want := readRecording(t, file)
			status, kind, body := replay(t, want)
			if status != want.Response.Status || kind != want.Response.Headers["content-type"] {
				t.Errorf("answer %d %s, recorded %d %s", status, kind, want.Response.Status, want.Response.Headers["content-type"])
			}
			recorded := fieldsOf(want.Response.Body)
			got := []string{}
			for _, field := range fieldsOf(body) {
				if !added[field] || contains(recorded, field) {
					got = append(got, field)
				}
			}
			if diff := cmp.Diff(recorded, got); diff != "" {
				t.Errorf("fields (-recorded +got):\n%s", diff)
			}
		})
	}
}

func readRecording(t *testing.T, file string) recording {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return r
}

// replay sends the recorded request to a server that holds what the real one held, and returns its answer.
func replay(t *testing.T, r recording) (status int, contentType string, body any) {
	t.Helper()
	state := recordedState()
	handler, err := api.New(state.store, api.Era2026, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	grant, failure := state.store.LogIn(store.Login{ClientID: "reader", ClientSecret: "reader-secret"})
	if failure != nil {
		t.Fatalf("log in: %+v", failure)
	}
	fill := strings.NewReplacer(
		"<readerClientId>", "reader", "<readerClientSecret>", "reader-secret", "<projectId>", state.projectID,
		"<readerAccessToken>", grant.AccessToken, "<adminAccessToken>", grant.AccessToken, "<accessToken>", grant.AccessToken,
	).Replace
	target := url.URL{Path: fill(r.Request.Path), RawQuery: fill(r.Request.Query)}
	request := httptest.NewRequestWithContext(t.Context(), r.Request.Method, target.String(), strings.NewReader(fill(bodyText(t, r.Request.Body))))
	for name, value := range r.Request.Headers {
		request.Header.Set(name, fill(value))
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return decode(t, recorder.Result())
}

func decode(t *testing.T, response *http.Response) (status int, contentType string, body any) {
	t.Helper()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &body); err != nil {
		t.Fatalf("%v in %q", err, content)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), body
}

func recordedState() planted {
	state := plant(Seed{
		ClientID: "reader", ClientSecret: "reader-secret", ProjectSlug: "peer-project", ProjectName: "Peer Project",
		Secrets: map[string]map[string]string{
			"dev":  {"OPENAI_API_KEY": "o", "DASHSCOPE_API_KEY": "d"},
			"prod": {"DASHSCOPE_API_KEY": "d", "/llm/qwen/QWEN_ONLY": "q", "/empty-folder/below/X": "x"},
		},
	}, time.Now)
	actor, _ := state.store.LogIn(store.Login{ClientID: "reader", ClientSecret: "reader-secret"})
	who, _ := state.store.Authenticate(actor.AccessToken)
	other := state.store.AddProject(who.OrgID, "Other Project", "other-project")
	state.store.AddMember(other.ID, state.identityID)
	state.store.PutSecret(other.ID, "prod", "/", "IMPORTED_140326", "imported-value")
	state.store.AddImport(other.ID, "staging", "/", store.Import{Environment: "prod", Path: "/"})
	return state
}

// bodyText is the recorded body as it went over the wire.
func bodyText(t *testing.T, body any) string {
	t.Helper()
	if body == nil {
		return ""
	}
	if raw, ok := body.(map[string]any)["raw"].(string); ok {
		return raw
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(text))
}

// fieldsOf lists the names of all members, as paths in which [] stands for the items of an array.
func fieldsOf(body any) []string {
	found := map[string]bool{}
	walk("", body, found)
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func walk(at string, value any, found map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			full := strings.TrimPrefix(at+"."+name, ".")
			found[full] = true
			walk(full, member, found)
		}
	case []any:
		for _, item := range value {
			walk(at+"[]", item, found)
		}
	}
}

func contains(list []string, item string) bool {
	i := sort.SearchStrings(list, item)
	return i < len(list) && list[i] == item
}
