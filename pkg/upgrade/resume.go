package upgrade

import (
	"fmt"
	"slices"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
)

// place finds the way back, and what an earlier run has left to do.
func (p *Plan) place(history []helm.Release) {
	p.last = history[len(history)-1]
	p.base = p.last
	for _, r := range history {
		if r.Status == helm.Deployed {
			p.WayBack, p.From, p.base = r.Revision, r.ChartVersion, r
		}
	}
	if p.From == "" {
		p.From = p.last.ChartVersion
	}
	p.resume(history)
	if p.last.Status == helm.Pending && p.earlier == nil && !p.last.Ours {
		p.block("EI287", fmt.Sprintf("revision %d is %s since %s, and not by this program: somebody may be at work on it",
			p.last.Revision, p.last.RawStatus, p.last.Updated.Format("2006-01-02 15:04:05")),
			fmt.Sprintf("wait for that run; if it is dead: helm -n %s rollback %s, then run the same command again", p.Namespace, p.Release))
	}
}

// resume decides whether the journal of an earlier run still tells the truth. Once somebody else has deployed a revision, it does not.
func (p *Plan) resume(history []helm.Release) {
	j := p.earlier
	if j == nil {
		return
	}
	p.earlier = nil
	if j.Release != p.Release {
		p.warn("the journal of an interrupted upgrade is about another release, %s; it is dropped", j.Release)
		return
	}
	for _, r := range history {
		if ours := r.Ours || r.Revision == j.Next && j.Step == stepRollBack; r.Revision > j.Good && !ours {
			p.warn("the journal of an interrupted upgrade is dropped: somebody has deployed revision %d since", r.Revision)
			return
		}
	}
	p.earlier = j
	p.base = p.last // It has the values of the interrupted run, if that came so far.
	p.WayBack = 0
	for _, r := range history {
		if r.Revision == j.Good {
			p.WayBack, p.From = r.Revision, r.ChartVersion
		}
	}
	p.Resumes = "an interrupted upgrade to " + j.To + " is completed"
	if j.Step == stepRollBack {
		p.Resumes = "an interrupted rollback from " + j.To + " is completed"
	}
	if p.WayBack == 0 {
		p.warn("Helm has dropped revision %d, from which the interrupted upgrade started: there is no way back", j.Good)
	}
}

// missedValues warns of values that the interrupted run was given and this one is not, where the release has no trace of them.
func (p *Plan) missedValues() {
	if p.earlier == nil || p.last.Revision > p.earlier.Good {
		return
	}
	var missed []string
	for _, key := range p.earlier.ValueKeys {
		if !slices.ContainsFunc(p.ValuesChanged, func(v Value) bool { return v.Path == key }) {
			missed = append(missed, key)
		}
	}
	if len(missed) > 0 {
		p.warn("the interrupted run was given values that this one is not: %v; give them again if they are still wanted", missed)
	}
}
