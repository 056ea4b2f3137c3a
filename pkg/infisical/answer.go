package infisical

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// refusal makes the error of an answer that is not a JSON success, or nil.
func refusal(op string, req *http.Request, resp *http.Response, body []byte) *APIError {
	u := *req.URL
	u.RawQuery = ""
	e := &APIError{Op: op, Method: req.Method, URL: u.String(), Status: resp.StatusCode}
	e.Date, _ = http.ParseTime(resp.Header.Get("Date"))
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
		Details json.RawMessage `json:"details"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		return
	}
	e.Name, e.RequestID, e.Missing = envelope.Error, envelope.ReqID, missing(envelope.Details)
	if json.Unmarshal(envelope.Message, &e.Message) != nil {
		e.Message = "the request is not valid for this server"
	}
}

func isJSON(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}

// shortestHidden is the length from which a value is taken out of texts, in bytes. What is shorter is no secret of Infisical's, and would
// take letters out of every other word.
const shortestHidden = 8

// hide takes values out of the server's texts. Infisical does not repeat them, but what stands before it may.
func (e *APIError) hide(values []string) {
	for _, text := range []*string{&e.Name, &e.Message, &e.RequestID} {
		for _, v := range values {
			if len(v) >= shortestHidden {
				*text = strings.ReplaceAll(*text, v, "[hidden]")
			}
		}
	}
}
