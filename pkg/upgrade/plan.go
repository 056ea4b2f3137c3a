package upgrade

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/crds"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/helm"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/preflight"
)

// Plan says what an upgrade is going to do.
type Plan struct {
	Release   string `json:"release"`
	Namespace string `json:"namespace"`
	// From and To are versions of the chart.
	From string `json:"from"`
	To   string `json:"to"`
	// WayBack is the revision that works now, and that is gone back to when the new one does not; 0 means that there is none.
	WayBack int `json:"wayBack"`
	// Unchanged means that there is nothing to do.
	Unchanged     bool         `json:"unchanged"`
	Downgrade     bool         `json:"downgrade"`
	Resumes       string       `json:"resumes,omitempty"`
	ValuesKept    []Value      `json:"valuesKept"`
	ValuesChanged []Value      `json:"valuesChanged"`
	Definitions   []Definition `json:"customResourceDefinitions"`
	// Dependents are other Helm releases that would fail at their next upgrade.
	Dependents []Dependent `json:"dependents"`
	// Backup is the file that ESO's objects are written to first; empty for none.
	Backup string `json:"backup,omitempty"`
	// Stores are ready now and must be ready afterwards.
	Stores   []Store  `json:"stores"`
	Warnings []string `json:"warnings"`
	// Blockers are what stands against it, Unknown what could do so and may not be looked at; with one of either, nothing is done.
	Blockers []Blocker `json:"blockers"`
	Unknown  []Blocker `json:"unknown"`
	// MissingRights are filled by Require.
	MissingRights []string `json:"missingRights,omitempty"`

	request   Request
	loaded    *helm.Chart
	operation helm.Operation
	// last is the release's last revision, base the one whose values are kept.
	last, base helm.Release
	// found is the journal that was there, earlier the same if it still tells the truth: that of a run that was killed.
	found, earlier *journal
	// cluster and chart are the definitions that there are and those that the chart brings, changes what comes of it.
	cluster, chart []crds.Definition
	changes        []crds.Change
	// before are the objects of the last revision, objects these and those of the new one.
	before, objects []*unstructured.Unstructured
	// subject is what the look before an install takes.
	subject preflight.Subject
}

// Blocker is a reason not to upgrade.
type Blocker struct {
	Code    cause.Code `json:"code"`
	Problem string     `json:"problem"`
	Fix     string     `json:"fix"`
}

// UnknownError says what may not be looked at, so that nobody knows whether it stands against the upgrade. Nothing has been changed.
type UnknownError struct {
	Doing   string
	Unknown []Blocker
}

func (e *UnknownError) Error() string {
	lines := make([]string, len(e.Unknown))
	for i, b := range e.Unknown {
		lines[i] = fmt.Sprintf("\n  %s (%s)", b.Problem, b.Code)
	}
	return fmt.Sprintf("%s: what stands in the way could not be found out:%s\n%s", e.Doing, strings.Join(lines, ""), e.Unknown[0].Fix)
}

// Err is the first blocker as an error, or else an *UnknownError, or nil.
func (p *Plan) Err() error {
	switch {
	case len(p.Blockers) == 0 && len(p.Unknown) == 0:
		return nil
	case len(p.Blockers) == 0:
		return &UnknownError{Doing: p.tried(), Unknown: p.Unknown}
	}
	b := p.Blockers[0]
	return &cause.Error{Tried: p.tried(), Cause: cause.Cause{Code: b.Code, Summary: b.Problem, Fix: b.Fix}}
}

func (p *Plan) tried() string {
	return fmt.Sprintf("upgrade Helm release %s from %s to %s", p.Release, p.From, p.To)
}

func (p *Plan) block(code cause.Code, problem, fix string) {
	p.Blockers = append(p.Blockers, Blocker{Code: code, Problem: problem, Fix: fix})
}

func (p *Plan) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// keepDefinitions are the values by which the chart marks its custom resource definitions to be kept.
var keepDefinitions = map[string]any{"crds": eso.ChartValues()["crds"]}

// Plan looks at everything and changes nothing.
func (u *Upgrader) Plan(ctx context.Context, request Request) (*Plan, error) {
	u.Progress("reading the release")
	history, err := u.Releases.History(request.Release)
	if err != nil {
		return nil, err
	}
	if len(history) == 0 || history[len(history)-1].Status == helm.Absent {
		return nil, &cause.Error{Tried: "upgrade Helm release " + request.Release, Cause: cause.Cause{Code: "EI280",
			Summary: "there is no such release in namespace " + request.Namespace, Fix: "install it: kubectl eso-infisical install, or name it with --release and -n"}}
	}
	p := &Plan{Release: request.Release, Namespace: request.Namespace, Backup: request.BackupFile, request: request,
		Definitions: []Definition{}, Dependents: []Dependent{}, Stores: []Store{}, Warnings: []string{}, Blockers: []Blocker{}, Unknown: []Blocker{}}
	if p.found, _, err = u.readJournal(ctx, request.Namespace); err != nil {
		return nil, err
	}
	p.earlier = p.found
	p.place(history)
	u.Progress("fetching the chart")
	if p.loaded, err = request.Load(ctx); err != nil {
		return nil, err
	}
	p.To = p.loaded.Version()
	p.compareVersions()
	if err := u.planObjects(ctx, p); err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context, *Plan) error{u.planSurroundings, u.planDefinitions, u.planDependents, u.planStores, u.planWayBack} {
		if err := look(ctx, p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Plan) compareVersions() {
	from, errFrom := semver.NewVersion(p.From)
	to, errTo := semver.NewVersion(p.To)
	p.Downgrade = errFrom == nil && errTo == nil && to.LessThan(from)
	if p.Downgrade && !p.request.AllowDowngrade {
		p.block("EI281", fmt.Sprintf("%s is older than %s, which is installed", p.To, p.From),
			"give a newer --version, or --allow-downgrade if going back is what you want")
	}
}

// planObjects finds the values, and with them the objects that the chart makes.
func (u *Upgrader) planObjects(ctx context.Context, p *Plan) error {
	held := p.base.Values
	all := helm.Overlay(helm.Overlay(held, keepDefinitions), p.request.Values)
	p.operation = helm.Operation{Name: p.Release, Chart: p.loaded, Values: all}
	p.ValuesKept, p.ValuesChanged = values(held, all)
	p.missedValues()
	u.Progress("rendering the chart")
	before, err := u.Releases.Manifest(p.Release, p.last.Revision)
	if err != nil {
		return err
	}
	after, err := u.Releases.Preview(ctx, p.operation)
	if err != nil {
		return err
	}
	p.before, p.objects = before, slices.Concat(before, after)
	p.Unchanged = p.last.Status == helm.Deployed && p.earlier == nil && p.last.ChartVersion == p.To &&
		len(p.ValuesChanged) == 0 && sameObjects(before, after)
	if p.chart, err = crds.Among(after); err != nil {
		return err
	}
	p.subject = preflight.Subject{Release: p.Release, Namespace: p.Namespace, AppVersion: p.loaded.AppVersion(), Objects: after,
		Existing: p.last, Resumable: true, Upgrading: true, Watched: true}
	return p.checkDefinitions(all)
}

// checkDefinitions looks at what becomes of the definitions where the chart has none.
func (p *Plan) checkDefinitions(all map[string]any) error {
	if len(p.chart) > 0 {
		return nil
	}
	effective, err := p.loaded.Effective(all)
	if err != nil {
		return err
	}
	if effective["installCRDs"] == true {
		p.block("EI209", "the chart has no templates of the custom resource definitions, as a checkout of the sources has none", "use a released chart")
		return nil
	}
	p.warn("the chart's values leave the custom resource definitions to somebody else (installCRDs: false): bring those to the new version first")
	return nil
}

// sameObjects compares what is independent of order.
func sameObjects(a, b []*unstructured.Unstructured) bool {
	index := func(objects []*unstructured.Unstructured) map[string]map[string]any {
		byKey := map[string]map[string]any{}
		for _, o := range objects {
			byKey[o.GetAPIVersion()+"/"+o.GetKind()+"/"+o.GetNamespace()+"/"+o.GetName()] = o.Object
		}
		return byKey
	}
	return reflect.DeepEqual(index(a), index(b))
}

// planSurroundings takes what a look before an install finds: objects that others keep or that are about to go, other installations, and what
// is known of the version. What it finds of rights is left to Require.
func (u *Upgrader) planSurroundings(ctx context.Context, p *Plan) error {
	u.Progress("looking at what stands in the way")
	on, err := u.Releases.Capabilities(ctx)
	if err != nil {
		return err
	}
	p.subject.Kubernetes = on.Kubernetes
	report, err := preflight.Examine(ctx, u.surroundings(), p.subject)
	if err != nil {
		return err
	}
	for _, f := range report.Findings {
		problem := strings.TrimPrefix(f.Object+": "+f.Summary, ": ")
		switch {
		case f.OfRights():
		case f.Severity == preflight.Blocker:
			p.block(f.Code, problem, f.Fix)
		case f.Severity == preflight.Unknown:
			p.Unknown = append(p.Unknown, Blocker{Code: f.Code, Problem: problem, Fix: f.Fix})
		default:
			p.warn("%s", f)
		}
	}
	return nil
}

func (u *Upgrader) surroundings() preflight.Cluster {
	return preflight.Cluster{Typed: u.Typed, Metadata: u.Metadata}
}
