package api

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

// Eras of the server.
const (
	Era2024 = "2024" // the middle of 2024, before the error handler was rebuilt
	Era2026 = "2026" // today
)

// dialect is how servers of one era speak. All error bodies of the API are made here.
type dialect struct {
	rules    store.Rules
	refusals map[store.Cause]refusal
	modern   bool // error bodies carry the id of the request, and successes the fields that came since 2024
}

// refusal is the answer to one cause; {name} in a text stands for the failure's parameter of that name.
type refusal struct {
	status  int
	name    string
	message string
	code    string // of the libraries below the server
}

func dialectOf(era string) (dialect, error) {
	switch era {
	case Era2024:
		return dialect{rules: store.Rules2024(), refusals: refusals2024()}, nil
	case Era2026:
		return dialect{rules: store.Rules2026(), refusals: refusals2026(), modern: true}, nil
	default:
		return dialect{}, fmt.Errorf("speak Infisical's API of era %q: no such era; use %s or %s", era, Era2024, Era2026)
	}
}

func (d dialect) refuse(w http.ResponseWriter, r *http.Request, failure *store.Failure) {
	answer, ok := d.refusals[failure.Cause]
	if !ok {
		answer = refusal{status: http.StatusInternalServerError, name: "InternalServerError", message: "Something went wrong"}
	}
	body := errorBody{StatusCode: answer.status, Error: fill(answer.name, failure.Params), Code: answer.code, Details: failure.Details}
	body.Message = fill(answer.message, failure.Params)
	if failure.Cause == store.Invalid {
		body.Message, body.Details = failure.Details, nil
	}
	if d.modern {
		body.ReqID = requestID()
	} else {
		body.Details = nil
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

// errorBody is the server's error envelope.
type errorBody struct {
	ReqID      string
	StatusCode int
	Code       string
	Message    any
	Error      string
	Details    any
}

// MarshalJSON writes the members in the order the server does, which depends on who made the error: the ETag shows it.
func (b errorBody) MarshalJSON() ([]byte, error) {
	members := []member{{"reqId", b.ReqID}, {"statusCode", b.StatusCode}, {"code", b.Code}}
	switch b.Error {
	case "ValidationFailure", "PermissionDenied", "Internal Server Error", "Bad Request", "Too Many Requests":
		members = append(members, member{"error", b.Error}, member{"message", b.Message})
	default:
		members = append(members, member{"message", b.Message}, member{"error", b.Error})
	}
	if b.Details != nil {
		members = append(members, member{"details", b.Details})
	}
	return marshalMembers(members)
}

type member struct {
	name  string
	value any
}

// marshalMembers writes an object with its members in order, without those that are empty texts.
func marshalMembers(members []member) ([]byte, error) {
	var text strings.Builder
	for _, m := range members {
		if m.value == "" {
			continue
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("write the member %s: %w", m.name, err)
		}
		if text.Len() > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, "%q:%s", m.name, value)
	}
	return []byte("{" + text.String() + "}"), nil
}
