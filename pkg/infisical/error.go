package infisical

import (
	"encoding/json"
	"fmt"
	"net/http"
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
	if e.RequestID != "" {
		text += " [reqId=" + e.RequestID + "]"
	}
	return text
}

// refusal makes the error of an answer that is not a JSON success, or nil.
func refusal(op string, req *http.Request, resp *http.Response, body []byte) error {
	u := *req.URL
	u.RawQuery = ""
	e := &APIError{Op: op, Method: req.Method, URL: u.String(), Status: resp.StatusCode}
	switch {
	case !isJSON(resp.Header) && resp.StatusCode < 500:
		e.Message = "answered with HTML or another form that is not JSON: this is not Infisical's API"
	case resp.StatusCode == http.StatusOK:
		return nil
	default:
		e.decode(body)
	}
	return e
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
	// A 2024 server hides an unknown project behind a general text; the class tells.
	if e.Message == "Something went wrong" && e.Name != "" {
		e.Message = e.Name
	}
}
