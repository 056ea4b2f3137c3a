package output

import (
	"errors"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Problem is an error as a document shows it.
type Problem struct {
	// Code is the cause's, or empty for an error without a known cause.
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// NewProblem describes err.
func NewProblem(err error) *Problem {
	var named *cause.Error
	if !errors.As(err, &named) {
		return &Problem{Message: err.Error()}
	}
	p := &Problem{Code: string(named.Cause.Code), Message: named.Tried + ": " + named.Cause.Summary, Fix: named.Cause.Fix}
	if named.Err != nil {
		p.Detail = named.Err.Error()
	}
	return p
}
