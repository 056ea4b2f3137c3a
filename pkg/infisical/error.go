package infisical

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

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
func (e *UnreachableError) Cause() (cause.Cause, bool) { return cause.OfNetwork(e.Err) }

// APIError is an answer of the server other than the one asked for.
type APIError struct {
	// Op is what was tried, Method and URL the request, without its query.
	Op, Method, URL string
	// Status is the HTTP status.
	Status int
	// Name is the server's own class of the error, Message its text, RequestID its reference in the server's log. Servers of
	// mid-2024 send no reference.
	Name, Message, RequestID string
	// Missing are the permissions that newer servers say are missing.
	Missing []Permission
	// Date is the server's clock when it answered, zero where it does not say.
	Date time.Time
}

// Permission is what somebody would have to be allowed, in Infisical's words: an action on a subject, as in read on secrets.
type Permission struct {
	Action, Subject string
}

func (e *APIError) Error() string {
	text := fmt.Sprintf("%s: %s %s answered status-code=%d", e.Op, e.Method, e.URL, e.Status)
	if e.Message != "" {
		text += fmt.Sprintf(" [message=%q]", e.Message)
	}
	if e.Name != "" && !slices.Contains(generalNames, e.Name) {
		text += fmt.Sprintf(" [error=%q]", e.Name)
	}
	if len(e.Missing) > 0 && !strings.Contains(e.Message, e.Missing[0].Action+" on "+e.Missing[0].Subject) {
		text += " [missing: " + e.Missing[0].Action + " on " + e.Missing[0].Subject + "]"
	}
	if e.RequestID != "" {
		text += " [reqId=" + e.RequestID + "]"
	}
	return text
}

// generalNames are classes of errors that say no more than the status.
var generalNames = []string{"BadRequest", "UnauthorizedError", "NotFound", "Not Found", "ForbiddenError", "InternalServerError",
	"Internal Server Error", "PermissionDenied", "TokenError", "Too Many Requests", "RateLimitExceeded", "Unauthorized access"}

// Cause names the answer. The same text comes with different statuses from servers of different age, so the text decides. A lock is taken
// to last as long as Infisical's default; who knows better adds that to Date (see cause.LockedUntil).
func (e *APIError) Cause() (cause.Cause, bool) {
	c, known := cause.FromText(e.Error())
	if c.Code == cause.LockedOut && !e.Date.IsZero() {
		c = cause.LockedUntil(e.Date.Add(cause.DefaultLockout))
	}
	return c, known
}

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

// absent reports whether the server says that what was looked for is not there: with 400 on servers of 2024, with 404 on newer ones. That
// the project or the identity itself is unknown, or that no Infisical answered, is something else.
func absent(err error) bool {
	var answer *APIError
	if !hasStatus(err, http.StatusBadRequest, http.StatusNotFound) || !errors.As(err, &answer) {
		return false
	}
	c, _ := answer.Cause()
	return answer.Name != "" && !slices.Contains([]cause.Code{cause.NotInfisical, cause.ProjectUnknown, cause.IdentityUnknown, cause.InvalidRequest,
		cause.WrongProduct, cause.PlanLimit}, c.Code)
}
