package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// Acknowledgement says that a finding is known and may stay for a while.
type Acknowledgement struct {
	// Code is that of the check or of the cause.
	Code cause.Code `json:"code"`
	// Object narrows it down to one, written as in a report: "ClusterSecretStore NAME". Empty stands for all.
	Object string `json:"object,omitempty"`
	Reason string `json:"reason"`
	// Expires is the last day on which it holds, as YYYY-MM-DD.
	Expires string `json:"expires"`
}

// ParseAcknowledgements reads a file with a list of them under "acknowledged".
func ParseAcknowledgements(data []byte) ([]Acknowledgement, error) {
	var file struct {
		Acknowledged []Acknowledgement `json:"acknowledged"`
	}
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		return nil, fmt.Errorf("read the acknowledgements: %w", err)
	}
	for i := range file.Acknowledged {
		if err := file.Acknowledged[i].check(); err != nil {
			return nil, fmt.Errorf("read the acknowledgements: entry %d: %w", i+1, err)
		}
	}
	return file.Acknowledged, nil
}

func (a *Acknowledgement) check() error {
	entry, known := catalogue.Find(a.Code)
	if !known {
		return &catalogue.UnknownError{Text: string(a.Code), Near: catalogue.Near(string(a.Code))}
	}
	a.Code = entry.Code
	if strings.TrimSpace(a.Reason) == "" {
		return fmt.Errorf("%s has no reason", a.Code)
	}
	if _, err := time.Parse(time.DateOnly, a.Expires); err != nil {
		return fmt.Errorf("%s has no expiry date of the form YYYY-MM-DD: %q", a.Code, a.Expires)
	}
	return nil
}

// Expired reports whether its last day is over.
func (a Acknowledgement) Expired(now time.Time) bool {
	last, err := time.Parse(time.DateOnly, a.Expires)
	return err != nil || !now.Before(last.AddDate(0, 0, 1))
}

func (a Acknowledgement) covers(o Outcome, f Finding) bool {
	if a.Code != o.Code && a.Code != f.Code() {
		return false
	}
	return a.Object == "" || slices.ContainsFunc(f.Objects, func(obj Object) bool { return obj.String() == a.Object })
}

// Acknowledge marks the warnings and failures that are known, and says in whole sentences which acknowledgements are of no use: expired, or
// of nothing that was found.
func (r Report) Acknowledge(acks []Acknowledgement, now time.Time) []string {
	var notes []string
	for _, a := range acks {
		used := false
		for i := range r.Outcomes {
			for j := range r.Outcomes[i].Findings {
				f := &r.Outcomes[i].Findings[j]
				if f.Status != Warn && f.Status != Fail || !a.covers(r.Outcomes[i], *f) {
					continue
				}
				used = true
				if !a.Expired(now) {
					f.Acknowledged = &a
				}
			}
		}
		switch {
		case used && a.Expired(now):
			notes = append(notes, fmt.Sprintf("The acknowledgement of %s expired on %s (%s).", a.Code, a.Expires, a.Reason))
		case !used:
			notes = append(notes, fmt.Sprintf("The acknowledgement of %s matches nothing that was found; it can go.", a.Code))
		}
	}
	return notes
}
