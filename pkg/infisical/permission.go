package infisical

import (
	"encoding/json"
	"regexp"
	"slices"
)

// permissionWord is what names of actions and subjects consist of. Anything else in their place is not shown.
var permissionWord = regexp.MustCompile(`^[A-Za-z-]{1,60}$`)

// missing reads the permissions from the details of an error: a list of them, or a list below missingPermissions.
func missing(details json.RawMessage) []Permission {
	var boundary struct {
		Missing json.RawMessage `json:"missingPermissions"`
	}
	if json.Unmarshal(details, &boundary) == nil {
		details = boundary.Missing
	}
	var wire []struct {
		Action  json.RawMessage `json:"action"`
		Subject json.RawMessage `json:"subject"`
	}
	if json.Unmarshal(details, &wire) != nil {
		return nil
	}
	var all []Permission
	for _, w := range wire {
		p := Permission{Action: word(w.Action), Subject: word(w.Subject)}
		if p.Action != "" && p.Subject != "" {
			all = append(all, p)
		}
	}
	return all
}

// words reads the names of actions or subjects, which are a text or a list of texts.
func words(raw json.RawMessage) []string {
	var list []string
	var one string
	if json.Unmarshal(raw, &one) == nil {
		list = []string{one}
	} else if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return slices.DeleteFunc(list, func(w string) bool { return !permissionWord.MatchString(w) })
}

// word is the first of them, or nothing.
func word(raw json.RawMessage) string {
	if all := words(raw); len(all) > 0 {
		return all[0]
	}
	return ""
}
