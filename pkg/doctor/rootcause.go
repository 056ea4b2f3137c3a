package doctor

import (
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// RootCauses are the codes of what went wrong and follows from nothing else that did, in their order. Which code follows from which, the
// catalogue says.
func (r Report) RootCauses() []cause.Code {
	found := map[cause.Code]bool{}
	var candidates []cause.Code
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			if !f.wrong() {
				continue
			}
			found[o.Code], found[f.Code()] = true, true
			candidates = append(candidates, f.Code())
		}
	}
	roots := slices.DeleteFunc(candidates, func(code cause.Code) bool { return follows(code, found, map[cause.Code]bool{}) })
	slices.Sort(roots)
	return slices.Compact(roots)
}

// wrong reports whether the finding has a cause to be named: a failure, or the reason why nothing could be found out.
func (f Finding) wrong() bool {
	return f.counts() && f.Code() != "" && (f.Status == Fail || f.Status == Unknown)
}

// follows reports whether the code follows, over however many steps, from one that was found.
func follows(code cause.Code, found, seen map[cause.Code]bool) bool {
	if seen[code] {
		return false
	}
	seen[code] = true
	e, _ := catalogue.Find(code)
	return slices.ContainsFunc(e.After, func(before cause.Code) bool { return found[before] || follows(before, found, seen) })
}
