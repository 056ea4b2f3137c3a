package render

import (
	"cmp"
	"slices"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// FleetKind is the kind of the document for several clusters.
const FleetKind = "DoctorReportList"

// Fleet are the reports of several clusters that were examined at the same time; docs/schema/doctor-report-list.json describes it.
type Fleet struct {
	Time       time.Time    `json:"time"`
	DurationMs int64        `json:"durationMs"`
	Summary    FleetSummary `json:"summary"`
	// RootCauses are those of all clusters, each with those that have it.
	RootCauses []Shared `json:"rootCauses"`
	// Notes are whole sentences about the run itself.
	Notes []string `json:"notes,omitempty"`
	// Clusters are the reports, in the order in which they were asked for. Each knows its context.
	Clusters []Document `json:"-"`
}

// FleetSummary counts clusters by verdict.
type FleetSummary struct {
	// Verdict is the worst of all clusters.
	Verdict  doctor.Verdict `json:"verdict"`
	Clusters int            `json:"clusters"`
	Healthy  int            `json:"healthy"`
	Findings int            `json:"findings"`
	Unknown  int            `json:"unknown"`
}

// Shared is a root cause and the contexts of the clusters that have it.
type Shared struct {
	Code     cause.Code `json:"code"`
	Summary  string     `json:"summary"`
	Fix      *Fix       `json:"fix,omitempty"`
	Contexts []string   `json:"contexts"`
}

// NewFleet puts reports together. took is how long it was until the last of them was there.
func NewFleet(clusters []Document, took time.Duration) Fleet {
	f := Fleet{DurationMs: took.Milliseconds(), RootCauses: []Shared{}, Clusters: clusters, Summary: FleetSummary{Verdict: doctor.Healthy, Clusters: len(clusters)}}
	for i, d := range clusters {
		if i == 0 || d.Time.Before(f.Time) {
			f.Time = d.Time
		}
		f.Summary.count(d.Summary.Verdict)
	}
	for _, g := range f.groups() {
		if g.first.RootCause {
			f.RootCauses = append(f.RootCauses, Shared{g.first.Cause.Code, g.first.Cause.Summary, g.first.Fix, g.contexts})
		}
	}
	return f
}

func (s *FleetSummary) count(v doctor.Verdict) {
	switch v {
	case doctor.Sick:
		s.Findings++
		s.Verdict = doctor.Sick
	case doctor.Undecided:
		s.Unknown++
		if s.Verdict == doctor.Healthy {
			s.Verdict = doctor.Undecided
		}
	default:
		s.Healthy++
	}
}

// group is one thing to tell that some of the clusters have in common.
type group struct {
	first    Check
	contexts []string
	// objects are what it is about, in all of the clusters; codes are the checks that have met it.
	objects []string
	codes   []cause.Code
	// details are the technical texts, each with its context.
	details []string
}

// same is what findings have in common that are told once.
type same struct {
	status doctor.Status
	code   cause.Code
	text   string
	fix    Fix
}

// groups are the root causes, then the warnings, then what could not be found out for no cause that has a code. What follows from a root cause
// is left to the matrix.
func (f Fleet) groups() []group {
	var keys []same
	found := map[same]*group{}
	for _, d := range f.Clusters {
		for _, c := range d.Checks {
			if !c.telling() {
				continue
			}
			key := c.same()
			if found[key] == nil {
				keys, found[key] = append(keys, key), &group{first: c}
			}
			found[key].add(d.Context, c)
		}
	}
	order := map[doctor.Status]int{doctor.Fail: 0, doctor.Warn: 1, doctor.Unknown: 2}
	slices.SortStableFunc(keys, func(a, b same) int { return cmp.Compare(order[a.status], order[b.status]) })
	groups := make([]group, len(keys))
	for i, key := range keys {
		groups[i] = *found[key]
	}
	return groups
}

// telling reports whether the finding says something new.
func (c Check) telling() bool {
	return c.Acknowledged == nil && (c.RootCause || c.Status == doctor.Warn || c.Status == doctor.Unknown)
}

func (c Check) same() same {
	s := same{status: c.Status, text: c.Detail}
	if c.Cause != nil {
		s.code, s.text = c.Cause.Code, c.Cause.Summary
	}
	if c.Fix != nil {
		s.fix = *c.Fix
	}
	return s
}

func (g *group) add(context string, c Check) {
	if !slices.Contains(g.contexts, context) {
		g.contexts = append(g.contexts, context)
	}
	if c.Object != "" && !slices.Contains(g.objects, c.Object) {
		g.objects = append(g.objects, c.Object)
	}
	if c.Detail != "" {
		g.details = append(g.details, context+": "+c.Detail)
	}
	if !slices.Contains(g.codes, c.Code) {
		g.codes = append(g.codes, c.Code)
	}
}
