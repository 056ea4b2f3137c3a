package api

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/eso-infisical/kubectl-eso-infisical/sandbox/internal/infisical/store"
)

const maxBody = 4 << 20

// readBody reads the body of a call whatever its type is; both JSON and forms are accepted on every route.
func readBody(r *http.Request) (any, *store.Failure) {
	content, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, store.Fail(store.BodyUnreadable, "reason", "Failed to read the request body")
	}
	header := r.Header.Get("Content-Type")
	switch kind, _, _ := mime.ParseMediaType(header); {
	case kind == "application/x-www-form-urlencoded":
		return formBody(string(content))
	case kind == "application/json":
		return jsonBody(content)
	case header == "" && len(content) == 0:
		return nil, nil
	default:
		return string(content), nil
	}
}

func formBody(content string) (any, *store.Failure) {
	values, err := url.ParseQuery(content)
	if err != nil {
		return nil, store.Fail(store.BodyUnreadable, "reason", "Failed to parse the form")
	}
	form := map[string]any{}
	for name := range values {
		form[name] = values.Get(name)
	}
	return form, nil
}

func jsonBody(content []byte) (any, *store.Failure) {
	if len(content) == 0 {
		return nil, store.Fail(store.BodyEmpty)
	}
	var body any
	if err := json.Unmarshal(content, &body); err != nil {
		return nil, store.Fail(store.BodyUnreadable, "reason", syntaxError(content, err))
	}
	return body, nil
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
