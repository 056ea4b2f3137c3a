package up

import (
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/runbook"
)

// stepList names the steps in the help.
var stepList = strings.Join(runbook.Steps(), ", ")

// stepValue makes one step or several a flag.
type stepValue struct {
	one  *string
	many *[]string
}

func (v *stepValue) Type() string {
	if v.many != nil {
		return "steps"
	}
	return "step"
}

func (v *stepValue) String() string {
	switch {
	case v.one != nil:
		return *v.one
	case v.many != nil:
		return strings.Join(*v.many, ",")
	}
	return ""
}

// Choices are all steps.
func (v *stepValue) Choices() []string { return runbook.Steps() }

func (v *stepValue) Set(text string) error {
	if v.one != nil {
		*v.one = text
		return runbook.Choice{From: text}.Validate()
	}
	names := strings.Split(text, ",")
	*v.many = append(*v.many, names...)
	return runbook.Choice{Only: names}.Validate()
}
