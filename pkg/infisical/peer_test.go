package infisical

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// reply is an answer in JSON. Status 0 is 200.
type reply struct {
	status int
	body   string
}

func ok(body string) reply { return reply{http.StatusOK, body} }

// refuse is an answer of a server of 2026.
func refuse(status int, name, message string) reply {
	return reply{status, fmt.Sprintf(`{"reqId":"req-1","statusCode":%d,"error":%q,"message":%q}`, status, name, message)}
}

// peer is a server that has the routes of replies alone, and answers each with its replies in turn, the last one for ever.
type peer struct {
	replies map[string][]reply
	// asked are the requests, as METHOD PATH?QUERY BODY.
	asked []string
}

func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	seen := r.Method + " " + r.URL.Path
	if r.URL.RawQuery != "" {
		seen += "?" + r.URL.RawQuery
	}
	p.asked = append(p.asked, strings.TrimSpace(seen+" "+string(body)))
	route := r.Method + " " + r.URL.Path
	answer := reply{http.StatusNotFound, fmt.Sprintf(`{"message":"Route %s:%s not found","error":"Not Found","statusCode":404}`, r.Method, r.URL.Path)}
	if rest := p.replies[route]; len(rest) > 0 {
		answer = rest[0]
		if len(rest) > 1 {
			p.replies[route] = rest[1:]
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	fmt.Fprint(w, answer.body)
}

// meet starts a peer with one reply for each route, and a session of somebody else's token with it.
func meet(t *testing.T, routes map[string]reply) (*Session, *peer) {
	t.Helper()
	p := &peer{replies: map[string][]reply{}}
	for route, r := range routes {
		p.replies[route] = []reply{r}
	}
	client := serve(t, map[string]http.HandlerFunc{"/": p.ServeHTTP})
	return client.WithToken(canary), p
}

// expect compares what was asked.
func (p *peer) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(p.asked, want) {
		t.Errorf("asked\n  %s\nwant\n  %s", strings.Join(p.asked, "\n  "), strings.Join(want, "\n  "))
	}
}
