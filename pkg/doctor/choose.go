package doctor

import (
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Choice says which checks to run: those that Only picks, or all if it is empty, without those that Skip picks.
type Choice struct{ Only, Skip []catalogue.Selector }

// Of picks from all checks, and adds those that the chosen ones need.
func (c Choice) Of(all []Check) []Check {
	wanted := map[cause.Code]bool{}
	// A check needs earlier ones only, so that from the back every need is known before its turn.
	for _, check := range slices.Backward(all) {
		if !wanted[check.Code] && !c.picks(check.Code) {
			continue
		}
		wanted[check.Code] = true
		for _, need := range check.Needs {
			wanted[need] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(check Check) bool { return !wanted[check.Code] })
}

func (c Choice) picks(code cause.Code) bool {
	picked := func(s catalogue.Selector) bool { return s.Matches(code) }
	return (len(c.Only) == 0 || slices.ContainsFunc(c.Only, picked)) && !slices.ContainsFunc(c.Skip, picked)
}

// Narrow leaves out what was run only because something chosen needs it, unless it is what stands in the way.
func (c Choice) Narrow(r Report) Report {
	r.Outcomes = slices.DeleteFunc(slices.Clone(r.Outcomes), func(o Outcome) bool {
		return !c.picks(o.Code) && (o.passed() || o.BlockedBy != "")
	})
	return r
}
