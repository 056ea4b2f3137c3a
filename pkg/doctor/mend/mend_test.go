package mend

import (
	"context"
	"errors"
	"testing"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

func TestRepairableCodesAreKnown(t *testing.T) {
	for _, code := range Repairable() {
		if _, known := catalogue.Find(code); !known {
			t.Errorf("%s is not in the catalogue", code)
		}
	}
}

func TestNothingIsPlannedForWhatDoesNotCount(t *testing.T) {
	of := func(status doctor.Status, code cause.Code, ack *doctor.Acknowledgement) doctor.Finding {
		return doctor.Finding{Status: status, Cause: cause.Cause{Code: code}, Objects: []doctor.Object{theStore}, Acknowledged: ack}
	}
	w := newWorld(t, ourStore(nil))
	p := w.plan(t, reportOf(of(doctor.Pass, "EI751", nil), of(doctor.Unknown, "EI751", nil), of(doctor.Skip, "EI751", nil),
		of(doctor.Fail, "EI751", &doctor.Acknowledgement{}), of(doctor.Fail, "EI310", nil)))
	if len(p.Repairs) != 0 || len(p.Left) != 0 {
		t.Errorf("the plan is %+v", p)
	}
}

// A store that has gone keeps the others from nothing.
func TestOneThatCannotBePlanned(t *testing.T) {
	w := newWorld(t, ourStore(nil))
	p := w.plan(t, reportOf(
		doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: "EI751"}, Objects: []doctor.Object{{Kind: theStore.Kind, Name: "gone"}}},
		doctor.Finding{Status: doctor.Fail, Cause: cause.Cause{Code: "EI752"}, Objects: []doctor.Object{theStore}}))
	if len(p.Repairs) != 1 || len(p.Left) != 1 {
		t.Errorf("the plan is %+v", p)
	}
}

func TestOneThatFailsKeepsNoOther(t *testing.T) {
	w := newWorld(t)
	ran := 0
	fails := Repair{Code: "EI751", apply: func(context.Context) error { return errors.New("no") }}
	works := Repair{Code: "EI752", apply: func(context.Context) error { ran++; return nil }}
	done := w.apply(t, fails, works)
	if done[0].Outcome != Failed || done[1].Outcome != Applied || ran != 1 {
		t.Errorf("done %+v", done)
	}
}

func TestInterruptedRunBeginsNothingMore(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	first := Repair{Code: "EI751", apply: func(context.Context) error { cancel(); return nil }}
	second := Repair{Code: "EI752", apply: func(context.Context) error { t.Error("it goes on"); return nil }}
	done, err := w.Apply(ctx, []Repair{first, second})
	if len(done) != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("done %v, error %v", done, err)
	}
}
