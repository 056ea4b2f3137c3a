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
	// Context narrows it down to the cluster that this context of the kubeconfig leads to, where several are examined.
	Context string `json:"context,omitempty"`
	Reason  string `json:"reason"`
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

func (a Acknowledgement) covers(r Report, o Outcome, f Finding) bool {
	if a.Context != "" && a.Context != r.Context {
		return false
	}
	if a.Code != o.Code && a.Code != f.Code() {
		return false
	}
	return a.Object == "" || slices.ContainsFunc(f.Objects, func(obj Object) bool { return obj.String() == a.Object })
}

// Acknowledge marks the warnings and failures that are known, and says in whole sentences which acknowledgements are of no use: expired, or
// of nothing that was found.
func (r Report) Acknowledge(acks []Acknowledgement, now time.Time) []string {
	return Acknowledge(acks, now, r)
}

// Acknowledge does the same for the reports of several clusters: an acknowledgement is of use if one of them has what it is about.
func Acknowledge(acks []Acknowledgement, now time.Time, reports ...Report) []string {
	var notes []string
	for _, a := range acks {
		used := false
		for _, r := range reports {
			used = a.mark(r, now) || used
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

// mark marks what it covers, unless it has expired, and reports whether there is anything.
func (a Acknowledgement) mark(r Report, now time.Time) (used bool) {
	for _, o := range r.Outcomes {
		for j := range o.Findings {
			f := &o.Findings[j]
			if f.Status != Warn && f.Status != Fail || !a.covers(r, o, *f) {
				continue
			}
			used = true
			if !a.Expired(now) {
				f.Acknowledged = &a
			}
		}
	}
	return used
}
