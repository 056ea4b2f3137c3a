// Package cause names failures. External Secrets Operator and Infisical report the same mistake in many texts; this
// package turns each of them into one code, one plain sentence and one thing to do. apply-store, test and doctor share it,
// so that a failure has the same name wherever it is met.
package cause

import (
	"errors"
	"fmt"
)

// Cause is one known reason for a failure.
type Cause struct {
	Code Code
	// Summary says in one plain sentence what is wrong.
	Summary string
	// Fix says what to do next, with the command where there is one.
	Fix string
}

// Error is a failed step together with its cause. It is what commands return for everything that has a name.
type Error struct {
	// Tried says what was attempted: a verb and an object.
	Tried string
	Cause Cause
	// Err holds the technical text; it may be nil.
	Err error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s (%s)", e.Tried, e.Cause.Summary, e.Cause.Code)
	}
	return fmt.Sprintf("%s: %s (%s): %v", e.Tried, e.Cause.Summary, e.Cause.Code, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Wrap names err as a failed attempt at tried. An error that already carries a cause keeps it; one whose text is known gets
// its cause; any other is wrapped as it is.
func Wrap(tried string, err error) error {
	if err == nil {
		return nil
	}
	var named *Error
	if errors.As(err, &named) {
		return err
	}
	if c, ok := Of(err); ok {
		return &Error{Tried: tried, Cause: c, Err: err}
	}
	return fmt.Errorf("%s: %w", tried, err)
}

// FromText finds the cause behind a text of ESO, of Infisical or of Go's network stack.
// It reports false when no rule knows the text.
func FromText(text string) (Cause, bool) { return find(rules, text) }

// OfOperator finds the cause behind an answer of the API server about one of ESO's objects. It knows the texts about ESO's
// webhook and CRDs alone: the API server's other texts resemble those of a failure to reach Infisical.
func OfOperator(text string) (Cause, bool) { return find(operatorRules, text) }

func find(rules []rule, text string) (Cause, bool) {
	for _, r := range rules {
		if r.matches(text) {
			return r.cause(text), true
		}
	}
	return Cause{}, false
}

// Named is an error that knows its cause by itself.
type Named interface {
	error
	// Cause reports false where it is unknown.
	Cause() (Cause, bool)
}

// Of finds the cause of an error: the one it carries, the one it knows by itself, or the one that its text tells.
func Of(err error) (Cause, bool) {
	if err == nil {
		return Cause{}, false
	}
	var carried *Error
	if errors.As(err, &carried) {
		return carried.Cause, true
	}
	var named Named
	if errors.As(err, &named) {
		return named.Cause()
	}
	return FromText(err.Error())
}
