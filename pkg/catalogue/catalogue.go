// Package catalogue says what each code means: the fact that is expected, why it matters, and how to bring it about. Every code that the
// program can print is in it, be it a check of the doctor or the cause of a failed step: there is one space of numbers, and a code means the
// same wherever it is met. A file holds one layer.
package catalogue

import (
	"slices"
	"strings"
	"sync"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Severity says how much a fact matters that does not hold.
type Severity string

// The severities. An error keeps secrets from arriving, or shows them to others; a warning will, or may.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Entry is one code.
type Entry struct {
	Code cause.Code
	// Title is the expected fact, as the end of a sentence.
	Title    string
	Severity Severity
	// Why says what comes of it when it does not hold; Fix how to mend it. Both are whole sentences.
	Why, Fix string
	// Command is the one to run for it, or empty. What is in capitals is to be filled in.
	Command string
	// After are codes that bring this one about: where one of them is found, this one is no root cause.
	After []cause.Code
	// Links lead to documentation.
	Links []string
}

// Layer is the number of hundreds of the code.
func (e Entry) Layer() int { return LayerOf(e.Code) }

// All returns every entry in the order of codes.
func All() []Entry {
	all := slices.Concat(client, operator, workload, upgrades, credentials, transport, reach, scope, stores, externalSecrets, hygiene)
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return all
}

// Find returns the entry of a code, however its letters are written.
func Find(code cause.Code) (Entry, bool) {
	e, known := byCode()[Normal(string(code))]
	return e, known
}

// byCode is made once: a report asks for every code many times.
var byCode = sync.OnceValue(func() map[cause.Code]Entry {
	entries := map[cause.Code]Entry{}
	for _, e := range All() {
		entries[e.Code] = e
	}
	return entries
})
