package upgrade

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Value is one value of the chart that the release is given, by its path, as in webhook.port.
type Value struct {
	Path string `json:"path"`
	// Value is empty where it could be a secret.
	Value any `json:"value,omitempty"`
	// Before is what the release had, where that is changed.
	Before any `json:"before,omitempty"`
	// Masked is set where the values are not shown, since the path sounds like a secret.
	Masked bool `json:"masked,omitempty"`
}

// values compares those that a release has with those that it is to have.
func values(before, after map[string]any) (kept, changed []Value) {
	kept, changed = []Value{}, []Value{}
	old, leaves := map[string]any{}, map[string]any{}
	flatten("", before, old)
	flatten("", after, leaves)
	for path, value := range leaves {
		held, had := old[path]
		v := Value{Path: path, Masked: secretive(path, value) || secretive(path, held)}
		same := had && reflect.DeepEqual(normal(held), normal(value))
		if !v.Masked {
			v.Value = value
			if had && !same {
				v.Before = held
			}
		}
		if same {
			kept = append(kept, v)
		} else {
			changed = append(changed, v)
		}
	}
	byPath := func(a, b Value) int { return cmp.Compare(a.Path, b.Path) }
	slices.SortFunc(kept, byPath)
	slices.SortFunc(changed, byPath)
	return kept, changed
}

// flatten collects what is no tree; a list is a tree by its positions.
func flatten(path string, value any, into map[string]any) {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 && path != "" {
			into[path] = v
		}
		for key, below := range v {
			at := strings.ReplaceAll(key, ".", `\.`)
			if path != "" {
				at = path + "." + at
			}
			flatten(at, below, into)
		}
	case []any:
		if len(v) == 0 {
			into[path] = v
		}
		for i, below := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), below, into)
		}
	default:
		into[path] = v
	}
}

// normal lets numbers be equal whatever parser they come from.
func normal(value any) any {
	switch v := value.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	}
	return value
}

// hints are what names of secrets have in them. A variable's value, which may be anything, is never shown.
var hints = []string{"secret", "password", "passwd", "token", "credential", "apikey", "api_key", "privatekey", "private_key", "accesskey", "auth"}

// secretive reports whether a value could be a secret by its path or its form. Switches and numbers never are.
func secretive(path string, value any) bool {
	text, isText := value.(string)
	if !isText || text == "" {
		return false
	}
	lower := strings.ToLower(path)
	inEnvironment := strings.HasSuffix(lower, ".value") && strings.Contains(lower, "env[")
	return inEnvironment || strings.Contains(text, "://") && strings.Contains(text, "@") || strings.Contains(text, "PRIVATE KEY") ||
		slices.ContainsFunc(hints, func(hint string) bool { return strings.Contains(lower, hint) })
}

func (v Value) String() string {
	switch {
	case v.Masked:
		return v.Path + " (not shown)"
	case v.Before != nil:
		return fmt.Sprintf("%s: %v (was %v)", v.Path, v.Value, v.Before)
	}
	return fmt.Sprintf("%s: %v", v.Path, v.Value)
}
