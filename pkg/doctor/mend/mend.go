// Package mend repairs what the doctor has found, as far as that can be done safely: it proposes a plan with what would change and what may be
// lost, and carries out what was named or confirmed.
package mend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/proof"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/repair"
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// Mender repairs one installation in one cluster.
type Mender struct {
	Namespace string
	Dynamic   dynamic.Interface
	Typed     kubernetes.Interface
	// Installation repairs releases and webhooks, Tests removes what tests have left.
	Installation *repair.Repairer
	Tests        *proof.Prover
	// Progress receives one line whenever what is waited for changes.
	Progress func(string)

	// left are the specs of the stores that this run has changed.
	left map[eso.StoreKey]any
}

// Repair is one thing that can be done about a finding.
type Repair struct {
	Code cause.Code
	// Also are the codes of other findings that the same repair is for.
	Also   []cause.Code
	Object string
	// Action says in one sentence what is done, Risk what may come of it, which is empty for what cannot do harm.
	Action, Risk string
	// Named is set for what is done only if its code was given: it deletes something, touches more than the finding, or changes what this
	// program has not made.
	Named bool
	// Diff is what the API server says would change, without any value of a Secret; it may be empty.
	Diff string

	// logsIn is set for what makes ESO log in to Infisical.
	logsIn bool
	rights []kube.Right
	apply  func(context.Context) error
}

// Is reports whether both are the same thing to do to the same object.
func (r Repair) Is(other Repair) bool { return r.Object == other.Object && r.Action == other.Action }

// Codes are all that the repair is for.
func (r Repair) Codes() []cause.Code { return append([]cause.Code{r.Code}, r.Also...) }

// Left is a finding for which there is no repair, although there is one for its code, and why.
type Left struct {
	Code   cause.Code
	Object string
	Why    string
}

// Plan is what can be done about a report.
type Plan struct {
	Repairs []Repair
	Left    []Left
}

// propose makes the repairs for one finding. An *unfitError says why there is none.
type propose func(ctx context.Context, m *Mender, f doctor.Finding) ([]Repair, error)

// proposals are the codes that something can be done about.
var proposals = map[cause.Code]propose{
	"EI202": scaleUp,
	"EI203": installation, "EI222": installation, "EI223": installation, "EI255": installation,
	"EI303": credentialsNamespace, "EI452": authorityNamespace,
	"EI507": hostForm, "EI550": hostForm,
	"EI604": environmentSlug, "EI650": environmentSlug,
	"EI751": lookAgain, "EI752": lookAgain, "EI703": lookAgain,
	"EI851": syncAgain,
	"EI901": removeLeak, "EI904": removeTest, "EI905": removeProbe,
}

// Repairable lists the codes that something can be done about, in their order.
func Repairable() []cause.Code {
	var codes []cause.Code
	for code := range proposals {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// unfitError says why nothing is proposed.
type unfitError struct{ why string }

func (e *unfitError) Error() string { return e.why }

func unfit(format string, args ...any) error { return &unfitError{fmt.Sprintf(format, args...)} }

// Plan proposes repairs for the report's findings. It changes nothing.
func (m *Mender) Plan(ctx context.Context, report doctor.Report) (Plan, error) {
	var plan Plan
	for _, o := range report.Outcomes {
		for _, f := range o.Findings {
			propose, can := proposals[f.Code()]
			if !can || f.Acknowledged != nil || f.Status != doctor.Fail && f.Status != doctor.Warn {
				continue
			}
			found, err := propose(ctx, m, f)
			var unfit *unfitError
			if err != nil && !errors.As(err, &unfit) && ctx.Err() != nil {
				return plan, fmt.Errorf("plan the repair of %s: %w", f.Code(), err)
			}
			if err != nil { // which is no reason to mend nothing else
				plan.Left = append(plan.Left, Left{f.Code(), objects(f), err.Error()})
				continue
			}
			plan.add(found)
		}
	}
	return plan, nil
}

// add puts repairs into the plan. Two findings may have one, such as a store that is not ready for what another check has found as well.
func (p *Plan) add(repairs []Repair) {
	for _, r := range repairs {
		if at := slices.IndexFunc(p.Repairs, r.Is); at >= 0 {
			p.Repairs[at].Also = append(p.Repairs[at].Also, r.Code)
			continue
		}
		p.Repairs = append(p.Repairs, r)
	}
}

func objects(f doctor.Finding) string {
	var names []string
	for _, o := range f.Objects {
		names = append(names, o.String())
	}
	return strings.Join(names, ", ")
}

// Chosen are the repairs of the codes, or without codes all that need not be named.
func (p Plan) Chosen(codes []cause.Code) []Repair {
	return slices.DeleteFunc(slices.Clone(p.Repairs), func(r Repair) bool {
		if len(codes) > 0 {
			return !slices.ContainsFunc(r.Codes(), func(c cause.Code) bool { return slices.Contains(codes, c) })
		}
		return r.Named
	})
}

// Outcome says what has become of a repair.
type Outcome string

// The outcomes.
const (
	Applied Outcome = "applied"
	Failed  Outcome = "failed"
	// Refused means that the object has been changed since the plan was made, so that nothing was done to it.
	Refused Outcome = "refused"
	// Proposed means that it was neither named nor confirmed.
	Proposed Outcome = "proposed"
)

// Done is a repair that was carried out, or tried.
type Done struct {
	Repair
	Outcome Outcome
	Err     error
}

// repairTimeout bounds one repair, with ESO's verdict after it.
const repairTimeout = 2 * time.Minute

// Apply carries repairs out, one after the other. All rights are asked for before anything is changed; a missing one is a *kube.DeniedError.
// One that fails keeps the others from nothing.
func (m *Mender) Apply(ctx context.Context, repairs []Repair) ([]Done, error) {
	var rights []kube.Right
	for _, r := range repairs {
		rights = append(rights, r.rights...)
	}
	if err := kube.RequireRights(ctx, m.Typed, "mend what was found", rights); err != nil {
		return nil, err
	}
	var done []Done
	m.left = map[eso.StoreKey]any{}
	refused := false
	for _, r := range repairs {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		if refused && r.logsIn {
			done = append(done, Done{r, Refused, errors.New("a login was refused by Infisical before, and three that fail lock the machine identity")})
			continue
		}
		m.Progress(r.Action)
		limited, cancel := context.WithTimeout(ctx, repairTimeout)
		err := r.apply(limited)
		cancel()
		refused = refused || cause.LoginRefused(err)
		done = append(done, outcome(r, err))
	}
	return done, nil
}

func outcome(r Repair, err error) Done {
	switch {
	case err == nil:
		return Done{Repair: r, Outcome: Applied}
	case apierrors.IsConflict(err):
		return Done{r, Refused, fmt.Errorf("%w; it was changed meanwhile: run doctor --fix again", err)}
	}
	return Done{r, Failed, err}
}
