package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/catalogue"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
)

// check makes a check that finds f; its code is one of the catalogue.
func check(code cause.Code, f Finding, needs ...cause.Code) Check {
	return Check{Code: code, Needs: needs, Run: func(context.Context, *Snapshot) Result { return Result{f} }}
}

func bad(code cause.Code) Finding { return Problem(cause.Cause{Code: code, Summary: "s", Fix: "f"}) }

func run1(t *testing.T, checks ...Check) Report {
	t.Helper()
	return Examine(t.Context(), checks, NewSnapshot(t.Context(), Cluster{}))
}

func TestAnInputIsReadOnceHoweverManyAskForIt(t *testing.T) {
	var reads atomic.Int32
	pods := NewInput("pods", func(context.Context, *Snapshot) (int, error) { return int(reads.Add(1)), nil })
	double := NewInput("double", func(ctx context.Context, s *Snapshot) (int, error) {
		n, err := pods.Of(ctx, s)
		return 2 * n, err
	})
	ask := func(ctx context.Context, s *Snapshot) Result {
		n, err := pods.Of(ctx, s)
		m, err2 := double.Of(ctx, s)
		return Result{Holds(fmt.Sprint(n, m, err, err2))}
	}
	r := run1(t, Check{Code: "EI101", Inputs: []Source{pods, double}, Run: ask}, Check{Code: "EI102", Inputs: []Source{pods, double}, Run: ask})
	for _, o := range r.Outcomes {
		if o.Findings[0].Note != "1 2 <nil> <nil>" {
			t.Errorf("%s has read %s", o.Code, o.Findings[0].Note)
		}
	}
	if reads.Load() != 1 {
		t.Errorf("read %d times", reads.Load())
	}
}

func TestInputsAreReadAtTheSameTimeAndAheadOfTheirChecks(t *testing.T) {
	// Each input waits until all have begun, so that they end only if they are read in parallel.
	var begun sync.WaitGroup
	begun.Add(3)
	meet := func(name string) *Input[int] {
		return NewInput(name, func(context.Context, *Snapshot) (int, error) {
			begun.Done()
			begun.Wait()
			return 1, nil
		})
	}
	a, b, c := meet("a"), meet("b"), meet("c")
	ask := func(input *Input[int]) func(context.Context, *Snapshot) Result {
		return func(ctx context.Context, s *Snapshot) Result {
			if _, err := input.Of(ctx, s); err != nil {
				return Result{Found(err)}
			}
			return nil
		}
	}
	r := run1(t, Check{Code: "EI101", Inputs: []Source{a}, Run: ask(a)}, Check{Code: "EI102", Needs: []cause.Code{"EI101"}, Inputs: []Source{b}, Run: ask(b)},
		Check{Code: "EI201", Needs: []cause.Code{"EI102"}, Inputs: []Source{c}, Run: ask(c)})
	if r.Count(Pass) != 3 {
		t.Errorf("report %+v", r)
	}
}

func TestALateInputIsNotReadUnlessItIsAskedFor(t *testing.T) {
	late := NewInput("late", func(context.Context, *Snapshot) (int, error) { t.Error("it was read"); return 0, nil }).Late()
	run1(t, Check{Code: "EI101", Inputs: []Source{late}, Run: func(context.Context, *Snapshot) Result { return nil }})
}

func TestOnlyWhatTheChosenChecksDeclareIsRead(t *testing.T) {
	secret := NewInput("secret", func(context.Context, *Snapshot) (int, error) { t.Error("it was read"); return 0, nil })
	r := run1(t, Check{Code: "EI101", Run: func(ctx context.Context, s *Snapshot) Result {
		_, err := secret.Of(ctx, s)
		return Result{Found(err)}
	}})
	if f := r.Outcomes[0].Findings[0]; f.Status != Unknown || !strings.Contains(f.Detail, "does not declare") {
		t.Errorf("finding %+v", f)
	}
}

func TestWhatPanicsIsUnknownAndHurtsNobodyElse(t *testing.T) {
	broken := NewInput("broken", func(context.Context, *Snapshot) (int, error) { panic("no such thing") })
	r := run1(t,
		Check{Code: "EI101", Run: func(context.Context, *Snapshot) Result { panic("index out of range") }},
		Check{Code: "EI102", Inputs: []Source{broken}, Run: func(ctx context.Context, s *Snapshot) Result {
			_, err := broken.Of(ctx, s)
			return Result{Found(err)}
		}},
		check("EI201", Holds("")))
	for i, text := range []string{"index out of range", "no such thing"} {
		if f := r.Outcomes[i].Findings[0]; f.Status != Unknown || !strings.Contains(f.Detail, text) {
			t.Errorf("finding %+v", f)
		}
	}
	if r.Count(Pass) != 1 || r.Verdict(FailOnFail) != Undecided {
		t.Errorf("report %+v", r)
	}
}

func TestACheckThatOverrunsItsBudgetIsUnknownAndSaysWhatItWaitedFor(t *testing.T) {
	hanging := NewInput("pods", func(ctx context.Context, _ *Snapshot) (int, error) {
		<-ctx.Done()
		return 0, ctx.Err()
	})
	ask := func(ctx context.Context, s *Snapshot) Result {
		_, err := hanging.Of(ctx, s)
		_ = err
		<-t.Context().Done() // a check that forgets its context
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := Examine(ctx, []Check{{Code: "EI101", Inputs: []Source{hanging}, Budget: 10 * time.Millisecond, Run: ask}, check("EI102", Holds(""))}, NewSnapshot(ctx, Cluster{}))
	if f := r.Outcomes[0].Findings[0]; f.Status != Unknown || !strings.Contains(f.Detail, "not done within 10ms") || !strings.Contains(f.Detail, "pods") {
		t.Errorf("finding %+v", f)
	}
	if r.Outcomes[1].Findings[0].Status != Pass {
		t.Errorf("the other check suffers: %+v", r.Outcomes[1])
	}
}

func TestTheWholeRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	forever := func(ctx context.Context, _ *Snapshot) Result { <-t.Context().Done(); return nil }
	r := Examine(ctx, []Check{{Code: "EI101", Run: forever}, check("EI102", Holds(""), "EI101")}, NewSnapshot(ctx, Cluster{}))
	if f := r.Outcomes[0].Findings[0]; f.Status != Unknown || !strings.Contains(f.Detail, "--timeout") {
		t.Errorf("finding %+v", f)
	}
	if r.Outcomes[1].BlockedBy != "EI101" {
		t.Errorf("outcome %+v", r.Outcomes[1])
	}
}

func TestWithoutAClusterNothingIsRead(t *testing.T) {
	pods := NewInput("pods", func(context.Context, *Snapshot) (int, error) { t.Error("it was read"); return 0, nil })
	none := errors.New("there is no kubeconfig")
	s := NewSnapshot(t.Context(), Cluster{Err: none})
	r := Examine(t.Context(), []Check{{Code: "EI102", Inputs: []Source{pods}, Run: func(ctx context.Context, s *Snapshot) Result {
		_, err := pods.Of(ctx, s)
		if !errors.Is(err, none) {
			t.Errorf("error = %v", err)
		}
		return Result{Found(err)}
	}}}, s)
	if r.Count(Unknown) != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestAFailedNeedSkipsWhatBuildsOnItAndNamesTheFirstInTheWay(t *testing.T) {
	r := run1(t, check("EI101", Holds("")), check("EI102", bad("EI102"), "EI101"), check("EI201", Holds(""), "EI102"), check("EI202", Holds(""), "EI201"),
		check("EI301", Holds(""), "EI101"))
	for i, want := range []struct {
		status  Status
		blocker cause.Code
	}{{Pass, ""}, {Fail, ""}, {Skip, "EI102"}, {Skip, "EI102"}, {Pass, ""}} {
		if o := r.Outcomes[i]; o.Findings[0].Status != want.status || o.BlockedBy != want.blocker {
			t.Errorf("%s is %s, blocked by %q", o.Code, o.Findings[0].Status, o.BlockedBy)
		}
	}
}

func TestAWarningDoesNotBlock(t *testing.T) {
	r := run1(t, check("EI450", bad("EI450")), check("EI701", Holds(""), "EI450"))
	if r.Outcomes[0].Findings[0].Status != Warn || r.Outcomes[1].Findings[0].Status != Pass {
		t.Errorf("report %+v", r)
	}
}

func TestWhatAnErrorLeavesUnknown(t *testing.T) {
	refused := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "creds",
		errors.New(`User "u" cannot get resource "secrets" in API group "" in the namespace "external-secrets"`))
	for text, err := range map[string]error{
		"not allowed to get secrets in namespace external-secrets": refused,
		"not allowed to look: ":                      apierrors.NewUnauthorized("who are you"),
		"time is up: reading pods: context deadline": fmt.Errorf("reading pods: %w", context.DeadlineExceeded),
		"connection refused":                         errors.New("connection refused"),
	} {
		if f := Found(fmt.Errorf("wrapped: %w", err)); f.Status != Unknown || !strings.Contains(f.Detail, strings.TrimPrefix(text, "time is up: ")) {
			t.Errorf("%v: %+v", err, f)
		}
	}
	named := &cause.Error{Tried: "t", Cause: cause.StoreMissing, Err: errors.New("detail")}
	if f := Found(named); f.Status != Fail || f.Code() != "EI701" || f.Detail != "detail" {
		t.Errorf("finding %+v", f)
	}
}

func TestChoice(t *testing.T) {
	all := []Check{check("EI101", Holds("")), check("EI102", Holds(""), "EI101"), check("EI201", bad("EI201"), "EI102"), check("EI301", Holds(""), "EI102"), check("EI302", Holds(""), "EI301")}
	tests := []struct {
		name     string
		choice   Choice
		run, out []cause.Code
	}{
		{"all", Choice{}, []cause.Code{"EI101", "EI102", "EI201", "EI301", "EI302"}, []cause.Code{"EI101", "EI102", "EI201", "EI301", "EI302"}},
		{"one and what it needs", Choice{Only: []catalogue.Selector{"EI302"}}, []cause.Code{"EI101", "EI102", "EI301", "EI302"}, []cause.Code{"EI302"}},
		{"a layer", Choice{Only: []catalogue.Selector{"EI3XX"}}, []cause.Code{"EI101", "EI102", "EI301", "EI302"}, []cause.Code{"EI301", "EI302"}},
		{"without one", Choice{Skip: []catalogue.Selector{"EI201"}}, []cause.Code{"EI101", "EI102", "EI301", "EI302"}, []cause.Code{"EI101", "EI102", "EI301", "EI302"}},
		{"without one that another needs", Choice{Skip: []catalogue.Selector{"EI301"}}, []cause.Code{"EI101", "EI102", "EI201", "EI301", "EI302"}, []cause.Code{"EI101", "EI102", "EI201", "EI302"}},
		{"both", Choice{Only: []catalogue.Selector{"EI3XX"}, Skip: []catalogue.Selector{"EI302"}}, []cause.Code{"EI101", "EI102", "EI301"}, []cause.Code{"EI301"}},
	}
	for _, tt := range tests {
		chosen := tt.choice.Of(all)
		var ran, reported []cause.Code
		for _, c := range chosen {
			ran = append(ran, c.Code)
		}
		for _, o := range tt.choice.Narrow(run1(t, chosen...)).Outcomes {
			reported = append(reported, o.Code)
		}
		if !slices.Equal(ran, tt.run) || !slices.Equal(reported, tt.out) {
			t.Errorf("%s: runs %v, reports %v", tt.name, ran, reported)
		}
	}
	// What stands in the way is reported, though it was not chosen.
	r := Choice{Only: []catalogue.Selector{"EI202"}}.Narrow(run1(t, check("EI201", bad("EI201")), check("EI202", Holds(""), "EI201")))
	if len(r.Outcomes) != 2 || r.Outcomes[1].BlockedBy != "EI201" {
		t.Errorf("report %+v", r)
	}
}
