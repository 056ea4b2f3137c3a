package status

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// Cluster is what is looked at.
type Cluster struct {
	Client rest.Interface
	// Namespace is where ESO is, as the Helm release Release.
	Namespace, Release string
}

// Scope narrows the look.
type Scope struct {
	// Namespaces are those whose SecretStores and ExternalSecrets are looked at; none means all.
	Namespaces []string
	// Store picks the stores of a name, or one of a kind as in clustersecretstore/NAME; empty means all.
	Store string
	// Names asks for the name of every ExternalSecret that fails.
	Names bool
}

// Look reads the cluster once. The error says that it did not answer at all; of what else could not be read the report tells.
func Look(ctx context.Context, c Cluster, s Scope) (Report, error) {
	return lookAt(ctx, c, s, time.Now())
}

func lookAt(ctx context.Context, c Cluster, s Scope, now time.Time) (Report, error) {
	l := &look{Cluster: c, scope: s, now: now}
	l.report = Report{At: l.now.UTC().Truncate(time.Second), Namespaces: s.Namespaces, Operator: Operator{Namespace: c.Namespace}}
	var all sync.WaitGroup
	all.Go(func() { l.operator(ctx) })
	stores := l.listStores(ctx)
	all.Go(func() { l.judgeStores(ctx, stores) })
	census := l.takeCensus(ctx, stores)
	all.Wait()
	if l.silence != nil && !l.answered {
		return Report{}, fmt.Errorf("look at the cluster: %w", l.silence)
	}
	l.conclude(stores, census)
	return l.report, nil
}

// look is one reading of the cluster. Its parts run side by side; each writes to its own part of the report.
type look struct {
	Cluster
	scope  Scope
	now    time.Time
	report Report

	mu       sync.Mutex
	answered bool
	// silence is a failure to get any answer of the API server.
	silence error
	noKinds bool
}

// asked takes note of how a request ended and reports whether it succeeded. what names what was to be looked at.
func (l *look) asked(what string, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var answer apierrors.APIStatus
	switch {
	case err == nil:
		l.answered = true
		return true
	case errors.As(err, &answer):
		l.answered = true
	default:
		l.silence = err
	}
	l.report.Unknown = append(l.report.Unknown, Gap{What: what, Why: why(err)})
	return false
}

// listed is asked for a list of one of ESO's kinds. Where the kind itself is missing, there are none.
func (l *look) listed(what string, err error) bool {
	if !apierrors.IsNotFound(err) {
		return l.asked(what, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answered, l.noKinds = true, true
	return true
}

func why(err error) string {
	switch {
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return "not allowed: " + err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "time is up: " + err.Error()
	}
	return err.Error()
}

// namespaces are those to ask for, "" standing for all of them.
func (l *look) namespaces() []string {
	if len(l.scope.Namespaces) == 0 {
		return []string{""}
	}
	return l.scope.Namespaces
}

func in(namespace string) string {
	if namespace == "" {
		return " in all namespaces"
	}
	return " in namespace " + namespace
}

// wanted reports whether the scope covers the store.
func (s Scope) wanted(id eso.StoreKey) bool {
	kind, name, found := strings.Cut(s.Store, "/")
	if !found {
		return s.Store == "" || s.Store == id.Name
	}
	return name == id.Name && strings.EqualFold(kind, id.Kind())
}

// noStore is the problem that there is nothing of what was asked for.
func (s Scope) noStore() Problem {
	p := problem(cause.StoreMissing, "")
	if s.Store != "" {
		p.Summary = "there is no store " + s.Store + " for Infisical"
		p.Fix = "look which there are: kubectl eso-infisical status"
	}
	return p
}

// conclude puts the parts together.
func (l *look) conclude(stores *stores, c *census) {
	r := &l.report
	if l.noKinds {
		r.Operator.Problems = append(r.Operator.Problems, problem(cause.NoResources, ""))
	}
	c.settle(stores)
	if l.scope.Store == "" && stores.complete() && c.complete {
		r.Others = &Others{Stores: len(stores.others), ExternalSecrets: c.others}
	}
	if r.Operator.idle() {
		stores.distrust()
	}
	if c.complete || c.total.Total > 0 {
		r.ExternalSecrets = &c.total
	}
	r.Stores = stores.sorted()
	if l.scope.Names {
		r.Failures = c.failures
	}
	if len(r.Stores) == 0 && stores.complete() && !l.noKinds {
		r.Problems = append(r.Problems, l.scope.noStore())
	}
	slices.SortFunc(r.Unknown, func(a, b Gap) int { return strings.Compare(a.What, b.What) })
	r.judge()
}

func problem(c cause.Cause, detail string) Problem {
	return Problem{Code: c.Code, Summary: c.Summary, Fix: c.Fix, Detail: detail}
}
