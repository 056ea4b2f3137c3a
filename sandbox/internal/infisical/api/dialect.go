package api

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// Era2026 is the current server.
const Era2026 = "2026"

// dialect is how a server of one era words its refusals. All error bodies of the API are made here.
type dialect struct {
	refusals map[store.Cause]refusal
	reqID    bool // error bodies carry the id of the request
}

// refusal is the answer to one cause; {name} in the message stands for the failure's parameter of that name.
type refusal struct {
	status  int
	name    string
	message string
}

// errorBody is the server's error envelope.
type errorBody struct {
	ReqID      string `json:"reqId,omitempty"`
	StatusCode int    `json:"statusCode"`
	Message    any    `json:"message"`
	Error      string `json:"error"`
}

func dialects() map[string]dialect {
	return map[string]dialect{Era2026: {refusals: refusals2026(), reqID: true}}
}

func (d dialect) refuse(w http.ResponseWriter, r *http.Request, failure *store.Failure) {
	answer, ok := d.refusals[failure.Cause]
	if !ok {
		answer = refusal{http.StatusInternalServerError, "InternalServerError", "Something went wrong"}
	}
	body := errorBody{StatusCode: answer.status, Error: answer.name, Message: failure.Issues}
	if failure.Issues == nil {
		body.Message = fill(answer.message, failure.Params)
	}
	if d.reqID {
		body.ReqID = requestID()
	}
	writeJSON(w, r, answer.status, body)
}

func fill(message string, params map[string]string) string {
	pairs := make([]string, 0, 2*len(params))
	for name, value := range params {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(message)
}

// requestID has the server's form: "req-" and 14 letters or digits.
func requestID() string {
	return "req-" + rand.Text()[:14]
}
