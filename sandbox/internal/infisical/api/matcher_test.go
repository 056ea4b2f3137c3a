package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
)

var (
	wholeName = regexp.MustCompile(`^<([^<>]+)>$`)
	anyName   = regexp.MustCompile(`<[^<>]+>`)
	dateForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	uuidForm  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	tokenForm = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+$`)
	hexForm   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	etagForm  = regexp.MustCompile(`^"[A-Za-z0-9+/]{27}="$`)
)

// matcher compares recorded values with answered ones. A name in angle brackets stands for the value that this server
// has for it or, where it has none, for any value of the right form, the same one each time.
type matcher struct {
	known map[string]string
	bound map[string]string
}

func (m matcher) compare(t *testing.T, at string, recorded, got any) {
	t.Helper()
	switch want := recorded.(type) {
	case map[string]any:
		m.compareObjects(t, at, want, got)
	case []any:
		list, is := got.([]any)
		if !is || len(list) != len(want) {
			t.Errorf("%s: %v, recorded a list of %d", at, got, len(want))
			return
		}
		order(want)
		order(list)
		for i := range want {
			m.compare(t, fmt.Sprintf("%s[%d]", at, i), want[i], list[i])
		}
	case string:
		m.compareTexts(t, at, want, got)
	default:
		if recorded != got {
			t.Errorf("%s: %v, recorded %v", at, got, recorded)
		}
	}
}

func (m matcher) compareObjects(t *testing.T, at string, want map[string]any, got any) {
	t.Helper()
	object, is := got.(map[string]any)
	if !is {
		t.Errorf("%s: %v, recorded an object", at, got)
		return
	}
	for name, value := range want {
		if _, is := object[name]; !is {
			t.Errorf("%s: there is no %s", at, name)
			continue
		}
		m.compare(t, at+"."+name, value, object[name])
	}
	for name := range object {
		if _, is := want[name]; !is {
			t.Errorf("%s: %s was not recorded", at, name)
		}
	}
}

func (m matcher) compareTexts(t *testing.T, at, want string, got any) {
	t.Helper()
	text, is := got.(string)
	if !is {
		t.Errorf("%s: %v, recorded a text", at, got)
		return
	}
	name := wholeName.FindStringSubmatch(want)
	switch {
	case name != nil && m.known[name[1]] == "":
		if before, is := m.bound[want]; is && before != text || !formOf(name[1]).MatchString(text) {
			t.Errorf("%s: a text of another form than %s, or another one than before", at, want)
		}
		m.bound[want] = text
	case dateForm.MatchString(want):
		if !dateForm.MatchString(text) {
			t.Errorf("%s: %q is not written as a date", at, text)
		}
	case strings.HasSuffix(at, ".clientSecretPrefix"): // of a secret that is random
		if len(text) != len(want) {
			t.Errorf("%s: %d characters, recorded %d", at, len(text), len(want))
		}
	case want != text:
		t.Errorf("%s: %q, recorded %q", at, text, want)
	}
}

func formOf(name string) *regexp.Regexp {
	switch {
	case name == "accessToken":
		return tokenForm
	case name == "clientSecret":
		return hexForm
	default:
		return uuidForm
	}
}

// order sorts the secrets and the members in a list: a server has them in the order of their ids, which are random.
func order(list []any) {
	key := func(item any) string {
		object, is := item.(map[string]any)
		if !is {
			return ""
		}
		return fmt.Sprint(object["secretPath"], object["secretKey"], object["identityId"])
	}
	sort.SliceStable(list, func(i, j int) bool { return key(list[i]) < key(list[j]) })
}

// compareHeaders compares what the server says beside the body. How many calls are left depends on the calls before.
func compareHeaders(t *testing.T, p *peer, r recording, got http.Header) {
	t.Helper()
	for _, name := range []string{"content-type", "strict-transport-security", "x-ratelimit-limit"} {
		if name == "content-type" && r.Response.Status == http.StatusNotModified {
			continue // Go's server never sends one with this status, over HTTP/1.1; it describes a body that is not there
		}
		if got.Get(name) != r.Response.Headers[name] {
			t.Errorf("header %s: %q, recorded %q", name, got.Get(name), r.Response.Headers[name])
		}
	}
	for name, most := range map[string]int{"x-ratelimit-remaining": 200, "x-ratelimit-reset": 60, "retry-after": 60} {
		_, recorded := r.Response.Headers[name]
		number, err := strconv.Atoi(got.Get(name))
		if recorded != (got.Get(name) != "") || recorded && (err != nil || number < 0 || number > most) {
			t.Errorf("header %s: %q, recorded %q", name, got.Get(name), r.Response.Headers[name])
		}
	}
	if p.countsCalls && got.Get("x-ratelimit-remaining") != r.Response.Headers["x-ratelimit-remaining"] {
		t.Errorf("%s calls are left, recorded %s", got.Get("x-ratelimit-remaining"), r.Response.Headers["x-ratelimit-remaining"])
	}
	compareTags(t, p, r, got)
}

// compareTags compares ETags, which are sums of the bodies: where a body holds nothing that differs from server to
// server, it has to be the same to the letter.
func compareTags(t *testing.T, p *peer, r recording, got http.Header) {
	t.Helper()
	recorded, is := r.Response.Headers["etag"]
	text, err := json.Marshal(r.Response.Body)
	if err != nil {
		t.Fatal(err)
	}
	varies := r.Response.Status < 400 || anyName.MatchString(p.unescape(string(text)))
	switch {
	case is != (got.Get("etag") != ""):
		t.Errorf("ETag %q, recorded %q", got.Get("etag"), recorded)
	case is && !varies && got.Get("etag") != recorded:
		t.Errorf("ETag %q, recorded %q: the body differs in the order of its members", got.Get("etag"), recorded)
	case is && !etagForm.MatchString(got.Get("etag")):
		t.Errorf("ETag %q is of another form than %q", got.Get("etag"), recorded)
	}
}
