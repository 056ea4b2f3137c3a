package render

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Change is a finding that differs between two reports. An empty status means that the report does not have it.
type Change struct {
	Code   cause.Code    `json:"code"`
	Title  string        `json:"title"`
	Object string        `json:"object,omitempty"`
	Before doctor.Status `json:"before,omitempty"`
	After  doctor.Status `json:"after,omitempty"`
	// CauseBefore and CauseAfter are codes.
	CauseBefore cause.Code `json:"causeBefore,omitempty"`
	CauseAfter  cause.Code `json:"causeAfter,omitempty"`
}

func (c Change) String() string {
	state := func(s doctor.Status, code cause.Code) string {
		switch {
		case s == "":
			return "not there"
		case code != "":
			return fmt.Sprintf("%s (%s)", s, code)
		}
		return string(s)
	}
	line := fmt.Sprintf("%s  %s", c.Code, c.Title)
	if c.Object != "" {
		line += ": " + c.Object
	}
	return line + ": " + state(c.Before, c.CauseBefore) + " -> " + state(c.After, c.CauseAfter)
}

// Read reads a report that was written as JSON or YAML.
func Read(data []byte) (Document, error) {
	var d struct {
		Kind string `json:"kind"`
		Document
	}
	err := decode(data, &d, &d.Kind, Kind)
	return d.Document, err
}

// ReadFleet reads the report of several clusters.
func ReadFleet(data []byte) ([]Document, error) {
	var f struct {
		Kind  string     `json:"kind"`
		Items []Document `json:"items"`
	}
	err := decode(data, &f, &f.Kind, FleetKind)
	return f.Items, err
}

func decode(data []byte, into any, kind *string, want string) error {
	if err := yaml.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read the earlier report: %w", err)
	}
	if *kind != want {
		return fmt.Errorf("read the earlier report: it is no document of kind %s", want)
	}
	return nil
}

// Kind of the document.
const Kind = "DoctorReport"

// Since are the changes from an earlier report to this one, in the order of this one. Passes that come or go with their objects are no change.
func (d Document) Since(before Document) []Change {
	old := map[string]Check{}
	for _, c := range before.Checks {
		old[identity(c)] = c
	}
	changes := []Change{}
	seen := map[string]bool{}
	for _, c := range d.Checks {
		id := identity(c)
		was := old[id]
		seen[id] = true
		if was.Status == c.Status && causeCode(was) == causeCode(c) || was.Status == "" && c.Status == doctor.Pass {
			continue
		}
		changes = append(changes, Change{c.Code, c.Title, c.Object, was.Status, c.Status, causeCode(was), causeCode(c)})
	}
	for _, c := range before.Checks {
		if !seen[identity(c)] && c.Status != doctor.Pass {
			changes = append(changes, Change{c.Code, c.Title, c.Object, c.Status, "", causeCode(c), ""})
		}
	}
	return changes
}

// identity is what makes a finding the same in two reports: the check, and the object, or the cause for a group of objects.
func identity(c Check) string {
	if c.Count > 1 {
		return strings.Join([]string{string(c.Code), "group", string(causeCode(c))}, "|")
	}
	return string(c.Code) + "|" + c.Object
}

func causeCode(c Check) cause.Code {
	if c.Cause == nil {
		return ""
	}
	return c.Cause.Code
}
