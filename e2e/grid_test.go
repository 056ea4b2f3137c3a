//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// gridTable is where the table of faults is kept.
const gridTable = "../docs/faults.md"

var updateGrid = flag.Bool("update-grid", false, "write "+gridTable+" anew")

// Times for what the doctor is to see after a fault was made, and after it was mended: ESO tries again at growing intervals, and a pod of its
// may have to start anew.
const (
	gridNamed  = 150 * time.Second
	gridMended = 2 * time.Minute
	gridPause  = 500 * time.Millisecond
)

// brokenThing is a fault as "eso-sandbox fault --list -o json" has it.
type brokenThing struct {
	Name, Summary string
	Server        bool
	Expect        struct {
		Code, Object, Era    string
		Warning, Live, Fixed bool
	}
}

// diagnosis is what the grid reads of a report.
type diagnosis struct {
	Summary    struct{ Failed, Unknown int }
	RootCauses []string
	Checks     []struct {
		Code, Status, Object, Detail string
		Objects                      []string
		Cause                        struct{ Code, Summary string }
		Fix                          struct{ Text, Command string }
	}
	Repairs []struct{ Code, Outcome string }
}

// TestGrid breaks the sandbox in every way it knows. The doctor must name each as the only root cause, with the object that it is about, and be
// content before and afterwards. What breaks at Infisical is tried with servers of both ages.
func TestGrid(t *testing.T) {
	t.Parallel()
	all := faultsOfSandbox(t)
	g := &grid{}
	shares := []struct {
		name, era string
		of        func(brokenThing) bool
	}{
		{"cluster", "2026", func(f brokenThing) bool { return !f.Server && !ofStores(f) }},
		{"stores", "2026", func(f brokenThing) bool { return !f.Server && ofStores(f) }},
		{"server of 2026", "2026", func(f brokenThing) bool { return f.Server }},
		{"server of 2024", "2024", func(f brokenThing) bool { return f.Server || everyFaultInEachAge }},
	}
	t.Run("faults", func(t *testing.T) {
		for i, share := range shares {
			t.Run(share.name, func(t *testing.T) {
				t.Parallel()
				s := gridSandbox(t, fmt.Sprintf("grid%d", i), share.era)
				for n, f := range all {
					if g.takes(n) && share.of(f) && (f.Expect.Era == "" || f.Expect.Era == share.era) {
						t.Run(f.Name, func(t *testing.T) {
							began := time.Now()
							named := g.try(t, s, f)
							g.add(f, share.era, named, time.Since(began))
						})
					}
				}
			})
		}
	})
	g.print(t)
}

// TestFaultsAreDocumented holds the table in the documentation to the faults that there are.
func TestFaultsAreDocumented(t *testing.T) { checkGridTable(t, faultsOfSandbox(t)) }

// ofStores reports whether the fault is one of a layer behind ESO itself.
func ofStores(f brokenThing) bool { return f.Expect.Code >= "EI3" && f.Expect.Code < "EI8" }

func faultsOfSandbox(t *testing.T) []brokenThing {
	t.Helper()
	s := &sandbox{name: "none"}
	var all []brokenThing
	if err := json.Unmarshal([]byte(s.control(t, "fault", "--list", "-o", "json")), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// gridSandbox is one that is set up, with a store for chosen namespaces, so that no warning is one of the sandbox's.
func gridSandbox(t *testing.T, name, era string) *sandbox {
	t.Helper()
	s := start(t, name, "--era", era)
	s.mustRun(t, s.up()...)
	s.mustRun(t, "apply-store", "--allow-namespace", "default", "--allow-namespace", "sandbox-faults", "--allow-namespace", "eso-test")
	_, d := s.diagnose(t)
	if d.Summary.Failed != 0 || d.Summary.Unknown != 0 || len(d.RootCauses) != 0 || len(d.unexpected()) != 0 {
		t.Fatalf("the sandbox is not healthy: %v, warnings %v", d.RootCauses, d.warnings())
	}
	return s
}

// accepted are warnings that are true: the sandbox's ESO has a known advisory, and is out of support, and its store names a namespace that only
// faults bring.
// EI751 comes of what ESO's client does with a store that is looked at this often: it drops the events by which one could tell.
var accepted = []string{"EI231", "EI261", "EI716", "EI751"}

// unexpected are the warnings beside those.
func (d diagnosis) unexpected() []string {
	return slices.DeleteFunc(d.warnings(), func(code string) bool { return slices.Contains(accepted, code) })
}

func (d diagnosis) warnings() []string {
	var codes []string
	for _, c := range d.Checks {
		if c.Status == "warn" {
			codes = append(codes, c.Cause.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// diagnose runs the doctor.
func (s *sandbox) diagnose(t *testing.T, more ...string) (int, diagnosis) {
	t.Helper()
	r := s.run(t, append([]string{"doctor", "-o", "json"}, more...)...)
	var d diagnosis
	if err := json.Unmarshal([]byte(r.out), &d); err != nil {
		t.Fatalf("read the report: %v\n%v", err, r)
	}
	return r.code, d
}

// until runs the doctor until the report is as wanted, or the time is up; it returns the last report.
func (s *sandbox) until(t *testing.T, limit time.Duration, wanted func(int, diagnosis) bool, more ...string) (int, diagnosis, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for {
		code, d := s.diagnose(t, more...)
		if wanted(code, d) {
			return code, d, true
		}
		select {
		case <-ctx.Done():
			return code, d, false
		case <-time.After(gridPause):
		}
	}
}

// names reports whether the report names the fault, and nothing else as a root cause.
func (f brokenThing) names(code int, d diagnosis) bool {
	if f.Expect.Warning {
		return code == 0 && len(d.RootCauses) == 0 && slices.Contains(d.warnings(), f.Expect.Code)
	}
	return code == 1 && slices.Equal(d.RootCauses, []string{f.Expect.Code})
}

// pointed reports whether a finding of the code is about the object, or its fix names it.
func (f brokenThing) pointed(d diagnosis) bool {
	for _, c := range d.Checks {
		if c.Cause.Code != f.Expect.Code || c.Status != "fail" && c.Status != "warn" {
			continue
		}
		text := strings.Join(append(c.Objects, c.Object, c.Cause.Summary, c.Fix.Text, c.Fix.Command), "\n")
		if strings.Contains(text, f.Expect.Object) {
			return true
		}
	}
	return false
}

func healthyAgain(code int, d diagnosis) bool {
	return code == 0 && d.Summary.Failed == 0 && d.Summary.Unknown == 0 && len(d.unexpected()) == 0
}

// grid collects how the faults went.
type grid struct {
	mu    sync.Mutex
	lines []string
	named int
}

// takes reports whether the fault of that number is tried: all of them by make grid and in the long variant, else a sample.
func (*grid) takes(n int) bool { return *updateGrid || n%gridStep == 0 }

func (g *grid) add(f brokenThing, era string, named bool, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	outcome := "NOT NAMED"
	if named {
		g.named++
		outcome = "named"
	}
	fmt.Printf("%s %s (%s) after %s\n", outcome, f.Name, era, took.Round(time.Second))
	g.lines = append(g.lines, fmt.Sprintf("%-9s  %-28s  %s  %s  %s", outcome, f.Name, era, f.Expect.Code, f.Summary))
}

func (g *grid) print(t *testing.T) {
	t.Helper()
	slices.Sort(g.lines)
	fmt.Println(strings.Join(g.lines, "\n"))
	fmt.Printf("%d of %d faults named\n", g.named, len(g.lines))
}

// try makes one fault, and mends it.
func (g *grid) try(t *testing.T, s *sandbox, f brokenThing) bool {
	defer func() {
		s.control(t, "heal")
		healed := time.Now()
		// Conditions and events have whole seconds: what ESO says of the next fault within the same one could not be told from what it said of this.
		apart := func(code int, d diagnosis) bool { return healthyAgain(code, d) && time.Since(healed) > 2*time.Second }
		if code, d, well := s.until(t, gridMended, apart); !well {
			t.Errorf("after it was mended: exit code %d, root causes %v, warnings %v", code, d.RootCauses, d.warnings())
		}
	}()
	s.control(t, "fault", f.Name)
	var options []string
	if f.Expect.Live {
		options = append(options, "--live")
	}
	code, d, named := s.until(t, gridNamed, f.names, options...)
	if !named {
		t.Errorf("exit code %d, root causes %v, warnings %v; want %s", code, d.RootCauses, d.warnings(), f.Expect.Code)
		return false
	}
	if !f.pointed(d) {
		t.Errorf("no finding of %s names %q: %+v", f.Expect.Code, f.Expect.Object, d.Checks)
		return false
	}
	return !f.Expect.Fixed || g.mended(t, s, f)
}

// mended lets the doctor mend the fault.
func (g *grid) mended(t *testing.T, s *sandbox, f brokenThing) bool {
	code, d := s.diagnose(t, "--fix="+f.Expect.Code, "--yes")
	if healthyAgain(code, d) {
		return true
	}
	// ESO may need a moment for the verdict after the one that it was at.
	if code, d, well := s.until(t, gridMended, healthyAgain); !well {
		t.Errorf("after doctor --fix: exit code %d, root causes %v, warnings %v", code, d.RootCauses, d.warnings())
		return false
	}
	if !slices.ContainsFunc(d.Repairs, func(r struct{ Code, Outcome string }) bool { return r.Outcome == "applied" }) {
		t.Errorf("no repair was applied: %+v", d.Repairs)
		return false
	}
	return true
}

func checkGridTable(t *testing.T, all []brokenThing) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What the doctor names\n\n`make grid` breaks a sandbox in each of these ways. The doctor must name the code as the only root cause (or, where it says so, as a\n" +
		"warning) and the object, be content before and after, and mend what it can with `--fix`. Faults of Infisical's are tried with servers of 2024\nand of 2026.\n\n" +
		"| fault | what is broken | code | mended by `--fix` |\n|---|---|---|---|\n")
	for _, f := range all {
		code := fmt.Sprintf("[%s](codes/%s.md)", f.Expect.Code, f.Expect.Code)
		if f.Expect.Warning {
			code += " (warning)"
		}
		fixed := ""
		if f.Expect.Fixed {
			fixed = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Name, f.Summary, code, fixed)
		if _, err := os.Stat("../docs/codes/" + f.Expect.Code + ".md"); err != nil {
			t.Errorf("%s expects a code that is not documented: %v", f.Name, err)
		}
	}
	if *updateGrid {
		if err := os.WriteFile(gridTable, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if held, err := os.ReadFile(gridTable); err != nil || string(held) != b.String() {
		t.Errorf("%s is not up to date (%v); run make grid", gridTable, err)
	}
}
