package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// reviewer plays a Kubernetes API server that reviews tokens. The tokens say themselves what comes of it, as in the
// recordings: sa:NAMESPACE:NAME[:AUDIENCE], not-authenticated, not-a-service-account, forbidden, or anything else.
type reviewer struct {
	address string
	ca      string
	asked   []string // the tokens that it was asked with
	// refusing: it lets nobody review tokens.
	refusing bool
	stop     func()
}

func newReviewer(t *testing.T) *reviewer {
	t.Helper()
	r := &reviewer{}
	server := httptest.NewTLSServer(http.HandlerFunc(r.answer))
	t.Cleanup(server.Close)
	r.stop = server.Close
	r.address, r.ca = server.Listener.Addr().String(), pemOf(server.Certificate().Raw)
	return r
}

func (r *reviewer) url() string { return "https://" + r.address }

func (r *reviewer) answer(w http.ResponseWriter, request *http.Request) {
	if request.URL.Path == "/version" {
		_ = json.NewEncoder(w).Encode(map[string]string{"major": "1"})
		return
	}
	var review struct{ Spec struct{ Token string } }
	_ = json.NewDecoder(request.Body).Decode(&review)
	token := review.Spec.Token
	r.asked = append(r.asked, strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
	if r.refusing {
		token = "forbidden"
	}
	switch token {
	case "forbidden":
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "message": "tokenreviews is forbidden"})
		return
	case "unauthorized":
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": statusFor(token)})
}

func statusFor(token string) map[string]any {
	parts := strings.Split(token, ":")
	switch {
	case token == "not-a-service-account":
		return map[string]any{"authenticated": true, "user": map[string]string{"username": "kubernetes-admin"}}
	case token == "invalid":
		return map[string]any{"authenticated": false, "error": "invalid bearer token"}
	case parts[0] != "sa":
		return map[string]any{"authenticated": false}
	}
	return map[string]any{
		"authenticated": true, "audiences": parts[3:],
		"user": map[string]string{"username": "system:serviceaccount:" + parts[1] + ":" + parts[2]},
	}
}
