package infisical

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// UnreachableError means that no whole answer came from the server: the network or TLS failed on the way.
type UnreachableError struct {
	// Op is what was tried, Host the server's host and port.
	Op, Host string
	// Err holds the network's own text.
	Err error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Err) }
func (e *UnreachableError) Unwrap() error { return e.Err }

// Cause names the failure of the network or of TLS.
func (e *UnreachableError) Cause() (cause.Cause, bool) { return cause.FromText(e.Error()) }

// APIError is an answer of the server other than the one asked for.
type APIError struct {
	// Op is what was tried, Method and URL the request, without its query.
	Op, Method, URL string
	// Status is the HTTP status.
	Status int
	// Name is the server's own class of the error, Message its text, RequestID its reference in the server's log. Servers of
	// mid-2024 send no reference.
	Name, Message, RequestID string
}

func (e *APIError) Error() string {
	text := fmt.Sprintf("%s: %s %s answered status-code=%d", e.Op, e.Method, e.URL, e.Status)
	if e.Message != "" {
		text += fmt.Sprintf(" [message=%q]", e.Message)
	}
	if e.Name != "" && !slices.Contains(generalNames, e.Name) {
		text += fmt.Sprintf(" [error=%q]", e.Name)
	}
	if e.RequestID != "" {
		text += " [reqId=" + e.RequestID + "]"
	}
	return text
}

// generalNames are classes of errors that say no more than the status.
var generalNames = []string{"BadRequest", "UnauthorizedError", "NotFound", "Not Found", "ForbiddenError", "InternalServerError",
	"Internal Server Error", "PermissionDenied", "TokenError", "Too Many Requests", "RateLimitExceeded", "Unauthorized access"}

// Cause names the answer. The same text comes with different statuses from servers of different age, so the text decides.
func (e *APIError) Cause() (cause.Cause, bool) { return cause.FromText(e.Error()) }

// ErrUnsupported means that the server is too old to have what was asked for.
var ErrUnsupported = errors.New("this Infisical is too old for that")

// unsupported reports whether the server does not know the route at all.
func unsupported(err error) bool {
	var answer *APIError
	return errors.As(err, &answer) && answer.Status == http.StatusNotFound && answer.Name == "Not Found"
}

// hasStatus reports whether the server answered with one of the statuses.
func hasStatus(err error, statuses ...int) bool {
	var answer *APIError
	return errors.As(err, &answer) && slices.Contains(statuses, answer.Status)
}

// refusal makes the error of an answer that is not a JSON success, or nil.
func refusal(op string, req *http.Request, resp *http.Response, body []byte) error {
	u := *req.URL
	u.RawQuery = ""
	e := &APIError{Op: op, Method: req.Method, URL: u.String(), Status: resp.StatusCode}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		e.Message = "answered with HTML or another form that is not JSON, a redirect to " + destination(resp) + ": this is not Infisical's API"
	case !isJSON(resp.Header) && resp.StatusCode < 500:
		e.Message = "answered with HTML or another form that is not JSON: this is not Infisical's API"
	case resp.StatusCode == http.StatusOK:
		return nil
	default:
		e.decode(body)
	}
	return e
}

// destination is where a redirect leads, without its path and query, which may hold a session's token.
func destination(resp *http.Response) string {
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Host == "" {
		return "another path of the same server"
	}
	return u.Scheme + "://" + u.Host
}

// decode takes the fields of the server's error envelope. A message that is not a string is a list of validation issues.
func (e *APIError) decode(body []byte) {
	var envelope struct {
		ReqID   string          `json:"reqId"`
		Error   string          `json:"error"`
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		return
	}
	e.Name, e.RequestID = envelope.Error, envelope.ReqID
	if json.Unmarshal(envelope.Message, &e.Message) != nil {
		e.Message = "the request is not valid for this server"
	}
}

func isJSON(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}
