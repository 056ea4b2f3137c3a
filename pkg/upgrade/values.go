package upgrade

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
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
	// Masked is set where the values are not shown, since the path is not one that is known to hold no secret.
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
		v := Value{Path: path, Masked: hidden(path, value) || hidden(path, held)}
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

// shown are the paths whose values cannot be a secret, those of the webhook and of the certificate controller included. A chart takes whole
// objects and environments as values, and what may be in those nobody knows: so whatever is not listed here is not shown.
var shown = regexp.MustCompile(`^(installCRDs|crds\..+|((webhook|certController)\.)?(` +
	`replicaCount|revisionHistoryLimit|concurrent|port|create|leaderElect|leaderElectionID|controllerClass|scopedNamespace|scopedRBAC|` +
	`(name|fullname|namespace)Override|priorityClassName|dnsPolicy|failurePolicy|certCheckInterval|requeueInterval|lookaheadInterval|` +
	`image\.[a-zA-Z]+|log\.[a-zA-Z]+|serviceAccount\.(create|name)|rbac\.[a-zA-Z.]+|podDisruptionBudget\.[a-zA-Z]+|` +
	`resources\.(requests|limits)\.[a-zA-Z-]+|metrics\.listen\.port|metrics\.service\.port|extraEnv\[\d+\]\.name))$`)

// hidden reports whether a value could be a secret: all but switches and what is empty, where the path is not known or the text has
// credentials in it.
func hidden(path string, value any) bool {
	switch v := value.(type) {
	case nil, bool:
		return false
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	case string:
		if v == "" {
			return false
		}
		if strings.Contains(strings.ReplaceAll(v, "@sha256:", ""), "@") || strings.Contains(v, "PRIVATE KEY") {
			return true
		}
	}
	return !shown.MatchString(path)
}

func (v Value) String() string {
	if v.Masked {
		return v.Path + " (not shown)"
	}
	text := fmt.Sprintf("%s: %v", v.Path, v.Value)
	if v.Value == nil {
		text = v.Path + ": null"
	}
	if v.Before != nil {
		text += fmt.Sprintf(" (was %v)", v.Before)
	}
	return text
}
