package render

import (
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// row is a check and what came of it in each cluster.
type row struct {
	Code  cause.Code
	Title string
	// Spots are in the order of the clusters. The zero one is that of a cluster in which the check was not made.
	Spots []spot
}

// spot is the worst that a check has found in a cluster.
type spot struct {
	Status doctor.Status
	Known  bool
	// Cause is the code of what is wrong, where it is another than the check's.
	Cause cause.Code
}

// weights order the statuses from the best to the worst.
var weights = map[doctor.Status]int{doctor.Skip: 1, doctor.Pass: 2, doctor.Warn: 3, doctor.Unknown: 4, doctor.Fail: 5}

// weight is that of the spot; what was acknowledged is no worse than a pass.
func (c spot) weight() int {
	if c.Known {
		return weights[doctor.Pass]
	}
	return weights[c.Status]
}

// wrong reports whether there is something to look at.
func (c spot) wrong() bool { return c.weight() > weights[doctor.Pass] }

// Word says it in a few letters.
func (c spot) Word() string {
	switch {
	case c.Known:
		return "known"
	case c.Status == doctor.Fail:
		return "FAIL"
	case c.Status == doctor.Unknown:
		return "?"
	case c.Status == doctor.Pass:
		return "ok"
	case c.Status == doctor.Warn:
		return "warn"
	}
	return "-"
}

// Said is the word for a page, which has signs for what cannot be told.
func (c spot) Said() string {
	switch c.State() {
	case unknown:
		return "unknown"
	case skipped:
		if !c.Known {
			return "not looked at"
		}
	}
	return c.Word()
}

// State is what a page colours it by.
func (c spot) State() state {
	if c.Known {
		return skipped
	}
	return stateOf(c.Status)
}

// matrix has a row for each check with which something is wrong in one of the clusters, or with all for every check.
func (f Fleet) matrix(all bool) []row {
	var rows []row
	at := map[cause.Code]int{}
	for i, d := range f.Clusters {
		for _, c := range d.Checks {
			n, known := at[c.Code]
			if !known {
				n = len(rows)
				at[c.Code], rows = n, append(rows, row{Code: c.Code, Title: c.Title, Spots: make([]spot, len(f.Clusters))})
			}
			rows[n].Spots[i] = worse(rows[n].Spots[i], spotOf(c))
		}
	}
	return slices.DeleteFunc(rows, func(r row) bool { return !all && !slices.ContainsFunc(r.Spots, spot.wrong) })
}

func spotOf(c Check) spot {
	made := spot{Status: c.Status, Known: c.Acknowledged != nil}
	if code := causeCode(c); code != c.Code {
		made.Cause = code
	}
	return made
}

func worse(a, b spot) spot {
	if b.weight() > a.weight() {
		return b
	}
	return a
}
