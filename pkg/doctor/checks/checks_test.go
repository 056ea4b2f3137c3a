package checks

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

func TestAHealthyClusterPassesEveryCheck(t *testing.T) {
	r := examine(t, healthy(t))
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			if f.Status != doctor.Pass {
				t.Errorf("%s %s: %+v", o.Code, o.Title, f)
			}
		}
	}
	if len(r.RootCauses()) != 0 || r.Verdict(doctor.FailOnWarn) != doctor.Healthy {
		t.Errorf("root causes %v, verdict %s", r.RootCauses(), r.Verdict(doctor.FailOnWarn))
	}
}

func TestEachHarmIsFoundAndNamed(t *testing.T) {
	for _, h := range everyHarm() {
		t.Run(h.name, func(t *testing.T) {
			w := healthy(t)
			h.do(t, w)
			r := examine(t, w)
			f, found := finding(r, h.check, h.cause)
			if !found {
				t.Fatalf("%s does not find %s: %+v", h.check, h.cause, outcome(r, h.check))
			}
			if f.Cause.Summary == "" || f.Cause.Fix == "" {
				t.Errorf("finding without words: %+v", f)
			}
			roots := r.RootCauses()
			if f.Status == doctor.Fail && !slices.Equal(roots, []cause.Code{h.cause}) || f.Status == doctor.Warn && len(roots) != 0 {
				t.Errorf("one harm, but the root causes are %v: %s", roots, wrong(r))
			}
			for _, o := range r.Outcomes {
				for _, f := range o.Findings {
					if f.Status == doctor.Unknown {
						t.Errorf("%s is unknown: %s", o.Code, f.Detail)
					}
				}
			}
			if text := fmt.Sprintf("%+v", r); strings.Contains(text, clientSecret) || strings.Contains(text, clientID) {
				t.Error("the report holds a Secret's value")
			}
		})
	}
}

// everyHarm are all ways to break the world.
func everyHarm() []harm {
	return slices.Concat(harms, infisicalHarms, deliveryHarms, operatorHarms, wayHarms)
}

func TestEveryCheckHasAHarm(t *testing.T) {
	// Without a cluster there is nothing to harm; TestWithoutACluster and TestAClusterThatCannotBeAsked are about these.
	tested := map[cause.Code]bool{"EI101": true, "EI102": true, "EI103": true, "EI106": true, "EI108": true}
	for _, h := range everyHarm() {
		tested[h.check] = true
	}
	for _, c := range everyCheck() {
		if !tested[c.Code] {
			t.Errorf("no harm is found by %s", c.Code)
		}
	}
}

func outcome(r doctor.Report, code cause.Code) doctor.Outcome {
	for _, o := range r.Outcomes {
		if o.Code == code {
			return o
		}
	}
	return doctor.Outcome{}
}

func finding(r doctor.Report, check, code cause.Code) (doctor.Finding, bool) {
	for _, f := range outcome(r, check).Findings {
		if f.Code() == code && (f.Status == doctor.Fail || f.Status == doctor.Warn) {
			return f, true
		}
	}
	return doctor.Finding{}, false
}

func wrong(r doctor.Report) string {
	var lines []string
	for _, o := range r.Outcomes {
		for _, f := range o.Findings {
			if f.Status == doctor.Fail {
				lines = append(lines, fmt.Sprintf("%s: %s (%s)", o.Code, f.Cause.Summary, f.Code()))
			}
		}
	}
	return strings.Join(lines, "; ")
}
