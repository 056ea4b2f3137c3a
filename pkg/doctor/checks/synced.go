package checks

import (
	"context"
	"fmt"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

func wishesAreJudged(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	ignored := where(all, func(w wish) bool { return !w.Judged && s.Now.Sub(w.Created) > patience })
	if len(ignored) == 0 {
		return one(doctor.Holds(counted(len(all))))
	}
	logs := "kubectl -n " + s.Cluster.Namespace + " logs deployment/external-secrets"
	return one(group(doctor.Problem(cause.NeverLookedAt).MendedBy(logs),
		ignored, "status.conditions", func(wish) string { return "none" }))
}

func counted(n int) string {
	if n == 1 {
		return "1 ExternalSecret"
	}
	return fmt.Sprintf("%d ExternalSecrets", n)
}

// failing are the ExternalSecrets that fail for one cause.
type failing struct {
	cause  cause.Cause
	detail string
	of     []wish
}

// wishesAreSynced groups by cause: one fault of a store makes hundreds of ExternalSecrets fail.
func wishesAreSynced(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	failed := where(all, wish.failed)
	if len(failed) == 0 {
		return one(doctor.Holds(counted(len(where(all, wish.synced)))))
	}
	// Without the events the failure is as true, only its cause is not known.
	events, eventsErr := failures.Of(ctx, s)
	groups := map[string]*failing{}
	known := newSpelling(all)
	for _, w := range failed {
		g := failing{detail: events[w.id()].Message}
		g.cause = known.meant(causeOf(w, g.detail), w, g.detail)
		if g.detail == "" {
			g.detail = w.Ready.Message
			if eventsErr != nil {
				g.detail += "; the events that say why may not be read: " + doctor.Found(eventsErr).Detail
			}
		}
		name := string(g.cause.Code) + g.cause.Summary
		if groups[name] == nil {
			groups[name] = &g
		}
		groups[name].of = append(groups[name].of, w)
	}
	var result doctor.Result
	for _, name := range sorted(groups) {
		g := groups[name]
		result = append(result, group(doctor.Problem(g.cause).Saying(g.detail), g.of, "status.conditions[Ready]", wish.condition))
	}
	return result
}

func causeOf(w wish, text string) cause.Cause {
	if c, known := cause.FromText(text); known {
		return c
	}
	if c, known := cause.FromText(w.Ready.Message); known {
		return c
	}
	if text == "" {
		return cause.NotToldWhy
	}
	return cause.NotSynced
}

func wishesAreRefreshed(ctx context.Context, s *doctor.Snapshot) doctor.Result {
	all, err := wishes.Of(ctx, s)
	if err != nil {
		return one(doctor.Found(err))
	}
	// ESO comes back a little after each interval, and a few may wait for their turn.
	overdue := where(all, func(w wish) bool {
		return w.synced() && w.Interval > 0 && !w.Refreshed.IsZero() && s.Now.Sub(w.Refreshed) > 2*w.Interval+time.Minute
	})
	if len(overdue) == 0 {
		return one(doctor.Holds(""))
	}
	logs := "kubectl -n " + s.Cluster.Namespace + " logs deployment/external-secrets"
	return one(group(doctor.Problem(cause.Overdue).MendedBy(logs),
		overdue, "status.refreshTime", func(w wish) string { return w.Refreshed.UTC().Format(time.RFC3339) }))
}
