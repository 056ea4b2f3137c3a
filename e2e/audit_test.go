//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// request is one that the API server's audit log holds.
type request struct {
	Verb, RequestURI, UserAgent string
	ObjectRef                   struct{ Resource, Subresource, APIGroup string }
}

func (r request) String() string { return r.Verb + " " + r.RequestURI }

// audited are the requests of programs with that user agent, in their order, from the given one on.
func (s *sandbox) audited(t *testing.T, agent string, from int) []request {
	t.Helper()
	f, err := os.Open(filepath.Join(s.Dir, "logs", "audit.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var found []request
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r request
		if json.Unmarshal(lines.Bytes(), &r) == nil && strings.HasPrefix(r.UserAgent, agent) {
			found = append(found, r)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return found[from:]
}

// reviews are questions about rights; they are asked by a POST and stored nowhere.
var reviews = []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews", "subjectaccessreviews"}

// changes reports whether the request could have changed anything, or have led into a pod or to another server.
func (r request) changes() bool {
	if slices.Contains([]string{"exec", "attach", "portforward", "proxy", "token"}, r.ObjectRef.Subresource) {
		return true
	}
	if slices.Contains([]string{"get", "list", "watch"}, r.Verb) || slices.Contains(reviews, r.ObjectRef.Resource) {
		return false
	}
	address, err := url.Parse(r.RequestURI)
	return err != nil || !slices.Equal(address.Query()["dryRun"], []string{"All"})
}
