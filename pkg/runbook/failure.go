package runbook

import (
	"slices"
	"strings"
)

// FailedError is what went wrong with some of several stores or clusters.
type FailedError struct{ Failures []Failure }

// Failure is what went wrong with one of them; Of is empty for what concerns all.
type Failure struct {
	Of  string
	Err error
}

func (e *FailedError) Error() string {
	var texts []string
	for _, f := range e.Failures {
		text := f.Err.Error()
		if f.Of != "" {
			text = f.Of + ": " + text
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns all errors.
func (e *FailedError) Unwrap() []error {
	var errs []error
	for _, f := range e.Failures {
		errs = append(errs, f.Err)
	}
	return errs
}

// Failed is nil without failures, the error itself for a single one that concerns all, and else a *FailedError.
func Failed(failures ...Failure) error {
	failures = slices.DeleteFunc(failures, func(f Failure) bool { return f.Err == nil })
	switch {
	case len(failures) == 0:
		return nil
	case len(failures) == 1 && failures[0].Of == "":
		return failures[0].Err
	}
	return &FailedError{failures}
}

// BegunError is a failure of a run that had begun to change the cluster.
type BegunError struct{ Err error }

func (e *BegunError) Error() string { return e.Err.Error() }

// Unwrap returns what went wrong.
func (e *BegunError) Unwrap() error { return e.Err }
