package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/api"
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

// TestRecordings sends each request that was recorded to a server that holds what the real one held, and compares the
// answers: ids, times and tokens by their form, everything else exactly.
func TestRecordings(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "contract", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("find the recordings: %d files, %v", len(files), err)
	}
	steps, passed := preparations(), 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if t.Run(name, func(t *testing.T) { replay(t, readRecording(t, file), steps[name]) }) {
			passed++
		}
		delete(steps, name)
	}
	for name := range steps {
		t.Errorf("there is a preparation, but no recording %s", name)
	}
	report(t, "recordings of a real server", map[string]tally{api.Era2024: {passed, len(files)}})
}

// tally is how many cases passed, of how many.
type tally struct{ passed, all int }

// report prints the tallies of the eras that have one.
func report(t *testing.T, what string, counts map[string]tally) {
	t.Helper()
	var parts []string
	for _, era := range []string{api.Era2024, api.Era2026} {
		if count, tried := counts[era]; tried {
			parts = append(parts, fmt.Sprintf("era %s: %d of %d", era, count.passed, count.all))
		}
	}
	t.Logf("contract cases passed, %s: %s", what, strings.Join(parts, ", "))
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

func replay(t *testing.T, r recording, prepare func(*peer)) {
	t.Helper()
	p := newPeer(t)
	if prepare != nil {
		prepare(p)
	}
	status, header, body := p.exchange(t, r)
	if status != r.Response.Status {
		t.Errorf("status %d, recorded %d: %v", status, r.Response.Status, body)
	}
	compareHeaders(t, p, r, header)
	match := matcher{known: p.values, bound: map[string]string{}}
	match.compare(t, "body", p.comparable(r.Response.Body), body)
}

// exchange sends the recorded request with the values of this server in the place of the names in it.
func (p *peer) exchange(t *testing.T, r recording) (status int, header http.Header, body any) {
	t.Helper()
	target := p.url + p.fill(r.Request.Path)
	if r.Request.Query != "" {
		target += "?" + p.fill(r.Request.Query)
	}
	request, err := http.NewRequestWithContext(t.Context(), r.Request.Method, target, strings.NewReader(p.fill(bodyText(t, r.Request.Body))))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range r.Request.Headers {
		if name == "if-none-match" {
			value = p.etag
		}
		request.Header.Set(name, p.fill(value))
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
	if len(content) == 0 {
		return response.StatusCode, response.Header, ""
	}
	if err := json.Unmarshal(content, &body); err != nil {
		t.Fatalf("%v in %q", err, content)
	}
	return response.StatusCode, response.Header, body
}

// bodyText is the recorded body as it went over the wire.
func bodyText(t *testing.T, body any) string {
	t.Helper()
	if body == nil {
		return ""
	}
	if object, is := body.(map[string]any); is {
		if raw, is := object["raw"].(string); is {
			return raw
		}
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
