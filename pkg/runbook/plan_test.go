package runbook

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/kube"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/setup"
)

// planned makes a plan for stores of the names.
func planned(names ...string) (*Plan, []*Store) {
	b := &Book{Board: &diary{}}
	for _, name := range names {
		desired := setup.Defaults()
		desired.Store, desired.Key = name, "KEY"
		b.Stores = append(b.Stores, &Store{Runner: &setup.Runner{Desired: desired}})
	}
	return &Plan{book: b}, b.Stores
}

// put adds an item for a store that needs it.
func (p *Plan) put(s *Store, step string, action Action, object string) {
	p.add(s, Item{Step: step, Action: action, Object: object})
	s.needs = append(s.needs, need{step, object})
}

func names(steps []*step) []string {
	var all []string
	for _, s := range steps {
		all = append(all, s.title())
	}
	return all
}

func TestWhatEachStepWaitsFor(t *testing.T) {
	p, stores := planned("a", "b")
	p.install = &setup.PreparedInstall{Installation: setup.Installation{Outcome: kube.Created}}
	p.add(nil, Item{Step: Install, Action: Create, Object: "release/eso"})
	for _, step := range []struct {
		name, object string
		action       Action
	}{{Bootstrap, "secret/shared", Create}, {ApplyCA, "configmap/shared", Create}, {ApplyStore, "", Create}, {Test, "", Prove}, {Cleanup, "namespace/eso-test", Remove}} {
		for _, s := range stores {
			p.put(s, step.name, step.action, cmp.Or(step.object, s.object()))
		}
	}
	got := map[string][]string{}
	for _, s := range p.steps() {
		got[s.title()] = append(names(s.after), names(s.behind)...)
	}
	want := map[string][]string{
		"install": nil, "ready": {"install"}, "bootstrap": nil, "apply-ca": nil,
		"apply-store a": {"ready", "bootstrap", "apply-ca"}, "apply-store b": {"ready", "bootstrap", "apply-ca", "apply-store a"},
		"test a": {"ready", "bootstrap", "apply-ca", "apply-store a"}, "test b": {"ready", "bootstrap", "apply-ca", "apply-store b", "test a"},
		"cleanup": {"ready", "test a", "test b"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsRightHasNoStep(t *testing.T) {
	p, stores := planned("a")
	p.put(stores[0], Bootstrap, Right, "secret/s")
	p.put(stores[0], ApplyStore, CheckAgain, stores[0].object())
	if got := names(p.steps()); !slices.Equal(got, []string{"apply-store"}) || !p.Alters() {
		t.Errorf("steps %v", got)
	}
	p, stores = planned("a")
	p.put(stores[0], Bootstrap, Right, "secret/s")
	if got := p.steps(); got != nil || p.Alters() {
		t.Errorf("steps %v", names(got))
	}
}

// That ESO runs is seen in any case.
func TestARightInstallIsSeenToRun(t *testing.T) {
	p, _ := planned("a")
	p.install = &setup.PreparedInstall{Installation: setup.Installation{Outcome: kube.Unchanged, Release: helm.Release{Status: helm.Deployed}}}
	if got := names(p.steps()); !slices.Equal(got, []string{ready}) {
		t.Errorf("steps %v", got)
	}
	p.book.operator().Desired.Wait = false
	if got := names(p.steps()); got != nil {
		t.Errorf("without a wait: %v", got)
	}
}

func TestASharedObjectIsInThePlanOnce(t *testing.T) {
	p, stores := planned("a", "b", "c")
	p.put(stores[0], Bootstrap, Right, "secret/shared")
	p.put(stores[1], Bootstrap, Change, "secret/shared")
	p.put(stores[2], Bootstrap, Create, "secret/own")
	if items := p.Items(); len(items) != 2 || items[0].Action != Change || p.parts[0].of != stores[1] {
		t.Errorf("items %+v", items)
	}
	for i, want := range []bool{true, true, true} {
		if got := p.moved(stores[i], Bootstrap); got != want {
			t.Errorf("store %d moved: %t", i, got)
		}
	}
	if p.moved(stores[0], ApplyCA) {
		t.Error("a step that is not in the plan has moved")
	}
}

// What is done for one store is no reason to prove another again.
func TestAnotherStoresChangeMovesNothing(t *testing.T) {
	p, stores := planned("a", "b")
	p.put(stores[0], Bootstrap, Right, "secret/a")
	p.put(stores[1], Bootstrap, Create, "secret/b")
	if p.moved(stores[0], Bootstrap) || !p.moved(stores[1], Bootstrap) {
		t.Error("the stores are taken for each other")
	}
}

func TestWithoutAKeyThereIsNoProof(t *testing.T) {
	p, stores := planned("a")
	stores[0].Runner.Desired.Key = ""
	var input *setup.InputError
	if _, err := p.book.Plan(t.Context()); !errors.As(err, &input) || !strings.Contains(err.Error(), "--key NAME") {
		t.Errorf("error = %v", err)
	}
	p.book.Choice.Only = []string{Install}
	if err := p.book.demand(); err != nil {
		t.Errorf("without a test: %v", err)
	}
}

func TestAnotherRunIsNamed(t *testing.T) {
	err := atWork(&kube.ClaimedError{Holder: kube.Holder{Host: "node", Process: 7}, Since: time.Now()})
	if !strings.Contains(err.Error(), "EI290") || !strings.Contains(err.Error(), "process 7 on node") {
		t.Errorf("error = %v", err)
	}
	if other := errors.New("other"); !errors.Is(atWork(other), other) || atWork(nil) != nil {
		t.Error("another error is changed")
	}
}

func TestFailures(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	if Failed() != nil || Failed(Failure{}) != nil || !errors.Is(Failed(Failure{Err: one}), one) {
		t.Error("no failure, or a single one, is made more of")
	}
	var several *FailedError
	err := Failed(Failure{Of: "store a", Err: one}, Failure{}, Failure{Of: "store b", Err: two})
	if !errors.As(err, &several) || len(several.Failures) != 2 || err.Error() != "store a: one; store b: two" || !errors.Is(err, two) {
		t.Errorf("error = %v", err)
	}
}
