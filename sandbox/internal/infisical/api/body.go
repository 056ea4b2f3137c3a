package api

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const maxBody = 1 << 20

// fields are the members of a request body.
type fields map[string]any

// readFields reads a JSON object or a form; both are accepted on every route.
func readFields(r *http.Request) (fields, *store.Failure) {
	content, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, store.Fail(store.BodyUnreadable, "reason", "Failed to read the request body")
	}
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/x-www-form-urlencoded":
		return formFields(string(content))
	case "application/json":
		return jsonFields(content)
	default:
		return nil, store.Refuse(wrongType("object", "string", []string{}))
	}
}

func formFields(content string) (fields, *store.Failure) {
	values, err := url.ParseQuery(content)
	if err != nil {
		return nil, store.Fail(store.BodyUnreadable, "reason", "Failed to parse the form")
	}
	form := fields{}
	for name := range values {
		form[name] = values.Get(name)
	}
	return form, nil
}

func jsonFields(content []byte) (fields, *store.Failure) {
	if len(content) == 0 {
		return nil, store.Fail(store.BodyUnreadable, "reason", "Body cannot be empty when content-type is set to 'application/json'")
	}
	var body any
	if err := json.Unmarshal(content, &body); err != nil {
		return nil, store.Fail(store.BodyUnreadable, "reason", "Body is not valid JSON")
	}
	object, ok := body.(map[string]any)
	if !ok {
		return nil, store.Refuse(wrongType("object", jsonType(body), []string{}))
	}
	return object, nil
}

// text returns the field as a trimmed string, or the finding that it is none.
func (f fields) text(name string) (string, []store.Issue) {
	value, present := f[name]
	if !present {
		issue := wrongType("string", "undefined", []string{name})
		issue.Message = "Required"
		return "", []store.Issue{issue}
	}
	text, ok := value.(string)
	if !ok {
		return "", []store.Issue{wrongType("string", jsonType(value), []string{name})}
	}
	return strings.TrimSpace(text), nil
}

func wrongType(expected, received string, path []string) store.Issue {
	return store.Issue{
		Code: "invalid_type", Expected: expected, Received: received, Path: path,
		Message: "Expected " + expected + ", received " + received,
	}
}

func jsonType(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	default:
		return "object"
	}
}
